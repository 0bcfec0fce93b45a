import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import { filesIn } from '../../src/commands/init/templates.ts';
import { folderOf } from '../folder.ts';
import { noTmux, terminal } from '../ui/tmux.ts';
import { refused, run, start } from './cli.ts';

t.setTimeout(300_000);

/** Everything in a folder besides what runs leave, with the texts of all files. */
function contents(folder: string): Record<string, string> {
  const files = filesIn(folder).filter((file) => !file.startsWith('.harness/') && !file.startsWith('.git/'));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'latin1')]));
}

/** What must hold of a project at once: sound, with what its own scripts and cases ask for, its types up to date. */
async function sound(t: Test, cwd: string, name: string, plans: number): Promise<void> {
  const ends = async (words: readonly string[], said: RegExp) => {
    const { code, stdout, stderr } = await run(words, { cwd });
    t.equal(code, 0, `${words.join(' ')}: ${stdout}${stderr}`);
    t.match(stdout, said);
    t.equal(stderr, '', words.join(' '));
  };
  await ends(['validate', name], new RegExp(`✓ apps/${name}: .*, 1 smoke script, 1 eval case\n$`));
  await ends(['smoke', name], /^1 passed, 0 failed\n$/m);
  await ends(['eval', name], /^1 passed, 0 failed\n$/m);
  await ends(['codegen', name, '--check'], plans > 0 ? /^unchanged/ : /^no plan schemas/);
  for (const file of filesIn(cwd).filter((each) => /^(apps|evals)\/.*\.yaml$/.test(each))) {
    const [, schema] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(readFileSync(join(cwd, file), 'utf8')) ?? [];
    if (schema === undefined) t.fail(`${file} names no schema`);
    else t.doesNotThrow(() => JSON.parse(readFileSync(join(cwd, dirname(file), schema), 'utf8')), file);
  }
  const settings = JSON.parse(readFileSync(join(cwd, '.vscode/settings.json'), 'utf8'));
  for (const schema of Object.keys(settings['yaml.schemas'])) t.ok(existsSync(join(cwd, schema)), schema);
  const own = Object.entries(contents(cwd)).filter(([file]) => !file.startsWith('schemas/'));
  const left = own.filter(([, text]) => /\{\{(name|schemas|file|path|tables?|quotedTable)\}\}|my-app/.test(text));
  t.same(left, [], 'no placeholder is left');
}

t.test('the app of init is sound as it is, and so is what its script does', async (t) => {
  const dir = folderOf(t);
  const made = await run(['init', 'shop.v2'], { cwd: dir });
  t.equal(made.code, 0, made.stderr);
  t.equal(made.stderr, '');
  t.match(made.stdout, /^✓ shop\.v2: app shop-v2\n/);
  t.match(made.stdout, /\nnext:\n {2}cd shop\.v2\n {2}harness validate\n/);
  t.same(readdirSync(dir), ['shop.v2'], 'nothing else is left');
  const cwd = join(dir, 'shop.v2');
  for (const [file] of Object.entries(contents(cwd))) {
    t.match(made.stdout, file.startsWith('schemas/') ? '\n  schemas/ (for editors)\n' : `\n  ${file}\n`, 'it is told');
  }
  t.equal(statSync(cwd).mode & 0o077, 0o777 & ~process.umask() & 0o077, 'a folder like any other');
  await sound(t, cwd, 'shop-v2', 1);
  t.match((await run(['eval', '--mutate'], { cwd })).stdout, /score 1\.00/, 'its case notices every change');
  const script = /harness chat --script (\S+)/.exec(made.stdout)?.[1] ?? '';
  // It asks before it orders, and nobody is there.
  const asked = await run(['chat', '--output', 'text', '--script', script, '--wait', '0.1'], { cwd });
  t.equal(asked.code, 0, asked.stderr);
  const target = new Sqlite(join(cwd, '.harness/shop-v2/main/target.db'), { readonly: true });
  t.teardown(() => target.close());
  t.equal(target.prepare("SELECT sum(quantity) FROM purchase_orders WHERE sku = 'TEA-100'").pluck().get(), 48);
  t.match((await run(['doctor'], { cwd })).stdout, /ANTHROPIC_API_KEY missing/, 'there is no key in it');
});

t.test("the app of somebody's database: all its tables, whatever their names", async (t) => {
  const dir = folderOf(t);
  const file = join(dir, 'my "data.sqlite3');
  const db = new Sqlite(file);
  db.pragma('journal_mode = WAL');
  db.exec(`CREATE TABLE "a b: {{rows}} $& $1" (x); INSERT INTO "a b: {{rows}} $& $1" VALUES (1), (2);
    CREATE TABLE "it's ""q"" #" (x); CREATE TABLE "true" (x); CREATE VIRTUAL TABLE words USING fts5(t);
    CREATE VIEW v AS SELECT * FROM "true";`);
  const made = await run(['init', 'mine', '--database', file, '--name', 'null'], { cwd: dir });
  db.close();
  t.equal(made.code, 0, made.stderr);
  const cwd = join(dir, 'mine');
  await sound(t, cwd, 'null', 0);
  const { stdout } = await run(['catalog', 'show', '--json'], { cwd });
  t.same(
    JSON.parse(stdout).tables.map(({ info }: { info: { name: string } }) => info.name),
    ['a b: {{rows}} $& $1', 'it\'s "q" #', 'true', 'v', 'words'],
  );
  execFileSync('git', ['init', '-q', cwd]);
  const ignored = execFileSync('git', ['-C', cwd, 'status', '--porcelain', '-uall', '--ignored'], { encoding: 'utf8' });
  t.match(ignored, '!! apps/null/data/my-data.db', 'the data is not committed by accident');
});

t.test('what cannot be used is refused before anything is made', async (t) => {
  const dir = folderOf(t, {
    full: { 'notes.txt': 'mine', '.git': {} },
    file: 'text',
    'no.db': 'this is no database, although its name says so',
    apps: { shop: { 'app.yaml': '' } },
  });
  new Sqlite(join(dir, 'empty.db')).exec('CREATE TABLE t (x); DROP TABLE t').close();
  const before = contents(dir);
  for (const [words, ...said] of [
    [[], 'needs a folder'],
    [['full'], 'not empty: it holds notes.txt', '--force'],
    [['file'], 'is a file'],
    [['x', '--name', '9 lives'], '"9 lives" is no name for an app', 'a letter, then'],
    [['x', '--name', '../x'], 'is no name for an app'],
    [['x', '--database', 'no.db'], 'cannot start from', 'not a database'],
    [['x', '--database', 'empty.db'], 'holds no table'],
    [['x', '--database', 'none.db'], 'no such file'],
    [['x', '--database', 'full'], 'is no file'],
    [['apps/shop/x'], 'a part of the app'],
    [['.', '--force', '--name', 'shop'], 'apps/shop is there already', '--name'],
  ] as const) {
    refused(t, await run(['init', ...words], { cwd: dir }), 2, ...said);
  }
  t.same(contents(dir), before);
  t.same(readdirSync(dir).sort(), ['apps', 'empty.db', 'file', 'full', 'no.db']);
});

t.test('a folder that holds files keeps every one of them', async (t) => {
  const dir = folderOf(t, { 'README.md': 'mine', '.gitignore': '/.env\nbuild', src: { 'a.ts': '' } });
  const made = await run(['init', '.', '--force', '--name', 'one', '--json'], { cwd: dir });
  t.equal(made.code, 0, made.stderr);
  const { app, made: files, kept, extended } = JSON.parse(made.stdout);
  t.equal(app, 'one');
  t.same(kept, ['README.md']);
  t.same(extended, ['.gitignore']);
  t.same([...files, ...kept, ...extended, 'src/a.ts'].sort(), Object.keys(contents(dir)).sort(), 'all is told');
  t.equal(readFileSync(join(dir, 'README.md'), 'utf8'), 'mine');
  t.equal(readFileSync(join(dir, '.gitignore'), 'utf8'), '/.env\nbuild\n.harness/\n');
  await sound(t, dir, 'one', 1);
  const before = contents(dir);
  const second = await run(['init', '.', '--force', '--name', 'two'], { cwd: dir });
  t.equal(second.code, 0, second.stderr);
  t.notMatch(second.stdout, 'gitignore');
  t.match(contents(dir), before);
  await sound(t, dir, 'two', 1);
});

t.test('the schemas of an installed package are used where they are', async (t) => {
  const schemas = resolve(import.meta.dirname, '../../schemas');
  const dir = folderOf(t, {
    'package.json': '{}',
    node_modules: { harness: { schemas: t.fixture('symlink', schemas) } },
  });
  const made = await run(['init', '.', '--force', '--name', 'one'], { cwd: dir });
  t.equal(made.code, 0, made.stderr);
  t.notOk(existsSync(join(dir, 'schemas')));
  const text = readFileSync(join(dir, 'apps/one/app.yaml'), 'utf8');
  t.match(text, '$schema=../../node_modules/harness/schemas/app.schema.json');
  await sound(t, dir, 'one', 1);
});

/** Root may write everywhere; it may not where it has given that up. */
const powerless = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : [];

t.test('where the disk refuses, nothing is left', async (t) => {
  const dir = folderOf(t, { closed: {}, open: { apps: 'in the way' } });
  chmodSync(dir, 0o755);
  chmodSync(join(dir, 'closed'), 0o555);
  for (const words of [['closed/x'], ['closed/a/b/c'], ['closed']]) {
    refused(t, await run(['init', ...words], { cwd: dir, through: powerless }), 3, 'cannot write');
  }
  t.same(readdirSync(join(dir, 'closed')), []);
  chmodSync(join(dir, 'closed'), 0o755);
  // One of its files cannot be made, after others have been.
  refused(t, await run(['init', 'open', '--force'], { cwd: dir }), 3, 'cannot write');
  t.same(contents(join(dir, 'open')), { apps: 'in the way' });
  t.same(readdirSync(join(dir, 'open')), ['apps']);
});

t.test('interrupted while it copies a large database: all of it, or nothing', async (t) => {
  const dir = folderOf(t);
  const db = new Sqlite(join(dir, 'large.db'));
  db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(60000000)), (zeroblob(60000000))').close();
  for (const times of [1, 2]) {
    const { child, ended } = start(['init', `made-${times}/here`, '--database', 'large.db'], { cwd: dir });
    const began = () => existsSync(join(dir, `made-${times}`)) && readdirSync(join(dir, `made-${times}`)).length > 0;
    while (!began() && child.exitCode === null) await sleep(2);
    for (let at = 0; at < times; at++) {
      child.kill('SIGINT');
      await sleep(20);
    }
    const { code, stderr } = await ended;
    // A machine may be faster than the signal.
    if (code === 0) t.ok(existsSync(join(dir, `made-${times}/here/README.md`)));
    else {
      t.equal(code, 130, stderr);
      t.match(stderr, 'interrupted');
      t.notOk(existsSync(join(dir, `made-${times}`)), 'nothing is left');
    }
  }
});

t.test('a person is asked, and may answer wrongly', { skip: noTmux }, async (t) => {
  const dir = folderOf(t, { full: { a: '' } });
  new Sqlite(join(dir, 'sales.db')).exec('CREATE TABLE sales (x); INSERT INTO sales VALUES (1)').close();
  const term = await terminal(t, { cwd: dir });
  await term.type('harness init\n');
  await term.saw('Folder? (my-app)');
  await term.type('~/full\n');
  await term.saw('is not empty: it holds a');
  await term.type('our shop\n');
  await term.saw('Name of the app? (our-shop)');
  await term.type('7\n');
  await term.saw('expected a letter, then');
  await term.type('\n');
  await term.saw('[sample/file]');
  await term.type('f\n');
  await term.saw('Which file?');
  await term.type('full\n');
  await term.saw('is no file');
  await term.type('sal');
  await term.key('Tab');
  await term.saw('sales.db');
  await term.type('\n');
  await term.saw("cd 'our shop'");
  await sound(t, join(dir, 'our shop'), 'our-shop', 0);
  await term.type("clear; cd 'our shop' && harness chat --script apps/our-shop/smoke/count-rows.yaml\n");
  await term.saw('› How many rows has sales?');
  await term.key('Enter');
  await term.saw('sales has 1 rows.');
  await term.key('C-d');
});

t.test('a person who gives up leaves nothing', { skip: noTmux }, async (t) => {
  const dir = folderOf(t);
  const term = await terminal(t, { cwd: dir, env: { NO_COLOR: '1' } });
  for (const [at, key] of ['C-c', 'C-d'].entries()) {
    await term.type('harness init --name shop\n');
    await term.saw(/Folder\? \(my-app\)\s*$/);
    await term.type('a/b\n');
    await term.saw(/\[sample\/file\] \(sample\)\s*$/);
    await term.key(key);
    await term.saw('nothing was made');
    await term.type(`echo "ended with $?, ${at}"; clear\n`);
  }
  await term.type('stty -a; echo the end\n');
  t.match(await term.saw(/^the end/m), / icanon/, 'the terminal is as it was');
  t.same(
    readdirSync(dir).filter((name) => !name.startsWith('.shell')),
    [],
  );
  await term.type('harness init first --yes\n');
  await term.saw('chat --script apps/first/');
  await term.type('TERM=dumb harness init second\n');
  await term.saw('Name of the app? (second)');
  await term.type('\n');
  await term.saw('[sample/file]');
  await term.type('\n');
  await term.saw('chat --script apps/second/');
});

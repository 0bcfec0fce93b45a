import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import t from 'tap';
import { appFolder, edit, gated, gateOf, priceChange, project, run, sampleName, start, stateFolder } from './cli.ts';

t.setTimeout(120_000);

const key = 'sk-planted-0123456789';

t.test('what is there, and what is missing', async (t) => {
  const cwd = project(t);
  spawnSync('git', ['init', '-q'], { cwd });
  const bare = await run(['doctor'], { cwd });
  t.equal(bare.code, 1, bare.stderr);
  t.match(bare.stdout, /^harness +0\.\d+\.\d+\nnode +v\d+/);
  t.match(bare.stdout, /^ {2}provider anthropic +api\.anthropic\.com, ANTHROPIC_API_KEY missing$/m);
  t.match(bare.stdout, /^ {2}\.env +none$/m);
  t.match(
    bare.stdout,
    /^ {2}workspace acme +no state yet, free, target made at first use, catalog made at first use$/m,
  );
  t.match(
    bare.stdout,
    `problem ${sampleName}: provider "anthropic" needs ANTHROPIC_API_KEY, which is not set\n  export`,
  );
  t.notMatch((await run(['runs'], { cwd })).stdout, 'r-', 'nothing was created');

  writeFileSync(join(cwd, '.env'), `ANTHROPIC_API_KEY=${key}\nPIN=1234\n`);
  edit(cwd, { [`${appFolder}/app.yaml`]: ['models:\n', 'secrets: [PIN, ELSEWHERE]\nmodels:\n'] });
  const risky = await run(['doctor', '--json'], { cwd });
  t.equal(risky.code, 1);
  const found = JSON.parse(risky.stdout);
  t.strictSame(
    found.problems.map(({ message }: { message: string }) => message.replaceAll(cwd, '')),
    [
      "ELSEWHERE, one of the app's secrets, is not set: it cannot be kept out of what is stored",
      'the value of PIN is too short to be told from other text',
      'git does not ignore /.env, so that its keys may be committed',
    ],
  );
  t.match(found.apps[0], { envFile: { found: true, ignored: false }, providers: [{ keySet: true, used: true }] });
  t.notMatch(risky.stdout + bare.stdout, key);

  writeFileSync(join(cwd, '.gitignore'), '.env\n');
  edit(cwd, { [`${appFolder}/app.yaml`]: ['secrets: [PIN, ELSEWHERE]\n', ''] });
  await run(['chat', '--script', priceChange], { cwd });
  const sound = await run(['doctor'], { cwd });
  t.equal(sound.code, 0, sound.stdout);
  t.match(sound.stdout, /^ {2}\.env +found, ignored by git$/m);
  t.match(sound.stdout, /^ {2}workspace acme +\d+ KB, version \d+, free, target reachable, catalog /m);
  t.match(sound.stdout, /\nno problems\n$/);
});

t.test('a dispatcher in a language that this Node does not run', async (t) => {
  const mock = 'kind: mock\n  results:\n    price_change: { entitiesAffected: 1, summary: Price changed. }\n';
  const cwd = project(t, { [`${appFolder}/app.yaml`]: [mock, 'kind: module\n  file: ./own.ts\n'] });
  writeFileSync(join(cwd, appFolder, 'own.ts'), 'export default { apply: async () => ({}) };\n');
  const { code, stdout } = await run(['doctor'], { cwd, env: { ANTHROPIC_API_KEY: key } });
  const typescript = Boolean((process.features as { typescript?: unknown }).typescript);
  t.equal(code, typescript ? 0 : 1, stdout);
  if (!typescript) t.match(stdout, `problem ${sampleName}: the dispatcher: Node ${process.versions.node} does not run`);
});

t.test('state that cannot be used is a matter of exit 3', async (t) => {
  const cwd = project(t);
  const env = { ANTHROPIC_API_KEY: key };
  await run(['chat', '--script', priceChange], { cwd });
  const newer = new Sqlite(join(cwd, stateFolder, 'state.db'));
  newer.pragma('user_version = 99');
  newer.close();
  const version = await run(['doctor'], { cwd, env });
  t.equal(version.code, 3);
  t.match(version.stdout, /problem .*\/acme: its state has version 99, and this Harness reads up to \d+\n {2}update/);
  for (const name of ['state.db', 'target.db']) {
    for (const end of ['-wal', '-shm']) rmSync(join(cwd, stateFolder, name + end), { force: true });
    writeFileSync(join(cwd, stateFolder, name), 'no database, whatever its name says '.repeat(50));
  }
  const damaged = await run(['doctor'], { cwd, env });
  t.equal(damaged.code, 3);
  t.match(damaged.stdout, /acme: its state cannot be read: file is not a database\n/);
  t.match(damaged.stdout, /acme: its target database cannot be read: file is not a database\n/);
  const nowhere = await run(['doctor'], { cwd, env: { ...env, TMPDIR: join(cwd, 'nowhere') } });
  t.match(nowhere.stdout, /problem temporary folder: .*nowhere cannot be written\n.*set TMPDIR\n/);
});

t.test('who is at work; a folder that cannot be written', async (t) => {
  const cwd = project(t, gated);
  const gate = gateOf(cwd);
  const env = { ANTHROPIC_API_KEY: key };
  const running = start(['chat', '--script', priceChange, '--output', 'stream-json'], { cwd });
  await gate.begun();
  const busy = await run(['doctor'], { cwd, env });
  t.equal(busy.code, 0, busy.stdout);
  t.match(busy.stdout, /^ {2}workspace acme .* in use by process \d+ \(harness chat, since /m);
  gate.open();
  t.equal((await running.ended).code, 0, 'it was not disturbed');
  chmodSync(join(cwd, stateFolder), 0o555);
  if (process.getuid?.() === 0) {
    const other = await run(['doctor'], { cwd, env, uid: 65534 });
    t.equal(other.code, 3, other.stdout);
    t.match(other.stdout, 'cannot be written\n  check the permissions');
  }
  chmodSync(join(cwd, stateFolder), 0o755);
});

t.test('wrong files, and no app at all', async (t) => {
  const cwd = project(t);
  edit(cwd, { [`${appFolder}/app.yaml`]: ['kind: mock', 'kind: mack'] });
  const wrong = await run(['doctor'], { cwd });
  t.equal(wrong.code, 1);
  t.match(wrong.stdout, /the files have .*error.*\n {2}harness validate/);
  const elsewhere = mkdtempSync(join(tmpdir(), 'harness-test-'));
  t.teardown(() => rmSync(elsewhere, { recursive: true }));
  const empty = await run(['doctor'], { cwd: elsewhere });
  t.equal(empty.code, 0);
  t.equal((await run(['doctor', 'nothing'], { cwd })).code, 2);
  t.match(empty.stdout, /^harness [\s\S]*\nno app here\n\nno problems\n$/);
});

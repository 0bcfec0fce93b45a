import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import ts from 'typescript';
import { parse } from 'yaml';
import { checkFile, type SchemaName } from '../src/config/check.ts';
import { formatProblem } from '../src/config/frame.ts';
import { loadApp } from '../src/config/load.ts';
import { isObject, type Json, type JsonObject } from '../src/core/json.ts';
import { appFolder, cliFile, edit, project, sampleName } from './commands/cli.ts';
import { folderOf } from './folder.ts';

t.setTimeout(600_000);

const root = fileURLToPath(new URL('../', import.meta.url));
const pages = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** A fenced block of a page. */
interface Block {
  readonly page: string;
  /** Line of its fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  const lines = readFileSync(join(root, page), 'utf8').split('\n');
  let open: { line: number; language: string; text: string[] } | undefined;
  for (const [index, line] of lines.entries()) {
    const fence = /^```(\w*)$/.exec(line);
    if (!fence) open?.text.push(line);
    else if (!open) open = { line: index + 1, language: fence[1] ?? '', text: [] };
    else {
      blocks.push({ page, ...open, text: open.text.join('\n') });
      open = undefined;
    }
  }
  if (open) throw new Error(`${page}:${open.line}: the block has no end`);
  return blocks;
}

const blocks = pages.flatMap(blocksOf);
const named = ({ page, line }: Block) => `${page}:${line}`;
const inLanguage = (...languages: readonly string[]) => blocks.filter((each) => languages.includes(each.language));

/** An eval file holds a case, or a template with rows. */
function schemaOf(file: string, value: Json): SchemaName {
  if (file !== 'eval') return file as SchemaName;
  return isObject(value) && 'rows' in value ? 'evalTemplate' : 'evalCase';
}

/** What is wrong with a value by one of our schemas, in words. */
function problemsOf(schema: SchemaName, value: Json): string[] {
  return checkFile(schema, structuredClone(value), 'the example').map(({ message }) => message);
}

const agent = { role: 'specialist', prompt: 'x' };
const target = { dataEnvironment: { targetDatabase: { kind: 'sqlite', file: 't.db' } } };
const wholes: Readonly<Record<'app' | 'smoke', JsonObject>> = {
  app: { harness: 1, name: 'x', agents: { agent }, workspaces: { main: target } },
  smoke: { prompt: 'x', script: { agent: [{ say: 'x' }] } },
};

t.test('YAML: whole files fit their schemas, and parts fit into an app or a script', async (t) => {
  const yaml = inLanguage('yaml');
  t.ok(yaml.length > 5, 'the examples are found');
  for (const block of yaml) {
    const value: Json = parse(block.text);
    const [, file] = /^# yaml-language-server: \$schema=\S*\/([a-z]+)\.schema\.json$/m.exec(block.text) ?? [];
    if (file !== undefined) {
      const parts = file === 'eval' && Array.isArray(value) ? value : [value];
      t.strictSame(
        parts.flatMap((part) => problemsOf(schemaOf(file, part), part)),
        [],
        named(block),
      );
      continue;
    }
    const part = isObject(value) ? value : {};
    const [best] = (['app', 'smoke'] as const)
      .map((schema) => problemsOf(schema, { ...wholes[schema], ...part }))
      .sort((a, b) => a.length - b.length);
    t.strictSame(best, [], named(block));
  }
});

t.test('the app of docs/app-files.md is sound, and so is its smoke script', async (t) => {
  const [app, script] = ['harness: 1', 'prompt: What does'].map(
    (words) => inLanguage('yaml').find((block) => block.text.includes(words))?.text ?? '',
  );
  const seed = readFileSync(join(root, appFolder, 'data/shop.sql'), 'utf8');
  const files = { 'app.yaml': app ?? '', data: { 'shop.sql': seed }, smoke: { 'price.yaml': script ?? '' } };
  const dir = folderOf(t, { apps: { shop: files } });
  const { problems } = await loadApp(join(dir, 'apps/shop'));
  t.strictSame(
    problems.map((problem) => formatProblem(problem, { cwd: dir, colour: false })),
    [],
  );
  const smoke = await shell('harness smoke', dir);
  t.match(smoke, /\n1 passed, 0 failed\n$/);
});

/** The first example of a page in a language that holds some words. */
function example(page: string, language: string, words: string): string {
  const found = inLanguage(language).find((block) => block.page === page && block.text.includes(words));
  if (!found) throw new Error(`${page} has no example with ${words}`);
  return found.text;
}

/** A project with the plan of docs/plans.md and a dispatcher. */
function restock(t: Test, dispatcher: string, seed: string, more: Readonly<Record<string, string>> = {}): string {
  const plan = example('docs/plans.md', 'yaml', 'title: RestockPlan');
  const app = `harness: 1
name: restock
agents:
  coordinator: { role: coordinator, prompt: Coordinate., routes: [planner, executor] }
  planner: { role: planner, prompt: Plan. }
  executor: { role: executor, prompt: Execute. }
plans: { RestockPlan: ./plan.yaml }
${dispatcher}
workspaces: { main: { dataEnvironment: { targetDatabase: { kind: sqlite, file: t.db, seed: seed.sql } } } }
`;
  const files = { 'app.yaml': app, 'plan.yaml': plan, 'seed.sql': seed, ...more };
  return folderOf(t, { apps: { restock: files } });
}

t.test('the plan of docs/plans.md and the statements of docs/dispatchers.md fit together', async (t) => {
  const seed = 'CREATE TABLE orders (sku, quantity); CREATE TABLE stores (name, notified);';
  const dir = restock(t, example('docs/dispatchers.md', 'yaml', 'kind: sqlite'), seed);
  t.match(await shell('harness validate', dir), /^✓ apps\/restock/);
  edit(dir, { 'apps/restock/seed.sql': seed.replace('sku', 'article') });
  t.match(await shell('harness validate', dir), /table orders has no column named sku/);
});

/** Plans and executes two actions. */
const restocking = `prompt: Restock.
approvals: approve
script:
  coordinator:
    - { call: call_agent, args: { agent: planner, prompt: Plan. } }
    - { call: call_agent, args: { agent: executor, prompt: Execute. } }
    - say: Done.
  planner:
    - call: storePlan
      args:
        specName: RestockPlan
        planId: plan-1
        body: { actions: [{ kind: purchase_order, sku: s-1, quantity: 3 }, { kind: notify, store: North }] }
    - say: Stored.
  executor:
    - { call: executePlan, args: { planId: plan-1 } }
    - say: Executed.
`;

const dispatching = (words: string) => example('docs/dispatchers.md', 'yaml', words);

t.test('the program of docs/dispatchers.md applies each action once', async (t) => {
  const program = example('docs/dispatchers.md', 'js', '--lookup');
  const yaml = dispatching('kind: command').replace(/ {2}env: .*\n/, '');
  const dir = restock(t, yaml, 'CREATE TABLE x (y);', { 'apply.mjs': program, 'script.yaml': restocking });
  t.match(await shell('harness chat --script apps/restock/script.yaml', dir), /\nDone\.\n$/);
  const done = readFileSync(join(dir, 'apps/restock/done.jsonl'), 'utf8').trim().split('\n');
  t.match(done, [/"main\/plan-1\/1\/[0-9a-f]{16}\/0","summary":"purchase_order done"/, /\/1","summary":"notify done"/]);
  const ask = (input: string) => `cd apps/restock && echo '${input}' | node apply.mjs --lookup; echo "ends with $?"`;
  t.match(await shell(ask(`{"key": ${JSON.stringify(JSON.parse(done[0] ?? '').key)}}`), dir), /purchase_order done/);
  t.equal(await shell(ask('{"key": "other"}'), dir), 'ends with 10\n');
});

t.test('the server of docs/dispatchers.md applies each action once, and tells', async (t) => {
  const program = example('docs/dispatchers.md', 'js', 'createServer').replace(
    'listen(4000)',
    "listen(0, 'localhost', function () { console.log(this.address().port); })",
  );
  const server = spawn(process.execPath, ['--input-type=module', '-e', program], { env: { PATH: process.env.PATH } });
  t.teardown(() => server.kill());
  const port = await new Promise<string>((resolve) => server.stdout.once('data', (text) => resolve(`${text}`.trim())));
  const yaml = dispatching('http://localhost:4000').replaceAll('4000', port);
  const dir = restock(t, yaml, 'CREATE TABLE x (y);', { 'script.yaml': restocking });
  t.match(await shell('harness chat --script apps/restock/script.yaml', dir), /\nDone\.\n$/);
  const { plans } = JSON.parse(await shell('harness plans --json', dir));
  t.match(plans[0].result.actions, [{ summary: 'purchase_order done' }, { summary: 'notify done' }]);
  const asked = (key: string) => fetch(`http://localhost:${port}/actions/${encodeURIComponent(key)}`);
  t.equal((await asked('other')).status, 404);
});

t.test('the module of docs/dispatchers.md applies the plan of the sample app', async (t) => {
  const code = example('docs/dispatchers.md', 'ts', 'createDispatcher:');
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const cwd = project(t);
  const [mock = ''] = /^dispatcher:\n(?: .*\n)+/m.exec(readFileSync(join(cwd, appFolder, 'app.yaml'), 'utf8')) ?? [];
  const yaml = dispatching('kind: module').replace('.ts', '.mjs').replace(', env: [SHOP_TOKEN]', '');
  edit(cwd, {
    [`${appFolder}/dispatcher.mjs`]: outputText,
    [`${appFolder}/app.yaml`]: [mock, `${yaml}\n`],
  });
  await shell(`harness chat --script ${appFolder}/smoke/price-change.yaml`, cwd);
  const { plans } = JSON.parse(await shell('harness plans --json', cwd));
  t.match(plans[0].result, { status: 'executed', actions: [{ summary: 'p-001 costs 6.49' }] });
});

t.test('TypeScript compiles against the library and the sample app', async (t) => {
  const options: ts.CompilerOptions = {
    ...ts.parseJsonConfigFileContent(
      ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
      ts.sys,
      root,
    ).options,
    noUnusedLocals: false,
  };
  const texts = new Map(
    inLanguage('ts').map((block, index) => [join(root, appFolder, `example-${index}.ts`), block] as const),
  );
  t.ok(texts.size > 0, 'the examples are found');
  const format = { languageVersion: ts.ScriptTarget.ES2023, impliedNodeFormat: ts.ModuleKind.ESNext } as const;
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.readFile = (file) => texts.get(file)?.text ?? readFile(file);
  host.getSourceFile = (file, ...more) => {
    const block = texts.get(file);
    return block ? ts.createSourceFile(file, block.text, format) : getSourceFile(file, ...more);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  for (const [file, block] of texts) {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    t.strictSame(
      found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
      [],
      named(block),
    );
  }
});

t.test('JSON parses', async (t) => {
  for (const block of inLanguage('json')) t.doesNotThrow(() => JSON.parse(block.text), named(block));
});

/** The `harness` command lines of a shell block, without prompt, `npx` and comment. */
function commandLines({ language, text }: Block): string[] {
  const lines = language === 'console' ? text.split('\n').filter((line) => line.startsWith('$ ')) : text.split('\n');
  return lines
    .map((line) =>
      line
        .replace(/^\$ /, '')
        .replace(/^npx /, '')
        .replace(/\s+#.*$/, ''),
    )
    .filter((line) => /^harness\b/.test(line));
}

t.test('every command line names a command and options that there are', async (t) => {
  const lines = inLanguage('sh', 'console').flatMap((block) =>
    commandLines(block).map((line) => ({ line, where: named(block) })),
  );
  t.ok(lines.length > 5, 'the command lines are found');
  const helps = new Map<string, Promise<string>>();
  const help = (command: string) => {
    const known = helps.get(command) ?? shell(`harness ${command} --help`, root);
    helps.set(command, known);
    return known;
  };
  for (const { line, where } of lines) {
    const words = line.split(/\s+/).slice(1);
    const [command = '', sub = ''] = words;
    const top = await help('');
    const isCommand = new RegExp(`^ {2}${command} `, 'm').test(top);
    t.ok(command.startsWith('-') || isCommand, `${where}: ${line}`);
    const ofCommand = command.startsWith('-') ? top : await help(command);
    const isSub = /^\w+$/.test(sub) && new RegExp(`^ {2}${sub} `, 'm').test(ofCommand);
    // `harness eval` takes words of its own beside its commands.
    const takesWords = /^Usage: .*\[words\.\.\.\]/m.test(ofCommand);
    const hasSubs = !command.startsWith('-') && !takesWords && /^Commands:$/m.test(ofCommand);
    t.ok(isSub || !hasSubs || !/^\w/.test(sub), `${where}: ${line}`);
    const text = isSub ? await help(`${command} ${sub}`) : ofCommand;
    for (const option of words.filter((word) => /^--?[a-z]/i.test(word))) {
      t.match(text, new RegExp(`^ {2}(-\\w, )?${option}\\b`, 'm'), `${where}: ${option} of ${line}`);
    }
  }
});

/** Runs a line of shell with `harness` being ours. @returns what a person sees of it. */
function shell(line: string, cwd: string): Promise<string> {
  const script = `harness() { "$NODE" "$CLI" "$@"; }\nexec 2>&1\n${line}`;
  const env = { PATH: process.env.PATH, HOME: cwd, NODE: process.execPath, CLI: cliFile };
  return new Promise((resolve) => {
    execFile('bash', ['-c', script], { cwd, env }, (_error, stdout) => resolve(stdout));
  });
}

/** Without what is different each time: durations, ids, hashes' run and dates, progress on a slow machine. */
function timeless(text: string): string {
  return text
    .replace(/^(inspecting|profiling|indexing) .*\n/gm, '')
    .trimEnd()
    .replace(/\d+ ms|\d+\.\d s\b/g, '0 ms')
    .replace(/\br-[0-9a-z]+/g, 'r-0')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '(date)');
}

/** What the text between the blocks asks the reader to do, by a word of the block that follows. */
type Before = Readonly<Record<string, () => void>>;

/** Runs the commands of a page, one after the other, and holds them to the output that it shows. */
async function replay(t: Test, page: string, cwd: string, before: Before): Promise<void> {
  const tour = inLanguage('console').filter((block) => block.page === page);
  t.ok(tour.length > 2, 'the commands are found');
  for (const block of tour) {
    for (const [word, prepare] of Object.entries(before)) if (block.text.includes(word)) prepare();
    for (const step of block.text.split(/^(?=\$ )/m)) {
      const end = step.indexOf('\n');
      const line = step.slice(2, end).replace(/\bnpx harness\b/g, 'harness');
      t.equal(timeless(await shell(line, cwd)), timeless(step.slice(end + 1)), `${named(block)}: ${line}`);
    }
  }
}

t.test('the tour of the README happens as it is written', async (t) => {
  const cwd = project(t);
  cpSync(join(root, 'evals', sampleName), join(cwd, 'evals', sampleName), { recursive: true });
  const evals = appFolder.replace('apps/', 'evals/');
  cpSync(join(root, evals), join(cwd, evals), { recursive: true });
  const planner = `${appFolder}/agents/planner.yaml`;
  await replay(t, 'README.md', cwd, {
    promt: () => edit(cwd, { [planner]: ['\nprompt:', '\npromt:'] }),
    stale: () => {
      edit(cwd, { [planner]: ['\npromt:', '\nprompt:'] });
      edit(cwd, { [`${appFolder}/plans/catalog-action-plan.yaml`]: ['maximum: 10000', 'maximum: 5000'] });
    },
  });
});

t.test('the catalog of music-store answers as docs/data.md shows', async (t) => {
  const dir = folderOf(t, { apps: {} });
  const app = join(dir, 'apps/music-store');
  cpSync(join(root, 'apps/music-store'), app, { recursive: true });
  const rename = (from: string, to: string) => () => edit(app, { 'catalog.yaml': [`on: { ${from}:`, `on: { ${to}:`] });
  await replay(t, 'docs/data.md', app, {
    lbl_code: rename('lbl_cd', 'lbl_code'),
    'catalog profile': rename('lbl_code', 'lbl_cd'),
  });
  const example = inLanguage('yaml').find(
    ({ text }) => text.includes('catalog.schema.json') && text.includes('entries:'),
  );
  edit(app, { 'catalog.yaml': example?.text ?? '' });
  t.match(await shell('harness validate', app), /^✓ /, 'its entries fit the database');
});

t.test('what docs/evals.md shows happens', async (t) => {
  const cwd = project(t);
  cpSync(join(root, 'evals', sampleName), join(cwd, 'evals', sampleName), { recursive: true });
  const file = `evals/${sampleName}/executor-price-change.yaml`;
  const was = '              newPrice: 6.49';
  const is = '              newPrice: 5.49';
  await replay(t, 'docs/evals.md', cwd, {
    'actual    5.49': () => edit(cwd, { [file]: [was, is] }),
    'mutation-score': () => edit(cwd, { [file]: [is, was] }),
  });
});

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const headings = readFileSync(join(root, page), 'utf8').matchAll(/^#+ (.*)$/gm);
  const anchor = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  return new Set([...headings].map((match) => anchor(match[1] ?? '')));
}

t.test('links inside the repository lead somewhere', async (t) => {
  let count = 0;
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
    for (const [, link = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      count += 1;
      const [file = '', anchor] = link.split('#');
      const path = file === '' ? page : join(dirname(page), file);
      t.ok(existsSync(join(root, path)), `${page}: ${link}`);
      if (anchor !== undefined) t.ok(anchorsOf(path).has(anchor), `${page}: ${link}`);
    }
  }
  t.ok(count > 5, 'the links are found');
});

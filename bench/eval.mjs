// `harness eval` with 100 to 10,000 scripted cases as a whole process, against a bare loop that stores as many results
// in SQLite; and promptfoo with a local echo provider where it is installed:
//   PROMPTFOO=<folder of an installed promptfoo> node bench/eval.mjs
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { median, report } from './measure.mjs';

const root = resolve(import.meta.dirname, '..');
const cli = join(root, 'dist/cli.js');
const app = 'coordinator-planner-executor';
const folder = mkdtempSync(join(tmpdir(), 'harness-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** CPU seconds, wall seconds and the largest resident set of one process. */
function measure(args, cwd, env = {}) {
  const began = performance.now();
  const watch = `process.on('exit', () => { const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    require('node:fs').writeFileSync(process.env.USAGE, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6, mb: maxRSS / 1024 })); });`;
  writeFileSync(join(folder, 'watch.cjs'), watch);
  const usage = join(folder, 'usage.json');
  const { status, stderr } = spawnSync(process.execPath, ['--require', join(folder, 'watch.cjs'), ...args], {
    cwd,
    env: { ...process.env, USAGE: usage, ...env },
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr.slice(-500)}`);
  return { wall: (performance.now() - began) / 1000, ...JSON.parse(readFileSync(usage, 'utf8')) };
}

/** The sample app with one case for each row of a table. */
function harnessProject(name, count, text) {
  const dir = join(folder, `${name}-${count}`);
  cpSync(join(root, 'apps', app), join(dir, 'apps', app), { recursive: true });
  const cases = join(dir, 'evals', app);
  mkdirSync(cases, { recursive: true });
  const indented = text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);
  writeFileSync(join(cases, 'many.yaml'), `rows: ./rows.csv\ncase:\n${indented.join('\n')}\n`);
  writeFileSync(join(cases, 'rows.csv'), `n\n${Array.from({ length: count }, (_, at) => `c${at}`).join('\n')}\n`);
  return dir;
}

/** Three agents plan a price change and execute it: seven steps, four calls, 30 events. */
const whole = readFileSync(join(root, 'evals', app, 'executor-price-change.yaml'), 'utf8')
  .replace(/^# .*\n/, '')
  .replace('id: tc-executor-price-change', 'id: tc-{{n}}');

/** What an echo provider does: one agent says one thing. */
const echo = `id: tc-{{n}}
input: What does it cost? ({{n}})
assert:
${'  - { kind: contains, value: "6.49" }\n'.repeat(6)}script: { coordinator: [{ say: It now costs 6.49. }] }
`;

/** As many runs as a loop makes them: a few objects, an assertion, a row. */
function bareLoop(count) {
  const file = join(folder, 'bare.mjs');
  writeFileSync(
    file,
    `import Database from ${JSON.stringify(join(root, 'node_modules/better-sqlite3/lib/index.js'))};
    const db = new Database(process.argv[2]);
    db.pragma('journal_mode = WAL'); db.pragma('synchronous = NORMAL');
    db.exec('CREATE TABLE results (id INTEGER PRIMARY KEY, result TEXT)');
    const insert = db.prepare('INSERT INTO results (result) VALUES (?)');
    for (let at = 0; at < ${count}; at++) {
      const events = Array.from({ length: 30 }, (_, seq) => ({ seq, type: 'step', data: { text: 'x'.repeat(100) } }));
      if (!JSON.stringify(events).includes('step')) throw new Error();
      insert.run(JSON.stringify({ at, events }));
    }`,
  );
  return [file, join(folder, `bare-${count}-${Math.random()}.db`)];
}

/** The same number of cases, each with an equal number of assertions on the answer. */
function promptfooProject(count) {
  const dir = join(folder, `promptfoo-${count}`);
  mkdirSync(dir, { recursive: true });
  const asserts = Array.from({ length: 6 }, () => ({ type: 'contains', value: '6.49' }));
  const tests = Array.from({ length: count }, (_, at) => ({ description: `c${at}`, vars: { n: at }, assert: asserts }));
  const config = { prompts: ['It now costs 6.49 ({{n}}).'], providers: ['echo'], tests };
  writeFileSync(join(dir, 'promptfooconfig.json'), JSON.stringify(config));
  return dir;
}

function runs(times, work) {
  const all = Array.from({ length: times }, work);
  const of = (key) => median(all.map((each) => each[key]));
  return { cpu: of('cpu'), wall: of('wall'), mb: of('mb') };
}

const cells = ({ cpu, wall, mb }) =>
  `${cpu.toFixed(2).padStart(6)} s CPU  ${wall.toFixed(2).padStart(6)} s wall  ${mb.toFixed(0).padStart(4)} MB`;

/** @returns the lines of one number of cases */
function compare(count) {
  const times = count > 1000 ? 1 : 3;
  const [plans, echoes] = [harnessProject('plans', count, whole), harnessProject('echo', count, echo)];
  const ours = runs(times, () => measure([cli, 'eval'], plans));
  const small = runs(times, () => measure([cli, 'eval'], echoes));
  const bare = runs(times, () => measure(bareLoop(count), folder));
  const rows = [
    [`${count} cases that plan and execute`, cells(ours), `${(ours.cpu / bare.cpu).toFixed(1)} x the bare loop`],
    [`${count} cases that say one thing`, cells(small), `${(small.cpu / bare.cpu).toFixed(1)} x the bare loop`],
    [`${count} rounds of the bare loop`, cells(bare)],
  ];
  if (process.env.PROMPTFOO === undefined || count > 5000) return rows;
  const config = join(promptfooProject(count), 'promptfooconfig.json');
  const main = join(process.env.PROMPTFOO, 'node_modules/promptfoo/dist/src/main.js');
  const env = {
    PROMPTFOO_DISABLE_TELEMETRY: '1',
    PROMPTFOO_DISABLE_UPDATE: '1',
    PROMPTFOO_CONFIG_DIR: join(folder, 'pf'),
  };
  const theirs = runs(1, () => measure([main, 'eval', '-c', config, '--no-table', '--no-cache'], folder, env));
  return [...rows, [`${count} of promptfoo's echo`, cells(theirs), `${(theirs.cpu / small.cpu).toFixed(1)} x ours`]];
}

const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 1000, 5000, 10_000];
report(`harness eval, whole process (node ${process.version})`, counts.flatMap(compare));
console.log(
  '\ngoals: 100 cases <= 2 s wall and <= 0.8 s CPU; 1,000 <= 2.5 s CPU and <= 150 MB; promptfoo at least 5 x',
);

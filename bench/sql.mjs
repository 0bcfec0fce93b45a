// Queries through the sandbox against the same queries on better-sqlite3 in this process, in turn, in one run; then
// what starting costs, and how long a runaway blocks this process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { build } from 'esbuild';
import { inTurn, median, report } from './measure.mjs';

const limits = { maxRows: 1000, maxBytes: 1_000_000 };
const folder = mkdtempSync(join(tmpdir(), 'harness-bench-'));
const file = join(folder, 'shop.db');
// Beside the built child process, which it looks for there.
const bundle = fileURLToPath(new URL(`../dist/bench-sql-${process.pid}.mjs`, import.meta.url));
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(bundle, { force: true });
});

await build({
  stdin: {
    contents: `export { openSandbox } from './sandbox.ts'; export { writeRows } from './rows-json.ts';`,
    resolveDir: fileURLToPath(new URL('../src/data', import.meta.url)),
  },
  outfile: bundle,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
});
const { openSandbox, writeRows } = await import(pathToFileURL(bundle).href);

fill();
const db = new Database(file, { readonly: true });
const sandbox = openSandbox({ file, timeoutMs: 1000 });

const tiny = (n) => `SELECT name, price FROM orders WHERE id = ${n}`;
const thousand = (n) => `SELECT * FROM orders WHERE id >= ${n} LIMIT 1000`;
await sandbox.query(tiny(1), limits);
await queries('tiny query, p50 (goal: at most 20 x plain rows, and 1 ms)', tiny, 200);
await queries('1,000 rows of 6 columns, p50 (goal: at most 1.5 x the same answer)', thousand, 20);
await starting();
await runaway();
sandbox.close();

async function queries(title, sql, count) {
  let n = 0;
  const p50 = (run) => async () => {
    const times = [];
    for (let each = 0; each < count; each++) {
      const statement = sql(n++ % 10_000);
      const start = performance.now();
      await run(statement);
      times.push(performance.now() - start);
    }
    return median(times);
  };
  const figures = await inTurn(
    {
      'in process, plain rows': p50((statement) => db.prepare(statement).all()),
      'in process, plain rows as JSON': p50((statement) => JSON.stringify(db.prepare(statement).all())),
      'in process, the same answer': p50(sameAnswer),
      sandbox: p50((statement) => sandbox.query(statement, limits)),
    },
    25,
  );
  const plain = figures['in process, plain rows'];
  const same = figures['in process, the same answer'];
  const ratio = (ms, base) => `${(ms / base).toFixed(2)} x`;
  const rows = Object.entries(figures).map(([name, ms]) => [
    name,
    `${ms.toFixed(3)} ms`,
    ratio(ms, plain),
    ratio(ms, same),
  ]);
  report(title, [['', 'p50', 'plain', 'same'], ...rows]);
}

/** Rows that JSON can hold, with their size, up to the same limits: without a process of its own, and without a gate. */
function sameAnswer(sql) {
  const rows = [];
  const end = writeRows(db.prepare(sql), limits, (json) => rows.push(json));
  return { ...end, rows };
}

async function starting() {
  const first = [];
  for (let round = 0; round < 7; round++) {
    const start = performance.now();
    const fresh = openSandbox({ file });
    await fresh.query(tiny(round), limits);
    first.push(performance.now() - start);
    fresh.close();
  }
  report('start', [['first query of a sandbox, median', `${median(first).toFixed(0)} ms`]]);
}

async function runaway() {
  const endless = 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c';
  const ends = [];
  const nexts = [];
  let last = performance.now();
  let blocked = 0;
  const tick = () => {
    blocked = Math.max(blocked, performance.now() - last - 10);
    last = performance.now();
  };
  const timer = setInterval(tick, 10);
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    await sandbox.query(endless, limits).catch(() => ends.push(performance.now() - start));
    const again = performance.now();
    await sandbox.query(tiny(round), limits);
    nexts.push(performance.now() - again);
  }
  clearInterval(timer);
  report('a statement that never ends, with a limit of 1,000 ms', [
    ['ended after, median', `${median(ends).toFixed(0)} ms`],
    ['query right after it, median', `${median(nexts).toFixed(0)} ms`],
    ['event loop blocked at most (goal: 100 ms)', `${blocked.toFixed(0)} ms`],
  ]);
}

function fill() {
  const made = new Database(file);
  made.exec(
    'CREATE TABLE orders (id INTEGER PRIMARY KEY, name TEXT, price REAL, quantity INTEGER, at TEXT, note TEXT)',
  );
  const insert = made.prepare('INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)');
  made.transaction(() => {
    for (let id = 0; id < 20_000; id++) {
      insert.run(id, `Product ${id}`, (id * 137) / 100, id % 50, `2026-01-0${(id % 9) + 1}`, `note no ${id}`);
    }
  })();
  made.close();
}

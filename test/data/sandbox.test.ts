import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import { ToolFailure } from '../../src/core/errors.ts';
import type { QueryResult, TargetDatabase } from '../../src/core/ports.ts';
import { identityOf } from '../../src/data/read-only.ts';
import { openSandbox } from '../../src/data/sandbox.ts';
import { folderOf } from '../folder.ts';
import { harmless, type Places, runaways, turnedDown } from './attacks.ts';

const limits = { maxRows: 100, maxBytes: 10_000 };
const secret = 'globex-secret';
const endless = 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c';

/** A folder with the databases of two workspaces. */
function workspaces(t: Test): Places & { readonly folder: string } {
  const folder = folderOf(t, { acme: {}, globex: {} });
  const own = join(folder, 'acme', 'target.db');
  const other = join(folder, 'globex', 'target.db');
  shop(own, 'acme');
  shop(other, secret);
  return { folder, own, other, fresh: join(folder, 'acme', 'fresh.db') };
}

function shop(file: string, owner: string): void {
  const db = new Sqlite(file);
  db.exec(`
    CREATE TABLE products (id TEXT PRIMARY KEY, name TEXT, price REAL);
    CREATE INDEX by_price ON products(price);
    INSERT INTO products VALUES ('p-001', 'Water', 6.99), ('p-002', 'Bar', 2.49), ('p-003', '${owner}', 3.79);
    CREATE TABLE salaries (person TEXT, amount INTEGER);
    INSERT INTO salaries VALUES ('Ann', 100);
    CREATE VIEW cheap AS SELECT * FROM products WHERE price < 5;
    CREATE VIEW pay AS SELECT amount FROM salaries;
    CREATE TABLE numbers (n INTEGER PRIMARY KEY);
    INSERT INTO numbers WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 3000) SELECT n FROM c;
    CREATE VIRTUAL TABLE notes USING fts5(body);
    CREATE VIRTUAL TABLE diary USING fts5(body);
    INSERT INTO notes VALUES ('hello world');
    CREATE VIEW diaries AS SELECT * FROM diary;
    CREATE VIRTUAL TABLE places USING rtree(id, x0, x1);
  `);
  db.close();
}

/** Everything that is in a folder, as one value. */
function contents(folder: string): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    hash.update(`${entry.name}\n`);
    if (entry.isFile()) hash.update(readFileSync(join(entry.parentPath, entry.name)));
  }
  return hash.digest('hex');
}

/** What tells that something was written; reads no file, which would release the locks of this process. */
function stamps(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { size, mtimeNs } = statSync(join(folder, name), { bigint: true });
    return `${name} ${size} ${mtimeNs}`;
  });
}

/** The answer as text, or the failure's code and message. */
async function outcome(db: TargetDatabase, sql: string): Promise<{ code: string; text: string; answer?: QueryResult }> {
  try {
    const answer = await db.query(sql, limits);
    return { code: 'ok', text: JSON.stringify(answer), answer };
  } catch (thrown) {
    if (!(thrown instanceof ToolFailure)) throw thrown;
    return { code: thrown.code, text: thrown.message };
  }
}

async function works(t: Test, db: TargetDatabase, after = ''): Promise<void> {
  const { text, answer } = await outcome(db, "SELECT name, price FROM products WHERE id = 'p-001'");
  if (answer?.rows[0]?.[0] !== 'Water') t.fail(`the next query fails after ${after}: ${text}`);
}

function open(t: Test, options: Parameters<typeof openSandbox>[0]): TargetDatabase {
  const db = openSandbox(options);
  t.teardown(() => db.close());
  return db;
}

/** Process ids of the SQL children of a process. */
function sqlChildren(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  const found = lines.map((line) => /^\s*(\d+)\s+(\d+)\s.*sql-child/.exec(line));
  return found.flatMap((match) => (match && Number(match[2]) === parent ? [Number(match[1])] : []));
}

/** How long the event loop was blocked at most while `work` ran, in ms. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const tick = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last - 10);
    last = now;
  };
  const timer = setInterval(tick, 10);
  await work();
  tick();
  clearInterval(timer);
  return longest;
}

t.test('attacks are turned down and change nothing', async (t) => {
  const places = workspaces(t);
  const db = open(t, { file: places.own, timeoutMs: 2000, memoryBytes: 300e6 });
  const before = contents(places.folder);
  const attempts = Object.entries(turnedDown(places)).flatMap(([code, list]) => list.map((sql) => ({ code, sql })));
  attempts.push(...harmless.map((sql) => ({ code: 'ok', sql })));
  t.ok(attempts.length > 150, `${attempts.length} statements`);
  for (const { code, sql } of attempts) {
    const shown = JSON.stringify(sql.slice(0, 100));
    const { code: actual, text } = await outcome(db, sql);
    t.equal(actual, code, actual === 'ok' ? shown : `${shown}: ${text}`);
    t.notMatch(text, secret, `nothing of the other workspace: ${shown}`);
    if (!sql.includes(places.folder)) t.notMatch(text, places.folder, `no path is told: ${shown}`);
    if (contents(places.folder) !== before) return t.fail(`something was written by ${shown}`);
    await works(t, db, shown);
  }
});

t.test('runaways are ended in time, and the host stays responsive', async (t) => {
  const places = workspaces(t);
  const db = open(t, { file: places.own, timeoutMs: 300, memoryBytes: 200e6 });
  const before = contents(places.folder);
  const reasons = new Set<string>();
  await works(t, db);
  for (const sql of runaways) {
    const times: { readonly elapsed: number; readonly blocked: number }[] = [];
    const isQuick = () => times.some(({ elapsed, blocked }) => elapsed < 1500 && blocked < 250);
    // Both bounds leave room for a machine that is busy with other things, and one that is too busy is asked again: see
    // bench/sql.mjs for figures.
    while (times.length < 6 && !isQuick()) {
      const started = performance.now();
      let ended = { code: '', text: '' };
      const blocked = await longestBlock(async () => {
        ended = await outcome(db, sql);
      });
      times.push({ elapsed: performance.now() - started, blocked });
      reasons.add(ended.text.replace(/;.*/, ''));
      t.match(ended.code, /^query-(timeout|memory)$/, `${sql}: ${ended.text}`);
    }
    t.ok(isQuick(), `${sql}: ${JSON.stringify(times)}`);
    await works(t, db, sql);
  }
  t.ok(reasons.has('the statement was ended after 0.3 s'), 'both limits were reached');
  t.ok(reasons.has('the statement was ended because it took more than 191 MiB of memory'));
  t.equal(contents(places.folder), before);
});

t.test('what a statement leaves in memory is not held against the next', async (t) => {
  const { own } = workspaces(t);
  const db = open(t, { file: own, memoryBytes: 360e6, timeoutMs: 20_000 });
  const sort = 'SELECT a.n FROM numbers a, (SELECT 1 FROM numbers LIMIT 300) ORDER BY random()';
  for (let round = 0; round < 2; round++) {
    t.equal((await outcome(db, sort)).code, 'ok');
    t.match(await outcome(db, 'SELECT zeroblob(100000000)'), { code: 'ok', text: /<blob 100000000 bytes>/ });
  }
});

t.test('huge rows are cut, and hold up nothing', async (t) => {
  const { folder, own } = workspaces(t);
  const writer = new Sqlite(own);
  const columns = Array.from({ length: 1000 }, (_, column) => `c${column}`);
  writer.exec(`
    CREATE TABLE huge (n INTEGER PRIMARY KEY, body TEXT, raw BLOB);
    INSERT INTO huge SELECT n, printf('%.*c', 15000000, 'x'), zeroblob(5000000) FROM numbers WHERE n <= 3;
    CREATE TABLE wide (${columns.join(', ')});
    INSERT INTO wide SELECT ${columns.map((name) => `n || '-${name}'`).join(', ')} FROM numbers WHERE n <= 300;
  `);
  writer.close();
  const before = contents(folder);
  const db = open(t, { file: own });
  await works(t, db);
  const most = { maxRows: 100_000, maxBytes: 20_000_000 };
  const sizes = "length(body) = 15000000 AND body GLOB 'x*'";
  const cases: readonly [sql: string, limits: typeof most, rows: number, truncated?: string][] = [
    ['SELECT * FROM huge', { maxRows: 10, maxBytes: 10_000 }, 0, 'bytes'],
    ['SELECT body, body FROM huge', most, 0, 'bytes'],
    ['SELECT body FROM huge', most, 1, 'bytes'],
    ['SELECT n, raw FROM huge', most, 3],
    [`SELECT n FROM huge WHERE ${sizes}`, most, 3],
    ['SELECT * FROM wide', most, 300],
    ['SELECT * FROM wide', { maxRows: 10, maxBytes: 5000 }, 0, 'bytes'],
    ['SELECT a.n, b.n, a.n * b.n FROM numbers a, numbers b', most, 100_000, 'rows'],
  ];
  for (const [sql, limits, rows, truncated] of cases) {
    let answer: QueryResult | undefined;
    const blocked = await longestBlock(async () => {
      answer = await db.query(sql, limits);
    });
    t.same([answer?.rows.length, answer?.truncated], [rows, truncated], sql);
    // See the bound of runaways.
    t.ok(blocked < 250, `blocked for ${blocked.toFixed(0)} ms: ${sql}`);
    await works(t, db, sql);
  }
  t.equal(contents(folder), before);
});

t.test('a table that the workspace does not expose cannot be read', async (t) => {
  const { own } = workspaces(t);
  const db = open(t, { file: own, tables: ['Products', 'numbers', 'notes', 'pay', 'diaries'] });
  const hidden = [
    'SELECT * FROM salaries',
    'SELECT count(*) FROM salaries',
    'SELECT * FROM pay',
    'SELECT p.id FROM products p WHERE EXISTS (SELECT 1 FROM salaries WHERE amount > 5)',
    'SELECT (SELECT max(amount) FROM main."salaries")',
    'WITH products AS (SELECT * FROM salaries) SELECT * FROM products',
    'SELECT * FROM products UNION ALL SELECT person, person, amount FROM salaries',
    'SELECT * FROM numbers LEFT JOIN salaries ON amount = n',
    'SELECT * FROM sqlite_schema',
    'SELECT sql FROM sqlite_master',
    'SELECT * FROM main.sqlite_schema',
    'SELECT * FROM diary',
    "SELECT * FROM diary('x')",
    "SELECT * FROM [diary] WHERE diary MATCH 'x'",
    'SELECT * FROM diaries',
    'SELECT * FROM diary_content',
    'SELECT * FROM notes JOIN diary',
    'SELECT * FROM notes_content',
    'SELECT * FROM places',
  ];
  for (const sql of hidden) {
    const { code, text } = await outcome(db, sql);
    t.equal(code, 'query-refused', `${sql}: ${text}`);
    t.match(text, 'does not expose; allowed are the exposed tables: diaries, notes, numbers, pay, products');
  }
  const { answer } = await outcome(db, "SELECT max(p.price) FROM products p JOIN notes, json_each('[1]')");
  t.same(answer?.tables, ['notes', 'products']);
  t.match(await outcome(db, 'SELECT * FROM salarie'), { text: /^no such table: salarie; expected one of: / });
  t.notMatch((await outcome(db, 'SELECT * FROM salarie')).text, 'salaries');
  t.same((await outcome(db, 'SELECT * FROM cheap')).answer?.tables, ['products'], 'a view over what is exposed');
});

t.test('answers hold what JSON can hold', async (t) => {
  const { own } = workspaces(t);
  const db = open(t, { file: own });
  const query = (sql: string, more: Partial<typeof limits> = {}) => db.query(sql, { ...limits, ...more });

  t.match(await query("SELECT 1 a, 2 a, 0.5 b, NULL c, 'é\"\n' d, x'00ff' e, 9e999 f, -9e999 g"), {
    columns: ['a', 'a', 'b', 'c', 'd', 'e', 'f', 'g'],
    rows: [[1, 2, 0.5, null, 'é"\n', '<blob 2 bytes>', 'Infinity', '-Infinity']],
  });
  const integers = ['9007199254740991', '9007199254740992', '-9007199254740993', '9223372036854775807'];
  t.same((await query(`VALUES (${integers.join('), (')})`)).rows, [
    [9007199254740991],
    ['9007199254740992'],
    ['-9007199254740993'],
    ['9223372036854775807'],
  ]);
  t.same((await query('SELECT 1 WHERE 0')).rows, []);
  const { tables, elapsedMs, truncated } = await query('SELECT * FROM cheap, numbers LIMIT 1');
  t.same(tables, ['numbers', 'products'], 'the tables behind the view');
  t.ok(elapsedMs > 0 && elapsedMs < 1000);
  t.equal(truncated, undefined);
});

t.test('limits cut between rows and say so', async (t) => {
  const { own } = workspaces(t);
  const db = open(t, { file: own });
  const numbers = 'SELECT n FROM numbers ORDER BY n';
  const bytesOf = (rows: unknown) => Buffer.byteLength(JSON.stringify(rows));

  const some = await db.query(numbers, { maxRows: 3, maxBytes: 1000 });
  t.same([some.rows, some.truncated], [[[1], [2], [3]], 'rows']);
  const all = await db.query(`${numbers} LIMIT 3`, { maxRows: 3, maxBytes: 1000 });
  t.equal(all.truncated, undefined, 'exactly as many as allowed');
  const whole = await db.query(numbers, { maxRows: 5000, maxBytes: 1e6 });
  t.equal(whole.rows.length, 3000);
  for (const maxBytes of [2, 6, 10, 100, 1999, 17_000]) {
    const cut = await db.query(numbers, { maxRows: 5000, maxBytes });
    t.equal(cut.truncated, 'bytes');
    t.ok(bytesOf(cut.rows) <= maxBytes, `${bytesOf(cut.rows)} of ${maxBytes}`);
    t.ok(bytesOf(whole.rows.slice(0, cut.rows.length + 1)) > maxBytes, 'not one row too few');
    t.same(cut.rows, whole.rows.slice(0, cut.rows.length));
  }
  const exact = await db.query(numbers, { maxRows: 5000, maxBytes: bytesOf(whole.rows) });
  t.equal(exact.truncated, undefined);
  const wide = await db.query("SELECT printf('%.*c', 200, 'é')", { maxRows: 5, maxBytes: 300 });
  t.match(wide, { rows: [], truncated: 'bytes' }, 'bytes are counted, not characters');
  const both = await db.query(numbers, { maxRows: 100, maxBytes: 50 });
  t.equal(both.truncated, 'bytes', 'the limit that was reached first');
});

t.test('failures name the nearest right thing', async (t) => {
  const { own } = workspaces(t);
  const db = open(t, { file: own });
  const expected: [string, string][] = [
    ['SELECT * FROM product', 'no such table: product; did you mean "products"?'],
    ['SELECT prise FROM products', 'no such column: prise; did you mean "price"?'],
    ['SELECT p.nmae FROM products p', 'no such column: p.nmae; did you mean "name"?'],
    ['SELECT amout FROM pay', 'no such column: amout; did you mean "amount"?'],
    ['SELECT date_trunc(1)', 'no such function: date_trunc; the dialect is SQLite'],
    ['SELECT * FORM products', 'near "FORM": syntax error'],
    ["SELECT * FROM pragma_table_info('products')", 'the schema is in sqlite_schema'],
  ];
  for (const [sql, message] of expected) t.match((await outcome(db, sql)).text, message, sql);
});

t.test('a database that cannot be read', async (t) => {
  const { folder, own, other } = workspaces(t);
  const says = async (file: string, reason: RegExp) => {
    const db = openSandbox({ file });
    const { code, text } = await outcome(db, 'SELECT * FROM products');
    db.close();
    t.equal(code, 'database-unavailable', text);
    t.match(text, reason);
  };
  await says(join(folder, 'missing.db'), /its file is missing/);
  await says(`${own} `, /its path is not usable/);
  for (const wrong of [`${own}\0.txt`, `file:${own}`, ':memory:', '', 'target.db']) {
    t.same(identityOf(wrong), { wrong: 'its path is not usable' });
  }
  t.same(identityOf(folder), { wrong: 'its path does not lead to a file' });

  const text = join(folder, 'text.db');
  writeFileSync(text, 'This is not a database, whatever its name may say. '.repeat(100));
  await says(text, /not a SQLite database/);

  const corrupt = join(folder, 'corrupt.db');
  writeFileSync(corrupt, readFileSync(own).fill(0xff, 4096));
  await says(corrupt, /damaged/);

  // A hot journal: the process that wrote died before it had finished.
  const hot = join(folder, 'hot.db');
  const writer = new Sqlite(other);
  writer.pragma('cache_size = 1');
  writer.exec('BEGIN; UPDATE products SET price = 0; UPDATE numbers SET n = -n');
  copyFileSync(other, hot);
  copyFileSync(`${other}-journal`, `${hot}-journal`);
  writer.exec('ROLLBACK');
  const before = contents(folder);
  await says(hot, /hot journal/);
  t.equal(contents(folder), before, 'the journal is left to a program that may write');

  writer.exec('BEGIN EXCLUSIVE');
  await says(other, /locked/);
  writer.exec('COMMIT');
  writer.close();
  await works(t, open(t, { file: other }), 'the lock is gone');
});

t.test('a database that is put right works at the next query', async (t) => {
  const { folder, own, other } = workspaces(t);
  const whole = readFileSync(own);
  // A writer that died in the middle of a transaction.
  const writer = new Sqlite(other);
  writer.pragma('cache_size = 1');
  writer.exec("BEGIN; UPDATE products SET name = 'half'; UPDATE numbers SET n = -n");
  const half = [readFileSync(other), readFileSync(`${other}-journal`)] as const;
  writer.exec('ROLLBACK');
  writer.close();
  const replace = (bytes: Buffer) => {
    writeFileSync(join(folder, 'next.db'), bytes);
    renameSync(join(folder, 'next.db'), own);
  };
  let lock: Sqlite.Database | undefined;
  const faults: readonly [reason: RegExp, breakIt: () => void, mend: () => void][] = [
    [/missing/, () => renameSync(own, join(folder, 'away.db')), () => replace(whole)],
    [/not a SQLite database/, () => replace(Buffer.from('Not a database. '.repeat(500))), () => replace(whole)],
    [/damaged/, () => replace(Buffer.from(whole).fill(0xff, 4096)), () => replace(whole)],
    [
      /hot journal/,
      () => {
        replace(half[0]);
        writeFileSync(`${own}-journal`, half[1]);
      },
      // Whoever may write rolls it back.
      () => new Sqlite(own).exec('BEGIN IMMEDIATE; ROLLBACK').close(),
    ],
    [
      /locked/,
      () => {
        lock = new Sqlite(own);
        lock.exec('BEGIN EXCLUSIVE; UPDATE products SET price = 0');
      },
      () => {
        lock?.exec('ROLLBACK');
        lock?.close();
      },
    ],
  ];
  const db = open(t, { file: own });
  await works(t, db);
  for (const [reason, breakIt, mend] of faults) {
    breakIt();
    const before = stamps(folder);
    const blocked = await longestBlock(async () => {
      t.match(await outcome(db, 'SELECT name FROM products'), { code: 'database-unavailable', text: reason });
    });
    t.ok(blocked < 250, `blocked for ${blocked.toFixed(0)} ms`);
    t.strictSame(stamps(folder), before, `nothing is written: ${reason}`);
    mend();
    t.match(await outcome(db, "SELECT name FROM products WHERE id = 'p-003'"), { text: /"acme"|globex-secret/ });
    await works(t, db, String(reason));
  }
});

t.test('a database that changes between two statements', async (t) => {
  const { folder, own, other } = workspaces(t);
  const db = open(t, { file: own });
  await works(t, db);
  const writer = new Sqlite(own);
  writer.exec('ALTER TABLE products RENAME COLUMN price TO cost; CREATE TABLE added (x); DROP TABLE salaries');
  t.same((await outcome(db, 'SELECT cost FROM products, added')).answer?.tables, ['added', 'products']);
  t.match(await outcome(db, 'SELECT * FROM salaries'), { code: 'query-failed' });
  t.match(await outcome(db, 'SELECT price FROM products'), { code: 'query-failed' });

  writer.pragma('journal_mode = WAL');
  writer.exec("UPDATE products SET cost = 1 WHERE id = 'p-001'");
  t.same((await outcome(db, "SELECT cost FROM products WHERE id = 'p-001'")).answer?.rows, [[1]], 'live WAL');
  writer.close();

  for (const ending of ['', '-wal', '-shm']) renameSync(own + ending, join(folder, `old.db${ending}`));
  t.match(await outcome(db, 'SELECT 1'), { code: 'database-unavailable', text: /missing/ });
  copyFileSync(other, own);
  t.match((await outcome(db, 'SELECT name FROM products')).text, secret, 'the file that is there now');
});

t.test('statements queue up, and can be aborted', async (t) => {
  const { own } = workspaces(t);
  const db = open(t, { file: own, timeoutMs: 10_000 });
  const many = await Promise.all(Array.from({ length: 50 }, (_, n) => db.query(`SELECT ${n}`, limits)));
  t.same(
    many.map(({ rows }) => rows[0]?.[0]),
    Array.from({ length: 50 }, (_, n) => n),
  );

  const control = new AbortController();
  const running = db.query(endless, limits, control.signal);
  const waiting = db.query('SELECT 1', limits, control.signal);
  const unconcerned = db.query('SELECT 2', limits);
  await sleep(100);
  const started = performance.now();
  control.abort();
  await t.rejects(running, { name: 'AbortError' });
  await t.rejects(waiting, { name: 'AbortError' });
  t.same((await unconcerned).rows, [[2]]);
  t.ok(performance.now() - started < 9000, 'long before the statement would have been ended');

  const cut = db.query(endless, limits);
  await sleep(100);
  db.close();
  await t.rejects(cut, { code: 'database-unavailable' });
  await t.rejects(db.query('SELECT 1', limits), { code: 'database-unavailable' });
});

t.test('a child that is killed is replaced', async (t) => {
  const { own } = workspaces(t);
  const earlier = sqlChildren(process.pid);
  const db = open(t, { file: own });
  await works(t, db);
  const [child] = sqlChildren(process.pid).filter((pid) => !earlier.includes(pid));
  if (child === undefined) return t.fail('the child is running');
  const running = outcome(db, endless);
  await sleep(50);
  process.kill(child, 'SIGKILL');
  t.match(await running, { code: 'query-failed', text: /SIGKILL; try again/ });
  await works(t, db, 'kill -9');

  const [idle = 0] = sqlChildren(process.pid).filter((pid) => !earlier.includes(pid));
  process.kill(idle, 'SIGKILL');
  // Until this process has been told, too.
  while (spawnSync('ps', ['-p', `${idle}`]).status === 0) await sleep(20);
  await works(t, db, 'kill -9 while idle');
});

t.test('a child has no keys, and never outlives its host', async (t) => {
  const { own } = workspaces(t);
  const host = (...args: string[]) => {
    const file = fileURLToPath(new URL('./sandbox-host.ts', import.meta.url));
    const env = { ...process.env, SOME_API_KEY: 'sk-secret' };
    const started = spawn(process.execPath, [...process.execArgv, file, own, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 100_000,
      killSignal: 'SIGKILL',
    });
    t.teardown(() => started.kill('SIGKILL'));
    return started;
  };
  const leaving = host();
  const running = host(endless);
  await once(running.stdout, 'data');
  const [child = 0, ...others] = sqlChildren(running.pid ?? 0);
  t.same(others, []);
  t.ok(isAlive(child));
  const environment = `/proc/${child}/environ`;
  if (existsSync(environment)) t.notMatch(readFileSync(environment, 'utf8'), 'sk-secret');
  running.kill('SIGKILL');
  const started = performance.now();
  while (isAlive(child) && performance.now() - started < 30_000) await sleep(5);
  const elapsed = performance.now() - started;
  t.ok(elapsed < 30_000, `gone ${elapsed.toFixed(0)} ms after its host was killed, in the middle of a statement`);
  const ended = leaving.exitCode === null ? await once(leaving, 'exit') : [leaving.exitCode, null];
  t.same(ended, [0, null], 'an open database does not keep its host alive');
});

/** A zombie is not: it waits for whoever adopted it. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return /^[^Z]/.test(stdout.trim());
}

t.test('a child that cannot start says why', async (t) => {
  const folder = folderOf(t);
  const db = open(t, { file: join(folder, 'x.db') });
  const node = process.execPath;
  process.execPath = join(folder, 'no-node');
  t.teardown(() => {
    process.execPath = node;
  });
  t.match(await outcome(db, 'SELECT 1'), { code: 'query-failed', text: /ENOENT/ });
  process.execPath = node;
  t.match(await outcome(db, 'SELECT 1'), { code: 'database-unavailable', text: /missing/ }, 'and is tried again');
});

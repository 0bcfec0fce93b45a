import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import { HarnessError, type Problem } from '../../src/core/errors.ts';
import { statements } from '../../src/core/sql-text.ts';
import { copyDatabase } from '../../src/data/copy.ts';
import { newFile } from '../../src/data/new-file.ts';
import { createFromSeed } from '../../src/data/seed.ts';

function seed(t: Test, sql: string | Buffer): { readonly file: string; readonly target: string; readonly dir: string } {
  const dir = t.testdir({ state: {} });
  const file = join(dir, 'shop.sql');
  writeFileSync(file, sql);
  return { file, target: join(dir, 'state', 'target.db'), dir: join(dir, 'state') };
}

function read(file: string, sql: string): unknown[] {
  const db = new Sqlite(file, { readonly: true });
  try {
    return db.prepare(sql).raw().all();
  } finally {
    db.close();
  }
}

function failure(work: () => unknown): HarnessError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof HarnessError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

/** What is wrong with a seed that must fail. Nothing may be left behind. */
function problemOf(t: Test, sql: string): Problem {
  const { file, target, dir } = seed(t, sql);
  const error = failure(() => createFromSeed(file, target));
  t.equal(error.code, 'invalid-seed');
  t.same(readdirSync(dir), [], 'nothing is left behind');
  const [problem] = error.problems;
  if (problem?.place === undefined) throw new Error(`no place: ${error.message}`);
  t.equal(problem.place.file, file);
  return problem;
}

t.test('statements are split as SQLite splits them', async (t) => {
  const texts = (sql: string) => Array.from(statements(sql), (statement) => statement.text);
  t.same(texts(''), []);
  t.same(texts(' ;; -- x;\n /* ; */ ;'), []);
  t.same(texts('a;b'), ['a', 'b']);
  t.same(texts('SELECT \';\', "a;""b", `;`, [;]; x'), ['SELECT \';\', "a;""b", `;`, [;]', 'x']);
  t.same(texts("INSERT INTO t VALUES ('it''s; fine'); y"), ["INSERT INTO t VALUES ('it''s; fine')", 'y']);
  t.same(texts("a 'open; b"), ["a 'open; b"], 'what is not closed ends with the text');
  t.same(texts('a /* open; b'), ['a']);
  const trigger = 'CREATE TEMP TRIGGER g AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM t; END';
  t.same(texts(`${trigger}; x;`), [trigger, 'x']);
  t.same(texts('create trigger end after insert on t begin select 1; end\n;\nx'), [
    'create trigger end after insert on t begin select 1; end',
    'x',
  ]);
  t.same(
    [...statements('  CREATE /* x */ table\n"t" (a)')].map(({ start, words }) => ({ start, words })),
    [{ start: 2, words: ['CREATE', 'TABLE', 'A'] }],
  );
});

t.test('a database is created once, as a whole', async (t) => {
  const { file, target, dir } = seed(
    t,
    `\uFEFF-- The shop.
    CREATE TABLE products (id TEXT PRIMARY KEY, price REAL, changes INTEGER DEFAULT 0);\r
    CREATE TRIGGER counted AFTER UPDATE ON products BEGIN
      UPDATE products SET changes = CASE WHEN changes IS NULL THEN 1 ELSE changes + 1 END WHERE id = new.id;
    END;
    INSERT INTO products VALUES ('p;1', 6.99, 0), ('it''s', 2.49, 0);
    UPDATE products SET price = 3 WHERE id = 'p;1';
    CREATE VIEW cheap AS SELECT * FROM products WHERE price < 3;
    WITH x(id) AS (VALUES ('last')) INSERT INTO products SELECT id, 1, 0 FROM x
    `,
  );
  t.equal(createFromSeed(file, target), true);
  t.same(readdirSync(dir), ['target.db'], 'one file');
  t.same(read(target, 'SELECT id, price, changes FROM products ORDER BY rowid'), [
    ['p;1', 3, 1],
    ["it's", 2.49, 0],
    ['last', 1, 0],
  ]);
  t.same(read(target, 'PRAGMA integrity_check'), [['ok']]);
  const made = readFileSync(target);
  writeFileSync(file, 'this is not SQL');
  t.equal(createFromSeed(file, target), false, 'it is there already');
  t.ok(made.equals(readFileSync(target)));
});

t.test('a dump of the sqlite3 shell is a seed', async (t) => {
  const { file, target } = seed(
    t,
    `PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
PRAGMA user_version=12; PRAGMA application_id(77);
CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, product TEXT REFERENCES products(id), note);
INSERT INTO orders VALUES(7,'p-001',replace('two\\nlines','\\n',char(10)));
INSERT INTO orders VALUES(8,'p-001',X'0aff');
CREATE TABLE products (id TEXT PRIMARY KEY);
INSERT INTO products VALUES('p-001');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('orders',41);
CREATE INDEX "by product" ON orders(product);
ANALYZE sqlite_schema;
COMMIT;
`,
  );
  createFromSeed(file, target);
  t.same(read(target, 'SELECT seq FROM sqlite_sequence'), [[41]]);
  t.same(read(target, 'SELECT note FROM orders'), [['two\nlines'], [Buffer.from([10, 255])]]);
  t.same(read(target, 'PRAGMA user_version'), [[12]]);
  t.same(read(target, 'PRAGMA application_id'), [[77]]);
});

t.test('an error names its line', async (t) => {
  const cases: [sql: string, place: string, message: RegExp, hint?: RegExp][] = [
    ['CREATE TABLE t (a);\n\n  INSERT INTO t VALUES (1, 2);\n', '3:3-30', /table t has 1 columns but 2 values/],
    ['CREATE TABLE t (\n  a TEXT,\n  b INTEGER PRIMARY KEZ\n);', '3:21-24', /near "KEZ": syntax error/],
    ["INSERT INTO products VALUES ('products')", '1:13-21', /no such table: products/],
    ['CREATE TABLE products (a);\r\nINSERT INTO\r\n  product VALUES (1);', '3:3-10', /no such table/, /"products"/],
    ['CREATE TABLE t (a);\nINSERT INTO t (a,\n b) VALUES (1, 2)', '3:2-3', /no column named b/],
    ["CREATE TABLE t (a);\n/* x\n */ INSERT INTO t VALUES ('open", '3:27-32', /unrecognized token/],
    ['CREATE TABLE t (a);\n-- again\nCREATE TABLE t (a);', '3:14-15', /table t already exists/],
    ['CREATE TABLE t (a UNIQUE);\nINSERT INTO t VALUES (1),\n(1);', '2:1-26', /UNIQUE constraint failed: t.a/],
    [
      'CREATE TABLE p (id PRIMARY KEY);\nCREATE TABLE o (p REFERENCES p(id));\nINSERT INTO o VALUES (1);',
      '3:1-25',
      /FOREIGN KEY/,
      /PRAGMA foreign_keys = OFF/,
    ],
    ['CREATE TABLE t (a);\nBEGIN;\nINSERT INTO t VALUES (1);\n', '3:25-26', /ends inside a transaction/, /COMMIT/],
    ['CREATE TABLE t (a);\nCREATE TRIGGER g AFTER INSERT ON t BEGIN\n SELECT 1;', '2:1-41', /incomplete input/],
    ['CREATE TABLE t (a)\0', '1:19-20', /NUL/],
    ["CREATE TABLE t (a);\nINSERT INTO t VALUES (load_extension('x'));", '2:1-43', /not authorized/],
  ];
  for (const [sql, where, message, hint] of cases) {
    const problem = problemOf(t, sql);
    const { line, column, endColumn, source } = problem.place ?? { line: 0, column: 0, endColumn: 0, source: '' };
    t.equal(`${line}:${column}-${endColumn}`, where, problem.message);
    t.equal(source, sql.split(/\r?\n/)[line - 1]);
    t.match(problem.message, message);
    if (hint !== undefined) t.match(problem.hint ?? '', hint);
  }
});

t.test('a seed fills its database and does nothing else', async (t) => {
  const other = join(t.testdir({ other: {} }), 'other', 'x.db');
  const refused = [
    `ATTACH '${other}' AS o`,
    `/* x */ attach database '${other}' as o`,
    'DETACH main',
    'VACUUM',
    `VACUUM INTO '${other}'`,
    `CREATE TABLE t (a); VACUUM INTO '${other}'`,
    'PRAGMA journal_mode = WAL',
    'PRAGMA main.user_version = 1',
    'PRAGMA "journal_mode" = user_version',
    'PRAGMA writable_schema = ON',
    "PRAGMA temp_store_directory = '/tmp'",
    'PRAGMA max_page_count = 1000000000',
    'SELECT 1',
    "SELECT load_extension('x')",
    'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n FROM c) SELECT n FROM c',
    'VALUES (1)',
    'EXPLAIN CREATE TABLE t (a)',
    '.read other.sql',
    '"x"',
  ];
  for (const sql of refused)
    t.match(problemOf(t, sql), { message: /not allowed in a seed$/, hint: /^a seed creates/ }, sql);
  t.notOk(existsSync(other));

  const endless = 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)';
  const huge = `CREATE TABLE t (a); ${endless} INSERT INTO t SELECT zeroblob(50000000) FROM c`;
  t.match(problemOf(t, huge).message, /full/);
});

t.test('a seed that cannot be read, a folder that cannot be written', async (t) => {
  const { file, target, dir } = seed(t, Buffer.from([0x43, 0xff, 0xfe]));
  t.match(
    failure(() => createFromSeed(file, target)),
    { code: 'invalid-seed', message: /not UTF-8/ },
  );
  t.match(
    failure(() => createFromSeed(`${file}x`, target)),
    { code: 'invalid-seed', message: /cannot read the seed/ },
  );
  writeFileSync(file, 'CREATE TABLE t (a);');
  const blocked = join(file, 'target.db');
  t.match(
    failure(() => createFromSeed(file, blocked)),
    { code: 'disk-unavailable', message: /cannot write/ },
  );
  if (process.getuid?.() !== 0) {
    chmodSync(dir, 0o500);
    t.match(
      failure(() => createFromSeed(file, target)),
      { code: 'disk-unavailable' },
    );
    chmodSync(dir, 0o700);
  }
  const nested = join(dir, 'a', 'b', 'target.db');
  createFromSeed(file, nested);
  t.ok(existsSync(nested), 'folders are made');
});

t.test('what a dead process left is cleaned up, what a living one makes is not', async (t) => {
  const { file, target, dir } = seed(t, 'CREATE TABLE t (a);');
  const dead = spawnSync(process.execPath, ['-e', '0']).pid;
  const keep = [`target.db.${process.pid}.0123abcd.new`, `other.db.${dead}.0123abcd.new`, `target.db.${dead}.bak`];
  for (const name of [...keep, `target.db.${dead}.0123abcd.new`, `target.db.${dead}.0123abcd.new-journal`]) {
    writeFileSync(join(dir, name), '');
  }
  createFromSeed(file, target);
  t.same(readdirSync(dir).sort(), ['target.db', ...keep].sort());
});

t.test('another process that was quicker wins', async (t) => {
  const dir = t.testdir({});
  const target = join(dir, 'target.db');
  const slow = newFile(target);
  const quick = newFile(target);
  writeFileSync(slow.path, 'slow');
  writeFileSync(quick.path, 'quick');
  t.equal(quick.publish(), true);
  t.equal(slow.publish(), false);
  slow.discard();
  quick.discard();
  t.same(readdirSync(dir), ['target.db']);
  t.equal(readFileSync(target, 'utf8'), 'quick');
});

t.test('a copy is one whole database, also of one that is being written', async (t) => {
  const dir = t.testdir({ state: {} });
  const from = join(dir, 'from.db');
  const to = join(dir, 'state', 'copy.db');
  const writer = new Sqlite(from);
  writer.pragma('journal_mode = WAL');
  writer.exec("CREATE TABLE t (a); INSERT INTO t VALUES ('in the log');");
  t.ok(existsSync(`${from}-wal`));
  t.equal(await copyDatabase(from, to), true);
  t.same(readdirSync(join(dir, 'state')), ['copy.db'], 'one file');
  t.same(read(to, 'SELECT a FROM t'), [['in the log']]);
  t.same(read(to, 'PRAGMA journal_mode'), [['delete']]);
  writer.exec('DELETE FROM t');
  t.equal(await copyDatabase(from, to), false, 'it is there already');
  t.same(read(to, 'SELECT a FROM t'), [['in the log']]);
  writer.close();

  const fails = async (source: string, message: RegExp) => {
    const error = await copyDatabase(source, join(dir, 'state', 'other.db')).then(
      () => undefined,
      (thrown: HarnessError) => thrown,
    );
    t.match(error, { code: 'invalid-files', message });
    t.same(readdirSync(join(dir, 'state')), ['copy.db'], 'nothing is left behind');
  };
  await fails(join(dir, 'missing.db'), /missing/);
  writeFileSync(join(dir, 'text.db'), 'This is not a database at all, it is a text. '.repeat(50));
  await fails(join(dir, 'text.db'), /not a SQLite database/);
  mkdirSync(join(dir, 'folder.db'));
  await fails(join(dir, 'folder.db'), /does not lead to a file/);
});

import Sqlite, { type Database } from 'better-sqlite3';
import t, { type Test } from 'tap';
import type { ColumnProfile, KeyInfo, TableProfile } from '../../src/core/catalog.ts';
import { inferKeys } from '../../src/data/catalog/infer-keys.ts';
import { type Inspected, inspectTables, sampleSource } from '../../src/data/catalog/inspect.ts';
import { joinPaths } from '../../src/data/catalog/joins.ts';
import { profileTable } from '../../src/data/catalog/profile.ts';
import { cpuTime } from '../cpu-time.ts';

function database(t: Test, sql: string): Database {
  const db = new Sqlite(':memory:');
  t.teardown(() => db.close());
  db.exec(sql);
  return db;
}

function inspect(db: Database, allowed: readonly string[] | null = null) {
  const hidden: string[] = [];
  const tables = [...inspectTables(db, allowed && new Set(allowed), (name) => hidden.push(name))];
  return { tables, hidden, table: (name: string) => tables.find(({ info }) => info.name === name) as Inspected };
}

function profile(db: Database, name: string): { whole: TableProfile; column(name: string): ColumnProfile } {
  const whole = profileTable(db, sampleSource(db, inspect(db).table(name).info), () => undefined);
  return { whole, column: (wanted) => whole.columns.find(({ column }) => column === wanted) as ColumnProfile };
}

/** A table with `count` rows, whose columns are made from the number n of the row, from 1. */
const numbers = (count: number, columns: string) =>
  `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT ${count}) SELECT ${columns} FROM c`;

t.test('a small table is profiled exactly', async (t) => {
  const db = database(
    t,
    `CREATE TABLE things (id INTEGER PRIMARY KEY, code TEXT, status TEXT, price REAL, note TEXT, picture BLOB, mixed, gone);
     INSERT INTO things VALUES
       (1, 'AB-1001', 'new', 1.5, 'short', x'00ff', 1, NULL),
       (2, 'AB-1002', 'new', 2.5, NULL, x'00', 'one', NULL),
       (9007199254740995, 'CD-77', 'old', 1e999, printf('%.*c', 500, 'y'), NULL, 1.5, NULL);`,
  );
  const { whole, column } = profile(db, 'things');
  t.match(whole, { rows: { count: 3, about: false }, looked: 3, sampled: false, rangesOf: 'all rows' });
  t.match(column('id'), { nulls: 0, min: 1, max: '9007199254740995', distinct: { count: 3, about: false } });
  t.same(column('status').frequent, [
    { value: 'new', count: 2 },
    { value: 'old', count: 1 },
  ]);
  t.match(column('status'), { min: 'new', max: 'old', averageLength: 3, distinct: { count: 2 } });
  t.match(column('price'), { min: 1.5, max: 'Infinity', distinct: { count: 3 } });
  t.match(column('note'), {
    nulls: 1,
    averageLength: 252.5,
    max: /^y{80}…$/,
    frequent: [{ value: 'short', count: 1 }],
  });
  t.equal(column('note').frequent.length, 1, 'a long text is no frequent value');
  t.match(column('picture'), { nulls: 1, distinct: { count: 2, about: false }, frequent: [] });
  t.notOk('min' in column('picture'), 'blobs have no smallest');
  t.match(column('mixed'), { types: { integer: 1, text: 1, real: 1 }, min: 1, max: 'one' });
  t.match(column('gone'), { nulls: 3, distinct: { count: 0 } });
});

t.test('forms of texts', async (t) => {
  const db = database(
    t,
    `CREATE TABLE codes AS ${numbers(300, "printf('SKU-%05d', n) AS sku, 'user' || n || '@example.com' AS mail, CASE n % 2 WHEN 0 THEN 'a' || n ELSE n || ' some words ' || (n * 7) END AS text")}`,
  );
  const { column } = profile(db, 'codes');
  t.same(column('sku').shapes, [{ value: 'AAA-99999', count: 300 }]);
  t.match(column('mail').shapes[0], { value: 'aaaa999@aaaaaaa.aaa', count: 201 });
  t.equal(
    profile(database(t, "CREATE TABLE c (s); INSERT INTO c VALUES ('AB'), ('CD')"), 'c').column('s').shapes.length,
    0,
  );
});

t.test('a table that holds more different values than are kept in memory is still exact', async (t) => {
  const wide = Array.from({ length: 40 }, (_, at) => `n * ${at + 1} AS c${at}`).join(', ');
  const db = database(
    t,
    `CREATE TABLE wide AS ${numbers(30_000, `${wide}, n % 20000 AS many, 'x' || (n % 7) AS few`)}`,
  );
  db.exec("UPDATE wide SET many = 'often' WHERE n IS NULL OR c0 <= 500".replace('n IS NULL OR ', ''));
  const { whole, column } = profile(db, 'wide');
  t.equal(whole.sampled, false);
  t.same(column('c0').distinct, { count: 30_000, about: false });
  t.same(column('few').distinct, { count: 7, about: false });
  t.same(column('many').distinct, { count: 20_001, about: false });
  t.same(column('many').frequent, [{ value: 'often', count: 500 }]);
});

t.test('a large table is profiled by a sample, and says so', async (t) => {
  const db = database(
    t,
    `CREATE TABLE large (id INTEGER PRIMARY KEY, customer INTEGER, status TEXT, at TEXT, rare TEXT);
     INSERT INTO large ${numbers(300_000, "n, abs(random() % 40000), CASE abs(random()) % 4 WHEN 0 THEN 'new' ELSE 'paid' END, date('2020-01-01', '+' || (n / 300) || ' days'), CASE WHEN n % 2 = 0 THEN 'v' || n END")}`,
  );
  const { whole, column } = profile(db, 'large');
  t.match(whole, { rows: { count: 300_000, about: false }, looked: 20_000, sampled: true, rangesOf: 'all rows' });
  t.match(column('id'), { min: 1, max: 300_000, distinct: { count: 300_000, about: false } });
  const customers = column('customer').distinct;
  t.ok(customers.about && customers.count > 36_000 && customers.count <= 40_000, `about 40,000: ${customers.count}`);
  t.match(column('status').distinct, { count: 2, about: true });
  t.match(column('status').frequent[0], { value: 'paid' });
  t.match(column('at'), { min: '2020-01-01', max: '2022-09-27', shapes: [{ value: '9999-99-99' }] });
  const rare = column('rare');
  t.ok(Math.abs(rare.nulls - 10_000) < 1000, `half of it is null: ${rare.nulls}`);
  t.ok(Math.abs(rare.distinct.count - 150_000) < 15_000, `about 150,000: ${rare.distinct.count}`);
  t.same(profile(db, 'large').whole, whole, 'the same sample each time');
});

t.test('what an inspection finds', async (t) => {
  const db = database(
    t,
    `CREATE TABLE "we""ird [na]me" ("a b" TEXT, "select" INTEGER, "" TEXT, twice INTEGER AS ("select" * 2) STORED);
     INSERT INTO "we""ird [na]me" ("a b", "select", "") VALUES ('x', 1, 'y');
     CREATE TABLE "order" ("group" TEXT PRIMARY KEY, rowid TEXT, _rowid_ TEXT, oid TEXT) WITHOUT ROWID;
     INSERT INTO "order" VALUES ('a', 'b', 'c', 'd');
     CREATE TABLE hides (rowid TEXT, _rowid_ TEXT, oid TEXT);
     INSERT INTO hides VALUES ('r', 's', 't');
     CREATE TABLE pairs (a INTEGER, b INTEGER, PRIMARY KEY (b, a)) WITHOUT ROWID;
     CREATE TABLE refers (x INTEGER, y INTEGER, lone INTEGER REFERENCES pairs, FOREIGN KEY (x, y) REFERENCES Pairs,
       FOREIGN KEY (x) REFERENCES nowhere (id), FOREIGN KEY (lone) REFERENCES pairs (NOPE));
     CREATE UNIQUE INDEX one_of ON refers (x) WHERE y > 0;
     CREATE UNIQUE INDEX all_of ON refers (y);
     CREATE INDEX expressed ON refers (x + 1, y);
     CREATE VIRTUAL TABLE words USING fts5(title, body);
     INSERT INTO words VALUES ('hello', 'world');
     CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
     CREATE VIEW broken AS SELECT * FROM missing;
     CREATE VIEW some AS SELECT "a b" AS ab FROM "we""ird [na]me";
     CREATE VIEW endless AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) AS n FROM c;`,
  );
  const { tables, table } = inspect(db);
  t.same(tables.map(({ info }) => info.name).sort(), [
    'boxes',
    'broken',
    'endless',
    'hides',
    'order',
    'pairs',
    'refers',
    'some',
    'we"ird [na]me',
    'words',
  ]);
  t.match(table('we"ird [na]me').info, {
    kind: 'table',
    rows: { count: 1, about: false },
    columns: [{ name: 'a b', type: 'TEXT' }, { name: 'select' }, { name: '' }, { name: 'twice', generated: true }],
  });
  t.match(table('refers').keys, [{ from: { columns: ['x', 'y'] }, to: { table: 'pairs', columns: ['b', 'a'] } }]);
  t.match(table('refers').info.indexes, [
    { name: 'expressed', unique: false, columns: [null, 'y'] },
    { name: 'all_of', unique: true },
    { name: 'one_of', unique: false },
  ]);
  t.match(table('words').info, { kind: 'virtual', columns: [{ name: 'title' }, { name: 'body' }], rows: { count: 1 } });
  t.match(table('broken').info, { kind: 'view', rows: null, problem: /no such table/ });
  t.match(table('endless').info, { rows: null, columns: [{ name: 'n' }] });
  t.match(table('some').info.problem, undefined);
  t.same(profile(db, 'we"ird [na]me').column('twice').frequent, [{ value: 2, count: 1 }]);
  t.same(profile(db, 'order').column('group').frequent, [{ value: 'a', count: 1 }]);
  t.same(profile(db, 'hides').column('rowid').frequent, [{ value: 'r', count: 1 }]);
  t.same(profile(db, 'some').column('ab').frequent, [{ value: 'x', count: 1 }]);
  t.same(profile(db, 'words').column('title').frequent, [{ value: 'hello', count: 1 }]);
  t.match(profile(db, 'pairs').whole, { rows: { count: 0, about: false }, columns: [{ nulls: 0 }, { nulls: 0 }] });

  db.exec('DROP VIEW broken');
  const marks = () => new Map(inspect(db).tables.map(({ info, fingerprint }) => [info.name, fingerprint]));
  const before = marks();
  t.same(marks(), before, 'nothing changed');
  const changed = (sql: string) => {
    const old = marks();
    db.exec(sql);
    return [...marks()].filter(([name, mark]) => old.get(name) !== mark).map(([name]) => name);
  };
  t.same(changed("INSERT INTO hides VALUES ('1', '2', '3')"), ['hides']);
  t.same(changed("UPDATE hides SET oid = 'other'"), ['hides']);
  t.same(changed('CREATE INDEX added ON hides (oid)'), ['hides']);
  t.same(changed('ALTER TABLE "we""ird [na]me" RENAME COLUMN "a b" TO "ab"').sort(), ['some', 'we"ird [na]me']);
});

t.test('tables that are not exposed are not seen, nor views that read them', async (t) => {
  const db = database(
    t,
    `CREATE TABLE shown (id INTEGER PRIMARY KEY, secret_id INTEGER REFERENCES secret);
     CREATE TABLE secret (id INTEGER PRIMARY KEY, word TEXT);
     CREATE VIEW fine AS SELECT id FROM shown;
     CREATE VIEW leak AS SELECT shown.id, (SELECT max(word) FROM secret) AS word FROM shown;
     CREATE VIEW leak_of_leak AS SELECT * FROM leak;
     CREATE VIRTUAL TABLE texts USING fts5(body);
     CREATE VIEW read_texts AS SELECT * FROM texts;`,
  );
  const { tables, hidden } = inspect(db, ['shown', 'leak']);
  t.same(tables.map(({ info }) => info.name).sort(), ['fine', 'shown']);
  t.same(hidden.sort(), ['leak', 'leak_of_leak', 'read_texts', 'secret', 'texts']);
  t.same(
    tables.flatMap(({ keys }) => keys),
    [],
    'nor keys that lead there',
  );
});

function keysOf(db: Database): KeyInfo[] {
  const { tables } = inspect(db);
  const sources = tables.map(({ info, withoutRowid, keys }) => ({ table: info, withoutRowid, keys }));
  return [...tables.flatMap(({ keys }) => keys), ...inferKeys(db, sources)];
}

const keyText = ({ from, to, origin }: KeyInfo) =>
  `${from.table}.${from.columns.join('+')} ${origin === 'inferred' ? '~' : '='} ${to.table}.${to.columns.join('+')}`;

t.test('keys are inferred from names, types and values', async (t) => {
  const db = database(
    t,
    `CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);
     CREATE TABLE Product (ProductCode TEXT PRIMARY KEY, name TEXT);
     CREATE TABLE sales_regions (region_id INTEGER PRIMARY KEY, parent_id INTEGER);
     CREATE TABLE categories (id INTEGER PRIMARY KEY, parent_id INTEGER);
     CREATE TABLE orders (
       id INTEGER PRIMARY KEY, customer_id INTEGER, billing_customer_id INTEGER, productcode TEXT, region_id INTEGER,
       category INTEGER, other_customer_id TEXT, shop_customer_id INTEGER, store_id INTEGER,
       supplier_id INTEGER REFERENCES customers (id));
     CREATE TABLE stores (id INTEGER PRIMARY KEY);
     CREATE TABLE "odd names" (id INTEGER PRIMARY KEY, "order id" INTEGER);
     INSERT INTO customers VALUES (1, 'a'), (2, 'b');
     INSERT INTO Product VALUES ('x', 'X'), ('y', 'Y');
     INSERT INTO sales_regions VALUES (7, NULL);
     INSERT INTO categories VALUES (1, NULL), (2, 1);
     INSERT INTO orders VALUES (10, 1, 2, 'x', 7, 1, '1', 99, NULL, 1), (11, 2, NULL, 'y', 7, 2, '2', 98, NULL, 2);
     INSERT INTO "odd names" VALUES (1, 10);`,
  );
  const keys = keysOf(db);
  t.same(keys.map(keyText).sort(), [
    'categories.parent_id ~ categories.id',
    'odd names.order id ~ orders.id',
    'orders.billing_customer_id ~ customers.id',
    'orders.category ~ categories.id',
    'orders.customer_id ~ customers.id',
    'orders.productcode ~ Product.ProductCode',
    'orders.region_id ~ sales_regions.region_id',
    'orders.store_id ~ stores.id',
    'orders.supplier_id = customers.id',
  ]);
  const sure = (column: string) => keys.find(({ from }) => from.columns[0] === column)?.confidence ?? 0;
  t.equal(sure('supplier_id'), 1);
  t.ok(sure('customer_id') > sure('billing_customer_id'), 'a name before it says less');
  t.ok(sure('store_id') < sure('category'), 'without rows there is only the name');
});

t.test('ways from one table to another', async (t) => {
  const key = (from: string, to: string, more: Partial<KeyInfo> = {}): KeyInfo => ({
    from: { table: from, columns: [`${to}_id`] },
    to: { table: to, columns: ['id'] },
    origin: 'foreign-key',
    confidence: 1,
    ...more,
  });
  const keys = [
    key('line', 'order'),
    key('line', 'product'),
    key('order', 'customer'),
    key('order', 'customer', { from: { table: 'order', columns: ['payer'] } }),
    key('customer', 'city'),
    key('product', 'city', { origin: 'inferred', confidence: 0.5 }),
    key('employee', 'employee', { from: { table: 'employee', columns: ['manager'] } }),
    key('alone', 'nobody'),
    key('a', 'b', { from: { table: 'a', columns: ['x', 'y z'] }, to: { table: 'b', columns: ['p', 'q'] } }),
  ];
  const ways = (from: string, to: string) => joinPaths(keys, from, to).map(({ sql }) => sql);
  t.same(ways('line', 'customer'), [
    'FROM line JOIN "order" ON "order".id = line.order_id JOIN customer ON customer.id = "order".customer_id',
    'FROM line JOIN "order" ON "order".id = line.order_id JOIN customer ON customer.id = "order".payer',
  ]);
  t.same(ways('a', 'b'), ['FROM a JOIN b ON b.p = a.x AND b.q = a."y z"']);
  t.same(ways('b', 'a'), ['FROM b JOIN a ON b.p = a.x AND b.q = a."y z"']);
  t.same(ways('employee', 'employee'), ['FROM employee JOIN employee AS other ON other.id = employee.manager']);
  t.same(ways('line', 'alone'), []);
  t.same(ways('line', 'line'), []);
  const [short, ...others] = joinPaths(keys, 'line', 'city');
  t.match(short, { tables: ['line', 'product', 'city'], confidence: 0.5 });
  t.match(
    others[0],
    { tables: ['line', 'order', 'customer', 'city'], confidence: 1 },
    'a detour over surer keys is told',
  );

  const dense = Array.from({ length: 60 }, (_, from) =>
    Array.from({ length: 60 }, (_, to) => key(`t${from}`, `t${to}`)).filter(({ from, to }) => from.table < to.table),
  ).flat();
  const start = cpuTime();
  t.equal(joinPaths(dense, 't1', 't59').length, 3);
  t.ok(cpuTime() - start < 5000, 'also where everything leads everywhere');
});

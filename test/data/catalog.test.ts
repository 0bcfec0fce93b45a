import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import type { NoteDraft } from '../../src/core/catalog.ts';
import { HarnessError, ToolFailure } from '../../src/core/errors.ts';
import { type CatalogOptions, type OpenCatalog, openCatalog } from '../../src/data/catalog/catalog.ts';
import type { Progress } from '../../src/data/catalog/refresh.ts';
import type { CatalogEntry } from '../../src/generated/config.ts';

const shopSql = `
  CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT);
  CREATE TABLE products (code TEXT PRIMARY KEY, title TEXT, price REAL);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers, channel TEXT);
  CREATE TABLE order_lines (order_id INTEGER, product_code TEXT, units INTEGER, PRIMARY KEY (order_id, product_code));
  CREATE TABLE salaries (person TEXT, amount INTEGER);
  CREATE VIEW sold AS SELECT p.title, sum(l.units) AS units FROM order_lines l JOIN products p ON p.code = l.product_code GROUP BY 1;
  CREATE VIEW pay AS SELECT amount FROM salaries;
  INSERT INTO customers VALUES (1, 'Ada', 'Paris'), (2, 'Ben', 'Rome');
  INSERT INTO products VALUES ('AB-1', 'Sparkling Water', 6.99), ('AB-2', 'Protein Bar', 2.49);
  INSERT INTO orders VALUES (1, 1, 'retail'), (2, 2, 'wholesale');
  INSERT INTO order_lines VALUES (1, 'AB-1', 3), (2, 'AB-2', 4), (2, 'AB-1', 1);
  INSERT INTO salaries VALUES ('Hidden Person', 4711);
`;

interface Shop {
  readonly folder: string;
  readonly target: string;
  /** Runs SQL on the target, as its owner would. */
  change(sql: string): void;
  open(options?: Partial<CatalogOptions> & { readonly entries?: readonly CatalogEntry[] }): OpenCatalog;
}

function shop(t: Test, sql = shopSql): Shop {
  const folder = t.testdir();
  const target = join(folder, 'target.db');
  const change = (statements: string) => {
    const db = new Sqlite(target);
    db.exec(statements);
    db.close();
  };
  change(sql);
  const open: Shop['open'] = ({ entries, ...options } = {}) => {
    const declaration = entries && {
      entries,
      locate: (index: number, path: readonly string[]) => ({ pointer: `/${[index, ...path].join('/')}` }),
    };
    const catalog = openCatalog({
      file: join(folder, 'catalog.db'),
      ensureSchema: true,
      target,
      keepCurrent: true,
      now: () => Date.UTC(2026, 0, 2),
      declaration,
      ...options,
    });
    t.teardown(() => catalog.close());
    return catalog;
  };
  return { folder, target, change, open };
}

async function names(catalog: OpenCatalog, query: string): Promise<string[]> {
  return (await catalog.search({ query, limit: 5 })).hits.map((hit) => hit.name);
}

t.test('made once, then only what changed', async (t) => {
  const { open, change } = shop(t);
  const phases = new Set<string>();
  const first = open({ progress: (progress: Progress) => phases.add(progress.phase) });
  const all = ['customers', 'order_lines', 'orders', 'products', 'salaries'];
  const made = await first.update();
  t.same([...made.changed].sort(), [...all, 'pay', 'sold'].sort());
  t.same(made.profiled, all, 'views are not profiled by themselves');
  t.same([...phases], ['inspect', 'profile', 'index']);
  t.equal((await names(first, 'sparkling'))[0], 'Sparkling Water');
  t.equal((await names(first, 'customer of an order'))[0], 'orders.customer_id');
  t.match(await first.describe('ORDERS'), {
    info: { name: 'orders', rows: { count: 2 } },
    profile: { looked: 2 },
    keys: [{ to: { table: 'customers' } }, { from: { table: 'order_lines' }, origin: 'inferred' }],
  });
  t.match(await first.joins('order_lines', 'CUSTOMERS'), [{ tables: ['order_lines', 'orders', 'customers'] }]);
  await first.close();

  const started: string[] = [];
  const again = open({ progress: (progress: Progress) => started.push(progress.phase) });
  t.same(await again.update(), { changed: [], removed: [], profiled: [], indexed: false });
  t.same(started, [], 'unchanged: nothing is started');
  t.ok(again.isCurrent());
  t.equal((await names(again, 'sparkling'))[0], 'Sparkling Water');
  await again.close();

  change("INSERT INTO products VALUES ('AB-3', 'Organic Pasta', 3.79); DROP TABLE salaries; DROP VIEW pay");
  const later = open();
  t.notOk(later.isCurrent());
  t.same(await later.update(), {
    changed: ['products'],
    removed: ['pay', 'salaries'],
    profiled: ['products'],
    indexed: true,
  });
  t.equal((await names(later, 'pasta'))[0], 'Organic Pasta');
  t.same(await names(later, 'salaries'), []);
  t.match(await later.profile('sold'), { rows: { count: 2 }, columns: [{ column: 'title' }, {}] }, 'a view when asked');
  t.same((await later.update({ profile: 'all' })).profiled.length, 4);
  t.same((await later.update({ profile: { table: 'sold' } })).profiled, ['sold']);
  t.match(await later.update({ index: true }), { profiled: [], indexed: true });
});

t.test('names that are not there', async (t) => {
  const catalog = shop(t).open();
  const unknown = (message: string) => ({ code: 'unknown-table', message });
  await t.rejects(catalog.describe('ordrs'), unknown('there is no table "ordrs"; did you mean "orders"?'));
  await t.rejects(catalog.profile('costumers'), unknown('there is no table "costumers"; did you mean "customers"?'));
  await t.rejects(catalog.joins('orders', 'product'), unknown('there is no table "product"; did you mean "products"?'));
  await t.rejects(
    catalog.joins('x'.repeat(500), 'orders'),
    unknown(`there is no table "${'x'.repeat(60)}…"; expected`),
  );
  await t.rejects(catalog.resolve('orders', ['id', 'chanel']), {
    code: 'unknown-column',
    message: 'the table "orders" has no column "chanel"; did you mean "channel"?',
  });
  t.same(await catalog.resolve('Orders', ['ID', 'Channel']), { table: 'orders', columns: ['id', 'channel'] });
  await t.rejects(catalog.describe('sqlite_schema'), ToolFailure);
  await t.rejects(catalog.describe("'; DROP TABLE tables; --"), ToolFailure);
});

const entries: CatalogEntry[] = [
  { kind: 'table', table: 'Orders', description: 'One row for each order', synonyms: ['purchase'] },
  { kind: 'column', table: 'orders', column: 'CHANNEL', description: 'Where it was sold' },
  { kind: 'metric', name: 'units sold', sql: 'SELECT sum(units) FROM order_lines', synonyms: ['volume'] },
  { kind: 'rule', rule: 'Wholesale orders have no invoice', table: 'orders' },
  { kind: 'rule', rule: 'Figures are in euro' },
  { kind: 'join', from: 'customers', to: 'salaries', on: { name: 'person' }, description: 'employees who buy' },
];

t.test('what the files of the app say', async (t) => {
  const { open } = shop(t);
  const catalog = open({ entries });
  t.equal((await names(catalog, 'purchase'))[0], 'orders');
  t.equal((await names(catalog, 'volume'))[0], 'units sold');
  t.equal((await names(catalog, 'euro'))[0], 'Figures are in euro');
  t.match(await catalog.joins('customers', 'salaries'), [
    {
      sql: 'FROM customers JOIN salaries ON salaries.person = customers.name',
      keys: [{ description: 'employees who buy' }],
    },
  ]);
  t.match((await catalog.describe('order_lines')).notes, [
    { kind: 'metric', name: 'units sold', reads: ['order_lines'] },
  ]);
  t.match((await catalog.describe('orders')).notes, [
    { kind: 'description', table: 'orders', by: 'catalog' },
    { kind: 'synonym' },
    { kind: 'description', column: 'channel' },
    { kind: 'rule' },
  ]);
  await catalog.close();

  const unchanged = open({ entries });
  t.match(await unchanged.update(), { indexed: false });
  t.equal((await unchanged.describe('orders')).notes.length, 4, 'known without reading the target');
  await unchanged.close();
  const other = open({ entries: entries.slice(1) });
  t.match(await other.update(), { changed: [], profiled: [], indexed: true }, 'the files changed');
  t.same(await names(other, 'purchase'), []);
});

t.test('what the files say is checked against the database', async (t) => {
  const { open, folder } = shop(t);
  const wrong: CatalogEntry[] = [
    { kind: 'table', table: 'ordrs', description: 'x' },
    { kind: 'column', table: 'orders', column: 'chanel' },
    { kind: 'metric', name: 'm', sql: 'SELECT sum(unit) FROM order_lines' },
    { kind: 'metric', name: 'm', sql: 'DELETE FROM orders' },
    { kind: 'metric', name: 'm', sql: 'SELECT 1; SELECT 2' },
    { kind: 'metric', name: 'm', sql: "ATTACH 'other.db' AS other" },
    { kind: 'rule', rule: 'r', column: 'id' },
    { kind: 'join', from: 'orders', to: 'customer', on: { customer_id: 'id' } },
    { kind: 'join', from: 'orders', to: 'customers', on: { customer: 'ident' } },
    { kind: 'table', table: 'orders', description: 'one' },
    { kind: 'table', table: 'Orders', description: 'two' },
    { kind: 'metric', name: 'twice', sql: 'SELECT 1' },
    { kind: 'metric', name: 'Twice', sql: 'SELECT 2' },
  ];
  const catalog = open({ entries: wrong });
  const thrown = await catalog.checked().catch((error: unknown) => error);
  t.ok(thrown instanceof HarnessError);
  t.match(thrown, { code: 'invalid-files', message: "the app's catalog entries have 12 errors" });
  t.same(
    (thrown as HarnessError).problems.map(({ pointer, message, hint }) => [pointer, message, hint]),
    [
      ['/0/table', 'there is no table "ordrs" in the target database', 'did you mean "orders"?'],
      ['/1/column', 'the table "orders" has no column "chanel"', 'did you mean "channel"?'],
      ['/2/sql', 'the SQL of metric "m" is wrong: no such column: unit; did you mean "units"?', undefined],
      ['/3/sql', /starts with "DELETE"/, undefined],
      ['/4/sql', /more than one statement/, undefined],
      ['/5/sql', /starts with "ATTACH"/, undefined],
      ['/6/column', 'a rule about a column needs "table"', undefined],
      ['/7/to', 'there is no table "customer" in the target database', 'did you mean "customers"?'],
      ['/8/on/customer', 'the table "orders" has no column "customer"', 'did you mean "customer_id"?'],
      ['/8/on/customer', 'the table "customers" has no column "ident"', 'expected one of: city, id, name'],
      ['/10', 'there is another description of "orders"', undefined],
      ['/12', 'there is another metric "Twice"', undefined],
    ].map((row, at) => {
      const found = (thrown as HarnessError).problems[at]?.message ?? '';
      return row.map((cell) => (cell instanceof RegExp ? (cell.test(found) ? found : String(cell)) : cell));
    }),
  );
  t.notOk(existsSync(join(folder, 'other.db')));
  await t.rejects(catalog.search({ query: 'orders', limit: 1 }), HarnessError, 'nor is it asked as it is');
});

const note = (more: Partial<NoteDraft>): NoteDraft => ({
  kind: 'description',
  text: 'x',
  by: 'analyst in run r-1',
  ...more,
});

t.test('what agents note', async (t) => {
  const { open, change, target } = shop(t);
  const catalog = open({ entries });
  t.same(await catalog.annotate(note({ table: 'Customers', text: 'People who buy' })), {
    stored: 'new',
    hidden: false,
  });
  t.same(await catalog.annotate(note({ table: 'customers', text: 'People who buy' })), {
    stored: 'unchanged',
    hidden: false,
  });
  t.match((await catalog.describe('customers')).notes, [
    { text: 'People who buy', table: 'customers', by: 'analyst in run r-1', at: '2026-01-02T00:00:00.000Z' },
  ]);
  t.equal((await names(catalog, 'people'))[0], 'customers');
  t.match(await catalog.annotate(note({ table: 'customers', text: 'Clients' })), { stored: 'replaced' });
  t.same(await names(catalog, 'people'), []);
  await catalog.annotate(note({ kind: 'synonym', table: 'customers', column: 'CITY', text: 'town' }));
  t.equal((await names(catalog, 'town'))[0], 'customers.city');
  await catalog.annotate(note({ kind: 'rule', text: 'Never add up prices' }));
  t.equal((await names(catalog, 'add up'))[0], 'Never add up prices');
  const revenue = note({ kind: 'metric', name: 'turnover', text: 'All sales', sql: 'SELECT sum(price) FROM products' });
  t.match(await catalog.annotate(revenue), { stored: 'new' });
  t.equal((await names(catalog, 'turnover'))[0], 'turnover');

  t.same(await catalog.annotate(note({ table: 'orders', text: 'Something else' })), { stored: 'new', hidden: true });
  t.match(await catalog.annotate(note({ kind: 'metric', name: 'Units Sold', sql: 'SELECT 1' })), { hidden: true });
  t.match((await catalog.describe('orders')).notes[0], { text: 'One row for each order', by: 'catalog' });

  await t.rejects(catalog.annotate(note({ table: 'nowhere' })), { code: 'unknown-table' });
  await t.rejects(catalog.annotate(note({ table: 'orders', column: 'nothing' })), { code: 'unknown-column' });
  const bad = (sql: string) => catalog.annotate(note({ kind: 'metric', name: 'bad', sql }));
  await t.rejects(bad('SELECT sum(prize) FROM products'), { message: /did you mean "price"/ });
  await t.rejects(bad('UPDATE products SET price = 0'), { code: 'query-refused' });
  await t.rejects(bad("VACUUM INTO 'copy.db'"), { code: 'query-refused' });
  await catalog.update({ index: true });
  t.equal((await names(catalog, 'town'))[0], 'customers.city', 'an index that is made anew keeps them');
  await catalog.close();

  rmSync(target);
  change(shopSql.replace('city TEXT', 'place TEXT'));
  const later = open();
  t.equal((await names(later, 'clients'))[0], 'customers', 'as does another target');
  t.same(await names(later, 'town'), [], 'as far as what they are about is there');
  t.match((await later.describe('orders')).notes, [{ text: 'Something else' }], 'what stood before it is gone');
});

t.test('tables that the workspace does not expose', async (t) => {
  const { open, change } = shop(t);
  const full = open({ entries });
  await full.annotate(note({ kind: 'metric', name: 'wages', sql: 'SELECT sum(amount) FROM salaries' }));
  await full.annotate(note({ table: 'salaries', text: 'What people earn' }));
  t.equal((await names(full, 'wages'))[0], 'wages');
  await full.close();

  const asIs = open({ tables: ['orders', 'customers'], keepCurrent: false });
  await t.rejects(
    asIs.search({ query: 'salaries', limit: 5 }),
    { code: 'catalog-unavailable' },
    'not before it is made anew',
  );
  await asIs.close();

  const catalog = open({ tables: ['orders', 'Customers', 'pay'], entries });
  for (const query of ['salaries', 'Hidden Person', '4711', 'amount', 'wages', 'earn', 'pay', 'units sold', 'person']) {
    const found = await catalog.search({ query, limit: 50 });
    t.notMatch(JSON.stringify(found.hits), /salar|hidden person|4711|amount|wages|earn|"pay"|order_lines/i, query);
  }
  for (const hidden of ['salaries', 'pay', 'order_lines', 'sold']) {
    for (const asked of [
      catalog.describe(hidden),
      catalog.profile(hidden),
      catalog.resolve(hidden),
      catalog.joins('orders', hidden),
      catalog.annotate(note({ table: hidden })),
    ]) {
      const failure = await asked.then(
        () => undefined,
        (thrown: ToolFailure) => thrown,
      );
      t.equal(failure?.code, 'unknown-table', hidden);
      t.notMatch(failure?.message.replace(`"${hidden}"`, ''), /salar|pay|order_lines/);
    }
  }
  const peek = note({ kind: 'metric', name: 'peek', sql: 'SELECT amount FROM pay' });
  await t.rejects(catalog.annotate(peek), { code: 'query-refused', message: /does not expose/ });
  const tables = await catalog.tables();
  t.same(
    tables.map(({ info }) => info.name),
    ['customers', 'orders'],
  );
  t.notMatch(JSON.stringify(tables), /salar|order_lines/);
  change('CREATE VIEW peek AS SELECT * FROM salaries; CREATE VIEW fine AS SELECT id FROM orders');
  t.same(
    (await catalog.tables()).map(({ info }) => info.name),
    ['customers', 'fine', 'orders'],
  );
});

t.test('a target that changes between two questions', async (t) => {
  const { open, change, target, folder } = shop(t);
  const catalog = open();
  t.equal((await catalog.describe('orders')).info.columns.length, 3);
  change('ALTER TABLE orders ADD COLUMN note TEXT');
  t.equal((await catalog.describe('orders')).info.columns.length, 4);
  change('ALTER TABLE orders RENAME TO purchases');
  await t.rejects(catalog.describe('orders'), { code: 'unknown-table' });
  t.equal((await names(catalog, 'purchases'))[0], 'purchases');
  change("INSERT INTO customers VALUES (3, 'Cy', 'Oslo')");
  t.match(await catalog.describe('customers'), { info: { name: 'customers' } }, 'other rows are no other schema');
  renameSync(target, join(folder, 'away.db'));
  await t.rejects(catalog.describe('customers'), { code: 'database-unavailable', message: /missing/ });
  writeFileSync(target, 'this is not a database, and it is long enough to look like something else'.repeat(20));
  await t.rejects(catalog.describe('customers'), { code: 'database-unavailable', message: /not a SQLite database/ });
  rmSync(target);
  change('CREATE TABLE customers (name TEXT); CREATE TABLE other (id INTEGER)');
  t.match(await catalog.describe('customers'), { info: { columns: [{ name: 'name' }] } }, 'another file in its place');
  const lock = new Sqlite(target);
  lock.exec('BEGIN EXCLUSIVE');
  const waiting = open({ file: ':memory:' });
  await t.rejects(waiting.describe('customers'), { code: 'database-unavailable', message: /locked/ });
  lock.exec('ROLLBACK');
  lock.close();
  t.match(await waiting.describe('customers'), { info: { name: 'customers' } }, 'and the next question works');
});

t.test('a target with a write-ahead log', async (t) => {
  const { open, change, target } = shop(t);
  change('PRAGMA journal_mode = WAL');
  const catalog = open();
  t.match(await catalog.describe('orders'), { info: { rows: { count: 2 } } });
  const writer = new Sqlite(target);
  writer.exec('CREATE TABLE fresh (id INTEGER PRIMARY KEY)');
  t.match(await catalog.describe('fresh'), { info: { rows: { count: 0 } } }, 'what is still in the log counts');
  writer.exec('DROP TABLE fresh');
  await t.rejects(catalog.describe('fresh'), { code: 'unknown-table' });
  writer.close();
});

t.test('a target of odd things', async (t) => {
  const { open } = shop(
    t,
    `CREATE TABLE "or""der [x]" ("se lect" TEXT, "from" INTEGER, half REAL AS ("from" / 2.0) VIRTUAL);
     INSERT INTO "or""der [x]" VALUES ('a', 5);
     CREATE TABLE vacant (id INTEGER PRIMARY KEY);
     CREATE TABLE bare (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
     INSERT INTO bare VALUES ('k', x'00');
     CREATE VIRTUAL TABLE docs USING fts5(title);
     INSERT INTO docs VALUES ('find me');
     CREATE VIEW broken AS SELECT * FROM gone;
     CREATE VIEW endless AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) AS n FROM c;`,
  );
  const catalog = open();
  t.same((await catalog.update()).profiled, ['bare', 'docs', 'or"der [x]', 'vacant']);
  t.same(
    (await catalog.tables()).map(({ info }) => [info.name, info.kind]),
    [
      ['bare', 'table'],
      ['broken', 'view'],
      ['docs', 'virtual'],
      ['endless', 'view'],
      ['or"der [x]', 'table'],
      ['vacant', 'table'],
    ],
  );
  t.equal((await names(catalog, 'find me'))[0], 'find me');
  t.match(await catalog.profile('or"der [x]'), { columns: [{ column: 'se lect' }, {}, { column: 'half', max: 2.5 }] });
  t.match(await catalog.profile('vacant'), { rows: { count: 0 }, columns: [{ distinct: { count: 0 } }] });
  await t.rejects(catalog.profile('broken'), { code: 'profile-failed', message: /no such table/ });
  const started = performance.now();
  await t.rejects(catalog.profile('endless'), { code: 'profile-failed', message: /too much time or memory/ });
  t.ok(performance.now() - started < 60_000, 'a view without an end is ended');
  t.match(await catalog.profile('bare'), { rows: { count: 1 } }, 'and the next question works');
});

t.test('catalog.db', async (t) => {
  const { open, folder } = shop(t);
  const file = join(folder, 'catalog.db');
  t.throws(() => open({ ensureSchema: false }), { code: 'store-unavailable', hint: /ensureSchema: true/ });
  const empty = open({ keepCurrent: false });
  await t.rejects(empty.search({ query: 'x', limit: 1 }), { code: 'catalog-unavailable', message: /is empty.*index/ });
  await empty.update();
  t.equal((await names(empty, 'sparkling'))[0], 'Sparkling Water', 'once it has been told to');
  await empty.close();
  const old = open({ ensureSchema: false, keepCurrent: false });
  t.equal((await names(old, 'sparkling'))[0], 'Sparkling Water');
  await old.close();

  const db = new Sqlite(file);
  db.exec("UPDATE meta SET value = 'unfinished' WHERE key = 'index'; DELETE FROM words WHERE rowid > 0");
  const interrupted = open();
  t.match(await interrupted.update(), { changed: [], profiled: [], indexed: true }, 'an index that was not finished');
  t.equal((await names(interrupted, 'sparkling'))[0], 'Sparkling Water');
  await interrupted.close();

  db.pragma('user_version = 999');
  db.close();
  t.throws(() => open(), { code: 'newer-state' });
  writeFileSync(file, 'not a database'.repeat(100));
  t.throws(() => open(), { code: 'store-unavailable', hint: /annotated/ });
});

t.test('a child that is killed, a catalog that is closed', async (t) => {
  const { open, change } = shop(t);
  change(`CREATE TABLE big AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 150000)
    SELECT n, 'value ' || n AS a, n * 7 AS b, hex(n) AS c, n / 3 AS d, 'x' || (n % 9) AS e FROM c`);
  const killed = open({
    file: ':memory:',
    progress: ({ phase, looked }) => {
      if (phase === 'profile' && looked !== undefined) kill();
    },
  });
  let kill = () => {
    kill = () => undefined;
    for (const pid of children()) process.kill(pid, 'SIGKILL');
  };
  await t.rejects(killed.update(), { code: 'catalog-unavailable', message: /SIGKILL/ });
  t.match(await killed.profile('big'), { rows: { count: 150_000 } }, 'the next question works');
  t.equal((await names(killed, 'sparkling'))[0], 'Sparkling Water', 'and the update is tried again');

  const closing = open({ file: ':memory:' });
  const refused = [
    t.rejects(closing.update(), { code: 'catalog-unavailable', message: /closed/ }),
    t.rejects(closing.search({ query: 'orders', limit: 1 }), { code: 'catalog-unavailable', message: /closed/ }),
  ];
  await closing.checked();
  await closing.close();
  await Promise.all(refused);
  await t.rejects(closing.describe('orders'), { code: 'catalog-unavailable' });
});

function children(): number[] {
  const list = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  const lines = list.split('\n').filter((line) => line.includes('sql-child.js'));
  return lines.map((line) => Number.parseInt(line, 10));
}

t.test('a wide target does not hold up other work', async (t) => {
  const tables = Array.from({ length: 400 }, (_, table) => {
    const columns = Array.from({ length: 20 }, (_, column) => `column_${column}_of_${table} TEXT`).join(', ');
    return `CREATE TABLE table_${table} (${columns});`;
  });
  const catalog = shop(t, tables.join('\n')).open();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await catalog.update();
  delay.disable();
  t.ok(delay.max < 150e6, `at most ${Math.round(delay.max / 1e6)} ms`);
  t.equal((await names(catalog, 'column 7 of 311'))[0], 'table_311.column_7_of_311');
  t.equal((await catalog.tables()).length, 400);
});

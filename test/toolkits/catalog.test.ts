import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import { loadCompiler } from '../../src/config/compile.ts';
import { ToolFailure } from '../../src/core/errors.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { ToolContext } from '../../src/core/tool.ts';
import { openCatalog } from '../../src/data/catalog/catalog.ts';
import { openSandbox } from '../../src/data/sandbox.ts';
import type { CatalogEntry, CatalogTool } from '../../src/generated/config.ts';
import { createToolkit } from '../../src/toolkits/registry.ts';

const compile = await loadCompiler();
const context = { signal: new AbortController().signal, agent: 'analyst', runId: 'r-1' } as ToolContext;

const sql = `
  CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, mail TEXT UNIQUE);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers, channel TEXT, total REAL);
  CREATE TABLE "odd ""table" ("a b" TEXT, "select" TEXT);
  CREATE TABLE secrets (word TEXT);
  CREATE TABLE large (n INTEGER PRIMARY KEY, status TEXT);
  CREATE VIEW big AS SELECT * FROM orders WHERE total > 100;
  INSERT INTO customers VALUES (1, 'Ada', 'ada@x.org'), (2, 'Ben', NULL);
  INSERT INTO orders VALUES (1, 1, 'retail', 9.5), (2, 2, 'wholesale', 250), (3, 1, 'retail', 12);
  INSERT INTO "odd ""table" VALUES (printf('%.*c', 300, 'x'), 'y');
  INSERT INTO secrets VALUES ('xanadu');
  INSERT INTO large WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 210000)
    SELECT n, CASE n % 3 WHEN 0 THEN 'open' ELSE 'closed' END FROM c;
`;

const entries: CatalogEntry[] = [
  { kind: 'table', table: 'orders', description: 'One row for each order', synonyms: ['purchase'] },
  { kind: 'metric', name: 'revenue', sql: 'SELECT sum(total) FROM orders', description: 'In euro' },
  { kind: 'rule', rule: 'Retail orders are paid at once', table: 'orders', column: 'channel' },
];

const all: CatalogTool[] = [
  'search_catalog',
  'describe_table',
  'find_joins',
  'sample_rows',
  'profile_table',
  'annotate',
  'execute_query',
];

function tools(t: Test) {
  const file = join(t.testdir(), 'target.db');
  const db = new Sqlite(file);
  db.exec(sql);
  db.close();
  const tables = ['customers', 'orders', 'odd "table', 'large'];
  const target = openSandbox({ file, tables });
  const declaration = { entries, locate: () => ({ pointer: '' }) };
  const options = { file: ':memory:', ensureSchema: true, target: file, tables, declaration, keepCurrent: true };
  const catalog = openCatalog({ ...options, now: () => 0 });
  t.teardown(async () => {
    await catalog.close();
    target.close();
  });
  const env = { compile, database: async () => target, catalog: async () => catalog };
  const toolkit = createToolkit({ kind: 'catalog', tools: all, maxRows: 100, maxBytes: 100_000 }, env);
  const tool = (name: CatalogTool) => toolkit.tools[all.indexOf(name)] as (typeof toolkit.tools)[number];
  const run = (name: CatalogTool, args: JsonObject, more: Partial<ToolContext> = {}): Promise<Json> => {
    t.same(tool(name).check(args), [], `${name} takes ${JSON.stringify(args)}`);
    return tool(name).run(args, { ...context, ...more });
  };
  return { tool, run, toolkit };
}

t.test('the tools and what they take', async (t) => {
  const { toolkit, tool } = tools(t);
  t.same(
    toolkit.tools.map(({ name }) => name),
    all,
  );
  t.same(
    toolkit.tools.filter(({ effect }) => effect !== 'read').map(({ name, effect }) => [name, effect]),
    [['annotate', 'write']],
  );
  for (const { description } of toolkit.tools) t.ok(description.length > 60, description);
  t.match(tool('search_catalog').check({ query: 'x', kinds: ['tabel'] }), [{ pointer: '/kinds/0' }]);
  t.match(tool('search_catalog').check({ query: '', limit: 1000 }), [{ pointer: '/query' }, { pointer: '/limit' }]);
  t.match(tool('sample_rows').check({ table: 'orders', columns: [] }), [{ pointer: '/columns' }]);
  t.match(tool('describe_table').check({}), [{ code: 'missing-key' }]);
});

t.test('search, describe, profile', async (t) => {
  const { run } = tools(t);
  t.same(await run('search_catalog', { query: 'purchase', limit: 1 }), {
    results: [{ kind: 'table', name: 'orders', description: 'One row for each order', synonyms: ['purchase'] }],
  });
  t.same(await run('search_catalog', { query: 'revenue', kinds: ['metric'] }), {
    results: [{ kind: 'metric', name: 'revenue', sql: 'SELECT sum(total) FROM orders', description: 'In euro' }],
  });
  t.same(await run('search_catalog', { query: 'wholesale qqqqq', limit: 1 }), {
    results: [{ kind: 'value', name: 'wholesale', in: 'orders.channel', rows: '1 of 3 rows' }],
    notFound: ['qqqqq'],
  });
  t.match(await run('search_catalog', { query: 'xanadu' }), { results: [], note: /Nothing/ }, 'nothing that is hidden');

  t.same(await run('describe_table', { table: 'ORDERS' }), {
    table: 'orders',
    rows: '3',
    description: 'One row for each order',
    synonyms: ['purchase'],
    primaryKey: ['id'],
    columns: [
      { column: 'id', type: 'INTEGER', values: '3 different: 1, 2, 3' },
      { column: 'customer_id', type: 'INTEGER', references: 'customers.id', values: '2 different: 1 67 %, 2 33 %' },
      { column: 'channel', type: 'TEXT', values: '2 different: retail 67 %, wholesale 33 %' },
      { column: 'total', type: 'REAL', values: '3 different: 9.5, 12, 250' },
    ],
    relations: ['orders.customer_id → customers.id'],
    metrics: [{ name: 'revenue', sql: 'SELECT sum(total) FROM orders', description: 'In euro' }],
    rules: ['channel: Retail orders are paid at once'],
  });
  t.match(await run('describe_table', { table: 'customers' }), {
    unique: [['mail']],
    columns: [{}, { notNull: true }, { values: '1 different: ada@x.org; 50 % null' }],
  });
  t.match(await run('describe_table', { table: 'big' }), { kind: 'view', columns: [{ column: 'id' }, {}, {}, {}] });
  t.match(await run('describe_table', { table: 'large' }), {
    rows: '210,000',
    values: 'from a sample of 20,000 of 210,000 rows; smallest and largest values are of all rows',
    columns: [
      { values: '210,000 different; 1 to 210000' },
      { values: /^about 2 different: closed 6\d %, open 3\d %$/ },
    ],
  });
  t.same(await run('profile_table', { table: 'customers' }), {
    table: 'customers',
    rows: 2,
    columns: [
      {
        column: 'id',
        nulls: 0,
        distinct: 2,
        min: 1,
        max: 2,
        frequent: [
          [1, 1],
          [2, 1],
        ],
      },
      {
        column: 'name',
        nulls: 0,
        distinct: 2,
        min: 'Ada',
        max: 'Ben',
        averageLength: 3,
        frequent: [
          ['Ada', 1],
          ['Ben', 1],
        ],
      },
      {
        column: 'mail',
        nulls: '1 (50 %)',
        distinct: 1,
        min: 'ada@x.org',
        max: 'ada@x.org',
        averageLength: 9,
        frequent: [['ada@x.org', 1]],
      },
    ],
  });
  t.match(await run('profile_table', { table: 'large' }), { rows: 210_000, note: /from a sample of 20,000/ });
  t.match(await run('profile_table', { table: 'big' }), { rows: 1 }, 'a view too');
  for (const name of ['describe_table', 'profile_table', 'sample_rows'] as const) {
    await t.rejects(
      run(name, { table: 'ordres' }),
      new ToolFailure('unknown-table', 'there is no table "ordres"; did you mean "orders"?'),
    );
    await t.rejects(run(name, { table: 'secrets' }), { code: 'unknown-table' });
  }
});

t.test('joins and rows', async (t) => {
  const { run } = tools(t);
  t.same(await run('find_joins', { from: 'customers', to: 'orders' }), {
    paths: [
      { tables: ['customers', 'orders'], sql: 'FROM customers JOIN orders ON customers.id = orders.customer_id' },
    ],
  });
  t.match(await run('find_joins', { from: 'orders', to: 'large' }), {
    paths: [],
    note: /No keys lead from orders to large/,
  });
  await t.rejects(run('find_joins', { from: 'orders', to: 'secrets' }), { code: 'unknown-table' });

  t.same(await run('sample_rows', { table: 'Orders', columns: ['TOTAL', 'id'], limit: 2 }), {
    table: 'orders',
    columns: ['total', 'id'],
    rows: [
      [9.5, 1],
      [250, 2],
    ],
  });
  t.same(await run('sample_rows', { table: 'odd "table' }), {
    table: 'odd "table',
    columns: ['a b', 'select'],
    rows: [[`${'x'.repeat(199)}…`, 'y']],
  });
  t.match(await run('sample_rows', { table: 'big' }), { rows: [[2, 2, 'wholesale', 250]] });
  await t.rejects(run('sample_rows', { table: 'orders', columns: ['totl'] }), {
    code: 'unknown-column',
    message: /"total"/,
  });
  await t.rejects(run('sample_rows', { table: 'orders', columns: ['id" FROM secrets --'] }), {
    code: 'unknown-column',
  });
});

t.test('annotate', async (t) => {
  const { run, tool } = tools(t);
  const problem = (args: JsonObject) => tool('annotate').check(args)[0]?.message ?? '';
  t.match(problem({ table: 'orders' }), /exactly one of/);
  t.match(problem({ table: 'orders', description: 'x', rule: 'y' }), /exactly one of.*not 2/);
  t.match(problem({ description: 'x' }), /"table" is missing/);
  t.match(problem({ column: 'id', rule: 'x' }), /"table" is missing/);
  t.match(problem({ table: 'orders', metric: { name: 'm', sql: 'SELECT 1' } }), /takes no "table"/);
  t.match(problem({ metric: { name: 'm' } }), /sql/);
  t.equal(problem({ rule: 'for all' }), '');

  t.same(await run('annotate', { table: 'customers', column: 'mail', description: 'Where letters go' }), {
    stored: 'new',
  });
  t.match(await run('search_catalog', { query: 'letters', limit: 1 }), { results: [{ name: 'customers.mail' }] });
  t.match(await run('describe_table', { table: 'customers' }), {
    columns: [{}, {}, { description: 'Where letters go' }],
  });
  t.same(await run('annotate', { table: 'customers', column: 'mail', description: 'An address' }), {
    stored: 'replaced',
  });
  t.match(await run('annotate', { table: 'orders', description: 'Else' }), { stored: 'new', note: /not shown/ });
  await run('annotate', { metric: { name: 'buyers', sql: 'SELECT count(*) FROM customers' } });
  t.match(await run('search_catalog', { query: 'buyers' }), { results: [{ kind: 'metric', name: 'buyers' }] });
  const secret = { metric: { name: 'word', sql: 'SELECT word FROM secrets' } };
  await t.rejects(run('annotate', secret), { code: 'query-refused', message: /not expose/ });
  await t.rejects(run('annotate', { table: 'orders', column: 'chanel', synonym: 'x' }), { message: /"channel"/ });
});

t.test('a run that is interrupted does not wait', async (t) => {
  const { run } = tools(t);
  const abort = new AbortController();
  const asked = run('search_catalog', { query: 'orders' }, { signal: abort.signal });
  abort.abort();
  await t.rejects(asked, { name: 'AbortError' });
  await t.rejects(run('describe_table', { table: 'orders' }, { signal: abort.signal }), { name: 'AbortError' });
  t.match(await run('search_catalog', { query: 'orders' }), { results: [{ name: 'orders' }] });
});

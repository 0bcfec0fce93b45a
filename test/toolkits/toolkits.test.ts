import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import { loadCompiler } from '../../src/config/compile.ts';
import { ToolFailure } from '../../src/core/errors.ts';
import type { Json, JsonObject, JsonSchema } from '../../src/core/json.ts';
import type { CompileSchema } from '../../src/core/ports.ts';
import type { Tool, ToolContext } from '../../src/core/tool.ts';
import { openSandbox } from '../../src/data/sandbox.ts';
import type { StubTool } from '../../src/generated/config.ts';
import type { ToolkitEnv } from '../../src/toolkits/env.ts';
import { createToolkit } from '../../src/toolkits/registry.ts';

const compile = await loadCompiler();

/** Nothing that is tested here uses more of its run. */
const context = { signal: new AbortController().signal } as ToolContext;

async function failure(work: Promise<unknown>): Promise<ToolFailure | undefined> {
  return work.then(
    () => undefined,
    (thrown: unknown) => {
      if (thrown instanceof ToolFailure) return thrown;
      throw thrown;
    },
  );
}

t.test('execute_query', async (t) => {
  const file = join(t.testdir(), 'shop.db');
  const db = new Sqlite(file);
  db.exec("CREATE TABLE products (id, name); INSERT INTO products VALUES ('p-001', 'Water'), ('p-002', 'Bar')");
  db.exec("CREATE TABLE texts (t); INSERT INTO texts VALUES ('short'), (printf('%.*c', 2000, 'x'))");
  db.close();
  const target = openSandbox({ file });
  t.teardown(() => target.close());
  let opened = 0;
  const env: ToolkitEnv = {
    compile,
    database: async () => {
      opened += 1;
      return target;
    },
    catalog: async () => t.fail('a query needs no catalog') as never,
  };
  const toolkit = createToolkit({ kind: 'catalog', tools: ['execute_query'], maxRows: 2, maxBytes: 1000 }, env);
  const [tool, ...others] = toolkit.tools as [Tool];
  const run = (sql: string) => tool.run({ sql }, context);

  t.same(others, []);
  t.match(tool, { name: 'execute_query', effect: 'read', description: /SQLite.*at most 2 rows and 1000 bytes/ });
  t.same(tool.check({ sql: 'SELECT 1' }), []);
  t.match(
    tool.description,
    /too large .* handle .*"r-12".* result_query, result_read or result_search/,
    'large answers',
  );
  t.match(tool.check({ query: 'SELECT 1' }), [{ code: 'missing-key' }, { code: 'unknown-key', pointer: '/query' }]);
  t.match(tool.check({ sql: 7 }), [{ code: 'wrong-type', pointer: '/sql' }]);
  t.equal(opened, 0, 'nothing is opened before the first query');

  t.same(await run('SELECT * FROM products'), {
    columns: ['id', 'name'],
    rows: [
      ['p-001', 'Water'],
      ['p-002', 'Bar'],
    ],
    rowCount: 2,
  });
  t.match(await run('SELECT 1 UNION SELECT 2 UNION SELECT 3'), {
    rows: [[1], [2]],
    rowCount: 2,
    truncated: 'rows',
    note: 'There are more rows than these 2. Filter, aggregate, or go on with ORDER BY and OFFSET.',
  });
  t.match(await run('SELECT * FROM texts'), { rowCount: 1, truncated: 'bytes', note: /^Only 1 row fits into 1000 b/ });
  t.match(await run('SELECT * FROM texts LIMIT 1, 1'), {
    rowCount: 0,
    truncated: 'bytes',
    note: /^The first row alone/,
  });
  t.match(await failure(run('SELECT * FROM product')), { code: 'query-failed', message: /did you mean "products"/ });
  t.match(await failure(run('DELETE FROM products')), { code: 'query-refused', message: /starts with "DELETE"/ });
  const aborted = { ...context, signal: AbortSignal.abort() };
  await t.rejects(tool.run({ sql: 'SELECT 1' }, aborted), { name: 'AbortError' });
});

const noInput: JsonObject = { type: 'object', additionalProperties: false, properties: {} };

function stub(t: Test, tools: Record<string, Partial<StubTool>>, check: CompileSchema = compile): readonly Tool[] {
  const full = Object.entries(tools).map(([name, tool]): [string, StubTool] => [
    name,
    { description: `Does ${name}.`, effect: 'read', input: noInput as unknown as StubTool['input'], ...tool },
  ]);
  const nothing = async () => t.fail('a stub opens no database') as never;
  const env: ToolkitEnv = { compile: check, database: nothing, catalog: nothing };
  return createToolkit({ kind: 'stub', tools: Object.fromEntries(full) }, env).tools;
}

t.test('stub tools answer as they are told', async (t) => {
  const [stock, pay, broken] = stub(t, {
    get_stock: {
      input: {
        type: 'object',
        required: ['product'],
        properties: { product: { type: 'object' }, tags: { type: 'array' } },
      } as unknown as StubTool['input'],
      results: [
        { when: { product: { id: 'p-001', size: { l: 2 } } }, result: { units: 12 } },
        { when: { product: { id: 'p-001' } }, result: { units: 7 } },
        { when: { product: { id: 'p-002' }, tags: ['a', { b: 1 }] }, result: null },
        { when: { product: { id: 'p-003' } }, error: 'p-003 is not sold any more' },
      ],
      result: { units: 0 },
    },
    pay: { effect: 'destructive', result: 'paid' },
    broken: { results: [{ when: { a: 1 }, result: 1 }] },
  }) as [Tool, Tool, Tool];

  t.match(stock, { name: 'get_stock', description: 'Does get_stock.', effect: 'read' });
  t.equal(pay.effect, 'destructive');
  t.match(stock.check({}), [{ code: 'missing-key' }]);
  t.same(stock.check({ product: {} }), []);
  const cases: [args: JsonObject, result: Json][] = [
    [{ product: { id: 'p-001', size: { l: 2, ml: 0 }, more: true } }, { units: 12 }],
    [{ product: { id: 'p-001', size: { l: 3 } } }, { units: 7 }],
    [{ product: { id: 'p-002' }, tags: ['a', { b: 1, c: 2 }] }, null],
    [{ product: { id: 'p-002' }, tags: ['a'] }, { units: 0 }],
    [{ product: { id: 'p-004' } }, { units: 0 }],
    [{ product: {} }, { units: 0 }],
  ];
  for (const [args, result] of cases) t.same(await stock.run(args, context), result, JSON.stringify(args));
  t.equal(await pay.run({}, context), 'paid');

  const sold = stock.run({ product: { id: 'p-003' } }, context);
  t.match(await failure(sold), { code: 'stub-error', message: 'p-003 is not sold any more' });
  const nothing = broken.run({ a: 2 }, context);
  t.match(await failure(nothing), {
    code: 'stub-error',
    message: /no entry of results of the stub tool "broken" fits/,
  });
  const [failing] = stub(t, { failing: { error: 'out of order' } }) as [Tool];
  t.match(await failure(failing.run({}, context)), { code: 'stub-error', message: 'out of order' });
});

t.test('checks are compiled when they are first needed, once', async (t) => {
  const compiled: JsonSchema[] = [];
  const counting: CompileSchema = (schema) => {
    compiled.push(schema);
    return compile(schema);
  };
  const [one, two] = stub(t, { one: { result: 1 }, two: { result: 2 } }, counting) as [Tool, Tool];
  t.equal(compiled.length, 0);
  t.same(one.check({}), []);
  t.match(one.check({ x: 1 }), [{ code: 'unknown-key' }]);
  t.equal(compiled.length, 1);
  t.same(two.check({}), []);
  t.equal(compiled.length, 2);
});

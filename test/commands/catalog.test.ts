import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import t from 'tap';
import { appFolder, eventsIn, project, refused, run, stateFolder } from './cli.ts';

t.setTimeout(600_000);

const appFile = `${appFolder}/app.yaml`;
const toolsOf = (tools: string) =>
  ({
    [appFile]: ['catalog: { kind: catalog, tools: [execute_query] }', `catalog: { kind: catalog, tools: [${tools}] }`],
  }) as const;
const entries = `catalog:
  entries:
    - { kind: table, table: orders, description: One order of a product., synonyms: [sales] }
    - { kind: metric, name: turnover, sql: "SELECT sum(revenue) FROM orders" }
`;

t.test('catalog: index, search, show, profile', async (t) => {
  const cwd = project(t, { [appFile]: ['dispatcher:', `${entries}dispatcher:`] });
  const found = await run(['catalog', 'search', 'sparkling', 'water'], { cwd });
  // On a slow machine it says how far it has come.
  t.match(found, { code: 0, stderr: /^((inspecting|profiling|indexing) .*\n)*$/ });
  t.match(found.stdout, /^value +Sparkling Water 12pk in products\.name +1 of 3 rows\n/, 'made when it is first asked');
  t.ok(existsSync(join(cwd, stateFolder, 'catalog.db')));

  const [metric, kinds, nothing, wrong] = await Promise.all([
    run(['catalog', 'search', 'turnover', '--json'], { cwd }),
    run(['catalog', 'search', 'sales', '-k', 'column,value'], { cwd }),
    run(['catalog', 'search', 'xyzzyx'], { cwd }),
    run(['catalog', 'search', 'x', '-k', 'tabel'], { cwd }),
  ]);
  t.match(JSON.parse(metric.stdout), { hits: [{ kind: 'metric', name: 'turnover', detail: /^SELECT/ }], unknown: [] });
  t.match(kinds.stdout, /^(column|value)/);
  t.notMatch(kinds.stdout, /^table/m);
  t.match(nothing, { code: 1, stdout: 'nothing found\n', stderr: 'nothing holds "xyzzyx"\n' });
  refused(t, wrong, 2, 'there are no entries of the kind "tabel"', 'did you mean "table"?');

  const [all, one, data, unknown, other] = await Promise.all([
    run(['catalog'], { cwd }),
    run(['catalog', 'show', 'ORDERS'], { cwd }),
    run(['catalog', 'show', 'orders', '--json'], { cwd }),
    run(['catalog', 'show', 'ordrs'], { cwd }),
    run(['catalog', 'show', '-w', 'nowhere'], { cwd }),
  ]);
  t.match(all.stdout, /^TABLE +KIND +ROWS +COLUMNS +DESCRIPTION\norders +table +4 +5 +One order of a product\.\n/);
  t.match(one.stdout, /^table orders, 4 rows\nOne order of a product\.\n/);
  t.match(one.stdout, /\n {2}channel +TEXT +not null +2 different: retail 50 %, wholesale 50 %\n/);
  t.match(one.stdout, /\nkey orders\.product_id → products\.id\nmetric turnover: SELECT sum\(revenue\) FROM orders\n$/);
  t.match(JSON.parse(data.stdout), { info: { name: 'orders' }, profile: { looked: 4 } });
  refused(t, unknown, 2, 'there is no table "ordrs"; did you mean "orders"?');
  refused(t, other, 2, 'has no workspace "nowhere"');

  t.match(await run(['catalog', 'profile'], { cwd }), {
    stdout: '0 tables changed, 0 tables profiled, index unchanged\n',
  });
  t.match(await run(['catalog', 'profile', 'Orders'], { cwd }), {
    stdout: '0 tables changed, 1 table profiled, index made\n',
  });
  const db = new Sqlite(join(cwd, stateFolder, 'target.db'));
  db.exec("INSERT INTO products VALUES ('p-004', 'Green Tea', 'beverages', 3.2)");
  db.close();
  const stale = await run(['catalog', 'search', 'green tea'], { cwd });
  t.match(stale, { code: 1, stderr: /the target database or the files have changed since/ });
  t.match(JSON.parse((await run(['catalog', 'index', '--json'], { cwd })).stdout), {
    changed: ['products'],
    indexed: true,
  });
  t.match((await run(['catalog', 'search', 'green tea'], { cwd })).stdout, /^value +Green Tea/);
  t.match((await run(['catalog', 'search', 'green tea', '-w', 'globex'], { cwd })).stdout, /nothing found|products/);
});

t.test('what is found fits on a line, and what is shown is whole', async (t) => {
  const long = 'a_table_with_a_name_that_is_longer_than_anybody_would_want_it_to_be';
  const rule = `Orders of wholesale customers are counted ${'again and '.repeat(12)}again.`;
  const cwd = project(t, {
    [appFile]: [
      'dispatcher:',
      `catalog:
  entries:
    - { kind: rule, rule: ${rule} }
    - { kind: rule, table: orders, column: channel, rule: ${rule} }
    - { kind: column, table: orders, column: channel, description: ${rule} }
dispatcher:`,
    ],
    [`${appFolder}/data/shop.sql`]: [
      'CREATE TABLE orders',
      `CREATE TABLE ${long} (wholesale TEXT);\nCREATE TABLE orders`,
    ],
  });
  const lines = async (...words: string[]) => (await run(['catalog', ...words], { cwd })).stdout.trimEnd().split('\n');
  const found = await lines('search', 'wholesale');
  t.ok(found.every((line) => line.length <= 100));
  const start = (words: RegExp) => found.find((line) => words.test(line));
  t.match(start(/^rule +everywhere /), /^rule {4}everywhere +Orders of wholesale customers .*…$/);
  t.match(start(/^rule +orders\.channel /), /^rule {4}orders\.channel {2,}Orders of wholesale customers .*…$/);
  t.match(
    start(/^value/),
    /^value {3}wholesale in orders\.channel {2}\d+ of 4 rows$/,
    'a long name widens no other row',
  );
  t.match(start(/^column +a_table/), new RegExp(`^column {2}${long.slice(0, 59)}… {2}TEXT$`));

  const shown = await lines('show', 'orders');
  const at = shown.findIndex((line) => /^ {2}channel /.test(line));
  const column = /^ {2}channel +TEXT +not null +/.exec(shown[at] ?? '')?.[0].length ?? 0;
  const whole = shown.slice(at, at + 4).map((line) => line.slice(column));
  t.match(whole.join(' '), `${rule} 2 different: retail 50 %, wholesale 50 %`, 'also over several lines');
  t.ok(shown.slice(0, at + 4).every((line) => line.length <= 100));
  t.match(
    (await lines('show')).find((line) => line.startsWith(long)),
    new RegExp(`^${long} {2}table {2}0 `),
  );
});

t.test('what the files say about the catalog is checked', async (t) => {
  const cwd = project(t, { [appFile]: ['dispatcher:', 'catalog: ./catalog.yaml\ndispatcher:'] });
  writeFileSync(
    join(cwd, appFolder, 'catalog.yaml'),
    'entries:\n  - { kind: table, table: order }\n  - kind: metric\n    name: m\n    sql: SELECT revenu FROM orders\n',
  );
  const wrong = await run(['validate'], { cwd });
  t.equal(wrong.code, 2);
  t.match(
    wrong.stdout,
    `error unknown-table: there is no table "order" in the target database\n  ${appFolder}/catalog.yaml:2:27`,
  );
  t.match(wrong.stdout, '^^^^^ did you mean "orders"?');
  t.match(wrong.stdout, `did you mean "revenue"?\n  ${appFolder}/catalog.yaml:5:10`);
  t.match(wrong.stdout, /\n2 errors, 0 warnings\n$/);
  t.notOk(existsSync(join(cwd, '.harness')), 'nothing is left behind');
  refused(
    t,
    await run(['catalog', 'search', 'x'], { cwd }),
    2,
    'error unknown-table',
    "the app's catalog entries have 2 errors",
  );

  writeFileSync(
    join(cwd, appFolder, 'catalog.yaml'),
    'entries:\n  - { kind: tabel, table: orders }\n  - { table: x }\n',
  );
  const schema = await run(['validate'], { cwd });
  t.match(schema.stdout, /catalog\.yaml:2:13/);
  t.match(schema.stdout, 'did you mean "table"?');
  t.match(schema.stdout, /\n2 errors, 0 warnings\n$/, 'one message for each');
  writeFileSync(join(cwd, appFolder, 'catalog.yaml'), 'entries:\n  - { kind: table, table: orders }\n');
  t.match(await run(['validate'], { cwd }), { code: 0 });
});

const script = `prompt: What is there?
script:
  coordinator:
    - { call: call_agent, args: { agent: data_analyst, prompt: Look. } }
    - say: Done.
  data_analyst:
    - { call: search_catalog, args: { query: wholesale channel } }
    - { call: describe_table, args: { table: ordrs } }
    - { call: annotate, args: { table: orders, column: channel, description: How it was sold. } }
    - say: Found.
approvals: approve
`;

t.test('agents ask the catalog in a run', async (t) => {
  const cwd = project(t, toolsOf('search_catalog, describe_table, annotate, execute_query'));
  writeFileSync(join(cwd, 'look.yaml'), script);
  const ran = await run(['chat', '--script', 'look.yaml', '--output', 'stream-json'], { cwd });
  t.equal(ran.code, 0, ran.stderr);
  const results = eventsIn(ran.stdout).flatMap((event) => (event.type === 'tool.finished' ? [event.data] : []));
  t.match(results, [
    { tool: 'search_catalog', outcome: { ok: true, result: { results: [{ name: 'orders.channel' }] } } },
    { tool: 'describe_table', outcome: { ok: false, error: { code: 'unknown-table', message: /"orders"/ } } },
    { tool: 'annotate', outcome: { ok: true, result: { stored: 'new' } } },
    { tool: 'call_agent' },
  ]);
  t.match(
    (await run(['catalog', 'search', 'how it was sold'], { cwd })).stdout,
    /^column +orders\.channel +TEXT; How it was sold\.\n/,
  );
  const shown = await run(['catalog', 'show', 'orders', '--json'], { cwd });
  t.match(JSON.parse(shown.stdout).notes, [{ text: 'How it was sold.', by: /^data_analyst in run r-/ }]);

  writeFileSync(join(cwd, appFolder, 'smoke', 'look.yaml'), script.replace('ordrs', 'orders'));
  t.match(
    await run(['smoke', 'look'], { cwd }),
    { code: 0, stdout: /1 passed, 0 failed\n$/ },
    'also in a throw-away workspace',
  );
});

import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import t, { type Test } from 'tap';
import type { Action } from '../../src/core/plan.ts';
import type { Dispatcher } from '../../src/core/ports.ts';
import { parametersIn } from '../../src/core/sql-parameters.ts';
import { rowChanges } from '../../src/data/row-changes.ts';
import { sqlite } from '../../src/dispatchers/sqlite.ts';
import { writeOnce } from '../../src/dispatchers/sqlite-target.ts';
import { run, start } from '../commands/cli.ts';
import { folderOf } from '../folder.ts';
import { rowsOf, scriptOf, shop, shopDispatcher, shopPlan, stepsOf, targetOfShop, using } from './shop.ts';

t.setTimeout(300_000);

const lowered = '{ kind: price_change, productId: p-001, newPrice: 6.49 }';
const untouched = [
  ['p-001', 6.99, 10, null],
  ['p-002', 2.49, 20, null],
  ['p-003', 3.79, 30, null],
];
const done = 'SELECT key, plan_id, idx, result FROM harness_actions ORDER BY key';

/** The dispatcher of these statements, on a database file of the test's own. */
function dispatcherOn(t: Test, actions: Record<string, object>, seed: string) {
  const file = join(folderOf(t), 'shop.db');
  new Sqlite(file).exec(seed).close();
  const dispatcher = sqlite({ kind: 'sqlite', actions: actions as never }, { targetFile: async () => file });
  let count = 0;
  const apply = (action: Action, key = `key-${++count}`) =>
    dispatcher.apply(action, {
      key,
      planId: 'plan-1',
      index: 0,
      workspace: 'main',
      signal: new AbortController().signal,
    });
  return { file, apply, lookup: (key: string) => lookupOf(dispatcher, key) };
}

function lookupOf(dispatcher: Dispatcher, key: string) {
  if (!dispatcher.lookup) throw new Error('it cannot tell');
  return dispatcher.lookup(key);
}

const things = 'CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, extra);';
const insert = { add: { sql: 'INSERT INTO things (name, extra) VALUES (:name, :extra)' } };

t.test('a chat plans, approves and executes, and rows really change, once', async (t) => {
  const twice = `  executor:
    - { call: executePlan, args: { planId: plan-1 } }
    - { call: executePlan, args: { planId: plan-1 } }
    - say: Applied.
`;
  const actions = `[${lowered}, { kind: restock, productId: p-002, quantity: 5 }]`;
  const script = scriptOf(actions).replace(/ {2}executor:\n[\s\S]*/, twice);
  const cwd = shop(t, { smoke: { 'change.yaml': script } });
  const target = join(cwd, targetOfShop);
  const chat = await run(['chat', '--script', 'apps/shop/smoke/change.yaml', '--output', 'json'], { cwd });
  t.equal(chat.code, 0, chat.stderr);
  t.strictSame(rowsOf(target), [
    ['p-001', 6.49, 10, null],
    ['p-002', 2.49, 25, null],
    ['p-003', 3.79, 30, null],
  ]);
  const { plans } = JSON.parse((await run(['plans', '--json'], { cwd })).stdout);
  t.match(plans[0].result, {
    status: 'executed',
    entitiesAffected: 2,
    actions: [
      { summary: 'Price of p-001 set to 6.49', entitiesAffected: 1, details: { changes: 1 } },
      { summary: 'restock: 1 row changed', entitiesAffected: 1 },
    ],
  });
  t.match(rowsOf(target, done), [
    [/^main\/plan-1\/1\/[0-9a-f]{16}\/0$/, 'plan-1', 0, /Price of p-001/],
    [/^main\/plan-1\/1\/[0-9a-f]{16}\/1$/, 'plan-1', 1, /restock/],
  ]);

  const smoke = await run(['smoke'], { cwd });
  t.match(smoke.stdout, /1 passed, 0 failed\n$/, 'in a workspace of its own');
  t.equal(rowsOf(target, done).length, 2, 'the real one is as it was');
});

t.test('nothing is changed without an approval', async (t) => {
  const cwd = shop(t, { smoke: { 'no.yaml': scriptOf(`[${lowered}]`, 'reject') } });
  await run(['chat', '--script', 'apps/shop/smoke/no.yaml'], { cwd });
  t.strictSame(rowsOf(join(cwd, targetOfShop)), untouched);
});

t.test('the first action that fails stops: what was applied stays, and the result says so', async (t) => {
  const actions = `[${lowered}, { kind: price_change, productId: p-002, newPrice: -1 }, { kind: delist, productId: p-003 }]`;
  const cwd = shop(t, { smoke: { 'stop.yaml': scriptOf(actions) } });
  await run(['chat', '--script', 'apps/shop/smoke/stop.yaml'], { cwd });
  t.strictSame(rowsOf(join(cwd, targetOfShop)), [['p-001', 6.49, 10, null], ...untouched.slice(1)]);
  const { plans } = JSON.parse((await run(['plans', '--json'], { cwd })).stdout);
  const failure =
    'price_change was not applied: the database does not allow it: CHECK constraint failed: price > 0; nothing was changed';
  t.match(plans[0].result, {
    status: 'failed',
    entitiesAffected: 1,
    summary: '1 of 3 actions applied, 1 failed, 1 skipped',
    actions: [{ status: 'applied' }, { status: 'failed', summary: failure }, { status: 'skipped' }],
  });
});

t.test('members become values of their own kind', async (t) => {
  const { file, apply } = dispatcherOn(t, insert, things);
  const values = [1, 1.5, true, false, null, undefined, 'x', ['a', { b: 1 }], { city: 'Bern' }, 2 ** 60, -0];
  for (const value of values) {
    await apply({ kind: 'add', name: 'x', ...(value !== undefined && { extra: value }) } as Action);
  }
  t.strictSame(rowsOf(file, 'SELECT typeof(extra), extra FROM things ORDER BY id'), [
    ['integer', 1],
    ['real', 1.5],
    ['integer', 1],
    ['integer', 0],
    ['null', null],
    ['null', null],
    ['text', 'x'],
    ['text', '["a",{"b":1}]'],
    ['text', '{"city":"Bern"}'],
    ['real', 2 ** 60],
    ['integer', 0],
  ]);
  await apply({ kind: 'add', name: 12, extra: null });
  t.strictSame(rowsOf(file, 'SELECT name FROM things WHERE extra IS NULL ORDER BY id DESC LIMIT 1'), [['12']]);
  const nested = { add: { sql: "INSERT INTO things (name) VALUES (:address ->> 'city')" } };
  const other = dispatcherOn(t, nested, things);
  await other.apply({ kind: 'add', address: { city: 'Bern' } });
  t.strictSame(rowsOf(other.file, 'SELECT name FROM things'), [['Bern']]);
});

t.test('hostile values are only data', async (t) => {
  const { file, apply } = dispatcherOn(t, { add: { ...insert.add, summary: 'Added {name} and {extra}' } }, things);
  const hostile = [
    "x'); DROP TABLE things; --",
    "' OR 1=1 --",
    ':extra',
    '?1',
    '{extra}',
    '$&$1',
    'a\0b',
    '\u202e"`[x]',
    "ATTACH 'x' AS y",
    'x'.repeat(100_000),
  ];
  for (const name of hostile) {
    const { summary, entitiesAffected } = await apply({ kind: 'add', name, extra: '__proto__' });
    t.equal(entitiesAffected, 1);
    t.ok(summary.startsWith(`Added ${name.slice(0, 119)}`) && summary.endsWith(' and __proto__'));
    t.ok(summary.length < 200, 'a sentence stays one');
  }
  t.strictSame(
    rowsOf(file, 'SELECT name FROM things ORDER BY id'),
    hostile.map((name) => [name]),
  );
  await t.rejects(apply({ kind: 'constructor' } as Action), { name: 'ToolFailure', message: /no statement/ });
});

t.test('a key is applied once; later it answers with the first result', async (t) => {
  const { file, apply, lookup } = dispatcherOn(t, insert, things);
  t.equal(await lookup('a'), undefined, 'before there is a table of keys');
  const first = await apply({ kind: 'add', name: 'one' }, 'a');
  t.strictSame(await apply({ kind: 'add', name: 'two' }, 'a'), first);
  t.strictSame(await lookup('a'), first);
  t.equal(await lookup('b'), undefined);
  t.strictSame(rowsOf(file, 'SELECT name FROM things'), [['one']]);
});

t.test('what cannot be applied changes nothing and says why', async (t) => {
  const seed = `${things}
CREATE TABLE parts (id INTEGER PRIMARY KEY, thing INTEGER REFERENCES things DEFERRABLE INITIALLY DEFERRED);
CREATE TRIGGER frozen BEFORE UPDATE ON things WHEN old.name = 'frozen' BEGIN SELECT raise(ROLLBACK, 'it is frozen'); END;
INSERT INTO things VALUES (1, 'a', 0), (2, 'b', 0), (3, 'frozen', 0);`;
  const statements = {
    none: { sql: 'UPDATE things SET extra = 1 WHERE name = :name', rows: 1 },
    many: { sql: 'UPDATE things SET extra = 1 WHERE id < 3', rows: 1 },
    twin: { sql: 'INSERT INTO things (id) VALUES (1)' },
    some: { sql: 'INSERT OR FAIL INTO things (id) VALUES (9), (1)' },
    orphan: { sql: 'INSERT INTO parts (thing) VALUES (99)' },
    frozen: { sql: 'UPDATE things SET extra = 1 WHERE id = 3' },
    wrong: { sql: 'UPDATE thing SET extra = 1' },
    ledger: { sql: "INSERT INTO things (name) SELECT 'x'", rows: 1 },
  };
  const { file, apply, lookup } = dispatcherOn(t, statements, seed);
  const before = `${file}.before`;
  copyFileSync(file, before);
  const fails = async (kind: keyof typeof statements, reason: string | RegExp) => {
    const message = typeof reason === 'string' ? `${kind} was not applied: ${reason}; nothing was changed` : reason;
    await t.rejects(apply({ kind, name: 'x' }, kind), { name: 'ToolFailure', message });
    t.equal(await lookup(kind), undefined, kind);
  };
  await fails('none', 'it finds no row to change, and must change 1');
  await fails('many', 'it would change 2 rows, and must change 1');
  await fails('twin', 'the database does not allow it: UNIQUE constraint failed: things.id');
  await fails('some', 'the database does not allow it: UNIQUE constraint failed: things.id');
  await fails('orphan', 'the database does not allow it: FOREIGN KEY constraint failed');
  await fails('frozen', 'the database does not allow it: it is frozen');
  await fails('wrong', 'no such table: thing');
  t.strictSame(rowChanges(before, file), []);

  const other = new Sqlite(file);
  other.exec('BEGIN IMMEDIATE');
  await fails('ledger', 'another program has kept the target database locked for 2 s');
  other.exec('ROLLBACK');
  // A reader does not hinder the change, but its end.
  other.exec('BEGIN; SELECT * FROM things');
  other.prepare('SELECT * FROM things').all();
  await fails('ledger', 'another program has kept the target database locked for 2 s');
  other.exec('ROLLBACK');
  other.close();
  t.strictSame(rowChanges(before, file), []);
  t.match(await apply({ kind: 'ledger' }, 'ledger'), { entitiesAffected: 1 }, 'and the same action works afterwards');

  writeFileSync(
    file,
    'this is not a database, but a text that is as long as the head of one would have to be. '.repeat(9),
  );
  await t.rejects(apply({ kind: 'none' }), { name: 'ToolFailure', message: /is not a SQLite database/ });
  await t.rejects(lookup('x'), 'nobody can tell');
  rmSync(file);
  await t.rejects(apply({ kind: 'none' }), { name: 'ToolFailure', message: /cannot be opened/ });
  await t.rejects(lookup('x'));
});

t.test('the journal mode stays as it is', async (t) => {
  for (const mode of ['delete', 'wal']) {
    const { file, apply } = dispatcherOn(t, insert, `PRAGMA journal_mode = ${mode}; ${things}`);
    await apply({ kind: 'add', name: 'x' });
    t.strictSame(rowsOf(file, 'PRAGMA journal_mode'), [[mode]]);
    t.strictSame(rowsOf(file, 'SELECT count(*) FROM things'), [[1]]);
  }
});

t.test('parameters are found where SQLite finds them', async (t) => {
  const db = new Sqlite(':memory:');
  const cases: Readonly<Record<string, readonly string[]>> = {
    'SELECT :a, \':b\', ":c", `:d`, [:e] -- :f': ['a'],
    'SELECT/* :x */ :a_1+:B$c;': ['a_1', 'B$c'],
    'SELECT :é, :12, :kind': ['é', '12', 'kind'],
    "SELECT 'it''s :a' || :b": ['b'],
    "SELECT :a ->> '$.x', -:a": ['a', 'a'],
  };
  for (const [sql, names] of Object.entries(cases)) {
    t.strictSame(
      parametersIn(sql).map(({ name }) => name),
      names,
      sql,
    );
    const values = Object.fromEntries(names.map((name) => [name, 1n]));
    t.doesNotThrow(() => db.prepare(sql.replace(/"[^"]*"|`[^`]*`|\[[^\]]*\]/g, '1')).get(values), sql);
  }
  t.strictSame(parametersIn('SELECT ?, ?2, @a, $b'), [
    { sign: '?', name: '', rest: '' },
    { sign: '?', name: '2', rest: '' },
    { sign: '@', name: 'a', rest: '' },
    { sign: '$', name: 'b', rest: '' },
  ]);
});

t.test('where a commit fails that may have worked, the database says whether it did', async (t) => {
  const file = join(folderOf(t), 'x.db');
  new Sqlite(file).exec('CREATE TABLE t (a)').close();
  const count = (db: Sqlite.Database) => db.prepare('SELECT count(*) FROM t').pluck().get() as number;
  // A transaction that is over before its COMMIT is like one whose COMMIT failed for the disk: it may be either way.
  const ending = (end: string) => (db: Sqlite.Database) => {
    db.exec(`INSERT INTO t VALUES (1); ${end}`);
    return 0;
  };
  t.equal(writeOnce(file, 'it', { work: ending('COMMIT'), look: (db) => count(db) || undefined }), 1);
  const undone = { work: ending('ROLLBACK'), look: (db: Sqlite.Database) => (count(db) === 2 ? 2 : undefined) };
  t.throws(() => writeOnce(file, 'it', undone), { name: 'ToolFailure', message: /^it was not applied: / });
  const gone = {
    work: (db: Sqlite.Database) => {
      ending('COMMIT')(db);
      rmSync(file);
    },
    look: () => undefined,
  };
  t.throws(() => writeOnce(file, 'it', gone), { name: 'Error', message: /^it is not known whether it was applied: / });
});

/** One of the mistakes that are made in a dispatcher: what is written, and what is said about it, with its place. */
type Mistake = readonly [from: string, to: string, line: number, message: string | RegExp, hint?: string];

const sqlOf = 'the SQL of action "price_change" of the dispatcher';
const price = 'UPDATE products SET price = :newPrice, note = :note WHERE id = :productId';
const verbs = 'an action is one INSERT, UPDATE, DELETE or REPLACE';
const mistakes: readonly Mistake[] = [
  ['  price_change:', '  price_chnage:', 3, /^unknown action kind "price_chnage"/, 'did you mean "price_change"?'],
  [
    ':productId\n    rows',
    ':productid\n    rows',
    4,
    `unknown parameter ":productid" in ${sqlOf}`,
    'did you mean ":productId"?',
  ],
  ['{newPrice}', '{newprice}', 6, /^unknown member "newprice" in the summary/, 'did you mean "newPrice"?'],
  ['rows: 1\n    summary', 'rows: 0\n    summary', 5, /at least 1/],
  ['rows: 1\n    summary', 'row: 1\n    summary', 5, /^unknown key "row"/, 'did you mean "rows"?'],
  [price, 'PRAGMA user_version = 3', 4, `${sqlOf} starts with "PRAGMA"`, verbs],
  [price, "ATTACH 'x' AS y", 4, `${sqlOf} starts with "ATTACH"`, verbs],
  [price, 'WITH a AS (SELECT 1) SELECT * FROM a', 4, `${sqlOf} is a SELECT`, verbs],
  [price, '-- nothing', 4, `${sqlOf} is empty`, verbs],
  [price, 'DELETE FROM products; DELETE FROM orders', 4, `${sqlOf} is more than one statement`, verbs],
  [price, 'DELETE FROM products RETURNING id', 4, `${sqlOf} answers with rows`],
  [price, 'DELETE FROM "HARNESS_actions"', 4, `${sqlOf} names HARNESS_actions`, 'that table is kept by Harness'],
  [
    price,
    'DELETE FROM products WHERE id = ?',
    4,
    `${sqlOf} has the parameter "?"`,
    'write :name, after a member of the action',
  ],
  [
    price,
    'DELETE FROM products WHERE id = @productId',
    4,
    `${sqlOf} has the parameter "@productId"`,
    'write :productId, after a member of the action',
  ],
  [
    price,
    'DELETE FROM products WHERE id = :note.id',
    4,
    `${sqlOf} has the parameter ":note.id"`,
    "write :note ->> 'id': an object is bound as JSON text",
  ],
  [price, 'DELETE FROM product', 4, `${sqlOf} is wrong: no such table: product; did you mean "products"?`],
  [price, 'UPDATE products SET prise = 1', 4, `${sqlOf} is wrong: no such column: prise; did you mean "price"?`],
  [price, 'UPDATE products SET', 4, `${sqlOf} is wrong: incomplete input`],
  ['UPDATE products SET stock', 'UPDATE products SET stok', 8, /no such column: stok; did you mean "stock"\?$/],
  [
    '  delist:\n    sql: DELETE FROM products WHERE id = :productId\n    rows: 1\n',
    '',
    2,
    'the dispatcher has no statement for actions of the kind "delist"',
    'delist: { sql: … }',
  ],
  ['kind: sqlite', 'kind: sqllite', 1, /^unknown value "sqllite"/, 'did you mean "sqlite"?'],
];

t.test('every mistake in YAML is one message, with its line', async (t) => {
  const cwd = shop(t);
  const file = join(cwd, 'apps/shop/dispatcher.yaml');
  const sound = await run(['validate', '--json'], { cwd });
  t.strictSame(JSON.parse(sound.stdout), {
    apps: [{ dir: 'apps/shop', name: 'shop', problems: [] }],
    errors: 0,
    warnings: 0,
  });
  for (const [from, to, line, message, hint] of mistakes) {
    t.ok(shopDispatcher.includes(from), from);
    writeFileSync(file, shopDispatcher.replace(from, to));
    const { code, stdout } = await run(['validate', '--json'], { cwd });
    t.equal(code, 2, to);
    const { problems } = JSON.parse(stdout).apps[0];
    t.equal(problems.length, 1, `${to}: ${JSON.stringify(problems)}`);
    t.match(problems[0], { file: 'apps/shop/dispatcher.yaml', line, message, ...(hint && { hint }) }, to);
  }
  writeFileSync(
    file,
    shopDispatcher.replace(price, 'WITH a AS (SELECT 1 AS p) UPDATE products SET price = (SELECT p FROM a)'),
  );
  t.match((await run(['validate'], { cwd })).stdout, /^✓/);
  writeFileSync(
    join(cwd, 'apps/shop/plan.yaml'),
    shopPlan.replace('kind: { const: delist }', 'kind: { const: remove }'),
  );
  t.match(
    (await run(['validate'], { cwd })).stdout,
    /no statement for actions of the kind "remove"[\s\S]*unknown action kind "delist"/,
  );
});

/** Waits until something is so. */
async function until(what: () => boolean): Promise<void> {
  while (!what()) await sleep(1);
}

for (const moment of ['before', 'after'] as const) {
  t.test(
    `killed ${moment} its commit, before the result is stored: the key decides, and nothing happens twice`,
    async (t) => {
      const actions =
        '[{ kind: restock, productId: p-001, quantity: 5 }, { kind: restock, productId: p-002, quantity: 5 }]';
      const cwd = shop(t, { smoke: { 'kill.yaml': scriptOf(actions) }, ownFile: true });
      const file = join(cwd, 'apps/shop/shop.db');
      const stateFile = join(cwd, '.harness/shop/main/state.db');
      t.match(await run(['chat', '--script', 'nothing.yaml'], { cwd }), { code: 2 }, 'a slip leaves nothing behind');
      // Whoever holds the write lock of the target lets the dispatcher come as far as its intent; whoever then holds
      // that of the record lets it apply the action, and not say so.
      const target = new Sqlite(file);
      target.exec('BEGIN IMMEDIATE');
      const chat = start(['chat', '--script', 'apps/shop/smoke/kill.yaml', '--output', 'stream-json'], { cwd });
      await chat.saw('"type":"action.started"');
      const state = new Sqlite(stateFile);
      state.exec('BEGIN IMMEDIATE');
      if (moment === 'after') {
        target.exec('ROLLBACK');
        const table = target.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'harness_actions'");
        await until(() => table.get() !== undefined || chat.child.exitCode !== null);
      }
      chat.child.kill('SIGKILL');
      await chat.ended;
      if (target.inTransaction) target.exec('ROLLBACK');
      target.close();
      state.exec('ROLLBACK');
      t.equal(state.prepare("SELECT count(*) FROM events WHERE type = 'action.finished'").pluck().get(), 0);
      state.close();

      const stock = moment === 'after' ? 15 : 10;
      const status = moment === 'after' ? 'applied' : 'failed';
      t.strictSame(rowsOf(file, "SELECT stock FROM products WHERE id = 'p-001'"), [[stock]]);
      const { plans } = JSON.parse((await run(['plans', '--json'], { cwd })).stdout);
      t.match(plans[0].result, { status: 'failed', actions: [{ status }, { status: 'skipped' }] });
      const again = `prompt: Again.\napprovals: approve\nscript:\n  executor:\n    - { call: executePlan, args: { planId: plan-1 } }\n    - say: Done.\n`;
      writeFileSync(join(cwd, 'apps/shop/smoke/again.yaml'), `agent: executor\n${again}`);
      await run(['chat', '--script', 'apps/shop/smoke/again.yaml'], { cwd });
      t.strictSame(rowsOf(file, 'SELECT stock FROM products ORDER BY id'), [[stock], [20], [30]]);
    },
  );
}

t.test('a commit of which nobody knows whether it worked: the database is asked', async (t) => {
  // No file may grow beyond a few blocks, so that the pages of a large change cannot be written when it is committed.
  const seed = `${things} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50) INSERT INTO things SELECT i, 'x', NULL FROM n;`;
  const long = '{ kind: add, name: x }';
  const plan = shopPlan
    .replace('const: delist', 'const: add')
    .replace(
      /productId\]\n {10}properties:\n {12}kind: \{ const: add \}\n {12}productId/,
      'name]\n          properties:\n            kind: { const: add }\n            name',
    );
  const dispatcher =
    'kind: sqlite\nactions:\n  add: { sql: "UPDATE things SET extra = zeroblob(20000) WHERE name = :name" }\n  price_change: { sql: UPDATE things SET name = :productId }\n  restock: { sql: UPDATE things SET name = :productId }\n';
  const cwd = shop(t, { seed, plan, dispatcher, smoke: { 'full.yaml': scriptOf(`[${long}]`) } });
  const limited = ['/bin/bash', '-c', 'ulimit -f 600; exec "$@"', 'bash'];
  await run(['chat', '--script', 'apps/shop/smoke/full.yaml'], { cwd, through: limited });
  const { plans } = JSON.parse((await run(['plans', '--json'], { cwd })).stdout);
  t.match(plans[0].result.actions, [{ status: 'failed', summary: /^add was not applied: .*; nothing was changed$/ }]);
  t.strictSame(rowsOf(join(cwd, targetOfShop), 'SELECT count(*) FROM things WHERE extra IS NOT NULL'), [[0]]);
  t.strictSame(rowsOf(join(cwd, targetOfShop), 'PRAGMA integrity_check'), [['ok']]);
});

t.test('agents do not see what the dispatcher writes down, nor do evals', async (t) => {
  const look = (sql: string, expected: string) => `    - { tool: execute_query, args: { sql: "${sql}" }, ${expected} }`;
  const queries = [
    'SELECT * FROM harness_actions',
    'SELECT count(*) FROM Harness_Actions',
    'SELECT * FROM spy',
    'SELECT * FROM harness_action',
    'SELECT price FROM products ORDER BY id LIMIT 1',
  ];
  const script = `prompt: Look.
approvals: approve
script:
${stepsOf(`[${lowered}]`).replace('    - say: Done.', '    - { call: call_agent, args: { agent: analyst, prompt: Look. } }\n    - say: Done.')}  analyst:
${queries.map((sql) => `    - { call: execute_query, args: { sql: "${sql}" } }`).join('\n')}
    - { call: describe_table, args: { table: harness_actions } }
    - { call: search_catalog, args: { query: harness actions key plan } }
    - say: Seen.
expect:
  calls:
${[
  look('SELECT * FROM harness_actions', 'error: query-refused'),
  look('SELECT count(*) FROM Harness_Actions', 'error: query-refused'),
  look('SELECT * FROM spy', 'error: query-refused'),
  look('SELECT * FROM harness_action', 'error: query-failed'),
].join('\n')}
    - { tool: describe_table, error: unknown-table }
`;
  const seed = `CREATE TABLE products (id TEXT PRIMARY KEY, price REAL NOT NULL, stock INTEGER, note TEXT);
INSERT INTO products VALUES ('p-001', 6.99, 0, NULL);
CREATE VIEW spy AS SELECT * FROM harness_actions;
`;
  const cwd = shop(t, { seed, smoke: { 'look.yaml': script } });
  const chat = await run(['chat', '--script', 'apps/shop/smoke/look.yaml', '--output', 'stream-json'], { cwd });
  t.equal(chat.code, 0, chat.stderr);
  const results = chat.stdout
    .split('\n')
    .filter((line) => line.includes('"type":"tool.finished"') && line.includes('"agent":"analyst"'));
  t.equal(results.length, 8);
  for (const line of results.slice(0, 4)) t.notMatch(line, /plan-1|did you mean/, 'not a word of it');
  t.match(results[4], '6.49');
  t.notMatch(results[6], /harness_actions/);
  t.match((await run(['smoke'], { cwd })).stdout, /1 passed, 0 failed\n$/);
  const catalog = await run(['catalog', 'profile'], { cwd });
  t.notMatch(catalog.stdout, /harness_actions/);
});

const caseOf = (actions: string, changes: string) => `id: price
input: Lower the price.
assert:
  - { kind: rows, changes: ${changes} }
script:
${stepsOf(actions)}`;

t.test('an eval case is held to the rows that really change', async (t) => {
  const change = '[{ table: products, key: p-001, column: price, before: 6.99, after: 6.49 }]';
  for (const ownFile of [false, true]) {
    const cwd = shop(t, { evals: { 'price.yaml': caseOf(`[${lowered}]`, change) }, ownFile });
    const before = ownFile ? rowsOf(join(cwd, 'apps/shop/shop.db')) : [];
    const passed = await run(['eval'], { cwd });
    t.match(passed.stdout, /1 passed, 0 failed\n$/, passed.stdout + passed.stderr);
    if (ownFile) t.strictSame(rowsOf(join(cwd, 'apps/shop/shop.db')), before, 'on a copy');

    const more = `[${lowered}, { kind: restock, productId: p-002, quantity: 1 }]`;
    writeFileSync(join(cwd, 'evals/shop/price.yaml'), caseOf(more, change));
    const failed = await run(['eval'], { cwd });
    t.match(failed, { code: 1, stdout: /0 passed, 1 failed\n$/ });
    t.match(failed.stdout, /products p-002/);
    t.notMatch(failed.stdout, /harness_actions/);
  }
});

t.test('what was applied to a database of the customer does not hinder a script on its copy', async (t) => {
  const change = '[{ table: products, key: p-001, column: price, before: 6.49, after: 5.49 }]';
  const again = lowered.replace('6.49', '5.49');
  const cwd = shop(t, {
    evals: { 'price.yaml': caseOf(`[${again}]`, change) },
    smoke: { 'again.yaml': scriptOf(`[${again}]`) },
    ownFile: true,
  });
  const file = join(cwd, 'apps/shop/shop.db');
  t.equal((await run(['chat', '--script', 'apps/shop/smoke/again.yaml'], { cwd })).code, 0);
  t.equal(rowsOf(file, done).length, 1);
  using(file, (db) => db.exec("UPDATE products SET price = 6.49 WHERE id = 'p-001'"));
  const passed = await run(['eval'], { cwd });
  t.match(passed.stdout, /1 passed, 0 failed\n$/, passed.stdout + passed.stderr);
  t.equal(rowsOf(file, done).length, 1);
});

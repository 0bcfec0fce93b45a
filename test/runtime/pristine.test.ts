import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadApp } from '../../src/config/load.ts';
import { isObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { callsOf } from '../../src/core/trajectory.ts';
import { scriptedApprover } from '../../src/run/approvers.ts';
import { openRuntime, type Runtime } from '../../src/runtime/build.ts';
import { type PreparedApp, prepareApp } from '../../src/runtime/prepare.ts';
import { edit, start } from '../commands/cli.ts';
import { scriptOf, shop, stepsOf } from '../dispatchers/shop.ts';

t.setTimeout(120_000);

const view = 'CREATE VIEW cheap AS SELECT id, price FROM products WHERE price < 5;\n';

async function prepared(t: Test): Promise<PreparedApp> {
  const dir = shop(t);
  edit(dir, {
    'apps/shop/app.yaml': ['describe_table]', 'describe_table, profile_table, annotate]'],
    'apps/shop/seed.sql': ['CREATE TABLE orders', `${view}CREATE TABLE orders`],
  });
  const { app, problems } = await loadApp(join(dir, 'apps/shop'));
  if (!app) throw new Error(problems.map(({ message }) => message).join('\n'));
  const ready = await prepareApp(app);
  t.teardown(() => ready.close());
  return ready;
}

/** A throw-away workspace in which one agent does as it is told. */
async function workspace(t: Test, ready: PreparedApp) {
  let todo: { readonly tool: string; readonly args: JsonObject } | undefined;
  const runtime: Runtime = await openRuntime(ready.app, {
    throwAway: true,
    trackRows: true,
    prepared: ready,
    approver: scriptedApprover('approve'),
    interpreter: {
      async next(view) {
        if (!todo) return { text: 'Done.', calls: [], stop: 'end' };
        const called = { id: `c-${view.stepsOfAgent}`, ...todo };
        todo = undefined;
        return { text: '', calls: [called], stop: 'calls' };
      },
    },
  });
  t.teardown(() => runtime.close());
  /** @returns what the tool answers, or the code of its failure */
  const call = async (agent: string, tool: string, args: JsonObject, signal?: AbortSignal): Promise<Json> => {
    todo = { tool, args };
    const { runId } = await runtime.run({ prompt: 'Do it.', agent, ...(signal && { signal }) });
    const [first] = callsOf(runtime.store.events(runId));
    const outcome = first?.outcome;
    if (outcome === undefined) return 'none';
    return outcome.ok ? outcome.result : outcome.error.code;
  };
  return {
    runtime,
    call,
    prices: async () => {
      const sql = 'SELECT price FROM products ORDER BY id';
      const answer = await call('analyst', 'execute_query', { sql });
      return isObject(answer) ? answer.rows : answer;
    },
    async change() {
      const body = { actions: [{ kind: 'price_change', productId: 'p-001', newPrice: 6.49 }] };
      await call('planner', 'storePlan', { specName: 'ShopPlan', planId: 'plan-1', body });
      return call('executor', 'executePlan', { planId: 'plan-1' });
    },
  };
}

function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

t.test('who writes gets a database of its own', async (t) => {
  const ready = await prepared(t);
  const [writer, reader] = [await workspace(t, ready), await workspace(t, ready)];
  const template = await ready.pristine('main').target();
  const before = digestOf(template);
  const seeded = [[6.99], [2.49], [3.79]];
  t.strictSame(await writer.prices(), seeded);
  t.match(await writer.change(), { status: 'executed', entitiesAffected: 1 });
  t.strictSame(await writer.prices(), [[6.49], [2.49], [3.79]], 'it sees what it wrote');
  t.strictSame(await reader.prices(), seeded, 'nobody else does');
  t.match(await writer.runtime.rowChanges(), [
    { table: 'products', columns: { price: { before: 6.99, after: 6.49 } } },
  ]);
  t.strictSame(await reader.runtime.rowChanges(), []);
  const profile = (await writer.call('analyst', 'profile_table', { table: 'products' })) as object;
  t.match(JSON.stringify(profile), '6.49', 'its catalog is about its own database');
  t.notMatch(JSON.stringify(await reader.call('analyst', 'profile_table', { table: 'products' })), '6.49');
  t.equal(digestOf(template), before, 'what all start from is untouched');
  await writer.runtime.close();
  t.strictSame(await (await workspace(t, ready)).prices(), seeded);
});

t.test('what is noted, and what is looked at more closely, stays in its workspace', async (t) => {
  const ready = await prepared(t);
  const [one, other] = [await workspace(t, ready), await workspace(t, ready)];
  const describe = (who: typeof one, table: string) => who.call('analyst', 'describe_table', { table });
  const before = await describe(other, 'products');
  const cheap = await describe(other, 'cheap');
  const note = { table: 'products', description: 'What the shop sells.' };
  t.match(await one.call('analyst', 'annotate', note), { stored: 'new' });
  t.match(JSON.stringify(await describe(one, 'products')), 'What the shop sells.');
  const found = await one.call('analyst', 'search_catalog', { query: 'sells' });
  t.match(JSON.stringify(found), 'products');
  t.strictSame(await describe(other, 'products'), before);
  t.strictSame(await one.runtime.rowChanges(), [], 'a note is no change of rows');

  const third = await workspace(t, ready);
  t.type(await third.call('analyst', 'profile_table', { table: 'cheap' }), 'object');
  t.notSame(await describe(third, 'cheap'), cheap, 'views are profiled when somebody asks');
  t.strictSame(await describe(other, 'cheap'), cheap, 'and only for who asked');
  t.equal(await one.call('analyst', 'profile_table', { table: 'nothing' }), 'unknown-table');
});

t.test('a query that is ended takes nobody else with it', async (t) => {
  const ready = await prepared(t);
  const all = await Promise.all(Array.from({ length: 6 }, () => workspace(t, ready)));
  const [endless, ...others] = all;
  const sql = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c';
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 500);
  const [ended, ...answers] = await Promise.all([
    endless?.call('analyst', 'execute_query', { sql }, abort.signal),
    ...others.map((each) => each.prices()),
  ]);
  t.equal(ended, 'none', 'the run was interrupted');
  const seeded = [[6.99], [2.49], [3.79]];
  for (const answer of answers) t.strictSame(answer, seeded, 'those that waited are answered');
  for (const each of others) t.strictSame(await each.prices(), seeded, 'and so are those that come later');
});

t.test('nothing is left behind, whatever ends the process', async (t) => {
  const ready = await prepared(t);
  const template = await ready.pristine('main').target();
  t.ok(existsSync(template));
  await ready.close();
  t.notOk(existsSync(template));

  const sql = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c';
  const script = `script:
  coordinator: [{ call: call_agent, args: { agent: analyst, prompt: Look. } }, { say: Done. }]
  analyst: [{ call: execute_query, args: { sql: "${sql}" } }, { say: Done. }]
`;
  const changing = `id: change\ninput: x\nexpectedTrajectory: [executePlan]\nscript:\n${stepsOf('[{ kind: delist, productId: p-001 }]')}`;
  const cwd = shop(t, {
    evals: {
      'a.yaml': `id: endless\ninput: x\nexpectedTrajectory: [execute_query]\n${script}`,
      'b.yaml': `${changing}assert:\n  - { kind: rows, changes: [{ table: products, key: { id: p-001 }, deleted: true }] }\n`,
      'c.yaml': `id: twin\n${changing.slice('id: change\n'.length)}`,
    },
    smoke: { 'endless.yaml': `prompt: x\n${script}`, 'change.yaml': scriptOf('[{ kind: delist, productId: p-001 }]') },
  });
  const tmp = join(cwd, 'tmp');
  mkdirSync(tmp);
  const folders = () => readdirSync(tmp).filter((name) => name.startsWith('harness-'));
  const fine = await start(['eval', 'change', 'twin'], { cwd, env: { TMPDIR: tmp } }).ended;
  t.equal(fine.code, 0, fine.stdout + fine.stderr);
  t.strictSame(folders(), []);
  for (const [command, times] of [
    ['eval', 1],
    ['eval', 2],
    ['smoke', 1],
    ['smoke', 2],
  ] as const) {
    const running = start([command, 'endless'], { cwd, env: { TMPDIR: tmp } });
    while (folders().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 300));
    running.child.kill('SIGINT');
    if (times === 2) {
      await running.saw('interrupted');
      running.child.kill('SIGINT');
    }
    t.equal((await running.ended).code, 130, `${command}, ${times}`);
    t.strictSame(folders(), [], `${command}, ${times}`);
  }
});

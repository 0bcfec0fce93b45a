import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { tryLock } from '../../src/store/lock.ts';
import { folderOf } from '../folder.ts';
import { eventsIn, refused, run, start } from './cli.ts';

const rows = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)';

/** An app whose target database has a large table, and a script that reads it and executes a slow plan. */
function shop(t: Test): string {
  const workspace = { dataEnvironment: { targetDatabase: { kind: 'sqlite', file: 'target.db', seed: 'seed.sql' } } };
  return folderOf(t, {
    'app.yaml': stringify({
      harness: 1,
      name: 'shop',
      defaultWorkspace: 'main',
      agents: {
        coordinator: { role: 'coordinator', prompt: 'x', routes: ['analyst', 'planner', 'executor'] },
        analyst: { role: 'specialist', prompt: 'x', toolkits: ['catalog'] },
        planner: { role: 'planner', prompt: 'x' },
        executor: { role: 'executor', prompt: 'x' },
      },
      plans: {
        LoadPlan: {
          type: 'object',
          required: ['actions'],
          properties: {
            actions: {
              type: 'array',
              items: {
                type: 'object',
                required: ['kind', 'rows'],
                properties: {
                  kind: { const: 'load' },
                  rows: { type: 'array', 'x-accepts': 'result', items: { type: 'object' } },
                },
              },
            },
          },
        },
      },
      toolkits: { catalog: { kind: 'catalog', tools: ['execute_query'] } },
      dispatcher: { kind: 'mock', delayMs: 60_000 },
      approvals: { default: { plan: 'allow' } },
      workspaces: { main: workspace, other: workspace },
    }),
    'seed.sql': `CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, amount REAL);
      INSERT INTO orders ${rows} SELECT i, 'customer ' || i, i / 4.0 FROM n;`,
    'read.yaml': stringify({
      prompt: 'Read.',
      agent: 'analyst',
      script: { analyst: [{ call: 'execute_query', args: { sql: 'SELECT * FROM orders' } }, { say: 'See r-1.' }] },
    }),
    'slow.yaml': stringify({
      prompt: 'Load.',
      script: {
        coordinator: ['analyst', 'planner', 'executor'].map((agent) => ({
          call: 'call_agent',
          args: { agent, prompt: 'x' },
        })),
        analyst: [{ call: 'execute_query', args: { sql: 'SELECT * FROM orders' } }, { say: 'r-1' }],
        planner: [
          {
            call: 'storePlan',
            args: {
              specName: 'LoadPlan',
              planId: 'plan-1',
              body: { actions: [{ kind: 'load', rows: { $result: 'r-1' } }] },
            },
          },
          { say: 'stored' },
        ],
        executor: [{ call: 'executePlan', args: { planId: 'plan-1' } }, { say: 'done' }],
      },
    }),
  });
}

t.test('stored results are listed, shown and cleared', async (t) => {
  const cwd = shop(t);
  t.match(await run(['kv', 'list'], { cwd }), { code: 0, stdout: 'no stored results\n' });
  t.notOk(existsSync(join(cwd, '.harness')), 'looking creates nothing');
  for (const workspace of ['main', 'other']) {
    const ended = await run(['chat', '--script', 'read.yaml', '-w', workspace], { cwd });
    t.match(ended, { code: 0, stdout: 'See r-1.\n' });
  }
  const list = await run(['kv'], { cwd });
  t.match(list.stdout, /^RESULT {2}WORKSPACE {2}KIND {3}ROWS {2}BYTES {3}TOOL {11}SESSION/);
  t.match(list.stdout, /r-1 {5}other {6}table {2}5000 {2}\d+ {2}execute_query {2}s-\w+ {2}20/);
  const data = JSON.parse((await run(['kv', 'list', '--json', '-w', 'main'], { cwd })).stdout);
  t.match(data, {
    results: [{ result: 'r-1', workspace: 'main', kind: 'table', table: 'r_1', rows: 5000, tool: 'execute_query' }],
  });

  refused(t, await run(['kv', 'show', 'r-1'], { cwd }), 2, 'r-1 is in main, other', '-w');
  refused(t, await run(['kv', 'show', 'r-7'], { cwd }), 2, 'there is no stored result "r-7"', 'harness kv list');
  refused(t, await run(['kv', 'list', '-w', 'mian'], { cwd }), 2, 'no workspace "mian"', 'did you mean "main"?');
  const shown = await run(['kv', 'show', 'r-1', '-w', 'main'], { cwd });
  t.match(
    shown.stdout,
    /^result r-1 {2}table {2}5000 rows {2}\d+ bytes {2}workspace main\nof execute_query, for agent analyst/,
  );
  t.match(shown.stdout, /\nid {2}customer {5}amount\n1 {3}customer 1 {3}0.25\n/);
  t.match(shown.stdout, /\n… 4980 more; --json gives all\n$/);
  const whole = JSON.parse((await run(['kv', 'show', 'r-1', '-w', 'main', '--json'], { cwd })).stdout);
  t.equal(whole.value.length, 5000);
  t.strictSame(whole.value[4999], { id: 5000, customer: 'customer 5000', amount: 1250 });

  const lock = tryLock({ dir: join(cwd, '.harness/shop/main'), command: 'harness chat' });
  refused(t, await run(['kv', 'clear', '-w', 'main'], { cwd }), 3, 'workspace "main" is in use');
  lock?.release();
  t.match(await run(['kv', 'clear', 'r-1', '-w', 'main'], { cwd }), {
    stdout: /^main: removed 1 result, \d+ bytes\n$/,
  });
  t.match(JSON.parse((await run(['kv', 'clear', '--json'], { cwd })).stdout), {
    removed: [{ workspace: 'other', results: ['r-1'] }],
  });
  t.match(await run(['kv', 'clear'], { cwd }), { code: 0, stdout: 'no stored results\n' });
  t.match(await run(['chat', '--script', 'read.yaml'], { cwd }), { code: 0 });
  t.match(await run(['kv', 'list'], { cwd }), { stdout: /r-2/ }, 'a handle is not given twice');
  writeFileSync(join(cwd, '.harness/shop/main/kv.db'), 'x'.repeat(5000));
  refused(t, await run(['kv', 'list'], { cwd }), 3, 'the kv database is not a database', 'move the file away');
});

t.test('what was stored survives kill -9, and goes on being there for its run', async (t) => {
  const cwd = shop(t);
  const running = start(['chat', '--script', 'slow.yaml', '--output', 'stream-json'], { cwd });
  await running.saw('"type":"action.started"');
  running.child.kill('SIGKILL');
  const { stdout } = await running.ended;
  const events = eventsIn(stdout);
  t.match(events.at(-1), { type: 'action.started', data: { action: { rows: { $result: 'r-1' } }, results: ['r-1'] } });
  t.ok(stdout.length < 20_000, 'five thousand rows went through the run, and none through its events');
  const show = async () => JSON.parse((await run(['kv', 'show', 'r-1', '--json'], { cwd })).stdout);
  t.equal((await show()).value.length, 5000);
  t.match(await run(['chat', '--script', 'read.yaml'], { cwd }), { code: 0 });
  t.equal((await show()).value.length, 5000, 'the run has not ended, so another session leaves it alone');
});

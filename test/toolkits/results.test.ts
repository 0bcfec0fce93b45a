import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { generatePlans } from '../../src/codegen/plans.ts';
import type { App } from '../../src/config/app.ts';
import { loadApp } from '../../src/config/load.ts';
import { acceptsAt, offeredSchema, plainSchema } from '../../src/core/accepts.ts';
import type { Event } from '../../src/core/event.ts';
import { handlesIn } from '../../src/core/handles.ts';
import type { Json, JsonSchema } from '../../src/core/json.ts';
import type { Action } from '../../src/core/plan.ts';
import type { Dispatcher, View } from '../../src/core/ports.ts';
import type { Outcome } from '../../src/core/step.ts';
import { callsOf } from '../../src/core/trajectory.ts';
import type { Script, ScriptedApprovals } from '../../src/generated/config.ts';
import { scripted } from '../../src/interpreters/scripted.ts';
import { scriptedApprover } from '../../src/run/approvers.ts';
import { openRuntime, type Runtime } from '../../src/runtime/build.ts';
import { planGuard } from '../../src/runtime/plan-guard.ts';
import { appOf, play, smallApp } from '../app.ts';
import { edit, lineOf, tryApp } from '../config/app-files.ts';

const columns = ['id', 'name', 'price'];
const rows = Array.from({ length: 400 }, (_, id) => [id, `product number ${id}`, id + 0.5]);
const records = rows.map((row) => Object.fromEntries(row.map((cell, at) => [columns[at], cell])));

/** A list of records, or a handle in its place. */
const listOfRecords = {
  type: 'array',
  minItems: 1,
  'x-accepts': 'result',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'name', 'price'],
    properties: { id: { type: 'integer' }, name: { type: 'string' }, price: { type: 'number', exclusiveMinimum: 0 } },
  },
};

const importPlan = {
  type: 'object',
  additionalProperties: false,
  required: ['actions'],
  properties: {
    actions: {
      type: 'array',
      minItems: 1,
      items: {
        oneOf: [
          {
            type: 'object',
            additionalProperties: false,
            required: ['kind', 'rows'],
            properties: { kind: { const: 'import_rows' }, rows: { $ref: '#/$defs/records', 'x-accepts': 'result' } },
          },
          {
            type: 'object',
            additionalProperties: false,
            required: ['kind', 'id'],
            properties: { kind: { const: 'delist' }, id: { type: 'integer' } },
          },
        ],
      },
    },
  },
  $defs: { records: listOfRecords },
};

const desk = {
  kind: 'stub',
  tools: {
    big: { description: 'All products.', result: { columns, rows, rowCount: rows.length } },
    odd: {
      description: 'All products, as a list.',
      result: { items: rows.map(([id]) => ({ id, text: 'odd '.repeat(20) })) },
    },
    small: { description: 'One.', result: { columns, rows: [rows[0]] } },
    fails: { description: 'Fails.', error: 'no luck' },
    take: {
      description: 'Take rows.',
      effect: 'write',
      input: {
        type: 'object',
        additionalProperties: false,
        required: ['rows'],
        properties: { rows: listOfRecords, label: { type: 'string' }, options: { type: 'object' } },
      },
      results: [{ when: { rows: records }, result: { taken: records.length } }],
      error: 'these are other rows',
    },
  },
};

const storeApp = {
  ...smallApp,
  agents: {
    coordinator: { role: 'coordinator', prompt: 'Coordinate.', routes: ['planner', 'executor', 'clerk'] },
    clerk: { role: 'specialist', prompt: 'Look.', toolkits: ['desk'] },
    planner: { role: 'planner', prompt: 'Plan.' },
    executor: { role: 'executor', prompt: 'Execute.' },
  },
  plans: { ImportPlan: importPlan },
  toolkits: { desk },
  results: { inlineMax: 4000, preview: { rows: 2, chars: 500 } },
  approvals: { default: { write: 'allow', plan: 'allow' } },
};

function outcomesOf(events: readonly Event[], tool?: string): (Outcome | undefined)[] {
  return callsOf(events)
    .filter((call) => tool === undefined || call.tool === tool)
    .map((call) => call.outcome);
}

function resultOf(outcome: Outcome | undefined): Json {
  return outcome?.ok ? outcome.result : (outcome?.error as unknown as Json);
}

const clerk = (...steps: Script[string]): Script => ({ clerk: [...steps, { say: 'Done.' }] as Script[string] });
const call = (tool: string, args = {}) => ({ call: tool, args });

function playClerk(t: Test, script: Script, more: object = {}, approvals?: ScriptedApprovals) {
  return play(t, script, { app: { ...storeApp, ...more }, agent: 'clerk', ...(approvals && { approvals }) });
}

t.test('a large result is a handle in the record and for the model, and its readers are there', async (t) => {
  const views: View[] = [];
  const script = clerk(
    call('big'),
    { calls: [call('odd'), call('small'), call('big'), call('fails')] },
    call('result_read', { result: 'r-1', offset: 399 }),
    call('result_search', { result: 'r-2', query: 'ODD odd', limit: 1 }),
    call('result_query', { sql: 'SELECT max(price) AS top FROM r_1 JOIN r_3 USING (id, name, price)' }),
    call('result_query', { sql: 'SELECT * FROM r_1' }),
  );
  const interpreter = {
    next: (view: View, signal: AbortSignal) => {
      views.push({ ...view, turns: [...view.turns] });
      return scripted(script).next(view, signal);
    },
  };
  const { events, result } = await play(t, script, { app: storeApp, agent: 'clerk', interpreter });
  t.equal(result.status, 'done');
  const outcomes = outcomesOf(events);
  const handle = {
    result: 'r-1',
    kind: 'table',
    table: 'r_1',
    rows: 400,
    columns,
    preview: rows.slice(0, 2),
    rowCount: 400,
  };
  t.match(resultOf(outcomes[0]), handle);
  t.match(views[1]?.turns.at(-1), { results: [{ outcome: { result: handle } }] }, 'the model sees what is recorded');
  t.match(
    outcomes.slice(1, 5).map(resultOf),
    [{ result: 'r-2', kind: 'json' }, { columns }, { result: 'r-3' }, { code: 'stub-error' }],
    'handles are given in the order of the calls',
  );
  t.match(resultOf(outcomes[5]), { rows: [rows[399]], offset: 399, total: 400 });
  t.match(resultOf(outcomes[6]), { matches: [{ path: '/items/0/text' }], total: 400 });
  t.match(resultOf(outcomes[7]), { columns: ['top'], rows: [[399.5]] });
  t.match(resultOf(outcomes[8]), { result: 'r-4', rows: 400, columns }, 'a large answer of a query is stored as well');
  t.ok(
    events.every((event) => JSON.stringify(event).length < 2500),
    'no event is large',
  );
  t.strictSame(
    views[0]?.tools.map((tool) => tool.name),
    ['big', 'fails', 'odd', 'result_query', 'result_read', 'result_search', 'small', 'take'],
  );
});

t.test('without a large result nothing is created', async (t) => {
  const temporary = join(t.testdir({}), 'tmp');
  mkdirSync(temporary);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  t.teardown(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const app = await appOf(t, storeApp);
  mkdirSync(temporary, { recursive: true });
  const run = async (script: Script) => {
    const runtime = await openRuntime(app, { throwAway: true, interpreter: { kind: 'scripted', input: script } });
    await runtime.run({ prompt: 'x', agent: 'clerk' });
    const files = readdirSync(temporary, { recursive: true });
    await runtime.close();
    return files;
  };
  t.strictSame(await run(clerk(call('small'), call('result_read', { result: 'r-1' }))), []);
  t.match(await run(clerk(call('big'))), [/^harness-/, /kv\.db/]);
  t.strictSame(readdirSync(temporary), [], 'and what was created is gone');
  const real = await openRuntime(app, { interpreter: { kind: 'scripted', input: clerk(call('small')) } });
  await real.run({ prompt: 'x', agent: 'clerk' });
  await real.close();
  t.notOk(existsSync(join(app.root, '.harness/small/main/kv.db')));
});

t.test('a tool can be told to store always, or never', async (t) => {
  const results = { ...storeApp.results, store: { small: 'always', big: 'never', result_query: 'always' } };
  const script = clerk(call('small'), call('big'), call('result_query', { sql: 'SELECT 1 AS one FROM r_1' }));
  const { events } = await playClerk(t, script, { results });
  t.match(outcomesOf(events).map(resultOf), [
    { result: 'r-1', rows: 1 },
    { rows },
    { result: 'r-2', columns: ['one'] },
  ]);
});

t.test('which agents read stored results', async (t) => {
  const tools: Record<string, readonly string[]> = {};
  const interpreter = {
    async next(view: View) {
      tools[view.agent] = view.tools.map((tool) => tool.name);
      return { text: 'ok', calls: [], stop: 'end' as const };
    },
  };
  const names = async (app: object) => {
    const runtime = await openRuntime(await appOf(t, app), { throwAway: true, interpreter });
    t.teardown(() => runtime.close());
    for (const agent of ['coordinator', 'clerk', 'planner', 'executor']) await runtime.run({ prompt: 'x', agent });
    return Object.entries(tools).flatMap(([agent, own]) => (own.includes('result_read') ? [agent] : []));
  };
  t.strictSame(
    await names(storeApp),
    ['clerk', 'planner'],
    'those with tools, and planners whose plans accept results',
  );
  const plain = { ...storeApp, plans: { ImportPlan: plainSchema(importPlan as JsonSchema) } };
  t.strictSame(await names(plain), ['clerk']);
});

t.test('a handle stands for an argument where the tool accepts it', async (t) => {
  const wrong = [{ id: 'x', name: 1 }];
  const script = clerk(
    call('big'),
    call('take', { rows: { $result: 'r-1' } }),
    call('take', { rows: records }),
    call('odd'),
    call('take', { rows: { $result: 'r-2', path: '/items' } }),
    call('take', { rows: { $result: 'r-2' } }),
    call('take', { rows: { $result: 'r-9' } }),
    call('take', { rows: { $result: 12 } }),
    call('take', { rows: { $result: 'r-1', extra: 1 } }),
    call('take', { rows: wrong }),
    call('take', { rows: { $result: 'r-1' }, label: { $result: 'r-1' } }),
    call('take', { rows: records, options: { deep: [{ $result: 'r-1' }] } }),
    call('big', { rows: { $result: 'r-1' } }),
    call('take', { rows: { $result: 'r-1', path: '/0' } }),
    call('take', { rows: { $result: 'r-1', path: '/nothing' } }),
  );
  const { events } = await playClerk(t, script);
  const [, taken, same, , unfit, object, unknown, form, extra, values, twice, deep, other, part, lost] =
    outcomesOf(events).map(resultOf);
  t.strictSame(taken, { taken: 400 }, 'the tool got the records');
  t.strictSame(same, { taken: 400 });
  t.match(unfit, {
    code: 'invalid-arguments',
    message: 'with r-2 in place, the arguments of take have many problems; these are the first 10',
    problems: { 0: { path: '/rows/0', message: /unknown key "text"|missing key/ } },
  });
  t.equal((unfit as { problems: unknown[] }).problems.length, 10);
  t.match(object, { problems: [{ path: '/rows', message: /must be a list, but is an object/ }] });
  t.match(unknown, { code: 'unknown-result', message: /"r-9"; stored are r-1, r-2/ });
  t.match(form, { code: 'invalid-arguments', problems: [{ path: '/rows/$result', message: /must be a string/ }] });
  t.match(extra, { problems: [{ path: '/rows/extra', message: /unknown key "extra"/ }] });
  t.match(values, { problems: { length: 3 } });
  for (const [outcome, path] of [
    [twice, '/label'],
    [deep, '/options/deep/0'],
    [other, '/rows'],
  ] as const) {
    t.match(outcome, { code: 'invalid-arguments', problems: [{ path, message: /cannot stand here; give the value/ }] });
  }
  t.match(part, { problems: [{ path: '/rows', message: /must be a list/ }] });
  t.match(lost, { code: 'unknown-path' });
  const called = callsOf(events)[1];
  t.strictSame(called?.args, { rows: { $result: 'r-1' } }, 'the record has the handle');
});

t.test('rules judge the values behind a handle; people and the record see the handle', async (t) => {
  const rules = (when: object) => ({ approvals: { default: { write: 'allow' }, rules: [{ deny: 'take', when }] } });
  const script = clerk(call('big'), call('take', { rows: { $result: 'r-1' } }));
  const denied = await playClerk(t, script, rules({ rows: { any: { price: { gt: 399 } } } }));
  t.match(outcomesOf(denied.events, 'take').map(resultOf), [{ code: 'denied' }]);
  const passed = await playClerk(t, script, rules({ rows: { any: { price: { gt: 400 } } } }));
  t.match(outcomesOf(passed.events, 'take').map(resultOf), [{ taken: 400 }]);
  const asked = await playClerk(t, script, { approvals: { default: { write: 'ask' } } }, [
    { edit: { rows: { $result: 'r-1', path: '/99999' } } },
  ]);
  t.match(
    asked.events.find((event) => event.type === 'approval.requested'),
    { data: { subject: { args: { rows: { $result: 'r-1' } } } } },
  );
  t.match(
    outcomesOf(asked.events, 'take').map(resultOf),
    [{ code: 'unknown-path' }],
    'what a person wrote is checked too',
  );
});

const store = (actions: Json, planId = 'plan-1') =>
  call('storePlan', { specName: 'ImportPlan', planId, body: { actions } });
const execute = (planId = 'plan-1') => call('executePlan', { planId });
const delegate = (agent: string) => call('call_agent', { agent, prompt: 'Go.' });

/** A dispatcher that remembers what it was given. */
function remembering() {
  const given: Action[] = [];
  const dispatcher: Dispatcher = {
    async apply(action) {
      given.push(action);
      return { entitiesAffected: Array.isArray(action.rows) ? action.rows.length : 1, summary: 'done' };
    },
  };
  return { given, dispatcher };
}

t.test('a plan is stored and approved with handles; the dispatcher gets the values', async (t) => {
  const { given, dispatcher } = remembering();
  const handled = { kind: 'import_rows', rows: { $result: 'r-1' } };
  const script: Script = {
    coordinator: [delegate('clerk'), delegate('planner'), delegate('executor'), { say: 'Done.' }],
    clerk: [call('big'), { say: 'It is r-1.' }],
    planner: [
      call('result_read', { result: 'r-1', limit: 1 }),
      store([handled, { kind: 'delist', id: 3 }, { ...handled, rows: records.slice(0, 2) }]),
      { say: 'Stored.' },
    ],
    executor: [execute(), { say: 'Done.' }],
  };
  const { events, runtime } = await play(t, script, { app: storeApp, dispatcher, approvals: 'approve' });
  t.match(resultOf(outcomesOf(events, 'executePlan')[0]), { status: 'executed', entitiesAffected: 403 });
  t.strictSame(given[0], { kind: 'import_rows', rows: records });
  t.strictSame(given[2], { kind: 'import_rows', rows: records.slice(0, 2) });
  t.match(runtime.store.plan('plan-1')?.body, { actions: [handled] });
  const started = events.filter((event) => event.type === 'action.started').map((event) => event.data);
  t.match(started[0], { action: handled, results: ['r-1'] });
  t.notOk('results' in (started[1] ?? {}));
  t.ok(events.every((event) => JSON.stringify(event).length < 2500));
});

t.test('what a plan cannot be executed with is refused when it is stored', async (t) => {
  const handle = (rows: Json) => [{ kind: 'import_rows', rows }];
  const planner = [
    store(handle({ $result: 'r-7' })),
    store(handle({ $result: 'r-2', path: '/items' })),
    store([{ kind: 'delist', id: { $result: 'r-1' } }]),
    store([{ $result: 'r-1' }]),
    store({ $result: 'r-1' }),
    store(handle({ $result: 'r-1' })),
    call('getPlan', { planId: 'plan-1' }),
    { say: 'Stored.' },
  ];
  const script = {
    coordinator: [delegate('clerk'), delegate('planner'), { say: 'Done.' }],
    clerk: [call('big'), call('odd'), { say: 'r-1 and r-2' }],
    planner,
  };
  const { events } = await play(t, script as Script, { app: storeApp });
  const [unknown, unfit, id, action, actions, fine] = outcomesOf(events, 'storePlan').map(resultOf);
  t.match(unknown, { code: 'unknown-result' });
  t.match(unfit, {
    code: 'invalid-arguments',
    message: /^with r-2 in place, the actions of ImportPlan have many problems/,
    problems: { 0: { path: /^\/body\/actions\/0\/rows\/0/ } },
  });
  t.match(id, { problems: [{ path: '/body/actions/0/id', message: /cannot stand here/ }] });
  t.match(action, { problems: [{ path: '/body/actions/0' }] });
  t.match(actions, { problems: [{ path: '/body/actions' }] });
  t.match(fine, { planId: 'plan-1', version: 1, status: 'stored' });
  t.match(resultOf(outcomesOf(events, 'getPlan')[0]), { body: { actions: handle({ $result: 'r-1' }) } });
});

t.test('a rule about a plan judges the values behind its handles', async (t) => {
  const { given, dispatcher } = remembering();
  const approvals = {
    default: { write: 'allow', plan: 'allow' },
    rules: [{ deny: 'plan:ImportPlan', when: { actions: { any: { rows: { any: { price: { gt: 399 } } } } } } }],
  };
  const script: Script = {
    coordinator: [delegate('clerk'), delegate('planner'), delegate('executor'), { say: 'Done.' }],
    clerk: [call('big'), { say: 'r-1' }],
    planner: [store([{ kind: 'import_rows', rows: { $result: 'r-1' } }]), { say: 'Stored.' }],
    executor: [execute(), { say: 'Refused.' }],
  };
  const { events } = await play(t, script, { app: { ...storeApp, approvals }, dispatcher });
  t.match(resultOf(outcomesOf(events, 'executePlan')[0]), { code: 'denied' });
  t.strictSame(given, []);
});

/** Runs one agent in the real workspace of an app, in a session of its own. */
async function inSession(app: App, script: Script, more: object = {}) {
  const [agent = ''] = Object.keys(script);
  const runtime: Runtime = await openRuntime(app, { interpreter: { kind: 'scripted', input: script }, ...more });
  const result = await runtime.run({ prompt: 'x', agent });
  const outcomes = outcomesOf(runtime.store.events(result.runId)).map(resultOf);
  await runtime.close();
  return { result, outcomes, session: runtime.session };
}

t.test('a plan finds its results in a later session, as long as they are kept', async (t) => {
  const { given, dispatcher } = remembering();
  const app = await appOf(t, { ...storeApp, results: { ...storeApp.results, keep: '7d' } });
  const both = { coordinator: [delegate('clerk'), delegate('planner'), { say: 'ok' }] };
  const prepare = { ...both, clerk: [call('big'), { say: 'r-1' }] } as Script;
  const planner = [store([{ kind: 'import_rows', rows: { $result: 'r-1' } }]), { say: 'ok' }] as Script[string];
  await inSession(app, { ...prepare, planner });
  const later = await inSession(
    app,
    clerk(call('result_read', { result: 'r-1' }), call('take', { rows: { $result: 'r-1' } })),
  );
  t.match(later.outcomes, [{ code: 'foreign-result' }, { code: 'foreign-result' }], 'it belongs to another session');
  const executed = await inSession(app, { executor: [execute(), { say: 'ok' }] } as Script, { dispatcher });
  t.match(executed.outcomes, [{ status: 'executed', entitiesAffected: 400 }], 'but its plan has it');
  t.strictSame(given, [{ kind: 'import_rows', rows: records }]);

  await inSession(app, {
    ...prepare,
    planner: [store([{ kind: 'import_rows', rows: { $result: 'r-2' } }], 'plan-2'), { say: 'ok' }],
  } as Script);
  const week = 8 * 24 * 3600 * 1000;
  const clock = { now: () => Date.now() + week };
  const late = await inSession(app, { executor: [execute('plan-2'), { say: 'ok' }] } as Script, {
    dispatcher,
    clock,
  });
  t.match(late.outcomes, [
    { code: 'expired-result', message: 'r-2 is not kept any more; call the tool again that gave it' },
  ]);
  t.equal(given.length, 1, 'nothing was dispatched');
});

t.test('by default a session leaves nothing to the next, unless a run of it waits', async (t) => {
  const { given, dispatcher } = remembering();
  const approvals = { default: { write: 'allow', plan: 'ask' }, unattended: 'pause' };
  const app = await appOf(t, { ...storeApp, approvals });
  const everybody: Script = {
    coordinator: [delegate('clerk'), delegate('planner'), delegate('executor'), { say: 'ok' }],
    clerk: [call('big'), { say: 'r-1' }],
    planner: [store([{ kind: 'import_rows', rows: { $result: 'r-1' } }]), { say: 'ok' }],
    executor: [execute(), { say: 'ok' }],
  };
  const paused = await inSession(app, everybody, { dispatcher });
  t.equal(paused.result.status, 'paused');
  const between = await inSession(app, clerk(call('big'), call('result_query', { sql: 'SELECT count(*) FROM r_2' })));
  t.match(between.outcomes, [{ result: 'r-2' }, { rows: [[400]] }]);
  const approver = scriptedApprover('approve');
  const executed = await inSession(app, { executor: [execute(), { say: 'ok' }] } as Script, {
    dispatcher,
    approver,
  });
  t.match(executed.outcomes, [{ status: 'executed' }]);
  t.strictSame(given, [{ kind: 'import_rows', rows: records }]);
  const after = await inSession(app, clerk(call('result_read', { result: 'r-2' }), call('big')));
  t.match(after.outcomes, [{ code: 'expired-result' }, { result: 'r-3' }], 'no handle is ever given twice');
});

t.test('a damaged kv database stops the workspace from opening, and says what to do', async (t) => {
  const app = await appOf(t, storeApp);
  const folder = join(app.root, '.harness/small/main');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'kv.db'), 'no database '.repeat(1000));
  const open = openRuntime(app, { interpreter: { kind: 'scripted', input: clerk(call('big')) } });
  await t.rejects(open, { code: 'store-unavailable', hint: /move the file away/ });
  writeFileSync(join(folder, 'kv.db'), '');
  t.match((await inSession(app, clerk(call('big')))).outcomes, [{ result: 'r-1' }], 'the lock was given back');
});

t.test('schemas with x-accepts: what is checked, what a model is shown, what is left', async (t) => {
  const schema = importPlan as JsonSchema;
  t.ok(acceptsAt(schema, ['actions', 0, 'rows']));
  t.notOk(acceptsAt(schema, ['actions', 0, 'id']));
  t.notOk(acceptsAt(schema, ['actions', 0]));
  t.notOk(acceptsAt(schema, ['actions', 0, 'rows', 0]));
  const offered = offeredSchema(schema);
  t.notMatch(JSON.stringify(offered), /x-accepts/);
  t.match(offered, { $defs: { records: { anyOf: [{ type: 'array' }, { required: ['$result'] }] } } });
  t.notMatch(JSON.stringify(plainSchema(schema)), /x-accepts|\$result/);
  t.strictSame(handlesIn([{ a: { $result: 'r-1', path: '/x' } }]), [{ result: 'r-1', path: '/x', place: [0, 'a'] }]);
  const generated = await generatePlans({ ImportPlan: importPlan });
  t.match(generated, /rows: Records;/);
  t.match(generated, /type Records = \{[^}]*price: number;/);
  const isPlan = planGuard(schema);
  t.ok(isPlan({ actions: [{ kind: 'import_rows', rows: records }] }));
  t.notOk(isPlan({ actions: [{ kind: 'import_rows', rows: { $result: 'r-1' } }] }), 'a dispatcher gets no handles');
});

t.test('mistakes in app files', async (t) => {
  const app = 'apps/shop/app.yaml';
  const plan = 'apps/shop/plans/stock-plan.yaml';
  const toolkit = 'apps/shop/toolkits/desk.yaml';
  const cases: Record<string, readonly [Parameters<typeof tryApp>[1], ...(string | RegExp)[]]> = {
    'sound settings': [
      edit(
        app,
        'name: shop',
        'name: shop\nresults: { keep: 7d, inlineMax: 4000, store: { execute_query: always, result_query: never } }',
      ),
    ],
    'a tool that is not there': [
      edit(app, 'name: shop', 'name: shop\nresults: { store: { exec_query: always } }'),
      /unknown-tool: unknown tool "exec_query" in the results of the app \(did you mean "execute_query"\?\)/,
    ],
    'a tool whose results are never stored': [
      edit(app, 'name: shop', 'name: shop\nresults: { store: { storePlan: always } }'),
      /unknown-tool: unknown tool "storePlan" in the results of the app/,
    ],
    'a time that is none': [
      edit(app, 'name: shop', 'name: shop\nresults: { keep: 7 days }'),
      /"results.keep" of the app/,
    ],
    'a name that is taken': [
      edit(toolkit, '  wipe:', '  result_read: { description: Read., result: 1 }\n  wipe:'),
      /reserved-tool: the name "result_read" of a tool of toolkit "desk" belongs to a tool that reads stored results/,
    ],
    'a mark on a member': [edit(plan, 'units: { type: integer,', 'units: { x-accepts: result, type: integer,')],
    'a mark with another word': [
      edit(plan, 'units: { type: integer,', 'units: { x-accepts: handle, type: integer,'),
      /unknown value "handle" for .*"x-accepts|x-accepts/,
    ],
    'a mark on the actions': [
      edit(plan, '  actions:\n', '  actions:\n    x-accepts: result\n'),
      /bad-actions: a stored result cannot stand for "actions" of plan "StockPlan", for an action or for its kind/,
    ],
  };
  for (const [name, [changes, ...expected]] of Object.entries(cases)) {
    const { problems, root } = await tryApp(t, changes);
    const lines = problems.map((problem) => lineOf(problem, root));
    t.equal(lines.length, expected.length, `${name}: ${lines.join(' | ')}`);
    t.match(lines, expected, name);
  }
  const { app: loaded } = await tryApp(t, { ...edit(app, 'name: shop', 'name: shop\nresults: {}') });
  t.strictSame(loaded?.results, {
    inlineMax: 16_000,
    preview: { rows: 20, chars: 2000 },
    keep: 'session',
    maxBytes: 20_000_000,
    maxTotalBytes: 500_000_000,
    store: {},
  });
  t.ok(await loadApp('apps/coordinator-planner-executor'));
});

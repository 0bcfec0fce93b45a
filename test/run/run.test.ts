import t from 'tap';
import { ToolFailure } from '../../src/core/errors.ts';
import type { Event } from '../../src/core/event.ts';
import { fold } from '../../src/core/fold.ts';
import type { Json } from '../../src/core/json.ts';
import type { Action } from '../../src/core/plan.ts';
import type { Interpreter, View } from '../../src/core/ports.ts';
import type { Outcome } from '../../src/core/step.ts';
import type { Tool } from '../../src/core/tool.ts';
import { actionsDispatched, agentsOf, callsOf } from '../../src/core/trajectory.ts';
import { leftover, scripted } from '../../src/interpreters/scripted.ts';
import { openRuntime } from '../../src/runtime/build.ts';
import { appOf, executeStep, type Played, play, priceChange, smallApp, storeStep } from '../app.ts';

/** What became of the calls of one tool. */
function outcomes({ events }: Played, tool: string): (Outcome | undefined)[] {
  return callsOf(events)
    .filter((call) => call.tool === tool)
    .map((call) => call.outcome);
}

const wholeScript = {
  coordinator: [
    { call: 'call_agent', args: { agent: 'planner', prompt: 'Plan it.' } },
    { call: 'call_agent', args: { agent: 'executor', prompt: 'Execute plan-1.' } },
    { say: 'Done.' },
  ],
  planner: [storeStep([priceChange]), { say: 'Stored plan-1.' }],
  executor: [executeStep(), { say: 'Applied.' }],
};

t.test('coordinator, planner and executor, in one record that is the same each time', async (t) => {
  const first = await play(t, wholeScript, { approvals: 'approve' });
  t.match(first.result, { runId: 'r-1', status: 'done', answer: 'Done.' });
  t.strictSame(agentsOf(first.events), ['coordinator', 'planner', 'executor']);
  t.strictSame(
    first.events.map((event) => `${event.span} ${event.type}`),
    [
      '1 run.started',
      '1 agent.started',
      '1 step.finished',
      '1 tool.called',
      '1.1 agent.started',
      '1.1 step.finished',
      '1.1 tool.called',
      '1.1 plan.stored',
      '1.1 tool.finished',
      '1.1 step.finished',
      '1.1 agent.finished',
      '1 tool.finished',
      '1 step.finished',
      '1 tool.called',
      '1.2 agent.started',
      '1.2 step.finished',
      '1.2 tool.called',
      '1.2 approval.requested',
      '1.2 approval.decided',
      '1.2 plan.executing',
      '1.2 action.started',
      '1.2 action.finished',
      '1.2 plan.executed',
      '1.2 tool.finished',
      '1.2 step.finished',
      '1.2 agent.finished',
      '1 tool.finished',
      '1 step.finished',
      '1 agent.finished',
      '1 run.finished',
    ],
  );
  t.match(outcomes(first, 'call_agent'), [
    { ok: true, result: { agent: 'planner', answer: 'Stored plan-1.', plans: ['plan-1'] } },
    { ok: true, result: { agent: 'executor', answer: 'Applied.', plans: ['plan-1'] } },
  ]);
  t.match(outcomes(first, 'executePlan'), [
    {
      ok: true,
      result: { planId: 'plan-1', status: 'executed', entitiesAffected: 1, actions: [{ status: 'applied' }] },
    },
  ]);
  t.match(first.runtime.store.plan('plan-1'), { status: 'executed', version: 1 });
  const again = await play(t, wholeScript, { approvals: 'approve' });
  const timeless = (events: readonly Event[]) => events.map(({ at: _at, ...event }) => event);
  t.strictSame(timeless(again.events), timeless(first.events));
  t.strictSame(Object.fromEntries(fold(first.events).stepsOfAgent), { coordinator: 3, planner: 2, executor: 2 });
});

t.test('nothing is shown that is not stored, and the intent is durable before the effect', async (t) => {
  let atEffect: readonly Event[] = [];
  let played: Played | undefined;
  const dispatcher = {
    async apply() {
      atEffect = store?.events('r-1') ?? [];
      return { entitiesAffected: 1, summary: 'ok' };
    },
  };
  let store: Played['runtime']['store'] | undefined;
  const interpreter: Interpreter = {
    next: (view, signal) => scripted(wholeScript).next(view, signal),
  };
  const approver = {
    async decide() {
      return { decision: { kind: 'approve' as const }, by: 'test' };
    },
  };
  const runtime = await openRuntime(await appOf(t), { throwAway: true, interpreter, approver, dispatcher });
  store = runtime.store;
  const shown: Event[] = [];
  const sink = {
    event: (event: Event) => {
      shown.push(event);
      t.ok((store?.events('r-1').length ?? 0) >= event.seq, `${event.seq} is stored before it is shown`);
    },
  };
  await runtime.run({ prompt: 'x', sink });
  t.equal(atEffect.at(-1)?.type, 'action.started', 'the intent is the last thing stored');
  t.equal(shown.at(-1)?.type, 'run.finished');
  await runtime.close();
  t.notOk(played);
});

t.test('a plan body that does not fit is refused with all its problems, and nothing is stored', async (t) => {
  const bad: Record<string, [Json, string[]]> = {
    'a free-form step': [['lower the price of p-001'], ['/body/actions/0']],
    'a null price': [[{ ...priceChange, newPrice: null }], ['/body/actions/0/newPrice']],
    'an invented kind': [[{ kind: 'discount', productId: 'p-001' }], ['/body/actions/0/kind']],
    'an extra field': [[{ ...priceChange, note: 'x' }], ['/body/actions/0/note']],
    'a price below zero and a bad id': [
      [{ ...priceChange, newPrice: -1, productId: 'x' }],
      ['/body/actions/0/newPrice', '/body/actions/0/productId'],
    ],
    'two bad actions': [
      [{ kind: 'delist' }, { ...priceChange, newPrice: 'cheap' }],
      ['/body/actions/0', '/body/actions/1/newPrice'],
    ],
    'no actions': [[], ['/body/actions']],
  };
  for (const [name, [actions, paths]] of Object.entries(bad)) {
    const played = await play(t, { planner: [storeStep(actions), { say: 'Sorry.' }] }, { agent: 'planner' });
    const [outcome] = outcomes(played, 'storePlan');
    const error = outcome?.ok === false ? outcome.error : undefined;
    t.equal(error?.code, 'invalid-arguments', name);
    t.strictSame(error?.problems?.map((problem) => problem.path).sort(), [...paths].sort(), name);
    t.strictSame(played.runtime.store.plans(), [], name);
  }
});

t.test('a plan is stored in versions, and closed once it has been executed', async (t) => {
  const changed = { ...priceChange, newPrice: 5 };
  const planner = [
    storeStep([priceChange]),
    storeStep([priceChange]),
    storeStep([changed]),
    { call: 'getPlan', args: { planId: 'plan-1' } },
    { call: 'getPlan', args: { planId: 'plan-2' } },
    { say: 'ok' },
    storeStep([priceChange]),
    { say: 'no' },
  ];
  const coordinator = [
    { call: 'call_agent', args: { agent: 'planner', prompt: 'a' } },
    { call: 'call_agent', args: { agent: 'executor', prompt: 'b' } },
    { call: 'call_agent', args: { agent: 'planner', prompt: 'c' } },
    { say: 'ok' },
  ];
  const executor = [executeStep(), executeStep(), executeStep('plan-9'), { say: 'ok' }];
  const played = await play(t, { coordinator, planner, executor }, { approvals: ['approve'] });
  t.match(outcomes(played, 'storePlan'), [
    { ok: true, result: { version: 1 } },
    { ok: true, result: { version: 1 } },
    { ok: true, result: { version: 2 } },
    { ok: false, error: { code: 'plan-closed' } },
  ]);
  t.match(outcomes(played, 'getPlan'), [
    { ok: true, result: { version: 2, status: 'stored', body: { actions: [changed] } } },
    { ok: false, error: { code: 'unknown-plan', message: /did you mean "plan-1"/ } },
  ]);
  const [first, second, third] = outcomes(played, 'executePlan');
  t.match(first, { ok: true, result: { status: 'executed' } });
  t.strictSame(second, first, 'an executed plan answers with the first result');
  t.match(third, { ok: false, error: { code: 'unknown-plan' } });
  t.equal(actionsDispatched(played.events).length, 1, 'and does nothing');
  t.match(played.runtime.store.planVersions('plan-1'), [{ status: 'superseded' }, { status: 'executed' }]);
});

t.test('an approval is approved, rejected, revised, edited, or waits', async (t) => {
  const script = {
    executor: [executeStep(), { say: 'end' }],
    planner: wholeScript.planner,
    coordinator: wholeScript.coordinator,
  };
  const rejected = await play(t, script, { approvals: [{ reject: 'Too cheap' }] });
  t.match(outcomes(rejected, 'executePlan'), [{ ok: false, error: { code: 'plan-rejected', message: /Too cheap/ } }]);
  t.equal(rejected.runtime.store.plan('plan-1')?.status, 'rejected');
  t.equal(actionsDispatched(rejected.events).length, 0);

  const revised = await play(t, script, { approvals: [{ revise: 'Not below 6.60' }] });
  t.match(outcomes(revised, 'executePlan'), [{ ok: false, error: { code: 'revise', message: /Not below 6.60/ } }]);

  const body = { rationale: 'edited', actions: [{ ...priceChange, newPrice: 6.6 }] };
  const edited = await play(t, script, { approvals: [{ edit: body }] });
  t.match(actionsDispatched(edited.events), [{ action: { newPrice: 6.6 }, result: { status: 'applied' } }]);
  t.match(edited.runtime.store.planVersions('plan-1'), [{ status: 'superseded' }, { version: 2, status: 'executed' }]);

  const badEdit = await play(t, script, { approvals: [{ edit: { actions: [] } }] });
  t.match(outcomes(badEdit, 'executePlan'), [{ ok: false, error: { code: 'invalid-edit' } }]);
  t.equal(actionsDispatched(badEdit.events).length, 0);

  const paused = await play(t, script);
  t.match(paused.result, { status: 'paused', cause: { exit: 5 } });
  t.equal(paused.runtime.store.plan('plan-1')?.status, 'stored');
  t.match(paused.runtime.store.approvals({ pending: true }), [{ subject: { kind: 'plan', planId: 'plan-1' } }]);
  t.match(paused.runtime.store.runs(), [{ status: 'paused' }]);

  const nobody = await play(t, script, { app: { ...smallApp, approvals: { unattended: 'reject' } } });
  const left = { code: 'plan-rejected', message: /Rejected: nobody is there to approve it\.$/ };
  t.match(outcomes(nobody, 'executePlan'), [{ ok: false, error: left }]);
  const trusted = await play(t, script, { app: { ...smallApp, approvals: { unattended: 'allow' } } });
  t.match(outcomes(trusted, 'executePlan'), [{ ok: true, result: { status: 'executed' } }]);
});

t.test('deny beats ask beats allow, and what cannot be judged asks', async (t) => {
  const script = {
    executor: [executeStep(), { say: 'end' }],
    planner: wholeScript.planner,
    coordinator: wholeScript.coordinator,
  };
  const when = (bound: Json) => ({ actions: { any: { newPrice: bound } } });
  const withRules = (...rules: object[]) => ({ app: { ...smallApp, approvals: { rules } } });
  const allow = { allow: 'plan:*' };
  const cases: [string, object[], Json][] = [
    ['allowed by a pattern', [allow], { ok: true }],
    [
      'denied although it is allowed',
      [allow, { deny: 'plan:ShopPlan', when: when({ lt: 7 }), reason: 'cheap' }],
      { ok: false, error: { code: 'denied' } },
    ],
    ['a deny that does not hold', [allow, { deny: 'plan:ShopPlan', when: when({ lt: 1 }) }], { ok: true }],
  ];
  for (const [name, rules, expected] of cases) {
    t.match(outcomes(await play(t, script, withRules(...rules)), 'executePlan'), [expected], name);
  }
  const asked = await play(t, script, withRules(allow, { ask: 'plan:ShopPlan', when: when({ gt: 1 }) }));
  t.equal(asked.result.status, 'paused', 'ask beats allow');
  const tightened = {
    ...smallApp.agents.executor,
    approvals: { rules: [{ deny: 'executePlan', reason: 'not today' }] },
  };
  const app = { ...smallApp, agents: { ...smallApp.agents, executor: tightened } };
  t.match(outcomes(await play(t, script, { app }), 'executePlan'), [{ ok: false, error: { message: /not today/ } }]);
});

t.test('tools: effects ask, wrong arguments and unknown tools are answered, and the run goes on', async (t) => {
  const clerk = [
    {
      calls: [
        { call: 'look', args: { id: 'p-001' } },
        { call: 'look', args: { id: 'p-404' } },
        { call: 'look', args: { id: 7 } },
      ],
    },
    {
      calls: [
        { call: 'lok', args: {} },
        { call: 'wipe', args: {} },
      ],
    },
    { say: 'end' },
  ];
  const played = await play(t, { clerk }, { agent: 'clerk', approvals: ['reject'] });
  t.equal(played.result.status, 'done');
  t.match(outcomes(played, 'look'), [
    { ok: true, result: { price: 6.99 } },
    { ok: false, error: { code: 'stub-error', message: 'no such product' } },
    { ok: false, error: { code: 'invalid-arguments', problems: [{ path: '/id' }] } },
  ]);
  t.match(outcomes(played, 'lok'), [{ ok: false, error: { code: 'unknown-tool', message: /did you mean "look"/ } }]);
  t.match(outcomes(played, 'wipe'), [{ ok: false, error: { code: 'rejected' } }]);
  const types = played.events.map((event) => event.type);
  t.ok(types.indexOf('tool.finished') > types.lastIndexOf('tool.called', 8), 'calls that only read start together');
  const route = await play(t, {
    coordinator: [{ call: 'call_agent', args: { agent: 'plannr', prompt: 'x' } }, { say: 'end' }],
  });
  t.match(outcomes(route, 'call_agent'), [
    { ok: false, error: { code: 'invalid-arguments', problems: [{ message: /planner/ }] } },
  ]);
});

t.test('actions run in order, the first failure stops, and a crash of the dispatcher is unknown', async (t) => {
  const actions = [priceChange, { kind: 'delist', productId: 'p-002' }, { ...priceChange, productId: 'p-003' }];
  const script = {
    ...wholeScript,
    planner: [storeStep(actions), { say: 'Stored plan-1.' }],
    executor: [executeStep(), executeStep(), { say: 'x' }],
  };
  const dispatcherThat = (thrown: Error) => ({
    async apply(action: Action) {
      if (action.kind === 'delist') throw thrown;
      return { entitiesAffected: 2, summary: 'ok' };
    },
  });
  const failed = await play(t, script, {
    approvals: 'approve',
    dispatcher: dispatcherThat(new ToolFailure('x', 'in use')),
  });
  const [first, second] = outcomes(failed, 'executePlan');
  t.match(first, {
    ok: true,
    result: {
      status: 'failed',
      entitiesAffected: 2,
      summary: '1 of 3 actions applied, 1 failed, 1 skipped',
      actions: [{ status: 'applied' }, { status: 'failed', summary: 'in use' }, { status: 'skipped' }],
    },
  });
  t.strictSame(second, first, 'a failed plan is not tried again');
  const lost = await play(t, script, { approvals: 'approve', dispatcher: dispatcherThat(new Error('socket hang up')) });
  t.match(outcomes(lost, 'executePlan'), [
    { ok: true, result: { status: 'unknown' } },
    { ok: false, error: { code: 'plan-unknown' } },
  ]);
  t.equal(lost.runtime.store.plan('plan-1')?.status, 'unknown');
});

t.test('a script that runs out, or has steps left, says where', async (t) => {
  const short = await play(t, { coordinator: [{ call: 'call_agent', args: { agent: 'clerk', prompt: 'x' } }] });
  t.match(short.result, {
    status: 'failed',
    cause: { code: 'script-exhausted', exit: 1, message: /no steps for agent "clerk"/ },
  });
  const out = await play(t, { clerk: [{ call: 'look', args: { id: 'p-001' } }] }, { agent: 'clerk' });
  t.match(out.result.cause?.message, 'agent "clerk" needs step 2, the script has 1');
  t.strictSame(
    leftover(
      { a: [{ say: 'x' }, { call: 'look' }], b: [{ say: 'y' }] },
      new Map([
        ['a', 1],
        ['b', 1],
      ]),
    ),
    ['the script has 1 step left for agent "a", from step 2: call look'],
  );
  const fault = await play(t, { clerk: [{ fail: 'overloaded' }] }, { agent: 'clerk' });
  t.match(fault.result, { status: 'failed', cause: { code: 'provider-fault', exit: 3 } });
});

t.test('limits and refusals end an agent; its caller is told and goes on', async (t) => {
  const looking = { call: 'look', args: { id: 'p-001' } };
  const direct = await play(t, { clerk: [looking, looking, looking] }, { agent: 'clerk' });
  t.match(direct.result, { status: 'budget', cause: { exit: 4 }, error: { code: 'step-limit' } });
  const call = { call: 'call_agent', args: { agent: 'clerk', prompt: 'x' } };
  const below = await play(t, {
    coordinator: [call, call, { say: 'Sorry.' }],
    clerk: [looking, looking, looking, { fail: 'refusal' }],
  });
  t.match(below.result, { status: 'done', answer: 'Sorry.' });
  t.match(outcomes(below, 'call_agent'), [{ error: { code: 'step-limit' } }, { error: { code: 'agent-refused' } }]);
});

t.test('a stateful agent goes on with its conversation; others start afresh', async (t) => {
  const seen: Record<string, number[]> = {};
  const call = (agent: string) => ({ call: 'call_agent', args: { agent, prompt: `for ${agent}` } });
  const inner = scripted({
    coordinator: [call('planner'), call('clerk'), call('planner'), call('clerk'), { say: 'end' }],
    planner: [{ say: 'one' }, { say: 'two' }],
    clerk: [{ say: 'one' }, { say: 'two' }],
  });
  const interpreter: Interpreter = {
    next: (view: View, signal) => {
      seen[view.agent] = [...(seen[view.agent] ?? []), view.turns.length];
      return inner.next(view, signal);
    },
  };
  await play(t, {}, { interpreter });
  t.strictSame(seen, { coordinator: [1, 3, 5, 7, 9], planner: [1, 3], clerk: [1, 1] });
});

t.test('an interruption ends the run in order', async (t) => {
  const controller = new AbortController();
  const interpreter: Interpreter = {
    next: async () => {
      controller.abort();
      return { text: '', calls: [{ id: 'c', tool: 'look', args: { id: 'p-001' } }], stop: 'calls' };
    },
  };
  const runtime = await openRuntime(await appOf(t), { throwAway: true, interpreter });
  const result = await runtime.run({ prompt: 'x', agent: 'clerk', signal: controller.signal });
  t.match(result, { status: 'interrupted', cause: { exit: 130 } });
  t.equal(runtime.store.events(result.runId).at(-1)?.type, 'run.finished');
  await runtime.close();
});

t.test('what breaks in the harness itself ends the run, however deep the agent is', async (t) => {
  const plays = scripted({ coordinator: wholeScript.coordinator, planner: [] });
  const breaks: Interpreter = {
    next: async (view, signal) => {
      if (view.agent === 'planner') throw new TypeError('turns is undefined');
      return plays.next(view, signal);
    },
  };
  const runtime = await openRuntime(await appOf(t), { throwAway: true, interpreter: breaks });
  t.teardown(() => runtime.close());
  for (const agent of ['planner', 'coordinator']) {
    await t.rejects(runtime.run({ prompt: 'Do it.', agent }), { name: 'TypeError', message: 'turns is undefined' });
  }
});

t.test('a tool of a toolkit that breaks does not end the run, and says that it broke', async (t) => {
  const script = { clerk: [{ call: 'look', args: { id: 'p-001' } }, { say: 'It is broken.' }] };
  const interpreter = { kind: 'scripted', input: script } as const;
  const runtime = await openRuntime(await appOf(t), { throwAway: true, interpreter });
  t.teardown(() => runtime.close());
  const tools = runtime.agents.get('clerk')?.tools as Map<string, Tool>;
  const look = tools.get('look');
  if (!look) throw new Error('there is no tool to break');
  tools.set('look', { ...look, run: () => Promise.reject(new TypeError('price is undefined')) });
  const { status, runId } = await runtime.run({ prompt: 'Look.', agent: 'clerk' });
  t.equal(status, 'done');
  const message = 'look broke, which is no fault of the call: price is undefined';
  t.match(callsOf(runtime.store.events(runId)), [{ outcome: { ok: false, error: { code: 'tool-crashed', message } } }]);
});

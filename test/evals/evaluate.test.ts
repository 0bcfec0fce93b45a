import t from 'tap';
import { ToolFailure } from '../../src/core/errors.ts';
import { hashPlan } from '../../src/core/plan.ts';
import { evaluate } from '../../src/evals/evaluate.ts';
import type { Trial } from '../../src/evals/trial.ts';
import type { EvalCase } from '../../src/generated/config.ts';
import { executeStep, priceChange, smallApp, storeStep } from '../app.ts';
import { caseOf, complaints, events, failures, only, toolsOf, trial, trialOf } from './trials.ts';

const route = (agent: string) => ({ call: 'call_agent', args: { agent, prompt: 'Go on.' } });
const delist = { kind: 'delist', productId: 'p-002' };

/** The whole way from a question to an applied action. */
const wholeScript = {
  coordinator: [route('planner'), route('executor'), { say: 'p-001 now costs 6.49.' }],
  planner: [storeStep([priceChange, delist]), { say: 'Stored plan-1.' }],
  executor: [executeStep(), { say: 'Applied.' }],
};

const implicit = [
  'implicit: stored plans are valid',
  'implicit: only planned actions are executed',
  'implicit: nothing runs before its approval',
  'implicit: no errors',
  'implicit: the script is played to its end',
  'implicit: the run is done',
];

const typed = (type: string, payload: EvalCase['script'] | object) => ({ type, payload: { ...payload } });

t.test('a case that asks for everything, and a run that does it', async (t) => {
  const whole = await trialOf(t, wholeScript);
  const definition = caseOf({
    expectedTrajectory: ['storePlan', { tool: 'executePlan', args: { planId: 'plan-1' }, agent: 'executor' }],
    trajectoryMode: 'exact',
    expectedAgents: ['coordinator', 'planner', 'executor'],
    agentsMode: 'exact',
    forbiddenTools: ['wipe', 'look'],
    structuredGroundTruth: {
      payloadMatch: 'exact',
      actionsMode: 'exact',
      plannedActions: [
        typed('price_change', { productId: 'p-001', newPrice: 6.49 }),
        typed('delist', { productId: 'p-002' }),
      ],
      executedActions: [
        typed('price_change', { productId: 'p-001', newPrice: 6.49 }),
        typed('delist', { productId: 'p-002' }),
      ],
    },
    assert: [
      { kind: 'contains', value: '6.49', ignoreCase: false },
      { kind: 'finalAgent', value: 'executor' },
    ],
  });
  const checks = await evaluate(definition, whole, await toolsOf());
  t.strictSame(
    checks.map((check) => check.name),
    [
      'expectedTrajectory',
      'expectedAgents',
      'forbiddenTools',
      'plannedActions',
      'executedActions',
      'assert[0] contains',
      'assert[1] finalAgent',
      ...implicit,
    ],
  );
  t.strictSame(
    checks.filter((check) => !check.pass),
    [],
  );
  t.ok(checks.every((check) => check.message === '' && check.diff.length === 0));
  t.strictSame(
    checks.map((check) => check.path.join('.')),
    [
      'expectedTrajectory',
      'expectedAgents',
      'forbiddenTools',
      'structuredGroundTruth.plannedActions',
      'structuredGroundTruth.executedActions',
      'assert.0',
      'assert.1',
      ...implicit.map(() => ''),
    ],
  );
});

t.test('calls', async (t) => {
  const whole = await trialOf(t, wholeScript);
  const check = async (written: Partial<EvalCase>) => failures(written, whole);
  const body = (newPrice: unknown) => ({ body: { actions: [{ newPrice }, {}] } });

  only(t, await check({ expectedTrajectory: [{ tool: 'storePlan', args: body(5.49) }, 'executePlan'] }), [
    {
      name: 'expectedTrajectory',
      message: 'the calls differ from what is expected (subsequence): 1 differs',
      diff: [
        {
          kind: 'differs',
          subject: 'storePlan',
          path: '/body/actions/0/newPrice',
          expected: 5.49,
          actual: 6.49,
          expectedAt: 0,
          actualAt: 0,
        },
      ],
    },
  ]);
  const near = { near: 6.5, within: 0.02 };
  t.strictSame(await check({ expectedTrajectory: [{ tool: 'storePlan', args: body(near) }] }), [], 'field matchers');
  const matching = { planId: { matches: '^plan-[0-9]$' } };
  t.strictSame(await check({ expectedTrajectory: [{ tool: 'executePlan', args: matching }] }), [], 'RE2');

  const [missing] = await check({
    expectedTrajectory: ['getPlan', 'executePlan', 'storePlan'],
    trajectoryMode: 'exact',
  });
  t.equal(missing?.message, 'the calls differ from what is expected (exact): 1 missing, 1 moved');
  only(t, missing?.diff, [
    { kind: 'missing', subject: 'getPlan', expectedAt: 0 },
    { kind: 'moved', expectedAt: 2, actualAt: 0 },
  ]);
  const [unexpected] = await check({ expectedTrajectory: ['storePlan'], trajectoryMode: 'unordered' });
  only(t, unexpected?.diff, [
    { kind: 'unexpected', subject: 'executePlan', actual: { planId: 'plan-1' }, actualAt: 1 },
  ]);
  const [other] = await check({ expectedTrajectory: [{ tool: 'storePlan', agent: 'executor' }] });
  only(t, other?.diff, [{ kind: 'missing', subject: 'storePlan by executor' }]);

  // The case's ways of comparing arguments.
  const call = { tool: 'storePlan', args: { specName: 'ShopPlan', planId: 'plan-2' } };
  t.equal((await check({ expectedTrajectory: [call] })).length, 1);
  t.strictSame(await check({ expectedTrajectory: [call], ignoreArgs: ['planId'] }), []);
  t.strictSame(await check({ expectedTrajectory: [call], perTool: { storePlan: ['specName'] } }), []);
  t.strictSame(await check({ expectedTrajectory: [call], argsMatch: 'ignore' }), []);
  t.strictSame(await check({ expectedTrajectory: [{ ...call, argsMatch: 'ignore' }] }), []);
  t.equal((await check({ expectedTrajectory: [{ tool: 'storePlan', args: {} }], argsMatch: 'exact' })).length, 1);
});

t.test('routing calls count only where they are expected', async (t) => {
  const whole = await trialOf(t, wholeScript);
  const exactly = (...calls: string[]) =>
    complaints({ expectedTrajectory: calls, trajectoryMode: 'exact' as const }, whole);
  t.strictSame(await exactly('storePlan', 'executePlan'), []);
  t.strictSame(await exactly('call_agent', 'storePlan', 'call_agent', 'executePlan'), []);
  only(t, await exactly('call_agent', 'storePlan', 'executePlan'), [/1 unexpected/]);
  only(t, await exactly(), [/2 unexpected/], 'no calls at all');
  only(t, await complaints({ forbiddenTools: ['call_agent'] }, whole), [
    /^forbiddenTools: 2 calls of call_agent, which/,
  ]);
});

t.test('agents and forbidden tools', async (t) => {
  const whole = await trialOf(t, wholeScript);
  const [agents] = await failures({ expectedAgents: ['coordinator', 'executor', 'planner'] }, whole);
  only(t, agents, {
    name: 'expectedAgents',
    message: /: 1 moved; started: coordinator, planner, executor$/,
    diff: [{ kind: 'moved' }],
  });
  t.strictSame(await complaints({ expectedAgents: ['planner'] }, whole), []);
  t.equal((await complaints({ expectedAgents: ['planner'], agentsMode: 'exact' }, whole)).length, 1);

  const denied = await trialOf(
    t,
    { clerk: [{ call: 'wipe', args: {} }, { say: 'No.' }] },
    { agent: 'clerk', approvals: 'reject' },
  );
  const [forbidden] = await failures({ forbiddenTools: ['wipe'] }, denied);
  only(
    t,
    forbidden,
    {
      message: '1 call of wipe, which may not be called',
      diff: [{ subject: 'wipe by clerk', actual: {}, actualAt: 0 }],
    },
    'also a call that came to nothing',
  );
});

t.test('planned and executed actions', async (t) => {
  const replanned = {
    planner: [
      storeStep([{ ...priceChange, newPrice: 9 }]),
      storeStep([delist], 'plan-2'),
      storeStep([priceChange]),
      { say: 'Stored.' },
    ],
  };
  const planned = await trialOf(t, replanned, { agent: 'planner' });
  const truth = (more: object) => ({
    structuredGroundTruth: { payloadMatch: 'subset' as const, actionsMode: 'exact' as const, ...more },
  });
  const price = (newPrice: unknown) => typed('price_change', { productId: 'p-001', newPrice });
  const plannedActions = [typed('delist', {}), price(6.49)];
  t.strictSame(await complaints(truth({ plannedActions, executedActions: [] }), planned), [], 'the newest versions');
  const [differs] = await failures(truth({ plannedActions: [typed('delist', {}), price(5.49)] }), planned);
  only(t, differs, {
    name: 'plannedActions',
    message: 'the planned actions differ from what is expected (exact): 1 differs',
    diff: [{ kind: 'differs', subject: 'price_change', path: '/newPrice', expected: 5.49, actual: 6.49 }],
  });
  t.equal((await complaints(truth({ plannedActions: [typed('delist', {})] }), planned)).length, 1, 'one more planned');
  t.equal((await complaints(truth({ plannedActions: [], executedActions: [] }), planned)).length, 1, 'none planned');
  t.strictSame(
    await complaints(truth({ plannedActions: [price({ oneOf: [6, 6.49] })], actionsMode: 'superset' }), planned),
    [],
  );
  const exact = truth({ plannedActions: [typed('delist', {})], actionsMode: 'superset', payloadMatch: 'exact' });
  t.equal((await complaints(exact, planned)).length, 1, 'exact payloads');

  const whole = await trialOf(t, wholeScript);
  const executed = (actions: unknown[]) => failures(truth({ plannedActions: [], executedActions: actions }), whole);
  t.strictSame(await executed([price(6.49), typed('delist', {})]), [], 'an empty planned list beside it is silent');
  only(t, await executed([price(6.49)]), [
    { name: 'executedActions', diff: [{ kind: 'unexpected', subject: 'delist', actual: { productId: 'p-002' } }] },
  ]);
  only(t, await executed([typed('delist', {}), price(6.49)]), [{ diff: [{ kind: 'moved' }] }]);
});

/** A dispatcher that refuses to delist. */
const refusing = {
  async apply({ kind }: { kind: string }) {
    if (kind === 'delist') throw new ToolFailure('sold', 'p-002 has open orders');
    return { entitiesAffected: 1, summary: 'done' };
  },
};

t.test('whatever fails is an error, unless the case expects it', async (t) => {
  const script = {
    planner: [storeStep([{ ...priceChange, newPrice: -1 }]), storeStep([priceChange]), { say: 'Stored.' }],
  };
  const invalid = await trialOf(t, script, { agent: 'planner' });
  const [errors, ...others] = await failures({}, invalid);
  t.strictSame(others, []);
  only(t, errors, {
    name: 'implicit: no errors',
    message: /^storePlan by agent "planner" failed with invalid-arguments: .*newPrice/,
    diff: [
      {
        kind: 'unexpected',
        subject: 'storePlan by planner',
        actualAt: 0,
        actual: { code: 'invalid-arguments', actions: ['price_change'] },
      },
    ],
  });
  const refusal = (...expectRefusal: EvalCase['expectRefusal'] & object) => complaints({ expectRefusal }, invalid);
  t.strictSame(await refusal({ tool: 'storePlan' }), []);
  t.strictSame(await refusal({ action: 'price_change', args: { newPrice: -1 }, code: 'invalid-arguments' }), []);
  t.strictSame(await refusal({ tool: 'storePlan', action: 'price_change', agent: 'planner', message: 'newPrice' }), []);
  only(t, await refusal({ tool: 'storePlan' }, { tool: 'storePlan' }), [
    /^expectRefusal\[1] storePlan: no call of storePlan was refused/,
  ]);
  const mismatched: EvalCase['expectRefusal'] & object = [
    { tool: 'executePlan' },
    { tool: 'executePlan', action: 'price_change' },
    { action: 'delist' },
    { action: 'price_change', args: { newPrice: 6.49 } },
    { tool: 'storePlan', code: 'denied' },
    { tool: 'storePlan', agent: 'clerk' },
    { tool: 'storePlan', message: 'productId' },
    { tool: 'storePlan', action: 'delist' },
    { tool: 'storePlan', args: { planId: 'plan-7' } },
  ];
  for (const wanted of mismatched) {
    const found = await refusal(wanted);
    only(t, found, [/^expectRefusal\[0] /, /^implicit: no errors: /], JSON.stringify(wanted));
  }
  const [nearest] = await failures({ expectRefusal: [{ tool: 'storePlan', code: 'denied' }] }, invalid);
  only(t, nearest, {
    message: 'no call of storePlan was refused or failed with denied',
    diff: [
      { kind: 'missing', expected: { code: 'denied' } },
      { kind: 'unexpected', actual: { code: 'invalid-arguments' } },
    ],
  });
});

t.test('an action that fails, a plan that is rejected, a run that ends badly', async (t) => {
  const failing = await trialOf(t, wholeScript, { dispatcher: refusing });
  only(t, await complaints({}, failing), [
    /^implicit: no errors: executePlan by agent "executor" failed with failed: 1 of 2 actions applied, 1 failed/,
  ]);
  t.strictSame(await complaints({ expectRefusal: [{ action: 'delist', message: 'open orders' }] }, failing), []);
  t.strictSame(await complaints({ expectRefusal: [{ tool: 'executePlan', code: 'failed' }] }, failing), []);
  t.equal(
    (await complaints({ expectRefusal: [{ action: 'price_change' }] }, failing)).length,
    2,
    'that one was applied',
  );

  const executedActions = [typed('price_change', {})];
  const truth = { payloadMatch: 'subset', actionsMode: 'exact', executedActions } as const;
  t.strictSame(
    await complaints(
      { structuredGroundTruth: { ...truth, executedActions }, expectRefusal: [{ action: 'delist' }] },
      failing,
    ),
    [],
    'an action that failed was not executed',
  );

  const rejected = await trialOf(t, wholeScript, { approvals: [{ reject: 'Too low.' }] });
  only(t, await complaints({}, rejected), [
    /^implicit: no errors: executePlan .* failed with plan-rejected: .*Too low/,
  ]);
  t.strictSame(
    await complaints(
      { expectRefusal: [{ action: 'delist', code: 'plan-rejected' }, { action: 'price_change' }] },
      rejected,
    ),
    [],
  );

  const paused = await trialOf(t, wholeScript, { approvals: [] });
  only(t, await complaints({}, paused), [
    /^implicit: the run is done: the run is paused, not done: approval r-1.a1 is needed/,
  ]);
  t.strictSame(await complaints({ expectStatus: 'paused' }, paused), []);
  only(t, await complaints({ expectStatus: 'failed' }, await trialOf(t, wholeScript)), [
    /^expectStatus: the run is done, not failed$/,
  ]);

  const refused = await trialOf(t, { coordinator: [{ fail: 'refusal' }] });
  t.strictSame(await complaints({ expectStatus: 'failed' }, refused), []);
  only(t, await complaints({}, refused), [/the run is failed, not done: agent "coordinator" refused to answer/]);
});

t.test('a script fits its run', async (t) => {
  const { executor, ...rest } = wholeScript;
  const long = await trialOf(t, { ...rest, executor: [...executor, { say: 'Again.' }] });
  only(t, await complaints({}, long), [
    /^implicit: the script is played to its end: the script has 1 step left for agent "executor"/,
  ]);
  const short = await trialOf(t, { coordinator: wholeScript.coordinator.slice(0, 1), planner: wholeScript.planner });
  only(t, await complaints({ expectStatus: 'failed' }, short), [
    /^implicit: the script .*: the script ran out: agent "coordinator" needs step 2/,
  ]);
});

const body = { rationale: 'because', actions: [priceChange] };
const hash = hashPlan('ShopPlan', body);
const stored = ['plan.stored', { planId: 'plan-1', version: 1, specName: 'ShopPlan', hash, body }] as const;
const executing = ['plan.executing', { planId: 'plan-1', version: 1, hash }] as const;
const subject = { kind: 'plan', planId: 'plan-1', specName: 'ShopPlan', version: 1, hash } as const;
const asked = (approval: string, about: typeof subject | { kind: 'tool'; tool: string; args: object } = subject) =>
  ['approval.requested', { approval, call: 'c-1', subject: about, rule: 'default', reason: '' }] as never;
const decided = (approval: string, decision: object) =>
  ['approval.decided', { approval, decision, by: 'user' }] as never;
const approve = { kind: 'approve' };

t.test('nothing runs before its approval', async (t) => {
  const unapproved = (...facts: Parameters<typeof events>) =>
    complaints({}, trial({ events: events(stored, ...facts) }));
  const edited = { ...body, actions: [{ ...priceChange, newPrice: 7 }] };
  const other = hashPlan('ShopPlan', edited);
  const second = [
    'plan.stored',
    { planId: 'plan-1', version: 2, specName: 'ShopPlan', hash: other, body: edited },
  ] as const;
  const executingSecond = ['plan.executing', { planId: 'plan-1', version: 2, hash: other }] as const;

  t.strictSame(await unapproved(executing), [], 'no rule asked');
  t.strictSame(await unapproved(asked('a1'), decided('a1', approve), executing), []);
  t.strictSame(
    await unapproved(asked('a1'), decided('a1', { kind: 'edit', body: edited }), second, executingSecond),
    [],
  );
  const revised = decided('a1', { kind: 'revise', comment: 'no' });
  t.strictSame(await unapproved(asked('a1'), revised, asked('a2'), decided('a2', approve), executing), []);

  const wrong: [string, RegExp, Parameters<typeof events>][] = [
    ['undecided', /was executed though its approval was never given$/, [asked('a1'), executing]],
    ['asked too late', /was executed before its approval$/, [executing, asked('a1'), decided('a1', approve)]],
    ['decided too late', /was executed before its approval$/, [asked('a1'), executing, decided('a1', approve)]],
    [
      'rejected',
      /though it had been rejected$/,
      [asked('a1'), decided('a1', { kind: 'reject', reason: '' }), executing],
    ],
    ['revised', /though a person had asked for a change$/, [asked('a1'), revised, executing]],
    [
      'edited',
      /though a person had changed it$/,
      [asked('a1'), decided('a1', { kind: 'edit', body: edited }), executing],
    ],
    [
      'rejected last',
      /rejected$/,
      [asked('a1'), decided('a1', approve), asked('a2'), decided('a2', { kind: 'reject', reason: '' }), executing],
    ],
  ];
  for (const [name, expected, facts] of wrong) {
    const found = await unapproved(...facts);
    only(t, found, [/^implicit: nothing runs before its approval: plan "plan-1" version 1 /], name);
    only(t, found, [expected], name);
  }

  const wipe = { kind: 'tool', tool: 'wipe', args: {} } as const;
  const ran = ['tool.finished', { call: 'c-1', tool: 'wipe', outcome: { ok: true, result: {} } }] as const;
  t.strictSame(await unapproved(asked('a1', wipe), decided('a1', approve), ran), []);
  only(t, await unapproved(asked('a1', wipe), decided('a1', { kind: 'reject', reason: '' }), ran), [
    /: wipe ran though it had been rejected$/,
  ]);
  only(t, await unapproved(asked('a1', wipe), ran), [/: wipe ran though its approval was never given$/]);
});

t.test('stored plans are valid, and only planned actions are executed', async (t) => {
  const started = (index: number, action: object, version = 1) =>
    ['action.started', { planId: 'plan-1', version, index, key: `k${index}`, action }] as never;
  const found = (...facts: Parameters<typeof events>) => failures({}, trial({ events: events(...facts) }));
  t.strictSame(await found(stored, executing, started(0, priceChange)), []);
  const name = 'implicit: only planned actions are executed';
  only(t, await found(stored, started(0, { ...priceChange, newPrice: 1 })), [
    {
      name,
      message: 'action 0 (price_change) of plan "plan-1" version 1 is not the planned one',
      diff: [{ kind: 'differs', subject: 'price_change', path: '/newPrice', expected: 6.49, actual: 1 }],
    },
  ]);
  only(t, await found(stored, started(1, delist)), [
    {
      name,
      message: /was not planned$/,
      diff: [{ kind: 'unexpected', subject: 'delist', actual: { productId: 'p-002' } }],
    },
  ]);
  only(t, await found(stored, started(0, priceChange, 2)), [{ name, message: /version 2 was not planned$/ }]);
  only(t, await found(started(0, priceChange), stored), [{ name, message: /was not planned$/ }], 'planned too late');
  only(t, await found(stored, started(0, priceChange), started(0, priceChange)), [
    { name, message: /was dispatched twice$/ },
  ]);

  const bad = { ...body, actions: [{ kind: 'price_change', productId: 'x', newPrice: 0 }] };
  const plan = (specName: string) =>
    ['plan.stored', { planId: 'plan-1', version: 1, specName, hash, body: bad }] as const;
  only(t, await found(plan('ShopPlan')), [
    {
      name: 'implicit: stored plans are valid',
      message: /^plan "plan-1" version 1 does not fit ShopPlan: at \/actions\/0\/.* \(and 1 more problem\)$/,
    },
  ]);
  only(t, await found(plan('OtherPlan')), [{ message: /is of OtherPlan, which the app does not have$/ }]);
});

t.test('an agent that gives up is one error, of the call that asked it', async (t) => {
  const script = {
    coordinator: [route('planner'), { say: 'It does not want to.' }],
    planner: [{ fail: 'refusal' as const }],
  };
  const gaveUp: Trial = await trialOf(t, script, { app: smallApp });
  only(t, await complaints({}, gaveUp), [
    /^implicit: no errors: call_agent by agent "coordinator" failed with agent-refused/,
  ]);
  t.strictSame(await complaints({ expectRefusal: [{ tool: 'call_agent', code: 'agent-refused' }] }, gaveUp), []);
});

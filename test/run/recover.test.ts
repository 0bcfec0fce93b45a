import t from 'tap';
import type { Event } from '../../src/core/event.ts';
import type { PlanStatus } from '../../src/core/plan.ts';
import type { Applied, Dispatcher, Store } from '../../src/core/ports.ts';
import { recoverPlans, settlePlan } from '../../src/run/recover.ts';
import { openRuntime } from '../../src/runtime/build.ts';
import { stateFolder } from '../../src/runtime/workspace.ts';
import { openStore } from '../../src/store/open.ts';
import { appOf, executeStep, play, priceChange, storeStep } from '../app.ts';

const clock = { now: () => Date.parse('2026-01-01T00:00:00.000Z') };
const script = {
  coordinator: [
    { call: 'call_agent', args: { agent: 'planner', prompt: 'Plan it.' } },
    { call: 'call_agent', args: { agent: 'executor', prompt: 'Execute plan-1.' } },
    { say: 'Done.' },
  ],
  planner: [storeStep([priceChange, { kind: 'delist', productId: 'p-002' }]), { say: 'Stored plan-1.' }],
  executor: [executeStep(), { say: 'Applied.' }],
};

/** A store with the first events of a run whose process died after them. */
function storeOf(events: readonly Event[]): Store {
  const store = openStore(':memory:');
  if (events.length > 0) store.append(events);
  return store;
}

/** A dispatcher of a later process. It must never be asked to apply anything. */
function later(lookup?: (key: string) => Promise<Applied | undefined>): Dispatcher {
  return {
    apply: () => Promise.reject(new Error('recovery dispatched an action')),
    ...(lookup && { lookup }),
  };
}

/** Status of the plan and of its actions. */
function standing(store: Store): string {
  const plan = store.plan('plan-1');
  const actions = plan?.result?.actions.map((action) => action.status) ?? [];
  return [plan?.status ?? 'none', ...actions].join(' ');
}

/** Where the plan must stand after recovery, by the last event of these that was stored. */
const expected: Readonly<Record<string, string>> = {
  'run.started': 'none',
  'plan.stored': 'stored',
  'approval.decided': 'approved',
  'plan.executing': 'failed skipped skipped',
  'action.started 0': 'unknown unknown skipped',
  'action.finished 0': 'failed applied skipped',
  'action.started 1': 'unknown applied unknown',
  'action.finished 1': 'executed applied applied',
};

function milestone(event: Event): string {
  if (event.type === 'action.started') return `${event.type} ${event.data.index}`;
  if (event.type === 'action.finished') return `${event.type} ${event.data.result.index}`;
  return event.type;
}

t.test('a run that died after any of its events leaves a plan that is judged rightly', async (t) => {
  const { events } = await play(t, script, { approvals: 'approve' });
  let wanted = 'none';
  const seen = new Set<string>();
  for (const [place, event] of events.entries()) {
    wanted = expected[milestone(event)] ?? wanted;
    seen.add(wanted);
    const store = storeOf(events.slice(0, place + 1));
    await recoverPlans(store, later(), clock);
    t.equal(standing(store), wanted, `after event ${place + 1}, ${event.type}`);
    const count = store.events('r-1').length;
    t.strictSame(await recoverPlans(store, later(), clock), [], 'a second recovery finds nothing to do');
    t.equal(store.events('r-1').length, count);
  }
  t.strictSame(seen, new Set(Object.values(expected)), 'every case came up');
});

t.test('a dispatcher that can tell by key decides; one that cannot be asked does not', async (t) => {
  const { events } = await play(t, script, { approvals: 'approve' });
  const cut = events.findIndex((event) => milestone(event) === 'action.started 1');
  const intent = events[cut];
  const asked: string[] = [];
  const lookup = async (key: string) => {
    asked.push(key);
    return { entitiesAffected: 3, summary: 'found' };
  };
  const applied = storeOf(events.slice(0, cut + 1));
  await recoverPlans(applied, later(lookup), clock);
  t.equal(standing(applied), 'executed applied applied');
  t.match(applied.plan('plan-1')?.result, { entitiesAffected: 4, summary: '2 of 2 actions applied' });
  t.strictSame(asked, [intent?.type === 'action.started' ? intent.data.key : ''], 'only the one on its way');

  const not = storeOf(events.slice(0, cut + 1));
  await recoverPlans(
    not,
    later(async () => undefined),
    clock,
  );
  t.equal(standing(not), 'failed applied failed');

  const down = storeOf(events.slice(0, cut + 1));
  await recoverPlans(
    down,
    later(() => Promise.reject(new Error('connection refused'))),
    clock,
  );
  t.equal(standing(down), 'unknown applied unknown');
  t.match(down.plan('plan-1')?.result?.actions[1]?.summary, /connection refused/);
});

t.test('a person settles an unknown plan either way', async (t) => {
  const { events } = await play(t, script, { approvals: 'approve' });
  const cases: [cut: string, applied: boolean, standing: string][] = [
    ['action.started 0', true, 'failed applied skipped'],
    ['action.started 0', false, 'failed failed skipped'],
    ['action.started 1', true, 'executed applied applied'],
    ['action.started 1', false, 'failed applied failed'],
  ];
  for (const [cut, applied, wanted] of cases) {
    const store = storeOf(events.slice(0, events.findIndex((event) => milestone(event) === cut) + 1));
    const [unknown] = await recoverPlans(store, later(), clock);
    t.equal(unknown?.status, 'unknown' satisfies PlanStatus);
    if (unknown) settlePlan(store, clock, unknown, applied);
    t.equal(standing(store), wanted, `${cut}, ${applied ? 'applied' : 'not applied'}`);
    t.match(store.events('r-1').at(-1), { type: 'plan.executed', agent: 'executor', span: '1.2' });
  }
});

t.test('opening a workspace recovers it first; what failed untouched can be stored and executed again', async (t) => {
  const { events } = await play(t, script, { approvals: 'approve' });
  const app = await appOf(t);
  const file = `${stateFolder(app, 'main')}/state.db`;
  const store = openStore(file);
  store.append(events.slice(0, events.findIndex((event) => event.type === 'plan.executing') + 1));
  store.close();
  const keys: string[] = [];
  const dispatcher: Dispatcher = {
    async apply(_action, { key }) {
      keys.push(key);
      return { entitiesAffected: 1, summary: 'ok' };
    },
  };
  const approver = { decide: async () => ({ decision: { kind: 'approve' as const }, by: 'test' }) };
  const runtime = await openRuntime(app, { interpreter: { kind: 'scripted', input: script }, approver, dispatcher });
  t.equal(standing(runtime.store), 'failed skipped skipped');
  t.match(await runtime.run({ prompt: 'Again.' }), { status: 'done' });
  t.equal(standing(runtime.store), 'executed applied applied');
  t.match(runtime.store.planVersions('plan-1'), [
    { version: 1, status: 'failed' },
    { version: 2, status: 'executed' },
  ]);
  t.equal(new Set(keys).size, 2);
  await runtime.close();
});

t.test('a workspace that could not be opened is free again', async (t) => {
  const app = await appOf(t);
  const broken = { ...app, toolkits: { desk: { kind: 'nothing' } } } as unknown as typeof app;
  const options = { interpreter: { kind: 'scripted', input: script } } as const;
  await t.rejects(openRuntime(broken, options));
  const runtime = await openRuntime(app, options);
  await runtime.close();
});

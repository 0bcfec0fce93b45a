import { join } from 'node:path';
import t, { type Test } from 'tap';
import { progressOf } from '../../src/commands/plan-progress.ts';
import type { App } from '../../src/config/app.ts';
import type { Decision } from '../../src/core/event.ts';
import type { Approver, Dispatcher } from '../../src/core/ports.ts';
import type { Script } from '../../src/generated/config.ts';
import { openRuntime } from '../../src/runtime/build.ts';
import { decideApproval } from '../../src/runtime/decide.ts';
import { peekRecords } from '../../src/runtime/records.ts';
import { stateFolder } from '../../src/runtime/workspace.ts';
import { openStore } from '../../src/store/open.ts';
import { appOf, executeStep, play, priceChange, storeStep } from '../app.ts';

t.setTimeout(120_000);

const delegate = (agent: string) => ({ call: 'call_agent', args: { agent, prompt: `Work, ${agent}.` } });
const actions = [priceChange, { kind: 'delist', productId: 'p-002' }, { kind: 'delist', productId: 'p-003' }];

const script: Script = {
  coordinator: [delegate('planner'), delegate('executor'), { say: 'Done.' }],
  planner: [storeStep(actions), { say: 'Stored plan-1.' }],
  executor: [executeStep(), { say: 'Tried.' }],
};

/** Applies, and counts. */
function ledger() {
  const applied: string[] = [];
  const dispatcher: Dispatcher = {
    async apply(_action, { key }) {
      applied.push(key.split('/').at(-1) ?? '');
      return { entitiesAffected: 1, summary: 'ok' };
    },
  };
  return { applied, dispatcher };
}

const approve: Decision = { kind: 'approve' };
const step: Decision = { kind: 'approve', step: true };
const inOrder = (decisions: readonly Decision[]): Approver => {
  let next = 0;
  return {
    decide: async () => ({ decision: decisions[next++] ?? { kind: 'reject', reason: 'none left' }, by: 'user' }),
  };
};

t.test('each action is asked about, and the plan is applied whole', async (t) => {
  const { applied, dispatcher } = ledger();
  const { events } = await play(t, script, { approver: inOrder([step, approve, approve, approve]), dispatcher });
  const kinds = events
    .map(({ type, data }) => (type === 'approval.requested' ? data.subject.kind : type))
    .filter((type) => /^(?:plan|action)(?:$|\.)/.test(type));
  const each = ['action', 'action.started', 'action.finished'];
  t.same(kinds, ['plan.stored', 'plan', 'plan.executing', ...each, ...each, ...each, 'plan.executed']);
  t.same(applied, ['0', '1', '2']);
  const asked = events.flatMap(({ type, data }) => (type === 'approval.requested' ? [data.subject] : []));
  t.match(asked[2], { kind: 'action', planId: 'plan-1', version: 1, index: 1, count: 3, action: actions[1] });
});

t.test('a refusal stops there, and the result says so', async (t) => {
  const { applied, dispatcher } = ledger();
  const reject: Decision = { kind: 'reject', reason: 'keep p-002' };
  const { events, result } = await play(t, script, { approver: inOrder([step, approve, reject]), dispatcher });
  t.same(applied, ['0']);
  t.equal(result.status, 'done');
  const ended = events.find(({ type }) => type === 'plan.executed');
  t.match(ended?.data, {
    result: {
      status: 'failed',
      summary: '1 of 3 actions applied, 2 skipped: a person stopped it before action 2: keep p-002',
      actions: [{ status: 'applied' }, { status: 'skipped' }, { status: 'skipped', summary: 'not tried' }],
    },
  });
  t.equal(events.filter(({ type }) => type === 'approval.requested').length, 3, 'nothing is asked behind it');
});

/** Decides from outside, as another process would, and goes on with the run after each decision. */
async function outside(
  t: Test,
  app: App,
  decisions: readonly Decision[],
  dispatcher: Dispatcher,
  between = async () => {},
) {
  const options = { interpreter: { kind: 'scripted', input: script }, dispatcher } as const;
  const first = await openRuntime(app, { ...options, approver: { decide: async () => 'pause' } });
  let result = await first.run({ prompt: 'Do it.' });
  await first.close();
  for (const decision of decisions) {
    t.equal(result.status, 'paused');
    await between();
    const [records] = peekRecords(app);
    const [row] = records?.store.approvals({ pending: true }) ?? [];
    if (records && row) await decideApproval(app, records, row, decision);
    records?.store.close();
    await between();
    const { runId } = result;
    const next = await openRuntime(app, { ...options, approver: { decide: async () => 'pause' }, resume: runId });
    result = await next.resume({ runId });
    await next.close();
  }
  const store = openStore(join(stateFolder(app, 'main'), 'state.db'));
  t.teardown(() => store.close());
  return { result, events: store.events(result.runId), store };
}

t.test('decided by other processes, one action at a time; others open the workspace meanwhile', async (t) => {
  const { applied, dispatcher } = ledger();
  const app = await appOf(t);
  const look = async () => {
    const runtime = await openRuntime(app, { interpreter: { kind: 'scripted', input: script } });
    await runtime.close();
  };
  const { result, store, events } = await outside(t, app, [step, approve, approve, approve], dispatcher, look);
  t.equal(result.status, 'done');
  t.same(applied, ['0', '1', '2']);
  t.equal(store.plan('plan-1')?.status, 'executed');
  t.equal(events.filter(({ type }) => type === 'approval.requested').length, 4, 'each was asked once');
});

t.test('stopped by another process: whoever opens the workspace next, the result names the person', async (t) => {
  const result = {
    status: 'failed',
    actions: [
      { status: 'applied' },
      { status: 'skipped', summary: 'a person stopped it before action 2: keep p-002' },
      { status: 'skipped', summary: 'not tried' },
    ],
  };
  for (const opened of [false, true]) {
    const { applied, dispatcher } = ledger();
    const app = await appOf(t);
    const look = async () => {
      const runtime = await openRuntime(app, { interpreter: { kind: 'scripted', input: script } });
      await runtime.close();
    };
    const decisions: Decision[] = [step, approve, { kind: 'reject', reason: 'keep p-002' }];
    const { result: run, store } = await outside(t, app, decisions, dispatcher, opened ? look : undefined);
    t.equal(run.status, 'done');
    t.same(applied, ['0']);
    t.match(store.plan('plan-1')?.result, result, opened ? 'opened before its run goes on' : 'not opened');
  }
});

t.test('killed at any event, what was decided holds and nothing is applied twice', async (t) => {
  const whole = await play(t, script, { approver: inOrder([step, approve, approve, approve]) });
  for (let count = 1; count < whole.events.length; count++) {
    const app = await appOf(t);
    const left = whole.events.slice(0, count);
    const store = openStore(join(stateFolder(app, 'main'), 'state.db'));
    store.append(left);
    store.close();
    const { applied, dispatcher } = ledger();
    const runId = whole.events[0]?.runId ?? '';
    // An action whose intent is all that is left did nothing, as its dispatcher knows.
    const knowing: Dispatcher = { ...dispatcher, lookup: async () => undefined };
    const decided = left.filter(({ type }) => type === 'approval.decided').length;
    const approver = inOrder([step, approve, approve, approve].slice(decided));
    const runtime = await openRuntime(app, {
      interpreter: { kind: 'scripted', input: script },
      dispatcher: knowing,
      approver,
      resume: runId,
    });
    const result = await runtime.resume({ runId });
    const before = left.filter(({ type }) => type === 'action.finished').length;
    const name = `after ${count} events, the last of them ${left.at(-1)?.type}`;
    t.equal(result.status, 'done', name);
    t.same(applied, ['0', '1', '2'].slice(before), name);
    const events = runtime.store.events(runId);
    t.equal(events.filter(({ type }) => type === 'approval.requested').length, 4, name);
    t.equal(runtime.store.plan('plan-1')?.status, 'executed', name);
    await runtime.close();
  }
});

t.test('only a plan has steps; a script can say so', async (t) => {
  const { applied, dispatcher } = ledger();
  await play(t, script, { approvals: ['step', 'approve', { reject: 'enough' }], dispatcher });
  t.same(applied, ['0']);
});

t.test('while it waits, the plan tells which actions are done, and which is next', async (t) => {
  const { dispatcher } = ledger();
  const app = await appOf(t);
  const seen: string[] = [];
  await outside(t, app, [step, approve, approve, approve], dispatcher, async () => {
    const [records] = peekRecords(app);
    const plan = records?.store.plan('plan-1');
    const progress = records && plan ? progressOf(plan, records.store) : undefined;
    seen.push((progress ?? []).map(({ status, approval }) => `${status}${approval ? ' asked' : ''}`).join(', '));
    records?.store.close();
  });
  t.strictSame(seen, [
    '',
    '',
    'waits asked, to come, to come',
    'next, to come, to come',
    'applied, waits asked, to come',
    'applied, next, to come',
    'applied, applied, waits asked',
    'applied, applied, next',
  ]);
});

import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { App } from '../../src/config/app.ts';
import type { Decision, Event } from '../../src/core/event.ts';
import { fold } from '../../src/core/fold.ts';
import type { Approver, Dispatcher, Interpreter, Store, View } from '../../src/core/ports.ts';
import { callsOf } from '../../src/core/trajectory.ts';
import type { Script } from '../../src/generated/config.ts';
import { scripted } from '../../src/interpreters/scripted.ts';
import { scriptedApprover } from '../../src/run/approvers.ts';
import { openRuntime, type Runtime } from '../../src/runtime/build.ts';
import { decideApproval } from '../../src/runtime/decide.ts';
import type { RuntimeOptions } from '../../src/runtime/options.ts';
import { peekRecords } from '../../src/runtime/records.ts';
import { revokeGrant } from '../../src/runtime/revoke.ts';
import { stateFolder } from '../../src/runtime/workspace.ts';
import { openStore } from '../../src/store/open.ts';
import { appOf, executeStep, play, priceChange, smallApp, storeStep } from '../app.ts';

t.setTimeout(300_000);

const delegate = (agent: string) => ({ call: 'call_agent', args: { agent, prompt: `Work, ${agent}.` } });
const look = (id: string) => ({ call: 'look', args: { id } });

/** Parallel reads, a destructive tool, a plan of two actions, an agent that is asked twice, a failure. */
const script: Script = {
  coordinator: [delegate('clerk'), delegate('planner'), delegate('executor'), delegate('planner'), { say: 'Done.' }],
  clerk: [
    { calls: [look('p-001'), look('p-404')] },
    { calls: [{ call: 'wipe', args: {} }, look('p-001')] },
    { say: 'Looked.' },
  ],
  planner: [
    storeStep([{ ...priceChange, newPrice: -1 }]),
    storeStep([priceChange, { kind: 'delist', productId: 'p-002' }]),
    { say: 'Stored plan-1.' },
    { fail: 'refusal' },
  ],
  executor: [executeStep(), { say: 'Applied.' }],
};

/** Applies each key once, also if it is asked twice; counts. */
function ledger(found?: 'applied' | 'nothing') {
  const applied: string[] = [];
  const dispatcher: Dispatcher = {
    async apply(_action, { key }) {
      applied.push(key);
      return { entitiesAffected: 1, summary: 'ok' };
    },
    ...(found && { lookup: async () => (found === 'applied' ? { entitiesAffected: 1, summary: 'ok' } : undefined) }),
  };
  return { applied, dispatcher };
}

/** What an uninterrupted run must be equal to: no times, no places, no sign of an interruption. */
function essence(events: readonly Event[]): unknown[] {
  const interrupted = (event: Event) => event.type === 'run.finished' && event.data.status === 'interrupted';
  return events
    .filter((event) => event.type !== 'run.resumed' && !interrupted(event))
    .map(({ at: _at, seq: _seq, ...event }) => event);
}

/** The workspace's record, as a process left it that died after these events. */
function leave(app: App, events: readonly Event[]): void {
  const store = openStore(join(stateFolder(app, 'main'), 'state.db'));
  if (events.length > 0) store.append(events);
  store.close();
}

type Options = Partial<RuntimeOptions>;

async function resume(app: App, runId: string, options: Options = {}) {
  const runtime = await openRuntime(app, {
    interpreter: { kind: 'scripted', input: script },
    approver: scriptedApprover('approve'),
    resume: runId,
    ...options,
  });
  try {
    const result = await runtime.resume({ runId });
    return { result, events: runtime.store.events(runId), plan: runtime.store.plan('plan-1') };
  } finally {
    await runtime.close();
  }
}

function named(event: Event | undefined): string {
  return `${event?.span} ${event?.type}`;
}

t.test('a run that died after any of its events goes on to the record that it would have had', async (t) => {
  const whole = await play(t, script, { approvals: 'approve', dispatcher: ledger('nothing').dispatcher });
  t.equal(whole.result.status, 'done');
  const total = whole.events.length;
  for (let count = 1; count < total; count++) {
    const last = whole.events[count - 1];
    // Of a tool that nobody can be asked about, a person has to say.
    if (last?.type === 'tool.started') continue;
    await goesOn(t, whole.events, count, 'nothing');
    if (last?.type === 'action.started') await goesOn(t, whole.events, count, 'applied');
  }
});

/** @param found what the dispatcher knows of an action that was on its way */
async function goesOn(t: Test, whole: readonly Event[], count: number, found: 'applied' | 'nothing'): Promise<void> {
  const before = whole.slice(0, count);
  const last = before.at(-1);
  const name = `after ${count}, ${named(last)}`;
  const app = await appOf(t);
  leave(app, before);
  const { applied, dispatcher } = ledger(found);
  const { result, events } = await resume(app, 'r-1', { dispatcher });
  t.match(result, { status: 'done', answer: 'Done.' }, name);
  t.strictSame(essence(events), essence(whole), name);
  t.strictSame(
    events.map(({ seq }) => seq),
    events.map((_event, place) => place + 1),
  );
  const intended = before.flatMap((event) => (event.type === 'action.started' ? [event.data.key] : []));
  const done = last?.type === 'action.started' && found === 'nothing' ? intended.slice(0, -1) : intended;
  t.strictSame(
    applied.filter((key) => done.includes(key)),
    [],
    'nothing that was applied is applied again',
  );
  t.equal(applied.length + done.length, 2);
  t.equal(new Set(applied).size, applied.length);
}

t.test('what is done cannot go on, and a run that is resumed twice is resumed once', async (t) => {
  const whole = await play(t, script, { approvals: 'approve' });
  const app = await appOf(t);
  leave(app, whole.events);
  await t.rejects(resume(app, 'r-1'), { code: 'not-resumable', exit: 2, message: /it is done/ });
  await t.rejects(resume(app, 'r-7'), { code: 'unknown-name', message: /no run "r-7"/ });
  const limited = await play(t, { clerk: [look('p-001'), look('p-001'), look('p-001')] }, { agent: 'clerk' });
  const other = await appOf(t);
  leave(other, limited.events);
  await t.rejects(resume(other, 'r-1'), { code: 'not-resumable', message: /its agent has ended/ });
});

t.test('an action whose outcome nobody knows: the run waits until a person says so', async (t) => {
  const whole = await play(t, script, { approvals: 'approve' });
  const at = whole.events.findLastIndex((event) => event.type === 'action.started');
  const { settlePlan } = await import('../../src/run/recover.ts');
  for (const took of [true, false]) {
    const app = await appOf(t);
    leave(app, whole.events.slice(0, at + 1));
    const { applied, dispatcher } = ledger();
    const first = await resume(app, 'r-1', { dispatcher });
    t.match(first.result, { status: 'paused', cause: { exit: 5, hint: /harness plans settle plan-1 --applied/ } });
    t.equal(first.plan?.status, 'unknown');
    const second = await resume(app, 'r-1', { dispatcher });
    t.equal(second.result.status, 'paused', 'it is asked about again, and nothing is repeated');
    const store = openStore(join(stateFolder(app, 'main'), 'state.db'));
    const plan = store.plan('plan-1');
    if (plan) settlePlan(store, { now: () => Date.now() }, plan, took);
    store.close();
    const last = await resume(app, 'r-1', { dispatcher });
    t.equal(last.result.status, 'done');
    const [execution] = callsOf(last.events).filter(({ tool }) => tool === 'executePlan');
    t.match(execution?.outcome, { ok: true, result: { status: took ? 'executed' : 'failed' } }, 'the model is told');
    t.strictSame(applied, [], 'nothing was dispatched');
  }
});

t.test('a tool with a side effect that has no result is asked about, whatever rules and scripts say', async (t) => {
  const whole = await play(t, script, { approvals: 'approve' });
  const at = whole.events.findIndex((event) => event.type === 'tool.started');
  const decide = async (app: App, decision: Decision) => {
    const [records] = peekRecords(app);
    const [row] = records?.store.approvals({ pending: true }) ?? [];
    t.match(row, { subject: { kind: 'outcome', tool: 'wipe' }, rule: 'interrupted' });
    if (records && row) await decideApproval(app, records, row, decision);
    records?.store.close();
  };
  const again = await appOf(t, { ...smallApp, approvals: { unattended: 'allow', rules: [{ allow: '*' }] } });
  leave(again, whole.events.slice(0, at + 1));
  const paused = await resume(again, 'r-1');
  t.match(paused.result, { status: 'paused', error: { message: /nobody knows whether .* wipe took effect/ } });
  t.equal((await resume(again, 'r-1')).result.status, 'paused');
  await decide(again, { kind: 'approve' });
  const ran = await resume(again, 'r-1');
  t.equal(ran.result.status, 'done');
  t.equal(ran.events.filter(({ type }) => type === 'tool.started').length, 2);
  t.equal(ran.events.filter(({ type }) => type === 'approval.requested').length, 2, 'it was asked once');

  // Interrupted once more: the approval was for one repetition.
  const twice = await appOf(t);
  const second = ran.events.findLastIndex((event) => event.type === 'tool.started');
  leave(twice, ran.events.slice(0, second + 1));
  t.equal((await resume(twice, 'r-1')).result.status, 'paused');
  await decide(twice, { kind: 'reject', reason: 'It is wiped.' });
  const left = await resume(twice, 'r-1');
  t.equal(left.result.status, 'done');
  const [wipe] = callsOf(left.events).filter(({ tool }) => tool === 'wipe');
  t.match(wipe?.outcome, { ok: false, error: { code: 'outcome-unknown', message: /It is wiped\./ } });
});

/** Pauses at each approval, and decides from outside, as another process would. */
async function decidedOutside(t: Test, app: App, decisions: readonly Decision[], options: Options = {}) {
  const runtime = await openRuntime(app, { interpreter: { kind: 'scripted', input: script }, ...options });
  let result = await runtime.run({ prompt: 'Do it.' });
  await runtime.close();
  for (const decision of decisions) {
    t.equal(result.status, 'paused');
    const [records] = peekRecords(app);
    const [row] = records?.store.approvals({ pending: true }) ?? [];
    if (records && row) await decideApproval(app, records, row, decision);
    records?.store.close();
    ({ result } = await resume(app, result.runId, { approver: pausing, ...options }));
  }
  const store = openStore(join(stateFolder(app, 'main'), 'state.db'));
  t.teardown(() => store.close());
  return { result, events: store.events(result.runId), store };
}

const pausing: Approver = { decide: async () => 'pause' };

t.test('decided after a restart: the record is that of a run that was decided at once', async (t) => {
  const approve = { kind: 'approve' } as const;
  const edit = { kind: 'edit', body: { rationale: 'edited', actions: [{ ...priceChange, newPrice: 6.6 }] } } as const;
  const cases: readonly (readonly Decision[])[] = [
    [approve, approve],
    [approve, edit],
    [approve, { kind: 'reject', reason: 'Too cheap.' }],
    [approve, { kind: 'revise', comment: 'Not below 6.60.' }],
    [{ kind: 'reject', reason: 'Never.' }, approve],
  ];
  for (const decisions of cases) {
    const name = decisions.map(({ kind }) => kind).join(', ');
    let next = 0;
    const approver: Approver = {
      decide: async () => ({ decision: decisions[next++] ?? { kind: 'reject', reason: '' }, by: 'user' }),
    };
    const whole = await play(t, script, { approver });
    const later = await decidedOutside(t, await appOf(t), decisions);
    t.equal(later.result.status, 'done', name);
    t.strictSame(plainIds(essence(later.events)), plainIds(essence(whole.events)), name);
  }
});

/** Without what names this run and this session. */
function plainIds(events: unknown[]): unknown {
  return JSON.parse(
    JSON.stringify(events)
      .replace(/"r-[a-z0-9]+/g, '"r')
      .replace(/"s-[a-z0-9]+/g, '"s'),
  );
}

t.test('a plan that changed while it waited is asked about anew, and cannot be approved as it was', async (t) => {
  const app = await appOf(t);
  const open = (more: Script, options: Options = {}) =>
    openRuntime(app, { interpreter: { kind: 'scripted', input: more }, ...options });
  const asking = { ...script, coordinator: [delegate('planner'), delegate('executor'), { say: 'End.' }] };
  const planner = [storeStep([priceChange]), { say: 'Stored.' }];
  const first = await open({ ...asking, planner });
  const { runId } = await first.run({ prompt: 'Do it.' });
  await first.close();
  const other = await open({ planner: [storeStep([{ ...priceChange, newPrice: 5 }]), { say: 'Stored.' }] });
  t.equal((await other.run({ prompt: 'Change it.', agent: 'planner' })).status, 'done');
  await other.close();

  const [records] = peekRecords(app);
  if (!records) throw new Error('there is no record');
  const [row] = records.store.approvals({ pending: true });
  if (!row) throw new Error('nothing waits');
  await t.rejects(decideApproval(app, records, row, { kind: 'approve' }), {
    code: 'store-conflict',
    message: /version 1 of plan "plan-1" is no longer what would be executed/,
  });
  t.equal(records.store.approval(row.approval)?.decision, null);
  records.store.close();

  const { applied, dispatcher } = ledger();
  const interpreter = { kind: 'scripted', input: { ...asking, planner } } as const;
  const asked = await resume(app, runId, { interpreter, approver: pausing, dispatcher });
  t.match(asked.result, { status: 'paused', error: { message: /plan "plan-1" \(version 2\)/ } });
  const done = await resume(app, runId, { interpreter, dispatcher });
  t.equal(done.result.status, 'done');
  t.match(applied, [/^main\/plan-1\/2\//]);
});

t.test('two decide at once: one wins, and the other is told', async (t) => {
  const app = await appOf(t);
  const runtime = await openRuntime(app, { interpreter: { kind: 'scripted', input: script } });
  await runtime.run({ prompt: 'Do it.' });
  await runtime.close();
  const records = [...peekRecords(app), ...peekRecords(app)];
  const [row] = records[0]?.store.approvals({ pending: true }) ?? [];
  if (!row) throw new Error('nothing waits');
  const decided = await Promise.allSettled(
    records.map((record, place) => decideApproval(app, record, row, { kind: 'reject', reason: `by ${place}` })),
  );
  for (const { store } of records) store.close();
  t.strictSame(decided.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const lost = decided.find((each) => each.status === 'rejected');
  t.match(lost?.reason, { code: 'store-conflict', message: /was decided by somebody else/ });
});

t.test('while a run waits, another process decides; so does an interruption', async (t) => {
  const app = await appOf(t);
  const never: Approver = {
    decide: (_request, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  };
  const runtime = await openRuntime(app, { interpreter: { kind: 'scripted', input: script }, approver: never });
  const seen: Event[] = [];
  const abort = new AbortController();
  const running = runtime.run({ prompt: 'Do it.', signal: abort.signal, sink: { event: (event) => seen.push(event) } });
  const asked = async (count: number) => {
    while (seen.filter(({ type }) => type === 'approval.requested').length < count) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const [records] = peekRecords(app);
    if (!records) throw new Error('there is no record');
    return records;
  };
  const records = await asked(1);
  const [row] = records.store.approvals({ pending: true });
  if (row) await decideApproval(app, records, row, { kind: 'approve' });
  records.store.close();
  (await asked(2)).store.close();
  t.ok(
    seen.some((event) => event.type === 'approval.decided' && event.data.by === 'user'),
    'the decision is shown in its place',
  );
  abort.abort();
  const { runId, status } = await running;
  t.equal(status, 'interrupted');
  t.match(runtime.store.approvals({ pending: true }), [{ subject: { kind: 'plan' } }], 'it can still be decided');
  await runtime.close();
  const { result, events } = await resume(app, runId);
  t.match(result, { status: 'done', answer: 'Done.' });
  t.equal(fold(events).finished?.status, 'done');
  const whole = await play(t, script, { approvals: 'approve' });
  const byNobody = (all: unknown) => JSON.parse(JSON.stringify(all).replace(/"by":"\w+"/g, '"by":""'));
  t.strictSame(byNobody(plainIds(essence(events))), byNobody(plainIds(essence(whole.events))));
});

t.test('always in this session: by rule, tool and agent; a rule that denies still does', async (t) => {
  const rules = [
    { ask: 'look', when: { id: 'p-001' }, reason: 'the first' },
    { ask: 'look', when: { id: 'p-002' }, reason: 'the second' },
    { deny: 'look', when: { id: 'p-003' } },
  ];
  const results = ['p-001', 'p-002', 'p-003'].map((id) => ({ when: { id }, result: { id } }));
  const desk = { ...smallApp.toolkits.desk, tools: { ...smallApp.toolkits.desk.tools } };
  desk.tools.look = { ...desk.tools.look, results } as unknown as typeof desk.tools.look;
  const agents = { ...smallApp.agents, clerk: { ...smallApp.agents.clerk, maxSteps: 9 } };
  const app = await appOf(t, { ...smallApp, agents, toolkits: { desk }, approvals: { rules } });
  const clerk = [look('p-001'), look('p-001'), look('p-002'), look('p-003'), { say: 'End.' }];
  const asked: string[] = [];
  const approver: Approver = {
    async decide({ reason, subject }) {
      asked.push(`${reason} ${subject.kind === 'tool' ? JSON.stringify(subject.args) : ''}`);
      return { decision: { kind: 'approve', ...(reason === 'the first' && { always: true }) }, by: 'test' };
    },
  };
  const ask = async (options: Options) => {
    const runtime = await openRuntime(app, {
      interpreter: { kind: 'scripted', input: { clerk } },
      approver,
      ...options,
    });
    const { runId } = await runtime.run({ prompt: 'Look.', agent: 'clerk' });
    const outcomes = callsOf(runtime.store.events(runId)).map(({ outcome }) => outcome?.ok);
    await runtime.close();
    t.strictSame(outcomes, [true, true, true, false]);
    return runtime.session;
  };
  const session = await ask({});
  t.strictSame(asked.splice(0), ['the first {"id":"p-001"}', 'the second {"id":"p-002"}']);
  await ask({ session });
  t.strictSame(asked.splice(0), ['the second {"id":"p-002"}'], 'in another process too');
  await ask({});
  t.equal(asked.length, 2, 'another session asks again');
});

t.test('what was allowed always is asked again once it is revoked, also while its run is at work', async (t) => {
  const rules = [{ ask: 'look', reason: 'a look' }];
  const agents = { ...smallApp.agents, clerk: { ...smallApp.agents.clerk, maxSteps: 9 } };
  const app = await appOf(t, { ...smallApp, agents, approvals: { rules } });
  const clerk = [look('p-001'), look('p-001'), look('p-001'), { say: 'End.' }];
  const asked: string[] = [];
  let revokeAt = 3;
  let steps = 0;
  const approver: Approver = {
    async decide({ approval, runId }) {
      asked.push(approval);
      return { decision: { kind: 'approve', always: true }, by: `test ${runId}` };
    },
  };
  const ask = async (session?: string) => {
    steps = 0;
    const inner = scripted({ clerk } as unknown as Script);
    const interpreter: Interpreter = {
      kind: 'scripted',
      next: (view: View, signal) => {
        const [row] = runtime.store.approvals();
        // As another process does it, while this one is between a step and the next.
        if (++steps === revokeAt && row) revokeGrant(runtime.store, row);
        return inner.next(view, signal);
      },
    };
    const runtime = await openRuntime(app, {
      interpreter,
      approver,
      ...(session !== undefined && { session }),
    });
    const { runId, status } = await runtime.run({ prompt: 'Look.', agent: 'clerk' });
    t.equal(status, 'done');
    const events = runtime.store.events(runId);
    t.strictSame(
      events.map(({ seq }) => seq),
      events.map((_, at) => at + 1),
    );
    const grants = runtime.store.approvals().map((row) => row.revokedBy);
    await runtime.close();
    return { session: runtime.session, types: events.map(({ type }) => type), grants };
  };
  const first = await ask();
  t.equal(asked.splice(0).length, 2, 'asked at first, and again after it was revoked');
  t.equal(first.types.filter((type) => type === 'grant.revoked').length, 1);
  t.equal(first.types.at(-1), 'run.finished');
  t.strictSame(first.grants, [null, 'user'], 'the second still holds');
  revokeAt = 0;
  await ask(first.session);
  t.strictSame(asked.splice(0), [], 'in the next run of the session');
  revokeAt = 1;
  await ask(first.session);
  t.equal(asked.splice(0).length, 1, 'until that is revoked, of a run that is over');
});

/** Notes how many turns each agent sees at each step. */
function noting(steps: Script, seen: string[]): Interpreter {
  const inner = scripted(steps);
  return {
    kind: 'scripted',
    next: (view: View, signal) => {
      const said = view.turns.map((turn) => (turn.role === 'user' ? turn.text : turn.role));
      seen.push(`${view.agent}: ${said.join(' | ')}`);
      return inner.next(view, signal);
    },
  };
}

t.test('a session goes on with what its stateful agents said, in this process and the next', async (t) => {
  const app = await appOf(t);
  const seen: string[] = [];
  const steps: Script = { coordinator: [{ say: 'Hello.' }] };
  const ask = async (runtime: Runtime, prompt: string, agent = 'coordinator') => runtime.run({ prompt, agent });
  const first = await openRuntime(app, { interpreter: noting(steps, seen) });
  await ask(first, 'One.');
  await ask(first, 'Two.');
  const { session } = first;
  await first.close();
  const second = await openRuntime(app, { interpreter: noting(steps, seen), session });
  t.equal(second.session, session);
  await ask(second, 'Three.');
  await second.close();
  t.strictSame(seen, [
    'coordinator: One.',
    'coordinator: One. | assistant | Two.',
    'coordinator: One. | assistant | Two. | assistant | Three.',
  ]);
  await t.rejects(openRuntime(app, { interpreter: noting(steps, seen), session: 's-none' }), { code: 'unknown-name' });

  // A run that failed in the middle leaves nothing in the conversation of the next.
  seen.length = 0;
  const broken: Script = {
    coordinator: [{ call: 'call_agent', args: { agent: 'clerk', prompt: 'x' } }, { fail: 'refusal' }],
    clerk: [{ say: 'y' }],
  };
  const third = await openRuntime(app, { interpreter: noting(broken, []), session });
  t.equal((await ask(third, 'Four.')).status, 'failed');
  await third.close();
  const fourth = await openRuntime(app, { interpreter: noting(steps, seen), session });
  await ask(fourth, 'Five.');
  await fourth.close();
  t.strictSame(seen, ['coordinator: One. | assistant | Two. | assistant | Three. | assistant | Five.']);
});

t.test('a run of a session is resumed with the conversation that it had', async (t) => {
  const app = await appOf(t);
  const seen: string[] = [];
  const first = await openRuntime(app, { interpreter: noting({ coordinator: [{ say: 'Hello.' }] }, []) });
  await first.run({ prompt: 'One.' });
  const { session } = first;
  await first.close();
  const steps: Script = { ...script, coordinator: [delegate('clerk'), { say: 'Done.' }] };
  const second = await openRuntime(app, { interpreter: noting(steps, []), session, approver: pausing });
  const { runId, status } = await second.run({ prompt: 'Two.' });
  t.equal(status, 'paused');
  await second.close();
  const { result } = await resume(app, runId, { interpreter: noting(steps, seen) });
  t.equal(result.status, 'done');
  t.equal(seen.at(-1), 'coordinator: One. | assistant | Two. | assistant | tools');
});

t.test('a provider that failed: the run goes on with the step that was cut off', async (t) => {
  const app = await appOf(t);
  const fails: Script = { clerk: [look('p-001'), { fail: 'overloaded' }] };
  const first = await openRuntime(app, { interpreter: { kind: 'scripted', input: fails } });
  const { runId, status } = await first.run({ prompt: 'Look.', agent: 'clerk' });
  t.equal(status, 'failed');
  await first.close();
  const works: Script = { clerk: [look('p-001'), { say: 'It costs 6.99.' }] };
  const { result, events } = await resume(app, runId, { interpreter: { kind: 'scripted', input: works } });
  t.match(result, { status: 'done', answer: 'It costs 6.99.' });
  t.equal(callsOf(events).length, 1, 'the finished call is not repeated');
  const store: Store = openStore(join(stateFolder(app, 'main'), 'state.db'));
  t.match(store.run(runId), { status: 'done' });
  store.close();
});

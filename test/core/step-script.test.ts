import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { App } from '../../src/config/app.ts';
import { loadApp } from '../../src/config/load.ts';
import type { Event } from '../../src/core/event.ts';
import { scriptOfRun, scriptStep } from '../../src/core/step-script.ts';
import { actionsDispatched, agentsOf, callsOf } from '../../src/core/trajectory.ts';
import type { Script, SmokeScript } from '../../src/generated/config.ts';
import { scriptedApprover } from '../../src/run/approvers.ts';
import { openRuntime } from '../../src/runtime/build.ts';
import { play, priceChange, storeStep } from '../app.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

async function run(app: App, smoke: SmokeScript, script: Script): Promise<readonly Event[]> {
  const { approvals, prompt, agent = app.entry, workspace = app.defaultWorkspace } = smoke;
  const runtime = await openRuntime(app, {
    throwAway: true,
    workspace,
    interpreter: { kind: 'scripted', input: script },
    ...(approvals && { approver: scriptedApprover(approvals) }),
  });
  try {
    const { runId } = await runtime.run({ prompt, agent });
    return runtime.store.events(runId);
  } finally {
    await runtime.close();
  }
}

/** Everything that a run is, but for when it was. */
function whole(events: readonly Event[]) {
  return {
    agents: agentsOf(events),
    calls: callsOf(events),
    actions: actionsDispatched(events),
    end: events.at(-1)?.data,
    answers: events.filter((event) => event.type === 'agent.finished').map((event) => event.data),
  };
}

t.test('the script of a run plays the same run: all smoke scripts of the sample apps', async (t) => {
  let played = 0;
  for (const name of ['coordinator-planner-executor', 'music-store']) {
    const { app, scripts, problems } = await loadApp(join(root, 'apps', name));
    if (!app) throw new Error(problems.map((problem) => problem.message).join('\n'));
    for (const { name: script, script: smoke } of scripts) {
      const first = await run(app, smoke, smoke.script);
      const again = await run(app, smoke, scriptOfRun(first));
      t.strictSame(whole(again), whole(first), `${name}/${script}`);
      played += 1;
    }
  }
  t.ok(played >= 8, `${played} scripts`);
});

t.test('calls of one step, texts beside calls, refusals and agents that are called twice', async (t) => {
  const script: Script = {
    coordinator: [
      { say: 'First the clerk.', call: 'call_agent', args: { agent: 'clerk', prompt: 'Look.' } },
      { call: 'call_agent', args: { agent: 'clerk', prompt: 'Look again.' } },
      { call: 'call_agent', args: { agent: 'planner', prompt: 'Plan.' } },
      { say: '' },
    ],
    clerk: [
      {
        calls: [
          { call: 'look', args: { id: 'p-001' } },
          { call: 'look', args: { id: 'x' } },
        ],
      },
      { say: '6.99' },
      { fail: 'refusal' },
    ],
    planner: [{ call: 'wipe', args: {} }, storeStep([priceChange]), { fail: 'max_tokens' }],
  };
  const { events } = await play(t, script);
  t.strictSame(scriptOfRun(events), script);
});

t.test('how a step that calls nothing ended', async (t) => {
  const step = { text: 'half', calls: [] };
  t.strictSame(scriptStep({ ...step, stop: 'end' }), { say: 'half' });
  t.strictSame(scriptStep({ ...step, stop: 'max_tokens' }), { fail: 'max_tokens' });
  for (const fail of ['context_full', 'stopped'] as const) {
    const { events, result } = await play(t, { coordinator: [{ fail }] });
    t.match(result.error?.code, fail === 'stopped' ? 'stopped' : 'context-full');
    t.strictSame(scriptOfRun(events), { coordinator: [{ fail }] });
  }
  const calls = [{ id: 'a', tool: 'look', args: {} }];
  t.strictSame(
    scriptStep({ text: '', calls, stop: 'max_tokens' }),
    { call: 'look', args: {} },
    'a call counts, whatever stopped it',
  );
});

t.test("a provider's failure is the last step of the agent that met it", async (t) => {
  const script: Script = {
    coordinator: [{ call: 'call_agent', args: { agent: 'clerk', prompt: 'Look.' } }],
    clerk: [{ call: 'look', args: { id: 'p-001' } }, { fail: 'rate_limited' }],
  };
  const { events, result } = await play(t, script);
  t.equal(result.error?.code, 'provider-fault');
  t.strictSame(scriptOfRun(events), script);
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadApp } from '../../src/config/load.ts';
import type { Event } from '../../src/core/event.ts';
import { createMeter } from '../../src/core/meter.ts';
import type { Approver, Interpreter } from '../../src/core/ports.ts';
import type { Step } from '../../src/core/step.ts';
import { spendingOf } from '../../src/core/usage.ts';
import type { Limits } from '../../src/generated/config.ts';
import { costOf } from '../../src/interpreters/models.ts';
import { openRuntime } from '../../src/runtime/build.ts';
import { liveInterpreter } from '../../src/runtime/live.ts';
import type { RuntimeOptions } from '../../src/runtime/options.ts';
import { appOf, executeStep, priceChange, smallApp, storeStep } from '../app.ts';
import { run } from '../commands/cli.ts';
import { type Answering, begin, eventsOf, type Part, provider, says, sse, startsWith } from '../interpreters/server.ts';

t.setTimeout(120_000);

const look = { call: 'look', args: { id: 'p-001' } };
const clerk = { ...smallApp.agents.clerk, maxSteps: 40 };

/** The small app with budgets. */
function withBudget(budget: object, agents: object = {}) {
  return { ...smallApp, budget, agents: { ...smallApp.agents, clerk, ...agents } };
}

t.test('steps: the run ends before one more, and says who took them', async (t) => {
  const app = await appOf(t, withBudget({ run: { steps: 3 } }));
  const script = {
    coordinator: [{ call: 'call_agent', args: { agent: 'clerk', prompt: 'Look.' } }, { say: 'Done.' }],
    clerk: [look, look, look, { say: 'There.' }],
  };
  const open = (more: Partial<RuntimeOptions> = {}) =>
    openRuntime(app, { throwAway: true, interpreter: { kind: 'scripted', input: script }, ...more });
  const runtime = await open();
  t.teardown(() => runtime.close());
  const { runId, status, error, budget, cause } = await runtime.run({ prompt: 'Look.' });
  t.match({ status, error, exit: cause?.exit }, { status: 'budget', error: { code: 'budget-reached' }, exit: 4 });
  t.equal(error?.message, "the run's budget of 3 steps is reached: 3 were used (clerk 2, coordinator 1)");
  t.equal(cause?.hint, `go on with a larger one: harness chat --resume ${runId} --max-steps 6`);
  const agents = { clerk: 2, coordinator: 1 };
  t.strictSame(budget, { owner: { of: 'run' }, kind: 'steps', limit: 3, used: 3, agents });
  const events = runtime.store.events(runId);
  t.match(events.at(-1), { type: 'run.finished', data: { status: 'budget', budget: { used: 3 } } });
  t.equal(events.filter(({ type }) => type === 'agent.finished').length, 0, 'its agents are in the middle of it');

  const larger = await open({ budget: { steps: 6 } });
  t.teardown(() => larger.close());
  t.equal((await larger.run({ prompt: 'Look.' })).status, 'done', 'what is asked for holds before the app');
  const exact = await open({ budget: { steps: 5 } });
  t.teardown(() => exact.close());
  t.equal((await exact.run({ prompt: 'Look.' })).status, 'budget');
});

t.test('a session: what earlier runs used counts, and a limit that is asked for lifts it', async (t) => {
  const app = await appOf(t, withBudget({ session: { steps: 3 } }));
  const script = { clerk: [look, { say: 'There.' }] };
  const interpreter = { kind: 'scripted', input: script } as const;
  const runtime = await openRuntime(app, { throwAway: true, interpreter });
  t.teardown(() => runtime.close());
  t.equal((await runtime.run({ prompt: 'Look.', agent: 'clerk' })).status, 'done');
  const second = await runtime.run({ prompt: 'Again.', agent: 'clerk' });
  t.match(second.budget, { owner: { of: 'session' }, kind: 'steps', limit: 3, used: 3, agents: { clerk: 3 } });
  t.match(second.cause?.hint, /--resume r-2 --max-steps 6$/);

  const lifted = await openRuntime(app, { throwAway: true, interpreter, budget: { steps: 2 } });
  t.teardown(() => lifted.close());
  for (const prompt of ['One', 'Two', 'Three']) t.equal((await lifted.run({ prompt, agent: 'clerk' })).status, 'done');
});

t.test('an agent: over all its tasks of a run, and the others go on until then', async (t) => {
  const call = { call: 'call_agent', args: { agent: 'clerk', prompt: 'Look.' } };
  const app = await appOf(t, withBudget({}, { clerk: { ...clerk, budget: { steps: 3 } } }));
  const script = { coordinator: [call, call, { say: 'Done.' }], clerk: [look, { say: 'A.' }, look, { say: 'B.' }] };
  const runtime = await openRuntime(app, { throwAway: true, interpreter: { kind: 'scripted', input: script } });
  t.teardown(() => runtime.close());
  const { budget, cause, error } = await runtime.run({ prompt: 'Look twice.' });
  t.match(budget, { owner: { of: 'agent', agent: 'clerk' }, used: 3 });
  t.equal(error?.message, 'agent "clerk"\'s budget of 3 steps is reached: 3 were used');
  t.match(cause?.hint, /^raise budget\.steps of agent "clerk", and go on: harness chat --resume r-1$/);
});

/** Steps of a model with its tokens. */
function counting(usages: readonly (Step['usage'] | null)[], model = 'claude-sonnet-5-5'): Interpreter {
  return {
    async next({ stepsOfAgent }) {
      const usage = usages[stepsOfAgent];
      const last = stepsOfAgent === usages.length - 1;
      const calls = last ? [] : [{ id: `c-${stepsOfAgent}`, tool: 'look', args: { id: 'p-001' } }];
      return { text: 'x', calls, stop: last ? 'end' : 'calls', model, ...(usage && { usage }) };
    },
  };
}

const tokens = (input: number, output = 0) => ({ input, output, cacheRead: 0, cacheWrite: 0 });

const live = {
  providers: { claude: { kind: 'anthropic', apiKeyEnv: 'TEST_KEY' } },
  models: { main: { provider: 'claude', id: 'claude-sonnet-5-5' } },
};

/** One run of the clerk, who has a model. */
async function count(t: Tap, budget: Limits, interpreter: Interpreter, more: object = {}) {
  const app = await appOf(t, { ...withBudget({}, { clerk: { ...clerk, model: 'main' } }), ...live, ...more });
  const runtime = await openRuntime(app, { throwAway: true, interpreter, budget });
  t.teardown(() => runtime.close());
  const result = await runtime.run({ prompt: 'Look.', agent: 'clerk' });
  const steps = runtime.store.events(result.runId).filter(({ type }) => type === 'step.finished').length;
  return { ...result, steps };
}

type Tap = Parameters<typeof appOf>[0];

t.test('tokens: a step that certainly takes too much is not asked for', async (t) => {
  const usages = [tokens(1000, 100), tokens(1200, 100), tokens(1400)];
  const reached = await count(t, { tokens: 2400 }, counting(usages));
  t.equal(reached.steps, 2);
  t.equal(reached.error?.message, "the run's budget of 2,400 tokens is reached: 2,400 were used (clerk 2,400)");
  const sure = await count(t, { tokens: 3500 }, counting(usages));
  t.equal(sure.steps, 2, 'its 1200 tokens of input would be sent again');
  t.match(sure.budget, { kind: 'tokens', used: 2400, next: 1200 });
  t.match(sure.error?.message, /has no room for another step: 2,400 were used \(clerk 2,400\), and the next takes at/);
  const enough = await count(t, { tokens: 3600 }, counting(usages));
  t.match(enough, { status: 'done', steps: 3 });
  const untold = await count(t, { tokens: 10_000 }, counting([null, tokens(1)]));
  t.match(untold, {
    status: 'budget',
    steps: 1,
    error: { message: /cannot be kept: a model does not tell its tokens/ },
  });
});

t.test('costs: by the prices of the models, with what the cache saves', async (t) => {
  const usages = [tokens(100_000, 1000), tokens(100_000, 1000), tokens(1)];
  const reached = await count(t, { costUsd: 0.4 }, counting(usages));
  t.match(reached, { steps: 2, budget: { kind: 'costUsd', used: 0.42 } });
  t.equal(reached.error?.message, "the run's budget of $0.40 is reached: $0.42 were used (clerk $0.42)");
  t.match(reached.cause?.hint, /--max-cost 0\.84$/);
  // 100,000 tokens from the cache cost a cent at least.
  t.match(await count(t, { costUsd: 0.425 }, counting(usages)), { steps: 2, budget: { next: 0.01 } });
  t.match(await count(t, { costUsd: 0.44 }, counting(usages)), { steps: 3, status: 'done' });
  const unknown = await count(t, { costUsd: 5 }, counting([tokens(1), tokens(1)], 'who-knows'));
  t.match(unknown, {
    status: 'budget',
    steps: 1,
    error: { message: /cannot be kept: what a model costs is not known/ },
  });
});

t.test('an unknown price is refused before the run, with the names of all such models', async (t) => {
  const models = {
    main: { provider: 'claude', id: 'house-model', fallback: ['spare'] },
    spare: { provider: 'claude', id: 'house-model-2' },
    dear: { provider: 'claude', id: 'claude-opus-5-5' },
  };
  const all = Object.fromEntries(
    Object.entries({ ...smallApp.agents, clerk }).map(([name, agent]) => [
      name,
      { ...agent, model: name === 'clerk' ? 'main' : 'dear' },
    ]),
  );
  const refusalOf = async (budget: object, agents: object = {}, options: Limits = {}) => {
    const app = await appOf(t, { ...smallApp, ...live, models, budget, agents: { ...all, ...agents } });
    const interpreter = liveInterpreter(app, { TEST_KEY: 'k' });
    try {
      await (await openRuntime(app, { throwAway: true, interpreter, budget: options })).close();
      return undefined;
    } catch (thrown) {
      const { code, exit, problems } = thrown as { code: string; exit: number; problems: { message: string }[] };
      return { code, exit, problems: problems.map(({ message }) => message) };
    }
  };
  const problems = [
    'the price of model "main" (house-model) is not known',
    'the price of model "spare" (house-model-2) is not known',
  ];
  const refused = { code: 'unknown-price', exit: 2, problems };
  t.strictSame(await refusalOf({ run: { costUsd: 1 } }), refused);
  t.strictSame(await refusalOf({ session: { costUsd: 1 } }), refused);
  t.strictSame(await refusalOf({}, {}, { costUsd: 1 }), refused);
  t.strictSame(await refusalOf({}, { clerk: { ...all.clerk, budget: { costUsd: 1 } } }), refused);
  t.equal(await refusalOf({}, { planner: { ...all.planner, budget: { costUsd: 1 } } }), undefined, 'a known one');
  t.equal(await refusalOf({ run: { tokens: 1 } }), undefined);
});

t.test('seconds: the run ends at the next safe place; waiting for a person does not count', async (t) => {
  const app = await appOf(t, withBudget({}));
  const slow = (ms: number): Interpreter => ({
    next: (_view, signal) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => resolve({ text: 'Done.', calls: [], stop: 'end' }), ms);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(new DOMException('aborted', 'AbortError'));
        });
      }),
  });
  const late = await openRuntime(app, { throwAway: true, interpreter: slow(600_000), budget: { seconds: 0.2 } });
  t.teardown(() => late.close());
  const { status, budget, error } = await late.run({ prompt: 'Look.', agent: 'clerk' });
  t.match({ status, budget }, { status: 'budget', budget: { kind: 'seconds', limit: 0.2 } });
  t.match(error?.message, /^the run's budget of 0\.2 seconds is reached: \d+(\.\d+)? were used/);

  const patient: Approver = {
    decide: () =>
      new Promise((resolve) => setTimeout(() => resolve({ decision: { kind: 'approve' }, by: 'user' }), 3200)),
  };
  const script = {
    executor: [executeStep(), { say: 'Applied.' }],
    planner: [storeStep([priceChange]), { say: 'Stored.' }],
  };
  const waited = await openRuntime(app, {
    throwAway: true,
    interpreter: { kind: 'scripted', input: script },
    approver: patient,
    budget: { seconds: 3 },
  });
  t.teardown(() => waited.close());
  await waited.run({ prompt: 'Plan.', agent: 'planner' });
  const done = await waited.run({ prompt: 'Execute.', agent: 'executor' });
  t.equal(done.status, 'done');
  const meter = createMeter(costOf);
  for (const event of waited.store.events(done.runId)) meter.take(event);
  t.ok(meter.total().seconds < 3, 'the events tell the same');

  const stopped = new AbortController();
  const interrupted = await openRuntime(app, { throwAway: true, interpreter: slow(20_000), budget: { seconds: 60 } });
  t.teardown(() => interrupted.close());
  setTimeout(() => stopped.abort(), 50);
  t.equal((await interrupted.run({ prompt: 'Look.', agent: 'clerk', signal: stopped.signal })).status, 'interrupted');
});

t.test('the same events give the same figures', (t) => {
  const base = { runId: 'r-1', span: '1', parent: null, agent: 'a' };
  const at = (second: number) => new Date(1_800_000_000_000 + second * 1000).toISOString();
  const step: Step = { text: '', calls: [], stop: 'end', model: 'claude-sonnet-5-5', usage: tokens(1000, 10) };
  const events = [
    { seq: 1, at: at(0), type: 'run.started' },
    { seq: 2, at: at(3), type: 'step.finished', data: { index: 1, step } },
    { seq: 3, at: at(4), type: 'approval.requested', data: {} },
    { seq: 4, at: at(500), type: 'approval.decided', data: {} },
    { seq: 5, at: at(501), type: 'run.finished', data: {} },
    { seq: 6, at: at(9000), type: 'run.resumed', data: {} },
    { seq: 7, at: at(9002), type: 'step.finished', data: { index: 2, step } },
  ] as const;
  const meter = createMeter(costOf);
  for (const event of events) meter.take({ ...base, ...event } as unknown as Event);
  const { seconds, tokens: all, steps } = meter.total();
  t.strictSame({ seconds, all, steps }, { seconds: 7, all: 2020, steps: 2 });
  t.equal(meter.leastInput('1', 'claude-sonnet-5-5'), 1000);
  t.equal(meter.leastInput('1', 'another'), 0);
  t.end();
});

t.test('a live run over the wire: failed tries, tokens and the exit', async (t) => {
  const part: Part = { call: 'look', id: 'toolu_1', input: '{"id":"p-001"}' };
  const answers: Answering[] = [1, 2, 3].map((place) =>
    says([{ ...part, id: `toolu_${place}` }], {
      stop: 'tool_use',
      usage: { input_tokens: 400 * place, output_tokens: 1 },
    }),
  );
  const at = await provider(t, ...answers, says([{ text: 'Done.' }]));
  const agents = Object.fromEntries(
    Object.entries({ ...smallApp.agents, clerk }).map(([name, agent]) => [name, { ...agent, model: 'main' }]),
  );
  const app = await appOf(t, { ...smallApp, ...live, agents, budget: { run: { tokens: 1300 } } });
  const env = { TEST_KEY: 'k', ANTHROPIC_BASE_URL: at.url };
  const runtime = await openRuntime(app, { throwAway: true, interpreter: liveInterpreter(app, env) });
  t.teardown(() => runtime.close());
  const result = await runtime.run({ prompt: 'Look.', agent: 'clerk' });
  t.match(result, { status: 'budget', budget: { kind: 'tokens', used: 1250, next: 800 } });
  t.equal(at.received.length, 2, 'the third request was never sent');
});

t.test('a try that failed counts, as far as the provider told it', async (t) => {
  const broken = startsWith(4, [{ text: 'I look.' }], (response) => response.destroy());
  const answer = says([{ text: 'Done.' }], { usage: { input_tokens: 400, output_tokens: 1 } });
  const at = await provider(t, broken, answer);
  const models = { main: { provider: 'claude', id: 'claude-sonnet-5-5' } };
  const agents = Object.fromEntries(
    Object.entries({ ...smallApp.agents, clerk }).map(([name, agent]) => [name, { ...agent, model: 'main' }]),
  );
  const app = await appOf(t, { ...smallApp, ...live, models, agents, budget: { session: { tokens: 430 } } });
  const env = { TEST_KEY: 'k', ANTHROPIC_BASE_URL: at.url };
  const runtime = await openRuntime(app, { throwAway: true, interpreter: liveInterpreter(app, env) });
  t.teardown(() => runtime.close());
  t.equal((await runtime.run({ prompt: 'Look.', agent: 'clerk' })).status, 'done');
  const { budget } = await runtime.run({ prompt: 'Again.', agent: 'clerk' });
  t.match(budget, { owner: { of: 'session' }, used: 436 });
  t.equal(at.received.length, 2);
});

/** The small app, whose clerk asks a server. */
async function askingClerk(t: Test, provided: object, models: object, budget: object, answers: readonly Answering[]) {
  const at = await provider(t, ...answers);
  const providers = { claude: { kind: 'anthropic', apiKeyEnv: 'TEST_KEY', ...provided } };
  const agents = Object.fromEntries(
    Object.entries({ ...smallApp.agents, clerk }).map(([name, agent]) => [name, { ...agent, model: 'main' }]),
  );
  const app = await appOf(t, { ...smallApp, providers, models, agents, budget });
  const env = { TEST_KEY: 'k', ANTHROPIC_BASE_URL: at.url };
  const runtime = await openRuntime(app, { throwAway: true, interpreter: liveInterpreter(app, env) });
  t.teardown(() => runtime.close());
  const triesOf = (runId: string) =>
    runtime.store
      .events(runId)
      .flatMap(({ type, data }) =>
        type === 'provider.retried' || type === 'provider.failed'
          ? [[type, data.attempt, data.error.code, data.used?.model, data.used?.usage.input]]
          : [],
      );
  return { at, runtime, triesOf };
}

const sonnet = 'claude-sonnet-5-5';

t.test('what the last try of a step took counts too: one event for each try', async (t) => {
  const broken = startsWith(4, [{ text: 'I look.' }], (response) => response.destroy());
  const models = { main: { provider: 'claude', id: sonnet } };
  const { at, runtime, triesOf } = await askingClerk(t, { maxRetries: 1 }, models, { session: { tokens: 20 } }, [
    broken,
  ]);
  const { runId, status, cause } = await runtime.run({ prompt: 'Look.', agent: 'clerk' });
  t.match({ status, exit: cause?.exit }, { status: 'failed', exit: 3 });
  t.strictSame(triesOf(runId), [
    ['provider.retried', 1, 'connection_lost', sonnet, 10],
    ['provider.failed', 2, 'connection_lost', sonnet, 10],
  ]);
  const { total } = spendingOf(runtime.store.events(runId), costOf);
  t.match(total, { steps: 0, input: 20, output: 2, unpriced: [] });
  t.ok((total.cost ?? 0) > 0);
  const { budget } = await runtime.run({ prompt: 'Again.', agent: 'clerk' });
  t.match(budget, { owner: { of: 'session' }, used: 22 });
  t.equal(at.received.length, 2, 'nothing more was asked');
});

t.test('a try that was interrupted counts, with the answers that were paused before it', async (t) => {
  const paused = says([{ text: 'I think.' }], { stop: 'pause_turn', usage: { input_tokens: 300, output_tokens: 1 } });
  const open = startsWith(6, [{ text: 'I look.' }], () => undefined);
  const models = { main: { provider: 'claude', id: sonnet } };
  const { runtime, triesOf } = await askingClerk(t, {}, models, {}, [paused, open]);
  const stop = new AbortController();
  const delta = ({ text }: { text: string }) => void (text.includes('look') && stop.abort());
  const { runId, status } = await runtime.run({
    prompt: 'Look.',
    agent: 'clerk',
    signal: stop.signal,
    sink: { delta },
  });
  t.equal(status, 'interrupted');
  t.strictSame(triesOf(runId), [['provider.failed', 1, 'interrupted', sonnet, 310]]);
});

t.test('each model that gave up has its own tokens', async (t) => {
  const overloaded: Answering = (response) => {
    const send = begin(response);
    for (const event of eventsOf([{ text: 'I look.' }]).slice(0, 4)) send(event);
    response.end(sse({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }));
  };
  const models = {
    main: { provider: 'claude', id: sonnet, fallback: ['fast'] },
    fast: { provider: 'claude', id: 'claude-haiku-5-5' },
  };
  const { runtime, triesOf } = await askingClerk(t, { maxRetries: 0 }, models, {}, [overloaded]);
  const { runId } = await runtime.run({ prompt: 'Look.', agent: 'clerk' });
  t.strictSame(triesOf(runId), [
    ['provider.retried', 1, 'overloaded', sonnet, 10],
    ['provider.failed', 2, 'overloaded', 'claude-haiku-5-5', 10],
  ]);
});

t.test('what the files say is checked', async (t) => {
  const problemsOf = async (budget: object, agents: object = {}) => {
    const dir = t.testdir({
      'seed.sql': 'CREATE TABLE p (id TEXT);',
      'app.yaml': JSON.stringify(withBudget(budget, agents), null, 2),
    });
    return (await loadApp(dir)).problems.map(({ code, severity, message, pointer }) => [
      code,
      severity,
      message,
      pointer,
    ]);
  };
  t.strictSame(await problemsOf({ run: { steps: 10 }, session: { steps: 10 } }), []);
  t.strictSame(await problemsOf({ run: { tokens: 100 }, session: { tokens: 50 } }), [
    [
      'budget-too-large',
      'warning',
      "the session's budget of 50 tokens is smaller than a run's of 100",
      '/budget/session/tokens',
    ],
  ]);
  const agent = { clerk: { ...clerk, budget: { costUsd: 2 } } };
  t.match(await problemsOf({ session: { costUsd: 1 } }, agent), [
    ['budget-too-large', 'warning', /2 costUsd of agent "clerk" is larger/, '/agents/clerk/budget/costUsd'],
  ]);
  const wrong = await problemsOf({ run: { steps: 0, tokens: 1.5, cost: 1 }, days: {} });
  t.strictSame(wrong.map(([code, severity]) => [code, severity]).sort(), [
    ['out-of-range', 'error'],
    ['unknown-key', 'error'],
    ['unknown-key', 'error'],
    ['wrong-type', 'error'],
  ]);
});

t.test('a run that a budget ended goes on with a larger one, where it stood', async (t) => {
  const root = t.testdir({ apps: { small: { 'seed.sql': 'CREATE TABLE p (id TEXT);', 'app.yaml': '{}' } } });
  const dir = join(root, 'apps/small');
  const prices = { planner: [look, look, storeStep([priceChange]), { say: 'Stored.' }] };
  const script = {
    ...prices,
    coordinator: [{ call: 'call_agent', args: { agent: 'planner', prompt: 'Plan.' } }, { say: 'Planned.' }],
  };
  const planner = { ...smallApp.agents.planner, toolkits: ['desk'] };
  writeFileSync(join(dir, 'app.yaml'), JSON.stringify(withBudget({ run: { steps: 3 } }, { planner })));
  writeFileSync(join(root, 'steps.yaml'), JSON.stringify({ prompt: 'Plan it.', script }));
  const first = await run(['chat', '--script', 'steps.yaml', '--output', 'json'], { cwd: root });
  t.equal(first.code, 4, first.stderr);
  const json = JSON.parse(first.stdout);
  t.match(json, { status: 'budget', error: { code: 'budget-reached' }, budget: { owner: { of: 'run' }, used: 3 } });
  t.match(
    first.stderr,
    "error budget-reached: the run's budget of 3 steps is reached: 3 were used (planner 2, coordinator 1)\n",
  );
  const [, command = ''] = /go on with a larger one: harness (.+)\n/.exec(first.stderr) ?? [];
  t.equal(command, `chat --resume ${json.runId} --script steps.yaml --max-steps 6`);
  const stillSmall = await run(command.replace('--max-steps 6', '').trim().split(' '), { cwd: root });
  t.equal(stillSmall.code, 4, 'what was used before counts');
  t.match(stillSmall.stderr, /3 were used/);
  const second = await run(command.split(' '), { cwd: root });
  t.strictSame([second.code, second.stdout], [0, 'Planned.\n'], second.stderr);
  const shown = JSON.parse((await run(['runs', 'show', json.runId, '--json'], { cwd: root })).stdout);
  const types = (shown.events as Event[]).map(({ type }) => type);
  t.equal(types.filter((type) => type === 'step.finished').length, 6, 'no step was taken twice');
  t.equal(types.filter((type) => type === 'run.resumed').length, 2);

  for (const [flag, value] of [
    ['--max-steps', '0'],
    ['--max-cost', 'much'],
    ['--max-tokens', '1.5'],
    ['--max-seconds', '-1'],
  ]) {
    const wrong = await run(['chat', '--script', 'steps.yaml', `${flag}=${value}`], { cwd: root });
    t.equal(wrong.code, 2, wrong.stderr);
  }
});

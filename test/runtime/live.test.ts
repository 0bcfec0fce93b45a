import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { loadApp } from '../../src/config/load.ts';
import { HarnessError } from '../../src/core/errors.ts';
import type { Event } from '../../src/core/event.ts';
import { agentsOf, callsOf } from '../../src/core/trajectory.ts';
import { spendingOf } from '../../src/core/usage.ts';
import { costOf } from '../../src/interpreters/models.ts';
import { scriptedApprover } from '../../src/run/approvers.ts';
import { openRuntime } from '../../src/runtime/build.ts';
import { hasKey, readKeys, secretsOf } from '../../src/runtime/keys.ts';
import { liveInterpreter } from '../../src/runtime/live.ts';
import { appOf, smallApp } from '../app.ts';
import { cliFile, eventsIn, project, refused, run, sampleName } from '../commands/cli.ts';
import { type Answering, fails, type Part, type Provider, provider, says, startsWith } from '../interpreters/server.ts';

t.setTimeout(120_000);

const key = 'sk-planted-0123456789';
const sample = fileURLToPath(new URL('../../apps/coordinator-planner-executor', import.meta.url));

const plan = {
  rationale: 'Wholesale demand is strong.',
  actions: [{ kind: 'price_change', productId: 'p-001', newPrice: 6.49, reason: 'wholesale demand' }],
};

/** What each agent of the sample says, step by step, known by the beginning of its prompt. */
const parts: Readonly<Record<string, readonly (readonly Part[])[]>> = {
  'You coordinate': [
    [called('call_agent', { agent: 'planner', prompt: 'Plan 6.49 for p-001.' })],
    [{ text: 'Now it is executed. ' }, called('call_agent', { agent: 'executor', prompt: 'Execute plan-1.' })],
    [{ text: 'p-001 now costs 6.49.' }],
  ],
  'You turn a wished': [
    [
      { thinking: 'One action will do.', signature: 'c2ln' },
      called('storePlan', { specName: 'CatalogActionPlan', planId: 'plan-1', body: plan }),
    ],
    [{ text: 'Stored plan-1.' }],
  ],
  'You execute stored': [[called('executePlan', { planId: 'plan-1' })], [{ text: 'Applied one price change.' }]],
};

function called(tool: string, args: object): Part {
  const input = JSON.stringify(args);
  return { call: tool, id: `toolu_${tool}_${input.length}`, input };
}

const usage = { input_tokens: 100, cache_read_input_tokens: 800, cache_creation_input_tokens: 100, output_tokens: 1 };

/** Plays the models of the sample. */
const models: Answering = (response, request) => {
  const { system, messages } = request.body;
  const prompt = JSON.stringify(system);
  const steps = Object.entries(parts).find(([start]) => prompt.includes(start))?.[1] ?? [];
  const step = steps[messages.filter(({ role }) => role === 'assistant').length] ?? [{ text: 'Nothing.' }];
  const stop = step.some((part) => 'call' in part) ? 'tool_use' : 'end_turn';
  says(step, { stop, usage })(response, request);
};

function environment(at: Provider) {
  return { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: `${at.url}/v1` };
}

t.test('the sample app, from a prompt to an executed plan, through faults', async (t) => {
  const cut = startsWith(4, [called('executePlan', { planId: 'plan-1' })], (response) => response.destroy());
  const at = await provider(
    t,
    models,
    fails(529, 'overloaded_error', `Overloaded; key ${key}`, { 'retry-after-ms': '5' }),
    cut,
    models,
  );
  const { app } = await loadApp(sample);
  if (!app) throw new Error('the sample cannot be loaded');
  const runtime = await openRuntime(app, {
    throwAway: true,
    interpreter: liveInterpreter(app, environment(at)),
    approver: scriptedApprover('approve'),
  });
  t.teardown(() => runtime.close());
  const shown: Event[] = [];
  let streamed = '';
  const result = await runtime.run({
    prompt: 'Lower p-001 to 6.49.',
    sink: {
      event: (event) => shown.push(event),
      delta: ({ text }) => {
        streamed += text;
      },
    },
  });
  t.match(result, { status: 'done', answer: 'p-001 now costs 6.49.' });
  t.match(streamed, 'p-001 now costs 6.49.');
  const events = runtime.store.events(result.runId);
  t.strictSame(agentsOf(events), ['coordinator', 'planner', 'executor']);
  t.strictSame(
    callsOf(events).map(({ tool, outcome }) => [tool, outcome?.ok]),
    [
      ['call_agent', true],
      ['storePlan', true],
      ['call_agent', true],
      ['executePlan', true],
    ],
  );
  t.equal(runtime.store.plan('plan-1')?.status, 'executed');
  t.match(events[0]?.data, { interpreter: 'anthropic' });
  const retried = events.flatMap((event) => (event.type === 'provider.retried' ? [event.data] : []));
  t.strictSame(
    retried.map(({ attempt, error }) => [attempt, error.code]),
    [
      [1, 'overloaded'],
      [2, 'connection_lost'],
    ],
  );
  t.notMatch(JSON.stringify([events, shown]), key, 'the key is in no event');

  const { total, agents } = spendingOf(events, costOf);
  t.match(total, {
    steps: 7,
    // The try that was cut off had been counted, too.
    input: 7010,
    output: 176,
    cacheRead: 5600,
    cacheWrite: 700,
    cachedShare: 5600 / 7010,
    unpriced: [],
  });
  t.strictSame(Object.keys(agents).sort(), ['coordinator', 'executor', 'planner']);
  const sonnet = (100 * 2 + 800 * 0.1 + 100 * 2.5 + 25 * 10) / 1e6;
  t.ok(Math.abs((agents.planner?.cost ?? 0) - 2 * sonnet - (10 * 2 + 10) / 1e6) < 1e-12);

  const sent = at.received.map(({ body }) => body);
  const planner = sent.filter(({ system }) => JSON.stringify(system).includes('You turn a wished'));
  t.match(planner.at(-1)?.messages[1]?.content, [
    { type: 'thinking', thinking: 'One action will do.', signature: 'c2ln' },
  ]);
  const offered = (planner[0]?.tools ?? []) as readonly { readonly name: string }[];
  const names = offered.map(({ name }) => name);
  t.ok(names.length > 1);
  t.strictSame(names, [...names].sort(), 'the order of tools does not change');
});

const withModels = {
  ...smallApp,
  providers: {
    first: { kind: 'anthropic', apiKeyEnv: 'FIRST_KEY', maxRetries: 3 },
    second: { kind: 'anthropic', apiKeyEnv: 'SECOND_KEY', auth: 'x-api-key' },
    local: { kind: 'anthropic', auth: 'none', baseUrl: 'http://127.0.0.1:9' },
    idle: { kind: 'anthropic', apiKeyEnv: 'IDLE_KEY' },
  },
  models: {
    main: { provider: 'first', id: 'claude-sonnet-5-5', effort: 'high', fallback: ['backup'] },
    backup: { provider: 'second', id: 'claude-haiku-5-5', maxOutputTokens: 500 },
    free: { provider: 'local', id: 'some-local-model' },
  },
  agents: Object.fromEntries(
    Object.entries(smallApp.agents).map(([name, agent]) => [
      name,
      { ...agent, model: name === 'planner' ? 'free' : 'main' },
    ]),
  ),
};

t.test('an overloaded model is replaced by its fallback for the rest of the task', async (t) => {
  const overloaded = fails(529, 'overloaded_error', 'Overloaded', { 'retry-after-ms': '5' });
  const look = says([called('look', { id: 'p-001' })], { stop: 'tool_use' });
  const at = await provider(t, overloaded, overloaded, look, says([{ text: 'Done.' }]));
  const { planner: _planner, ...agents } = withModels.agents;
  const coordinator = { ...smallApp.agents.coordinator, model: 'main', routes: ['executor', 'clerk'] };
  const app = await appOf(t, { ...withModels, agents: { ...agents, coordinator } });
  const env = { FIRST_KEY: 'sk-first-1', SECOND_KEY: 'sk-second-1', ANTHROPIC_BASE_URL: at.url };
  const runtime = await openRuntime(app, { throwAway: true, interpreter: liveInterpreter(app, env) });
  t.teardown(() => runtime.close());
  const result = await runtime.run({ prompt: 'Look.', agent: 'clerk' });
  t.match(result, { status: 'done', answer: 'Done.' });
  t.strictSame(
    at.received.map(({ headers, body }) => [body.model, headers['x-api-key'] ?? headers.authorization]),
    [
      ['claude-sonnet-5-5', 'Bearer sk-first-1'],
      ['claude-sonnet-5-5', 'Bearer sk-first-1'],
      ['claude-haiku-5-5', 'sk-second-1'],
      ['claude-haiku-5-5', 'sk-second-1'],
    ],
  );
  const sent = at.received[2]?.body;
  t.equal(sent?.max_tokens, 500);
  t.equal(sent?.output_config, undefined, "the first model's effort is not the fallback's");
  const events = runtime.store.events(result.runId);
  const retried = events.flatMap((event) => (event.type === 'provider.retried' ? [event.data] : []));
  t.match(retried, [
    { attempt: 1, error: { code: 'overloaded' } },
    { attempt: 2, delayMs: 0, model: 'claude-haiku-5-5' },
  ]);
  const next = await runtime.run({ prompt: 'Again.', agent: 'clerk' });
  t.equal(next.status, 'done');
  t.equal(at.received.at(-1)?.body.model, 'claude-sonnet-5-5', 'a new task begins with the first model');
});

t.test('a fault that stays ends the run with the exit code of a provider', async (t) => {
  const at = await provider(t, fails(401, 'authentication_error', 'invalid key'));
  const { app } = await loadApp(sample);
  if (!app) throw new Error('the sample cannot be loaded');
  const runtime = await openRuntime(app, { throwAway: true, interpreter: liveInterpreter(app, environment(at)) });
  t.teardown(() => runtime.close());
  const result = await runtime.run({ prompt: 'Hello.' });
  t.match(result, {
    status: 'failed',
    error: { code: 'provider-fault' },
    cause: { exit: 3, hint: /ANTHROPIC_API_KEY/ },
  });
});

t.test('missing keys are listed at once; the environment holds before .env', async (t) => {
  const app = await appOf(t, withModels);
  const problems = (env: Record<string, string>) => {
    try {
      readKeys(app, env);
      return [];
    } catch (thrown) {
      if (!(thrown instanceof HarnessError)) throw thrown;
      t.equal(thrown.exit, 2);
      return thrown.problems.map(({ message }) => message);
    }
  };
  const first = 'provider "first" needs FIRST_KEY, which is not set';
  const second = 'provider "second" needs SECOND_KEY, which is not set';
  t.strictSame(problems({}), [first, second], 'not the one that needs none, nor the one that nobody uses');
  t.strictSame(problems({ FIRST_KEY: ' ' }), [first, second]);
  t.match(problems({ FIRST_KEY: 'a b', SECOND_KEY: 'x' }), [/FIRST_KEY, which holds a space/]);

  writeFileSync(join(app.root, '.env'), 'FIRST_KEY=from-file\nSECOND_KEY="from file\nOTHER=x"\n');
  t.match(problems({}), [/SECOND_KEY, which spans several lines/]);
  writeFileSync(join(app.root, '.env'), '# keys\nFIRST_KEY=first-file\nSECOND_KEY=second-file\nHOME=/nowhere\n');
  const keys = readKeys(app, { SECOND_KEY: 'second-env' });
  t.equal(keys.of('first'), 'first-file');
  t.equal(keys.of('second'), 'second-env');
  t.equal(keys.of('local'), undefined);
  t.strictSame(secretsOf(app, { SECOND_KEY: 'second-env' }), [
    { name: 'FIRST_KEY', value: 'first-file' },
    { name: 'SECOND_KEY', value: 'second-env' },
  ]);
  t.ok(hasKey(app, 'local', {}));
  t.notOk(hasKey(app, 'idle', {}));
  const bare = await appOf(t, smallApp);
  t.throws(() => readKeys(bare, {}), { code: 'missing-keys', problems: { length: 4 } });
  const oneKey = { kind: 'anthropic', apiKeyEnv: 'FIRST_KEY' };
  const shared = await appOf(t, { ...withModels, providers: { ...withModels.providers, second: oneKey } });
  const both = { message: 'providers "first" and "second" need FIRST_KEY, which is not set' };
  t.throws(() => readKeys(shared, {}), { code: 'missing-keys', problems: [both] });
});

t.test('the command line, from outside', async (t) => {
  const at = await provider(t, models);
  const cwd = project(t);
  const without = await run(['chat', '-p', 'Hello'], { cwd });
  refused(
    t,
    without,
    2,
    /^error missing-keys: .*; nothing was run\n {2}provider "anthropic" needs ANTHROPIC_API_KEY/,
    '.env',
  );
  t.equal(without.stderr.match(/error/g)?.length, 1, 'one message');
  writeFileSync(join(cwd, '.env'), `ANTHROPIC_API_KEY=${key}\n`);
  const env = { ANTHROPIC_BASE_URL: at.url };
  const paused = await run(['chat', '-p', 'Lower p-001 to 6.49.'], { cwd, env });
  t.equal(paused.code, 5, 'a plan needs a person');
  t.match(paused.stderr, /\d steps?, [\d,]+ tokens in \(80% cached\), \d+ out, \$0\.\d+\n/);
  const planned = await run(['chat', '-a', 'planner', '-p', 'Plan it.', '--output', 'stream-json'], { cwd, env });
  t.equal(planned.code, 0, planned.stderr);
  t.equal(eventsIn(planned.stdout).at(-1)?.type, 'run.finished');
  const json = await run(['chat', '-a', 'planner', '-p', 'Plan it.', '--output', 'json'], { cwd, env });
  t.match(JSON.parse(json.stdout), { answer: 'Stored plan-1.', usage: { total: { steps: 2, cachedShare: 0.8 } } });
  for (const ended of [paused, planned, json]) t.notMatch(ended.stdout + ended.stderr, key);

  const listed = await run(['models', sampleName], { cwd });
  t.match(listed.stdout, /^main +claude-sonnet-5-5 +coordinator-planner-executor +set +1M +128K +2 +10 +2\.5 +0\.1$/m);
  t.match(listed.stdout, /^fast +claude-haiku-5-5 .* x 5 above 100K input$/m);
  t.notMatch(listed.stdout, key);
  const data = JSON.parse((await run(['models', '--json'], { cwd })).stdout);
  t.match(data.models[0], { name: 'main', keySet: true, contextWindow: 1_000_000, price: { output: 10 } });
});

/** A built file with all that it loads before anybody asks for more. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/\b(?:from|import)\s*"(\.[^"]+)"/g)) {
    loadedWith(join(dirname(file), name), seen);
  }
  return seen;
}

t.test('the SDK is loaded with the first step, and not before', async (t) => {
  const dist = dirname(cliFile);
  const chunks = readdirSync(join(dist, 'chunks')).map((name) => join(dist, 'chunks', name));
  const isSdk = (file: string) => readFileSync(file, 'utf8').includes('X-Stainless-Retry-Count');
  t.equal(chunks.filter(isSdk).length, 1, 'it is there');
  const commands = chunks.filter((file) => /\/(build|chat|load|models|smoke|validate)-\w+\.js$/.test(file));
  t.ok(commands.length > 3, 'the commands are found');
  for (const file of [cliFile, join(dist, 'index.js'), ...commands]) {
    t.strictSame([...loadedWith(file)].filter(isSdk), [], file);
  }
});

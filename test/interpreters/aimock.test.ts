import { join } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import t, { type Test } from 'tap';
import { loadApp } from '../../src/config/load.ts';
import type { EventOf } from '../../src/core/event.ts';
import { agentsOf, callsOf } from '../../src/core/trajectory.ts';
import { scriptedApprover } from '../../src/run/approvers.ts';
import { openRuntime } from '../../src/runtime/build.ts';
import { liveInterpreter } from '../../src/runtime/live.ts';
import { appFolder, project } from '../commands/cli.ts';

// A server that others wrote, so that our reading of the format is not checked by ourselves alone.

t.setTimeout(120_000);

const body = {
  rationale: 'Demand.',
  actions: [{ kind: 'price_change', productId: 'p-001', newPrice: 6.49, reason: 'Demand.' }],
};

const answer = 'p-001 now costs 6.49.';

type Fixture = Parameters<LLMock['on']>;
type Faulty = { readonly response: Fixture[1]; readonly options?: Fixture[2] };

function fake(faulty?: Faulty): LLMock {
  const mock = new LLMock({ port: 0, host: '127.0.0.1' });
  const coordinator = { systemMessage: 'You coordinate' };
  const delegate = (agent: string) => ({
    toolCalls: [{ id: `toolu_${agent}`, name: 'call_agent', arguments: { agent, prompt: `Work, ${agent}.` } }],
  });
  mock.on({ ...coordinator, hasToolResult: false }, { ...delegate('data_analyst'), reasoning: 'First a look.' });
  mock.on({ ...coordinator, toolCallId: 'toolu_data_analyst' }, delegate('planner'));
  mock.on({ ...coordinator, toolCallId: 'toolu_planner' }, delegate('executor'));
  mock.on({ ...coordinator, toolCallId: 'toolu_executor' }, { content: answer });

  const analyst = { systemMessage: 'You answer questions' };
  const sql = (query: string, id: string) => ({ id, name: 'execute_query', arguments: { sql: query } });
  const queries = [
    sql("SELECT price FROM products WHERE id = 'p-001'", 'toolu_a'),
    sql('SELECT count(*) FROM orders', 'toolu_b'),
  ];
  const thought = { reasoning: 'Two queries: “both”.', reasoningSignature: 'c2ln+/==', redactedThinking: ['AAAA'] };
  mock.on({ ...analyst, hasToolResult: false }, { content: 'I look.', toolCalls: queries, ...thought });
  mock.on({ ...analyst, hasToolResult: true }, { content: 'It costs 6.99.' });

  const planner = { systemMessage: 'You turn a wished' };
  const stored = { specName: 'CatalogActionPlan', planId: 'plan-1', body };
  mock.on({ ...planner, hasToolResult: false }, { toolCalls: [{ name: 'storePlan', arguments: stored }] });
  mock.on({ ...planner, hasToolResult: true }, { content: 'Stored plan-1.' });

  const executor = { systemMessage: 'You execute stored' };
  if (faulty) {
    mock.on({ ...executor, hasToolResult: false, sequenceIndex: 0 }, faulty.response, faulty.options);
  }
  const execution = { toolCalls: [{ name: 'executePlan', arguments: { planId: 'plan-1' } }] };
  mock.on({ ...executor, hasToolResult: false }, execution);
  mock.on({ ...executor, hasToolResult: true }, { content: 'Applied.' });
  return mock;
}

/** The sample app, live against the fake. */
async function run(t: Test, mock: LLMock) {
  await mock.start();
  t.teardown(() => mock.stop());
  const { app } = await loadApp(join(project(t), appFolder));
  if (!app) throw new Error('the sample app has problems');
  const env = { ANTHROPIC_API_KEY: 'sk-planted-0123456789', ANTHROPIC_BASE_URL: mock.url };
  const runtime = await openRuntime(app, {
    throwAway: true,
    interpreter: liveInterpreter(app, env),
    approver: scriptedApprover('approve'),
  });
  t.teardown(() => runtime.close());
  const result = await runtime.run({ prompt: 'Lower p-001 to 6.49, and apply it.', agent: app.entry });
  const events = runtime.store.events(result.runId);
  return { result, events, plan: runtime.store.plan('plan-1'), requests: mock.getRequests() };
}

t.test('the sample from the prompt to the executed plan', async (t) => {
  const { result, events, plan, requests } = await run(t, fake());
  t.match(result, { status: 'done', answer });
  t.equal(plan?.status, 'executed');
  t.strictSame(agentsOf(events), ['coordinator', 'data_analyst', 'planner', 'executor']);
  const tools = callsOf(events).map(({ tool, outcome }) => `${tool} ${outcome?.ok}`);
  t.strictSame(tools.sort(), [
    ...Array(3).fill('call_agent true'),
    'executePlan true',
    ...Array(2).fill('execute_query true'),
    'storePlan true',
  ]);
  const steps = events.filter((event): event is EventOf<'step.finished'> => event.type === 'step.finished');
  const looked = steps.find(({ data }) => data.step.calls.length === 2)?.data.step;
  t.equal(looked?.text, 'I look.');
  t.match(looked?.opaque, { blocks: [{ type: 'redacted_thinking', data: 'AAAA' }, { type: 'thinking' }, { text: 7 }] });
  t.match(JSON.stringify(looked?.opaque), '"thinking":"Two queries: “both”.","signature":"c2ln+/=="');
  t.strictSame([...new Set(requests.map(({ path, response }) => `${path} ${response.status}`))], ['/v1/messages 200']);
});

t.test('faults', async (t) => {
  const error = (status: number, type: string, message: string) => ({ error: { type, message }, status });
  const good: Faulty['response'] = { toolCalls: [{ name: 'executePlan', arguments: { planId: 'plan-1' } }] };
  const passing: Readonly<Record<string, readonly [Faulty, string]>> = {
    '429 with Retry-After': [
      { response: { ...error(429, 'rate_limit_error', 'Slow'), retryAfter: 1 } },
      'rate_limited',
    ],
    '529': [{ response: error(529, 'overloaded_error', 'Overloaded') }, 'overloaded'],
    '500': [{ response: error(500, 'api_error', 'Internal') }, 'server_error'],
    'cut in a text': [
      { response: { content: 'I am going to execute it.' }, options: { truncateAfterChunks: 4, chunkSize: 4 } },
      'connection_lost',
    ],
    'cut in the input of a call': [
      { response: good, options: { truncateAfterChunks: 4, chunkSize: 4 } },
      'connection_lost',
    ],
    'a dropped connection': [{ response: good, options: { chaos: { disconnectRate: 1 } } }, 'connection_lost'],
  };
  for (const [name, [faulty, code]] of Object.entries(passing)) {
    await t.test(name, async (t) => {
      const { result, events, plan } = await run(t, fake(faulty));
      t.match(result, { status: 'done', answer }, JSON.stringify(result.error));
      const retries = events.flatMap((event) => (event.type === 'provider.retried' ? [event.data.error.code] : []));
      t.strictSame(retries, [code]);
      t.equal(plan?.status, 'executed');
      t.equal(events.filter(({ type }) => type === 'action.started').length, 1);
    });
  }
  for (const [name, faulty, message] of [
    ['401', { response: error(401, 'authentication_error', 'invalid x-api-key') }, /the key is not accepted/],
    ['malformed', { response: good, options: { chaos: { malformedRate: 1 } } }, /answered with application\/json/],
  ] as const) {
    await t.test(name, async (t) => {
      const { result, plan } = await run(t, fake(faulty));
      t.match(result, { status: 'failed', error: { code: 'provider-fault', message } });
      t.equal(plan?.status, 'stored');
    });
  }
  for (const [finishReason, code] of [
    ['length', 'cut-off'],
    ['refusal', 'agent-refused'],
  ] as const) {
    await t.test(finishReason, async (t) => {
      const { events, plan } = await run(t, fake({ response: { ...good, finishReason } }));
      const ended = events.find(({ agent, type }) => agent === 'executor' && type === 'agent.finished');
      t.match(ended, { data: { error: { code } } });
      t.equal(plan?.status, 'stored', 'the call was not run');
    });
  }
});

import { performance } from 'node:perf_hooks';
import t, { type Test } from 'tap';
import type { JsonObject } from '../../src/core/json.ts';
import type { ModelRef, View } from '../../src/core/ports.ts';
import { ProviderFault } from '../../src/core/provider-fault.ts';
import type { Retry, Step, Turn } from '../../src/core/step.ts';
import type { AnthropicProvider } from '../../src/generated/config.ts';
import { anthropic } from '../../src/interpreters/anthropic.ts';
import { type Answering, begin, eventsOf, fails, type Provider, provider, says, sse, startsWith } from './server.ts';

t.setTimeout(120_000);

const key = 'sk-planted-0123456789';

const tools = [
  { name: 'look', description: 'Look.', inputSchema: { type: 'object', properties: { id: { type: 'string' } } } },
  { name: 'write', description: 'Write.', inputSchema: { type: 'object', properties: {} } },
];

function viewOf(turns: readonly Turn[] = [{ role: 'user', text: 'What does p-001 cost?' }], model?: Partial<ModelRef>) {
  const ref: ModelRef = { name: 'main', provider: 'claude', id: 'claude-sonnet-5-5', ...model };
  const view: View = {
    runId: 'r-1',
    span: '1',
    agent: 'assistant',
    model: ref,
    prompt: 'You answer.',
    tools,
    turns,
    stepsOfAgent: 0,
  };
  return view;
}

function configOf(more: Partial<AnthropicProvider> = {}): AnthropicProvider {
  const features = { caching: true, strict: false, thinking: true };
  const usual = { auth: 'bearer', headers: {}, features, maxRetries: 2, idleSeconds: 5 } as const;
  return { kind: 'anthropic', apiKeyEnv: 'TEST_KEY', ...usual, ...more };
}

interface Taken {
  readonly step?: Step;
  readonly fault?: unknown;
  readonly text: string;
  readonly thoughts: string;
  readonly deltas: number;
  readonly retries: readonly Retry[];
  readonly ms: number;
}

/** One step at a server. */
async function take(at: Provider, view = viewOf(), more: Partial<AnthropicProvider> = {}, signal?: AbortSignal) {
  const interpreter = anthropic({ name: 'claude', config: configOf({ baseUrl: at.url, ...more }), key });
  const retries: Retry[] = [];
  const pieces: string[] = [];
  const thoughts: string[] = [];
  const started = performance.now();
  const end = (): Omit<Taken, 'step' | 'fault'> => ({
    text: pieces.join(''),
    thoughts: thoughts.join(''),
    deltas: pieces.length,
    retries,
    ms: performance.now() - started,
  });
  try {
    const step = await interpreter.next(view, signal ?? new AbortController().signal, {
      delta: (text, kind) => (kind === 'thinking' ? thoughts : pieces).push(text),
      retried: (retry) => retries.push(retry),
    });
    return { step, ...end() } as Taken;
  } catch (fault) {
    return { fault, ...end() } as Taken;
  }
}

/** A step that the server's first answers do not make impossible. */
async function taken(t: Test, answers: readonly Answering[], more: Partial<AnthropicProvider> = {}) {
  const at = await provider(t, ...answers);
  const { step, fault, ...rest } = await take(at, viewOf(), more);
  if (!step) throw fault;
  return { step, at, ...rest };
}

/** A step that cannot be taken. */
async function refused(t: Test, answers: readonly Answering[], more: Partial<AnthropicProvider> = {}) {
  const at = await provider(t, ...answers);
  const { fault, ...rest } = await take(at, viewOf(), more);
  if (!(fault instanceof ProviderFault)) throw new Error(`expected a fault of the provider, not ${fault}`);
  return { fault, at, ...rest };
}

const quick = { 'retry-after-ms': '5' };
const hello = says([{ text: 'p-001 costs 6.99, as of today.' }]);

t.test('text is streamed as it comes', async (t) => {
  const { step, text, deltas, at } = await taken(t, [hello]);
  t.equal(step.text, 'p-001 costs 6.99, as of today.');
  t.equal(text, step.text);
  t.ok(deltas > 3);
  t.match(step, { stop: 'end', calls: [], model: 'claude-sonnet-5-5' });
  t.strictSame(step.usage, { input: 10, output: 25, cacheRead: 0, cacheWrite: 0 });
  const [request] = at.received;
  t.equal(request?.path, '/v1/messages');
  t.equal(request?.headers.authorization, `Bearer ${key}`);
  t.equal(request?.headers['x-api-key'], undefined);
});

t.test('several calls at once, their results in one message, thinking word for word', async (t) => {
  const thinking = { thinking: 'Two prices are needed; I look up both.', signature: 'c2lnbmF0dXJl+/==' };
  const parts = [
    thinking,
    { raw: { type: 'redacted_thinking', data: 'AAAA' } },
    { text: 'I look. ' },
    { call: 'look', id: 'toolu_1', input: '{"id": "p-001", "deep": {"a": [1, 2.5e3, null, "ü\\n"]}}' },
    { call: 'look', id: 'toolu_2', input: '' },
  ];
  const at = await provider(t, says(parts, { stop: 'tool_use', piece: 3 }), hello);
  const { step } = await take(at);
  t.equal(step?.stop, 'calls');
  t.strictSame(step?.calls, [
    { id: 'toolu_1', tool: 'look', args: { id: 'p-001', deep: { a: [1, 2500, null, 'ü\n'] } } },
    { id: 'toolu_2', tool: 'look', args: {} },
  ]);
  const results = (step?.calls ?? []).map(({ id, tool }) => ({
    call: id,
    tool,
    outcome: { ok: true, result: { price: 1 } } as const,
  }));
  const turns: Turn[] = [
    { role: 'user', text: 'Both?' },
    { role: 'assistant', step: step as Step },
    { role: 'tools', results },
  ];
  // What is stored is JSON.
  await take(at, viewOf(JSON.parse(JSON.stringify(turns))));
  const [, assistant, user] = at.received[1]?.body.messages ?? [];
  t.strictSame(assistant?.content, [
    { type: 'thinking', ...thinking },
    { type: 'redacted_thinking', data: 'AAAA' },
    { type: 'text', text: 'I look. ' },
    { type: 'tool_use', id: 'toolu_1', name: 'look', input: { id: 'p-001', deep: { a: [1, 2500, null, 'ü\n'] } } },
    { type: 'tool_use', id: 'toolu_2', name: 'look', input: {} },
  ]);
  t.strictSame(
    user?.content.map(({ type, tool_use_id }) => [type, tool_use_id]),
    [
      ['tool_result', 'toolu_1'],
      ['tool_result', 'toolu_2'],
    ],
  );
  // Another model would refuse the thinking.
  await take(at, viewOf(turns, { id: 'claude-haiku-5-5' }));
  const types = at.received[2]?.body.messages[1]?.content.map(({ type }) => type);
  t.strictSame(types, ['text', 'tool_use', 'tool_use']);
});

t.test('every reason to stop', async (t) => {
  const text = { text: 'So far.' };
  const cut = { call: 'write', id: 'toolu_1', input: '{"rows": [1, 2' };
  const ends: [string | null, string][] = [
    ['end_turn', 'end'],
    ['stop_sequence', 'end'],
    ['max_tokens', 'max_tokens'],
    ['refusal', 'refusal'],
    ['model_context_window_exceeded', 'context_full'],
    ['something_new', 'other'],
    [null, 'other'],
  ];
  for (const [stop, meant] of ends) {
    const { step, retries } = await taken(t, [says([text, cut], { stop })]);
    t.equal(step.stop, meant, `${stop}`);
    t.strictSame(step.calls, [], `${stop}: a call that may be cut short is not run`);
    t.equal(step.text, 'So far.');
    t.strictSame(retries, []);
  }
  const { step: unknown } = await taken(t, [says([text], { stop: 'something_new' })]);
  t.match(unknown.note, 'something_new');
  const details = { type: 'refusal', category: 'cyber', explanation: 'No.' };
  const { step: refusal } = await taken(t, [says([], { stop: 'refusal', details })]);
  t.match(refusal, { stop: 'refusal', note: 'cyber: No.', text: '' });
});

t.test('a paused answer goes on, and is one step', async (t) => {
  const thinking = { thinking: 'Hm.', signature: 'cw==' };
  const { step, at, text, thoughts } = await taken(t, [
    says([thinking, { text: 'First, ' }], { stop: 'pause_turn' }),
    says([{ text: 'then.' }]),
  ]);
  t.equal(step.text, 'First, then.');
  t.equal(text, 'First, then.');
  t.equal(thoughts, 'Hm.', 'apart from what is said');
  t.strictSame(step.usage, { input: 20, output: 50, cacheRead: 0, cacheWrite: 0 });
  t.strictSame(at.received[1]?.body.messages.at(-1), {
    role: 'assistant',
    content: [
      { type: 'thinking', ...thinking },
      { type: 'text', text: 'First, ' },
    ],
  });
  const endless = await taken(t, [says([{ text: '.' }], { stop: 'pause_turn' })]);
  t.equal(endless.step.stop, 'other');
  t.equal(endless.at.received.length, 11);
});

t.test('what breaks in the middle is tried again as a whole', async (t) => {
  const parts = [{ text: 'p-001 costs' }, { call: 'look', id: 'toolu_1', input: '{"id": "p-001"}' }];
  const whole = says([{ text: 'Done.' }]);
  const cut: Readonly<Record<string, readonly [Answering, string]>> = {
    'connection cut in a text': [startsWith(4, parts, (response) => response.destroy()), 'connection_lost'],
    'connection cut in the input of a call': [
      startsWith(9, parts, (response) => response.destroy()),
      'connection_lost',
    ],
    'an end without message_stop': [startsWith(9, parts, (response) => response.end()), 'connection_lost'],
    'an empty body': [startsWith(0, parts, (response) => response.end()), 'connection_lost'],
    'an overloaded_error in the stream': [
      startsWith(4, parts, (response) => {
        response.end(sse({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }));
      }),
      'overloaded',
    ],
    'an api_error in the stream': [
      startsWith(4, parts, (response) => response.end(sse({ type: 'error', error: { type: 'api_error' } }))),
      'server_error',
    ],
    'data that is no JSON': [
      startsWith(4, parts, (response) => response.end('event: content_block_delta\ndata: {"type": \n\n')),
      'bad_answer',
    ],
    'input of a call that is no JSON': [
      says([{ call: 'look', id: 'toolu_1', input: '{"a": [1, 2' }], { stop: 'tool_use' }),
      'bad_answer',
    ],
    'input of a call that is no object': [
      says([{ call: 'look', id: 'toolu_1', input: '[1]' }], { stop: 'tool_use' }),
      'bad_answer',
    ],
    'a reset before the headers': [(response) => response.socket?.resetAndDestroy(), 'connection_lost'],
  };
  for (const [name, [answer, code]] of Object.entries(cut)) {
    const { step, retries, at } = await taken(t, [answer, whole]);
    t.equal(step.text, 'Done.', name);
    t.strictSame(step.calls, [], name);
    t.strictSame(
      retries.map(({ attempt, error }) => [attempt, error.code]),
      [[1, code]],
      `${name}: ${JSON.stringify(retries)}`,
    );
    t.equal(at.received.length, 2, name);
  }
});

t.test('silence, and pings without end', async (t) => {
  const idle = { idleSeconds: 0.15, maxRetries: 1 };
  const silent: Answering = () => undefined;
  const stalls = startsWith(4, [{ text: 'p-001 costs' }], () => undefined);
  for (const answer of [silent, stalls]) {
    const { fault, retries, ms } = await refused(t, [answer], idle);
    t.match(fault, { fault: 'timeout', exit: 3, message: /silent for 0.15 s, after 2 tries/ });
    t.equal(retries.length, 1);
    t.ok(ms < 30_000, `${ms} ms`);
  }
  const pings: Answering = (response) => {
    const send = begin(response);
    const timer = setInterval(() => send({ type: 'ping' }), 20);
    response.on('close', () => clearInterval(timer));
  };
  const { fault } = await refused(t, [pings], { idleSeconds: 0.15, maxRetries: 0 });
  t.match(fault.message, /made no progress for 0.75 s/);
  const { step } = await taken(t, [silent, hello], idle);
  t.equal(step.stop, 'end');
});

t.test('a slow answer that goes on is waited for', async (t) => {
  const slow: Answering = (response) => {
    const send = begin(response);
    const events = eventsOf([{ text: 'word '.repeat(8) }], { piece: 5 });
    const timer = setInterval(() => {
      const event = events.shift();
      if (event) send(event);
      else response.end(() => clearInterval(timer));
    }, 60);
  };
  const { step, ms } = await taken(t, [slow], { idleSeconds: 0.3, maxRetries: 0 });
  t.equal(step.text, 'word '.repeat(8));
  t.ok(ms > 600);
});

t.test('an answer is not kept waiting by a connection that stays open', async (t) => {
  const open: Answering = (response) => {
    const send = begin(response);
    for (const event of eventsOf([{ text: 'Done.' }])) send(event);
  };
  const { step, ms } = await taken(t, [open]);
  t.equal(step.text, 'Done.');
  t.ok(ms < 4000);
});

t.test('a rate limit: Retry-After is kept to, within reason', async (t) => {
  const limited = (headers: Record<string, string>) => fails(429, 'rate_limit_error', 'Slow down', headers);
  const { step, retries, ms } = await taken(t, [limited({ 'retry-after': '1' }), hello]);
  t.equal(step.stop, 'end');
  t.equal(retries.length, 1);
  t.ok((retries[0]?.delayMs ?? 0) >= 1000 && (retries[0]?.delayMs ?? 0) <= 1250, `${retries[0]?.delayMs}`);
  t.ok(ms >= 1000);
  const without = await taken(t, [limited({}), hello]);
  t.ok((without.retries[0]?.delayMs ?? 0) >= 375, `${without.retries[0]?.delayMs}`);
  const hour = await refused(t, [limited({ 'retry-after': '3600' }), hello]);
  t.match(hour.fault, { fault: 'rate_limited', message: /Slow down \(status 429\)/, hint: /wait for 3600 seconds/ });
  t.ok(hour.ms < 30_000);
  const spent = fails(429, 'rate_limit_error', 'Limit', quick, { error_code: 'enforced_spend_limit_reached' });
  const stopped = await refused(t, [spent, hello]);
  t.equal(stopped.fault.fault, 'spending_limit');
  t.equal(stopped.at.received.length, 1);
});

t.test('a rate limit holds back everybody who uses the same key', async (t) => {
  const at = await provider(t, fails(429, 'rate_limit_error', 'Slow down', { 'retry-after': '1' }), hello);
  const interpreter = anthropic({ name: 'claude', config: configOf({ baseUrl: at.url }), key });
  const { signal } = new AbortController();
  let first: Promise<Step> | undefined;
  const started = performance.now();
  await new Promise<void>((resolve) => {
    first = interpreter.next(viewOf(), signal, { retried: () => resolve() });
  });
  await interpreter.next(viewOf(), signal);
  t.ok(performance.now() - started > 900, 'the second step waits too');
  t.equal((await first)?.stop, 'end');
  const aborted = AbortSignal.timeout(100);
  const other = await provider(t, fails(429, 'rate_limit_error', 'Slow down', { 'retry-after': '30' }));
  const { fault, ms } = await take(other, viewOf(), {}, aborted);
  t.match(fault, { name: 'TimeoutError' });
  t.ok(ms < 15_000);
});

t.test('what passes is tried again, as often as it is allowed; what does not is not', async (t) => {
  const down = fails(500, 'api_error', 'Internal', quick);
  const { fault, retries, at } = await refused(t, [down]);
  t.match(fault, { fault: 'server_error', exit: 3, message: /Internal \(status 500\), after 3 tries/ });
  t.strictSame(
    retries.map((retry) => retry.attempt),
    [1, 2],
  );
  t.equal(at.received.length, 3);
  const never: [Answering, string, RegExp][] = [
    [fails(401, 'authentication_error', 'invalid x-api-key'), 'refused', /key is not accepted/],
    [fails(403, 'permission_error', 'no'), 'refused', /key is not accepted/],
    [fails(404, 'not_found_error', 'model: x'), 'refused', /no model "claude-sonnet-5-5"/],
    [fails(400, 'invalid_request_error', 'effort: no'), 'refused', /not accepted: effort: no \(status 400\)/],
    [fails(402, 'billing_error', 'Pay'), 'spending_limit', /Pay/],
    [fails(503, 'api_error', 'No', { 'x-should-retry': 'false' }), 'overloaded', /No/],
    [
      (response) => {
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end('<html>Welcome</html>');
      },
      'bad_answer',
      /answered with text\/html/,
    ],
    [
      (response) => {
        response.writeHead(307, { location: 'http://127.0.0.1:9/v1/messages' });
        response.end();
      },
      'bad_answer',
      /redirect/,
    ],
  ];
  for (const [answer, code, message] of never) {
    const { fault, at } = await refused(t, [answer], { maxRetries: code === 'connection_lost' ? 0 : 2 });
    t.equal(fault.fault, code, fault.message);
    t.match(fault.message, message);
    t.equal(at.received.length, 1, fault.message);
  }
  const nobody = await refused({ teardown: t.teardown.bind(t) } as Test, [hello], {
    baseUrl: 'http://127.0.0.1:9',
    maxRetries: 0,
  });
  t.match(nobody.fault.message, /127\.0\.0\.1:9 failed/);
});

t.test('a conversation that is too long is the end of the agent, not of the provider', async (t) => {
  const long = fails(400, 'invalid_request_error', 'prompt is too long: 1000001 tokens > 1000000 maximum');
  const { step } = await taken(t, [long]);
  t.match(step, { stop: 'context_full', calls: [], note: /prompt is too long/ });
});

t.test('cancelling works at once, whatever is going on', async (t) => {
  const waits: Readonly<Record<string, Answering>> = {
    'before the headers': () => undefined,
    'in a stream': startsWith(4, [{ text: 'p-001 costs' }], () => undefined),
    'between tries': fails(429, 'rate_limit_error', 'Slow down', { 'retry-after': '30' }),
  };
  for (const [name, answer] of Object.entries(waits)) {
    const at = await provider(t, answer);
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), 300);
    const { fault, ms } = await take(at, viewOf(), {}, controller.signal);
    clearTimeout(timer);
    t.match(fault, { name: 'AbortError' }, name);
    t.ok(ms < 15_000, `${name}: ${ms} ms`);
    t.equal(at.received.length, 1, name);
  }
  const at = await provider(t, hello);
  const { fault } = await take(at, viewOf(), {}, AbortSignal.abort());
  t.match(fault, { name: 'AbortError' });
  t.equal(at.received.length, 0);
});

t.test('other servers: base URL, authentication, version, headers, features', async (t) => {
  const at = await provider(t, hello);
  for (const baseUrl of [at.url, `${at.url}/`, `${at.url}/v1`, `${at.url}/v1/`]) await take(at, viewOf(), { baseUrl });
  await take(at, viewOf(), { baseUrl: `${at.url}/api/v1` });
  t.strictSame(
    at.received.map(({ path }) => path),
    [...Array(4).fill('/v1/messages'), '/api/v1/messages'],
  );

  const asked = { effort: 'high', thinking: 'adaptive', maxOutputTokens: 77 } as const;
  const features = { caching: false, strict: false, thinking: false };
  await take(at, viewOf(undefined, asked), {
    auth: 'x-api-key',
    apiVersion: '2023-06-01',
    headers: { 'x-team': 'data' },
    features,
  });
  const old = at.received.at(-1);
  t.match(old?.headers, { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'x-team': 'data' });
  t.equal(old?.headers.authorization, undefined);
  t.equal(old?.body.max_tokens, 77);
  for (const word of ['cache_control', 'thinking', 'output_config', 'effort', 'strict']) {
    t.notMatch(JSON.stringify(old?.body), word);
  }
  await take(at, viewOf(undefined, asked));
  t.match(at.received.at(-1)?.body, { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } });

  await take(at, viewOf(), { auth: 'none' });
  t.equal(at.received.at(-1)?.headers.authorization, undefined);
  t.equal(at.received.at(-1)?.headers['x-api-key'], undefined);
});

t.test('a cache of an hour: for tools and system prompt, and at its own price', async (t) => {
  const created = { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 80 };
  const usage = { input_tokens: 5, cache_creation_input_tokens: 95, cache_creation: created, output_tokens: 1 };
  const features = { caching: '1h', strict: false, thinking: true } as const;
  const { step, at } = await taken(t, [says([{ text: 'Yes.' }], { usage })], { features });
  t.strictSame(step.usage, { input: 100, output: 25, cacheRead: 0, cacheWrite: 95, cacheWriteHour: 80 });
  const body = at.received[0]?.body as JsonObject;
  t.match(body.system, [{ cache_control: { type: 'ephemeral', ttl: '1h' } }]);
  t.strictSame(body.cache_control, { type: 'ephemeral' });
  const off = await taken(t, [hello], { features: { ...features, caching: 'off' } });
  t.notMatch(JSON.stringify(off.at.received[0]?.body), 'cache_control');
  const short = await taken(t, [hello], { features: { ...features, caching: '5m' } });
  t.match(short.at.received[0]?.body.system, [{ cache_control: { type: 'ephemeral', ttl: undefined } }]);
});

t.test('breakpoints of the cache: after the system prompt and after the last message', async (t) => {
  const usage = { input_tokens: 5, cache_read_input_tokens: 900, cache_creation_input_tokens: 95, output_tokens: 1 };
  const { step, at } = await taken(t, [says([{ text: 'Done.' }], { usage })]);
  t.strictSame(step.usage, { input: 1000, output: 25, cacheRead: 900, cacheWrite: 95 });
  const body = at.received[0]?.body as JsonObject;
  const cut = { type: 'ephemeral' };
  t.strictSame(body.system, [{ type: 'text', text: 'You answer.', cache_control: cut }]);
  t.strictSame(body.cache_control, cut);
  t.notMatch(JSON.stringify([body.tools, body.messages]), 'cache_control');
  t.equal(body.tool_choice, undefined, 'a call is never forced');
});

t.test('servers that leave things out', async (t) => {
  const { step } = await taken(t, [says([{ text: 'Done.' }], { usage: null })]);
  t.equal(step.usage, undefined, 'unknown is not 0');
  const early: Answering = (response) => {
    response.writeHead(200);
    const input = { id: 'p-001' };
    const block = { type: 'tool_use', id: '', name: 'look', input };
    response.write(sse({ type: 'message_start', message: {} }));
    response.write(sse({ type: 'content_block_start', index: 0, content_block: block }));
    response.write(sse({ type: 'content_block_start', index: 1, content_block: block }));
    response.write(sse({ type: 'message_delta', delta: { stop_reason: 'tool_use' } }));
    response.end(sse({ type: 'message_stop' }));
  };
  const { step: calls } = await taken(t, [early]);
  t.strictSame(
    calls.calls.map(({ id, args }) => [id, args]),
    [
      ['call-1-1-1', { id: 'p-001' }],
      ['call-1-1-2', { id: 'p-001' }],
    ],
  );
});

t.test('the key is in no message', async (t) => {
  const echo =
    (status: number): Answering =>
    (response, { headers }) => {
      const said = `bad header ${headers.authorization} ${Buffer.from(String(headers.authorization)).toString('base64')}`;
      fails(status, 'authentication_error', said, quick)(response, { path: '', headers, body: {} as never });
    };
  const { fault, retries } = await refused(t, [echo(500), echo(401)]);
  for (const text of [fault.message, String(fault.stack), JSON.stringify(retries), JSON.stringify(fault)]) {
    t.notMatch(text, key);
    t.notMatch(text, Buffer.from(key).toString('base64').slice(4, 20));
  }
  t.match(fault.message, '[secret TEST_KEY]');
});

t.test('a large input of a call costs linear time', async (t) => {
  const input = JSON.stringify({ rows: Array.from({ length: 12_000 }, (_, row) => `row number ${row}`) });
  t.ok(input.length > 180_000);
  const at = await provider(t, says([{ call: 'write', id: 'toolu_1', input }], { stop: 'tool_use', piece: 40 }));
  const { step, ms } = await take(at);
  t.strictSame(step?.calls[0]?.args, JSON.parse(input));
  t.ok(ms < 5000, `${ms} ms`);
});

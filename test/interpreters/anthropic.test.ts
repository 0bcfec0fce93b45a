import t from 'tap';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { ModelRef, View } from '../../src/core/ports.ts';
import type { Step, Turn } from '../../src/core/step.ts';
import { assembly } from '../../src/interpreters/anthropic/answer.ts';
import { plainBaseUrl } from '../../src/interpreters/anthropic/client.ts';
import { Fault } from '../../src/interpreters/anthropic/faults.ts';
import { delayAfter } from '../../src/interpreters/anthropic/retry.ts';
import { retryAfterMs } from '../../src/interpreters/anthropic/retry-after.ts';
import { stepOf } from '../../src/interpreters/anthropic/step.ts';
import { isStrict } from '../../src/interpreters/anthropic/strict.ts';
import { createTranscriber } from '../../src/interpreters/anthropic/transcript.ts';
import { requestOf } from '../../src/interpreters/anthropic/wire.ts';
import { costOf, knownModels, priceAt } from '../../src/interpreters/models.ts';
import { eventsOf, type Part, type Said } from './server.ts';

const model: ModelRef = { name: 'main', provider: 'claude', id: 'claude-sonnet-5-5' };
const features = { caching: true, strict: true, thinking: true };

function messagesOf(turns: readonly Turn[], id = model.id): Json {
  return JSON.parse(JSON.stringify(createTranscriber()(turns, id).messages));
}

function said(parts: readonly Part[], more: Said = {}, taken: readonly string[] = []): Step {
  const taking = assembly();
  for (const event of eventsOf(parts, more)) taking.take(event);
  return stepOf([taking.answer()], { model: model.id, taken: new Set(taken), newId: (at) => `own-${at + 1}` });
}

const user = (text: string): Turn => ({ role: 'user', text });
const assistant = (step: Partial<Step>): Turn => ({
  role: 'assistant',
  step: { text: '', calls: [], stop: 'end', ...step },
});
const call = (id: string, args: JsonObject = {}) => ({ id, tool: 'look', args });
const result = (id: string, value: Json) => ({ call: id, tool: 'look', outcome: { ok: true, result: value } as const });

t.test('a conversation as messages', async (t) => {
  const turns: Turn[] = [
    user('Hello'),
    assistant({ text: 'I look.', calls: [call('c1', { id: 'p-001' }), call('c2')], stop: 'calls' }),
    {
      role: 'tools',
      results: [
        { call: 'c1', tool: 'look', outcome: { ok: true, result: { price: 6.99 }, note: 'limit was raised' } },
        {
          call: 'c2',
          tool: 'look',
          outcome: {
            ok: false,
            error: { code: 'bad', message: 'no', problems: [{ path: '/id', message: 'is missing' }] },
          },
        },
      ],
    },
    assistant({ text: '  \n' }),
    user('And?'),
  ];
  t.strictSame(messagesOf(turns), [
    { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'c1', name: 'look', input: { id: 'p-001' } },
        { type: 'tool_use', id: 'c2', name: 'look', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'c1',
          content: [
            { type: 'text', text: '{"price":6.99}' },
            { type: 'text', text: 'Note: limit was raised' },
          ],
        },
        { type: 'tool_result', tool_use_id: 'c2', is_error: true, content: 'bad: no\n- /id: is missing' },
        { type: 'text', text: 'And?' },
      ],
    },
  ]);
});

t.test('what a provider would refuse is not sent', async (t) => {
  const interrupted: Turn[] = [user('a'), assistant({ calls: [call('c1'), call('c2')], stop: 'calls' }), user('b')];
  const [, , last] = messagesOf(interrupted) as readonly { readonly content: readonly JsonObject[] }[];
  t.match(last?.content, [
    { type: 'tool_result', tool_use_id: 'c1', is_error: true, content: /interrupted/ },
    { type: 'tool_result', tool_use_id: 'c2', is_error: true },
    { type: 'text', text: 'b' },
  ]);
  const empty = [
    user(''),
    assistant({ calls: [call('c1')] }),
    { role: 'tools', results: [result('c1', '')] },
  ] as Turn[];
  const text = JSON.stringify(messagesOf(empty));
  t.notMatch(text, '"text":""');
  const half = JSON.stringify(messagesOf([user('half a pair: \ud83d!')]));
  t.notMatch(half, '\\ud83d');
  const thought = said([{ thinking: 'Hm.', signature: 's' }], { stop: 'refusal' });
  t.strictSame(messagesOf([user('a'), { role: 'assistant', step: thought }, user('b')]), [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    },
  ]);
});

t.test('thinking is written again in its place, to the model that thought it', async (t) => {
  const parts: Part[] = [
    { text: 'One. ' },
    { thinking: 'Hm.', signature: 's1' },
    { text: 'Two.' },
    { call: 'look', id: 'c1', input: '{"a":1}' },
    { thinking: '', signature: 's2' },
    { call: 'look', id: 'c2', input: '{}' },
  ];
  const step = said(parts, { stop: 'tool_use' });
  t.equal(step.text, 'One. Two.');
  t.notMatch(JSON.stringify(step.opaque), 'One', 'nothing is stored twice');
  const turns: Turn[] = [user('a'), { role: 'assistant', step }];
  const types = (json: Json) => (json as readonly JsonObject[])[1]?.content;
  t.strictSame(types(messagesOf(turns)), [
    { type: 'text', text: 'One. ' },
    { type: 'thinking', thinking: 'Hm.', signature: 's1' },
    { type: 'text', text: 'Two.' },
    { type: 'tool_use', id: 'c1', name: 'look', input: { a: 1 } },
    { type: 'thinking', thinking: '', signature: 's2' },
    { type: 'tool_use', id: 'c2', name: 'look', input: {} },
  ]);
  t.notMatch(JSON.stringify(messagesOf(turns, 'claude-haiku-5-5')), 'thinking');
  t.equal(said([{ text: 'Plain.' }]).opaque, undefined);
});

t.test('ids of calls are unique in their conversation', async (t) => {
  const parts = ['c1', 'c1', 'no good', 'c9'].map((id) => ({ call: 'look', id, input: '{}' }));
  const step = said(parts, { stop: 'tool_use' }, ['c9']);
  t.strictSame(
    step.calls.map(({ id }) => id),
    ['c1', 'own-2', 'own-3', 'own-4'],
  );
});

t.test('a stream that makes no sense is refused', async (t) => {
  const taking = assembly();
  t.throws(
    () => taking.take({ type: 'content_block_delta', index: 3, delta: { type: 'text_delta', text: 'x' } }),
    Fault,
  );
  t.throws(() => taking.answer(), /broke off/);
  t.doesNotThrow(() => taking.take({ type: 'something_new', index: 'x' }));
});

t.test('tools are sent as they are, strict only where that changes nothing', async (t) => {
  const closed = {
    type: 'object',
    additionalProperties: false,
    required: ['id'],
    properties: { id: { type: 'string', enum: ['a'] }, list: { type: 'array', items: { type: 'number' } } },
  };
  t.ok(isStrict(closed));
  const looser: JsonObject[] = [
    { ...closed, additionalProperties: true },
    { ...closed, additionalProperties: { type: 'string' } },
    { ...closed, properties: { id: { type: 'string', pattern: '^a$' } } },
    { ...closed, properties: { id: { type: 'integer', minimum: 1 } } },
    { ...closed, properties: { id: { type: 'object', properties: {} } } },
    { ...closed, oneOf: [] },
  ];
  for (const schema of looser) t.notOk(isStrict(schema), JSON.stringify(schema));
  const specs = [closed, looser[2] ?? {}].map((inputSchema, at) => ({ name: `t${at}`, description: 'd', inputSchema }));
  const view = { prompt: 'p', tools: specs } as unknown as View;
  const { tools } = requestOf(view, model, [], features);
  t.strictSame(tools, [
    { name: 't0', description: 'd', input_schema: closed, strict: true },
    { name: 't1', description: 'd', input_schema: looser[2] },
  ]);
  t.equal(requestOf(view, model, [], features).max_tokens, 32_000);
  t.equal(requestOf(view, { ...model, id: 'local' }, [], features).max_tokens, 8192);
  t.notMatch(requestOf(view, model, [], { ...features, strict: false }).tools, [{ strict: true }]);
});

t.test('delays grow, and Retry-After is kept to', async (t) => {
  const rules = { maxRetries: 4, maxRetriesOverloaded: 1, random: () => 0.5 };
  const passing = new Fault('server_error', 'x');
  t.strictSame(
    [1, 2, 3, 4, 5].map((attempt) => delayAfter(attempt, passing, rules)),
    [500, 1000, 2000, 4000, undefined],
  );
  t.equal(delayAfter(2, new Fault('overloaded', 'x'), rules), undefined, 'another model is ready');
  t.equal(delayAfter(1, new Fault('refused', 'x', { passes: false }), rules), undefined);
  t.equal(delayAfter(1, new Fault('rate_limited', 'x', { afterMs: 2000 }), rules), 2125);
  t.equal(delayAfter(1, new Fault('rate_limited', 'x', { afterMs: 61_000 }), rules), undefined);
  const header = (values: Record<string, string>) => (name: string) => values[name] ?? null;
  const now = Date.parse('2026-11-22T10:00:00Z');
  t.equal(retryAfterMs(header({ 'retry-after': '1.5' })), 1500);
  t.equal(retryAfterMs(header({ 'retry-after': '9', 'retry-after-ms': '20' })), 20);
  t.equal(retryAfterMs(header({ 'retry-after': 'Sun, 22 Nov 2026 10:00:07 GMT' }), now), 7000);
  t.equal(retryAfterMs(header({ 'retry-after': 'soon' })), undefined);
  t.equal(retryAfterMs(header({})), undefined);
});

t.test('base URLs', async (t) => {
  for (const url of ['http://x', 'http://x/', 'http://x/v1', 'http://x/v1//']) t.equal(plainBaseUrl(url), 'http://x');
  t.equal(plainBaseUrl('http://x/api/v1/'), 'http://x/api');
  t.equal(plainBaseUrl('http://x/v1beta'), 'http://x/v1beta');
});

t.test('prices: by date and length, unknown where nothing is known', async (t) => {
  const usage = { input: 1000, output: 100, cacheRead: 800, cacheWrite: 150 };
  const at = '2026-11-22T00:00:00Z';
  const near = (actual: number | undefined, expected: number) => t.ok(Math.abs((actual ?? 0) - expected) < 1e-12);
  near(costOf('claude-sonnet-5-5', usage, at), (50 * 2 + 800 * 0.1 + 150 * 2.5 + 100 * 10) / 1e6);
  t.equal(costOf('claude-sonnet-5-5', usage, '2026-10-06T23:59:59Z'), undefined, 'before the price is known');
  t.equal(priceAt('claude-sonnet-5-5', '2026-10-07T00:00:00Z')?.input, 2);
  near(
    costOf('claude-haiku-5-5', { input: 100, output: 0, cacheRead: 0, cacheWrite: 100, cacheWriteHour: 80 }, at),
    1.85e-5,
  );
  near(costOf('claude-haiku-5-5', { ...usage, input: 100_000, cacheRead: 0, cacheWrite: 0 }, at), 0.01005);
  near(costOf('claude-haiku-5-5', { ...usage, input: 100_001, cacheRead: 0, cacheWrite: 0 }, at), 5 * 0.0100501);
  for (const id of ['claude-unheard-of', 'constructor']) t.equal(costOf(id, usage, at), undefined);
  for (const { prices, contextWindow } of Object.values(knownModels)) t.ok(prices.length > 0 && contextWindow > 0);
});

t.test('a long conversation is translated once', async (t) => {
  const turns: Turn[] = [user('begin')];
  for (let at = 0; turns.length < 999; at++) {
    turns.push(assistant({ text: `step ${at}`, calls: [call(`c${at}`, { at })], stop: 'calls' }));
    turns.push({ role: 'tools', results: [result(`c${at}`, { rows: [[at, 'x'.repeat(200)]] })] });
  }
  const transcribe = createTranscriber();
  const { messages } = transcribe(turns, model.id);
  t.equal(messages.length, 999);
  turns.push(assistant({ text: 'end' }));
  const [first] = messages;
  t.equal(transcribe(turns, model.id).messages, messages);
  t.equal(messages.length, 1000);
  t.equal(messages[0], first, 'what was translated before is not translated again');
});

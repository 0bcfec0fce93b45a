// What our interpreter and loop add to the SDK's own stream. The provider is a server on this machine, in a process of
// its own.
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import Anthropic from '@anthropic-ai/sdk';
import { liveInterpreter, openRuntime } from '../dist/index.js';
import { cpu, inTurn, report } from './measure.mjs';
import { sampleApp } from './sample.mjs';

const tokens = 20_000;
const inputBytes = 200_000;
const longTurns = 1000;
const runSteps = 50;

if (process.send) serve();
else await measure();

function serve() {
  // It does not outlive a measurement that fails.
  process.on('disconnect', () => process.exit());
  const sse = (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  const answer = (start, deltas, stop) =>
    [
      { type: 'message_start', message: { usage: { input_tokens: 10, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: start },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: stop }, usage: { output_tokens: deltas.length } },
      { type: 'message_stop' },
    ].map(sse);
  const texts = Array.from({ length: tokens }, (_, at) => ({ type: 'text_delta', text: ` word${at % 100}` }));
  const call = (name, input, id = 'toolu_1') => {
    const parts = (JSON.stringify(input).match(/.{1,40}/g) ?? []).map((partial_json) => ({
      type: 'input_json_delta',
      partial_json,
    }));
    return answer({ type: 'tool_use', id, name, input: {} }, parts, 'tool_use');
  };
  const short = answer({ type: 'text', text: '' }, texts.slice(0, 5), 'end_turn');
  const answers = {
    text: () => answer({ type: 'text', text: '' }, texts, 'end_turn'),
    call: () => call('write', { text: 'x'.repeat(inputBytes) }),
    half: () => call('write', { text: 'x'.repeat(inputBytes / 2) }),
    short: () => short,
    steps: ({ messages: { length } }) =>
      length < runSteps * 2 - 1 ? call('getPlan', { planId: 'none' }, `toolu_${length}`) : short,
  };
  const kept = new Map();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const asked = JSON.parse(body);
      const events = kept.get(asked.model) ?? answers[asked.model](asked);
      if (asked.model !== 'steps') kept.set(asked.model, events);
      for (let at = 0; at < events.length; at += 20) response.write(events.slice(at, at + 20).join(''));
      response.end();
    });
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

/** A conversation of 1,000 turns: calls with results, thinking, text; new objects each time. */
function longConversation() {
  const turn = (at) => {
    const call = { id: `toolu_${at}`, tool: 'look', args: { id: `p-${at}`, why: 'To see what it costs. '.repeat(5) } };
    const thinking = { type: 'thinking', thinking: 'What does it cost? '.repeat(20), signature: 'c2lnbmF0dXJl' };
    const opaque = { provider: 'anthropic', model: 'short', blocks: [thinking, { text: 8 }, { call: 0 }] };
    const result = { price: 6.99, note: 'As of today. '.repeat(30) };
    return [
      { role: 'assistant', step: { text: 'I look. ', calls: [call], stop: 'calls', model: 'short', opaque } },
      { role: 'tools', results: [{ call: call.id, tool: 'look', outcome: { ok: true, result } }] },
    ];
  };
  const turns = Array.from({ length: longTurns / 2 }, (_, at) => turn(at)).flat();
  return [{ role: 'user', text: 'Look at everything.' }, ...turns];
}

/** The same as the provider gets it. */
function asMessages(turns) {
  return turns.map((turn) => {
    if (turn.role === 'user') return { role: 'user', content: [{ type: 'text', text: turn.text }] };
    if (turn.role === 'tools') {
      const [{ call, outcome }] = turn.results;
      const content = [{ type: 'text', text: JSON.stringify(outcome.result) }];
      return { role: 'user', content: [{ type: 'tool_result', tool_use_id: call, content }] };
    }
    const [{ id, tool, args }] = turn.step.calls;
    const said = { type: 'text', text: turn.step.text };
    const content = [turn.step.opaque.blocks[0], said, { type: 'tool_use', id, name: tool, input: args }];
    return { role: 'assistant', content };
  });
}

async function measure() {
  const server = fork(fileURLToPath(import.meta.url));
  const port = await new Promise((resolve) => server.once('message', resolve));
  const baseUrl = `http://127.0.0.1:${port}`;
  const app = await sampleApp('live', (loaded) => {
    const anthropic = { ...loaded.providers.anthropic, baseUrl, auth: 'none', maxRetries: 0 };
    const model = { provider: 'anthropic', id: 'steps' };
    const agents = { ...loaded.agents, executor: { ...loaded.agents.executor, maxSteps: 1000 } };
    return { ...loaded, providers: { anthropic }, models: { main: model, fast: model }, agents };
  });
  const { raw, ours } = contenders(app, baseUrl);
  const of = (work) => () => cpu(work);
  const streams = await inTurn(
    {
      raw: of(() => raw('text')),
      ours: of(() => ours('text')),
      call: of(() => ours('call')),
      half: of(() => ours('half')),
    },
    9,
  );
  const short = await inTurn({ raw: of(() => raw('short')), ours: of(() => ours('short')) }, 201);
  const long = await conversions(ours, raw);
  const run = await wholeRuns(app, raw);
  server.kill();
  print({ streams, short, long, run });
}

/** One answer: by the SDK alone, and by our interpreter. */
function contenders(app, baseURL) {
  const sdk = new Anthropic({ apiKey: 'x', baseURL, maxRetries: 0 });
  const live = liveInterpreter(app, {});
  const signal = new AbortController().signal;
  const question = [{ role: 'user', text: 'Go on.' }];
  return {
    async raw(model, messages = [{ role: 'user', content: 'Go on.' }]) {
      for await (const _ of await sdk.messages.create({ model, messages, max_tokens: 10, stream: true }));
    },
    async ours(id, turns = question) {
      const view = { runId: 'r', span: '1', agent: 'a', prompt: 'p', tools: [], turns, stepsOfAgent: 0 };
      const model = { name: 'm', provider: 'anthropic', id };
      await live.next({ ...view, model }, signal, { delta: () => undefined });
    },
  };
}

function print({ streams, short, long, run }) {
  const more = (ours, raw, digits) => `${(ours - raw).toFixed(digits)} ms more`;
  const [ratio, growth] = [streams.ours / streams.raw, streams.call / streams.half];
  const kilobytes = inputBytes / 1000;
  const steps = `a run of ${runSteps} steps with calls, stored: each`;
  report('A live model, CPU ms of this process (median)', [
    [`the SDK's stream, ${tokens} tokens`, streams.raw.toFixed(0)],
    ['our step from the same', streams.ours.toFixed(0), `${ratio.toFixed(2)} x`, 'goal <= 1.5 x'],
    [`a call with ${kilobytes / 2} KB of input`, streams.half.toFixed(1)],
    [`a call with ${kilobytes} KB of input`, streams.call.toFixed(1), `${growth.toFixed(2)} x`, 'goal <= 300 ms, 2 x'],
    ["the SDK's stream, 5 tokens", short.raw.toFixed(2)],
    ['our step from the same', short.ours.toFixed(2), more(short.ours, short.raw, 2), 'goal <= 5 ms more'],
    [`the SDK with ${longTurns} messages`, long.raw.toFixed(1)],
    ['our first step with the same', long.first.toFixed(1), more(long.first, long.raw, 1), 'goal <= 20 ms more'],
    ['our next step with them', long.next.toFixed(1), more(long.next, long.raw, 1), 'goal: not converted again'],
    [`the SDK, ${runSteps} steps: each`, run.raw.toFixed(2)],
    [steps, run.ours.toFixed(2), more(run.ours, run.raw, 2), 'goal <= 5 ms more'],
  ]);
}

/** A step with a long conversation: the first time, and once more when it has grown. */
async function conversions(ours, raw) {
  const turns = longConversation();
  const messages = asMessages(turns);
  await ours('short', turns);
  return inTurn(
    {
      raw: () => cpu(() => raw('short', messages)),
      first: () => {
        const fresh = longConversation();
        return cpu(() => ours('short', fresh));
      },
      next: () => cpu(() => ours('short', turns)),
    },
    15,
  );
}

/** CPU per step of a run with its events stored, and of the SDK alone with the same messages. */
async function wholeRuns(app, raw) {
  const runtime = await openRuntime(app, { interpreter: liveInterpreter(app, {}) });
  const messages = asMessages(longConversation().slice(0, runSteps * 2));
  const sent = Array.from({ length: runSteps }, (_, step) => messages.slice(0, step * 2 + 1));
  const each = async (work) => (await cpu(work)) / runSteps;
  const figures = await inTurn(
    {
      raw: () =>
        each(async () => {
          for (const conversation of sent) await raw('short', conversation);
        }),
      ours: () => each(() => runtime.run({ prompt: 'Look.', agent: 'executor' })),
    },
    9,
  );
  await runtime.close();
  return figures;
}

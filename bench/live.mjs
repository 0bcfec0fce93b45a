// What our interpreter adds to the SDK's own stream. The provider is a server on this machine, in a process of its own.
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import Anthropic from '@anthropic-ai/sdk';
import { liveInterpreter } from '../dist/index.js';
import { cpu, inTurn, report } from './measure.mjs';

const tokens = 20_000;
const inputBytes = 200_000;

if (process.send) serve();
else await measure();

function serve() {
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
  const input = JSON.stringify({ text: 'x'.repeat(inputBytes) });
  const parts = (input.match(/.{1,40}/g) ?? []).map((partial_json) => ({ type: 'input_json_delta', partial_json }));
  const answers = {
    text: answer({ type: 'text', text: '' }, texts, 'end_turn'),
    call: answer({ type: 'tool_use', id: 'toolu_1', name: 'write', input: {} }, parts, 'tool_use'),
    short: answer({ type: 'text', text: '' }, texts.slice(0, 5), 'end_turn'),
  };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const events = answers[JSON.parse(body).model];
      for (let at = 0; at < events.length; at += 20) response.write(events.slice(at, at + 20).join(''));
      response.end();
    });
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

async function measure() {
  const server = fork(fileURLToPath(import.meta.url));
  const port = await new Promise((resolve) => server.once('message', resolve));
  const baseURL = `http://127.0.0.1:${port}`;
  const sdk = new Anthropic({ apiKey: 'x', baseURL, maxRetries: 0 });
  const features = { caching: true, strict: false, thinking: true };
  const provider = { kind: 'anthropic', auth: 'none', apiKeyEnv: 'X', baseUrl: baseURL, headers: {}, features };
  const app = { providers: { p: { ...provider, maxRetries: 0, idleSeconds: 60 } }, models: {}, agents: {}, root: '/' };
  const live = liveInterpreter(app, {});
  const turns = [{ role: 'user', text: 'Go on.' }];
  const view = (id) => ({
    ...{ runId: 'r', span: '1', agent: 'a', prompt: 'p', tools: [], turns, stepsOfAgent: 0 },
    model: { name: 'm', provider: 'p', id },
  });
  const signal = new AbortController().signal;
  const ours = (id) => () => live.next(view(id), signal, { delta: () => undefined });
  const raw = (model) => async () => {
    const messages = [{ role: 'user', content: 'Go on.' }];
    for await (const _ of await sdk.messages.create({ model, messages, max_tokens: 10, stream: true }));
  };
  const of = (work) => () => cpu(work);
  const { rawText, text, call } = await inTurn(
    { rawText: of(raw('text')), text: of(ours('text')), call: of(ours('call')) },
    9,
  );
  const { rawShort, short } = await inTurn({ rawShort: of(raw('short')), short: of(ours('short')) }, 201);
  server.kill();
  report('A live model, CPU ms of this process (median)', [
    [`the SDK's stream, ${tokens} tokens`, rawText.toFixed(0)],
    ['our step from the same', text.toFixed(0), `${(text / rawText).toFixed(2)} x`, 'goal <= 1.5 x'],
    [`a call with ${inputBytes / 1000} KB of input`, call.toFixed(0), '', 'goal <= 300 ms'],
    ["the SDK's stream, 5 tokens", rawShort.toFixed(2)],
    ['our step from the same', short.toFixed(2), `${(short - rawShort).toFixed(2)} ms more`, 'goal <= 5 ms'],
  ]);
}

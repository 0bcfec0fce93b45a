import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { Event } from '../../src/core/event.ts';
import { type Answering, begin, eventsOf, fails, says, sse, startsWith } from '../interpreters/server.ts';
import { appFolder, edit, eventsIn } from './cli.ts';
import {
  agentAsked,
  answer,
  answerTo,
  liveSample,
  lowered,
  products,
  prompt,
  sampleModels,
  unchanged,
} from './live-sample.ts';

t.setTimeout(900_000);

/** A fault of the provider, which happens when the executor is to say that the plan is to be executed. */
interface Case {
  readonly answer: Answering;
  /** Which of the executor's tries it breaks; without, all of them, until the run is resumed. */
  readonly tries?: number;
  readonly idleSeconds?: number;
  /** What the executor says afterwards, where that is not the usual. */
  readonly later?: Answering;
}

type Cases = Readonly<Record<string, Case>>;

/** What is sent where nothing is wrong. */
const call = { call: 'executePlan', id: 'toolu_broken', input: '{"planId": "plan-1"}' };
const said = [{ text: 'I execute the plan.' }, call];
const soon = { 'retry-after-ms': '5' };
const once = (answering: Answering): Case => ({ answer: answering, tries: 1 });
const always = (answering: Answering): Case => ({ answer: answering });
const status = (code: number, type = 'api_error', words = 'Internal', headers = {}, details?: object) =>
  fails(code, type, words, headers, details && { ...details });
const after = (count: number, then: Parameters<typeof startsWith>[2]) => once(startsWith(count, said, then));
const streamed = (type: string) =>
  after(4, (response) => response.end(sse({ type: 'error', error: { type, message: 'Broken' } })));
const plain = (type: string, body: string, more: Readonly<Record<string, string>> = {}, code = 200): Case =>
  always((response) => {
    response.writeHead(code, { 'content-type': type, ...more });
    response.end(body);
  });
const pinging: Answering = (response) => {
  const send = begin(response);
  const timer = setInterval(() => send({ type: 'ping' }), 50);
  response.on('close', () => clearInterval(timer));
};
const without = (response: Parameters<Answering>[0], request: Parameters<Answering>[1]) =>
  says(answerTo(request.body.system, request.body.messages), { stop: 'tool_use', usage: null })(response, request);

/** By the words of the first table in docs/models.md. */
const faults: Readonly<Record<string, Cases>> = {
  '429': {
    'with Retry-After': once(status(429, 'rate_limit_error', 'Slow down', { 'retry-after': '1' })),
    'without Retry-After': once(status(429, 'rate_limit_error', 'Slow down')),
  },
  '429 with a `Retry-After` of more than 60 seconds': {
    'an hour': always(status(429, 'rate_limit_error', 'Slow down', { 'retry-after': '3600' })),
  },
  '529, 503, `overloaded_error` in the stream': {
    '529': once(status(529, 'overloaded_error', 'Overloaded', soon)),
    '503': once(status(503, 'api_error', 'Unavailable', soon)),
    'in the stream': streamed('overloaded_error'),
  },
  '500 and above, 408, 409, `api_error` in the stream': {
    '500': once(status(500)),
    '502, a page': { ...plain('text/html', '<html>Bad gateway</html>', soon, 502), tries: 1 },
    '408': once(status(408, 'api_error', 'Timeout', soon)),
    '409': once(status(409, 'api_error', 'Conflict', soon)),
    'in the stream': streamed('api_error'),
  },
  'the connection is refused, reset, or cut in a text or a call; the stream ends early': {
    'reset before the headers': once((response) => response.socket?.resetAndDestroy()),
    'cut in a text': after(4, (response) => response.destroy()),
    'cut in the input of a call': after(9, (response) => response.destroy()),
    'reset in the input of a call': after(9, (response) => response.socket?.resetAndDestroy()),
    'an end without message_stop': once((response) => {
      const send = begin(response);
      for (const event of eventsOf(said, { stop: 'tool_use' }).slice(0, -1)) send(event);
      response.end();
    }),
    'an empty answer': after(0, (response) => response.end()),
  },
  'the stream holds something that is no JSON; the input of a call is no JSON object': {
    'malformed data': after(4, (response) => response.end('event: content_block_delta\ndata: {"type": \n\n')),
    'malformed input': once(says([{ ...call, input: '{"planId": "plan-1"' }], { stop: 'tool_use' })),
    'a list': once(says([{ ...call, input: '["plan-1"]' }], { stop: 'tool_use' })),
  },
  'silence for `idleSeconds`, or five times as long with nothing but signs of life': {
    'before the headers': { ...once(() => undefined), idleSeconds: 2 },
    'in a stream': { ...after(9, () => undefined), idleSeconds: 2 },
    'endless pings': { ...once(pinging), idleSeconds: 2 },
  },
  '401, 403, 404, another 4xx': {
    '401': always(status(401, 'authentication_error', 'invalid x-api-key')),
    '403': always(status(403, 'permission_error', 'No')),
    '404': always(status(404, 'not_found_error', 'model: x')),
    '400': always(status(400, 'invalid_request_error', 'effort: no')),
  },
  'a page instead of a stream, a redirect': {
    'a page': plain('text/html', '<html>Welcome</html>'),
    'a redirect': plain('text/plain', '', { location: 'http://127.0.0.1:9/v1/messages' }, 307),
  },
  'a spending limit, also one that comes as a 429': {
    '402': always(status(402, 'billing_error', 'Pay')),
    '429': always(status(429, 'rate_limit_error', 'Limit', soon, { error_code: 'enforced_spend_limit_reached' })),
  },
  'the request is too long': {
    '400': always(status(400, 'invalid_request_error', 'prompt is too long: 1000001 tokens > 1000000 maximum')),
    '413': always(status(413, 'request_too_large', 'Too large')),
  },
  'the tokens are not told': { 'no usage': once(without) },
};

/** By the words of the second table. */
const stops: Readonly<Record<string, Cases>> = {
  '`end_turn`, `stop_sequence`': {
    end_turn: always(says([{ text: 'I will not.' }])),
    stop_sequence: always(says([{ text: 'I will not.' }], { stop: 'stop_sequence' })),
  },
  '`tool_use`': { tool_use: { answer: sampleModels, tries: 1 } },
  '`max_tokens`': {
    'in a text': always(says([{ text: 'I exec' }], { stop: 'max_tokens' })),
    'a truncated call': always(says([{ ...call, input: '{"planId": "pl' }], { stop: 'max_tokens' })),
    'a call that looks whole': always(says(said, { stop: 'max_tokens' })),
  },
  '`pause_turn`': {
    once: {
      ...once(says([{ text: 'Wait. ' }], { stop: 'pause_turn' })),
      later: (response, { body: { messages } }) => {
        const called = JSON.stringify(messages).includes('tool_result');
        const parts = called ? [{ text: 'Applied plan-1: 3 entities.' }] : said;
        says(parts, { stop: called ? 'end_turn' : 'tool_use' })(response, { path: '', headers: {}, body: {} as never });
      },
    },
  },
  '`refusal`': {
    refusal: always(
      says(said, { stop: 'refusal', details: { type: 'refusal', category: 'cyber', explanation: 'No.' } }),
    ),
  },
  '`model_context_window_exceeded`': { full: always(says(said, { stop: 'model_context_window_exceeded' })) },
  'anything else': { 'a new word': always(says(said, { stop: 'something_new' })) },
};

/** The cells of a table of docs/models.md, row by row. */
function tableOf(head: string): readonly (readonly string[])[] {
  const page = readFileSync(new URL('../../docs/models.md', import.meta.url), 'utf8');
  const [, after = ''] = page.split(`\n${head}\n`);
  const lines = after.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(1, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The sample up to its end, with one fault in it. */
async function played(t: Test, { answer: broken, tries = Number.POSITIVE_INFINITY, idleSeconds, later }: Case) {
  let healed = false;
  let asked = 0;
  const models: Answering = (response, request) => {
    if (agentAsked(request) !== 'executor' || healed) return sampleModels(response, request);
    const isFirst = request.body.messages.length === 1;
    (isFirst && ++asked <= tries ? broken : (later ?? sampleModels))(response, request);
  };
  const live = await liveSample(t, models);
  const app = `${appFolder}/app.yaml`;
  edit(live.cwd, { [app]: ['plan: ask }', 'plan: allow }'] });
  if (idleSeconds !== undefined) {
    edit(live.cwd, { [app]: ['ANTHROPIC_API_KEY }', `ANTHROPIC_API_KEY, idleSeconds: ${idleSeconds} }`] });
  }
  const started = Date.now();
  const { code, stdout, stderr } = await live.harness(['chat', '-p', prompt, '--output', 'stream-json']);
  t.ok(Date.now() - started < 120_000, 'no hang');
  t.notMatch(stderr, /\n\s+at /, 'no stack');
  healed = true;
  return { live, code, stderr, asked, events: eventsIn(stdout) };
}

type Played = Awaited<ReturnType<typeof played>>;

function answered(events: readonly Event[]): string | undefined {
  const last = events.at(-1);
  return last?.type === 'run.finished' && last.data.status === 'done' ? last.data.answer : undefined;
}

function codesOf(events: readonly Event[], type: 'provider.retried' | 'provider.failed'): string[] {
  return events.flatMap((event) => (event.type === type ? [event.data.error?.code ?? ''] : []));
}

/** A fault that passes: one more try, and all is as if nothing had been. */
function triedAgain(t: Test, { live, code, stderr, asked, events }: Played, fault: string): void {
  t.equal(code, 0, stderr);
  const retries = codesOf(events, 'provider.retried');
  // A machine that is slow enough is silent too.
  t.strictSame(fault === 'timeout' ? [...new Set(retries)] : retries, [fault]);
  t.strictSame(codesOf(events, 'provider.failed'), []);
  t.equal(asked, retries.length + 1);
  t.equal(answered(events), answer);
  t.strictSame(products(live.cwd), lowered, 'executed once');
}

/** A fault that does not pass ends the run, which goes on when it is gone. */
async function ends(t: Test, { live, code, stderr, asked, events }: Played, fault: string): Promise<void> {
  t.equal(code, 3, stderr);
  t.match(stderr, /error provider-fault: provider "anthropic": /);
  t.match(stderr, /\n {2}to go on, once it can answer: harness chat --resume r-\w+\n$/);
  t.strictSame(codesOf(events, 'provider.failed'), [fault]);
  t.equal(asked, 1, 'no other try');
  t.match(events.at(-1), { type: 'run.finished', data: { status: 'failed', error: { code: 'provider-fault' } } });
  t.strictSame(products(live.cwd), unchanged);
  const resumed = await live.harness(['chat', '--resume', 'last']);
  t.match(resumed, { code: 0, stdout: `${answer}\n` });
  t.strictSame(products(live.cwd), lowered, 'executed once');
}

/** The executor ends without an answer: a failed call for the coordinator. */
function agentEnds(t: Test, { live, code, stderr, events }: Played, ending: string): void {
  t.equal(code, 0, stderr);
  t.match(answered(events), new RegExp(`^Failed: ${ending}: agent "executor" `));
  const ended = events.find(({ agent, type }) => agent === 'executor' && type === 'agent.finished');
  t.match(ended, { data: { error: { code: ending } } });
  t.strictSame(codesOf(events, 'provider.retried'), []);
  t.strictSame(products(live.cwd), unchanged, 'nothing of the answer was run');
}

/** Holds a run to what the page says becomes of it. */
async function holdTo(t: Test, run: Played, fault: string, outcome: string): Promise<void> {
  const [, ending] = /the agent ends: `([a-z-]+)`/.exec(outcome) ?? [];
  if (ending !== undefined) agentEnds(t, run, ending);
  else if (outcome.startsWith('tried again')) triedAgain(t, run, fault);
  else if (outcome === 'the run ends') await ends(t, run, fault);
  else if (outcome === "the agent's answer") t.equal(answered(run.events), 'I will not.');
  else {
    t.match(outcome, /^(the step is taken|its calls are run|the answer is continued)/);
    t.equal(answered(run.events), answer, run.stderr);
    t.strictSame(codesOf(run.events, 'provider.retried'), []);
    t.strictSame(products(run.live.cwd), lowered);
    t.match(run.stderr, outcome.startsWith('the step') ? /unknown/ : /\d tokens in/);
  }
}

async function holdAll(t: Test, head: string, all: Readonly<Record<string, Cases>>): Promise<void> {
  const rows = tableOf(head);
  t.strictSame(rows.map(([name]) => name).sort(), Object.keys(all).sort(), 'each row of the page is tried');
  t.jobs = 2;
  for (const [name = '', ...cells] of rows) {
    const [fault, outcome] = [cells.length > 1 ? cells[0] : '', cells.at(-1)];
    for (const [which, each] of Object.entries(all[name] ?? {})) {
      t.test(`${name}: ${which}`, async (t) => {
        await holdTo(t, await played(t, each), (fault ?? '').replaceAll('`', ''), outcome ?? '');
      });
    }
  }
}

t.test('each fault has the outcome that the page says', (t) =>
  holdAll(t, '| what happens | code | what becomes of it |', faults),
);

t.test('each reason to stop has the outcome that the page says', (t) =>
  holdAll(t, '| the model stopped because of | what becomes of it |', stops),
);

// How much of the input of a session comes from the prompt cache: the sample's turn, 20 times in one session, at a server
// that keeps a cache by the provider's rules. What it reports is counted as in any run.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { costOf, liveInterpreter, openRuntime, spendingOf } from '../dist/index.js';
import { report } from './measure.mjs';
import { approver, prompt, sampleApp, turnStep } from './sample.mjs';

const turns = 20;
/** Tokens: less is not cached. */
const least = 1024;
/** Blocks before a breakpoint that are looked at for something in the cache. */
const lookback = 20;
/** Tokens that prompt and tools of an agent have in a project of some size. */
const prefixes = { coordinator: 2200, planner: 5600, executor: 1600 };

/** What the provider keeps: the beginnings of requests, up to a breakpoint, for five minutes, which nobody waits here. */
function createCache() {
  const written = new Set();
  return (request) => {
    const { places, total } = placesOf(request);
    const cuts = places.flatMap(({ cut }, place) => (cut ? [place] : []));
    const found = cuts.flatMap((cut) => places.slice(Math.max(0, cut - lookback), cut + 1)).filter(known);
    const read = Math.max(0, ...found.map(({ upTo }) => upTo));
    const last = cuts.map((cut) => places[cut]).filter(({ upTo }) => upTo >= least);
    for (const { hash } of last) written.add(hash);
    const kept = Math.max(read, ...last.map(({ upTo }) => upTo));
    return {
      cache_read_input_tokens: read,
      cache_creation_input_tokens: kept - read,
      input_tokens: total - kept,
      output_tokens: 1,
    };
    function known({ hash }) {
      return written.has(hash);
    }
  };
}

/** The blocks of a request in the provider's order, each with what stands before its end. */
function placesOf({ model, tools = [], system = [], messages, cache_control: moving }) {
  const blocks = [
    ...tools,
    ...system,
    ...messages.flatMap(({ role, content }) => content.map((block) => [role, block])),
  ];
  const hash = createHash('sha256').update(model);
  let upTo = 0;
  const places = blocks.map((block, place) => {
    const { cache_control: own, ...rest } = block;
    const text = JSON.stringify(Array.isArray(block) ? block : rest);
    hash.update(text);
    upTo += Math.ceil(text.length / 4);
    const cut = own !== undefined || (moving !== undefined && place === blocks.length - 1);
    return { cut, upTo, hash: hash.copy().digest('hex') };
  });
  return { places, total: upTo };
}

const names = { 'You coordinate': 'coordinator', 'You turn a wished': 'planner', 'You execute stored': 'executor' };

/** The sample's models. Planner and coordinator keep their conversation: which turn it is stands in it. */
function answerTo({ system, messages }) {
  const agent = Object.entries(names).find(([start]) => system[0].text.includes(start))[1];
  const begins = messages.findLastIndex(({ role, content }) => role === 'user' && content.at(-1).type === 'text');
  const count = messages.slice(begins).filter(({ role }) => role === 'assistant').length;
  const planId = /plan-\d+/.exec(JSON.stringify(messages.slice(begins)))?.[0] ?? `plan-${begins + 1}`;
  return turnStep(agent, count, planId);
}

function streamOf({ text, tool, args }, usage, id) {
  const start = tool ? { type: 'tool_use', id, name: tool, input: {} } : { type: 'text', text: '' };
  const delta = tool ? { type: 'input_json_delta', partial_json: JSON.stringify(args) } : { type: 'text_delta', text };
  return [
    { type: 'message_start', message: { usage } },
    { type: 'content_block_start', index: 0, content_block: start },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: tool ? 'tool_use' : 'end_turn' }, usage: { output_tokens: 50 } },
    { type: 'message_stop' },
  ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

function serve() {
  const cached = createCache();
  let requests = 0;
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const asked = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    requests += 1;
    response.end(streamOf(answerTo(asked), cached(asked), `toolu_${requests}`).join(''));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Adds rules to an agent's prompt until it is as long as in a project of some size. */
function asLong(agent, tokens) {
  const rule = '\nA rule of this project: prices end in 9, and changes above ten percent are explained to the shop.';
  const missing = Math.max(0, tokens * 4 - agent.prompt.length);
  return { ...agent, prompt: agent.prompt + rule.repeat(Math.ceil(missing / rule.length)) };
}

async function session(caching) {
  const server = await serve();
  const app = await sampleApp(`cache-${caching}`, (loaded) => {
    const own = Object.entries(prefixes).map(([name, tokens]) => [name, asLong(loaded.agents[name], tokens)]);
    const { anthropic } = loaded.providers;
    const features = { ...anthropic.features, caching };
    const baseUrl = `http://127.0.0.1:${server.address().port}`;
    const providers = { anthropic: { ...anthropic, baseUrl, auth: 'none', features } };
    return { ...loaded, providers, agents: { ...loaded.agents, ...Object.fromEntries(own) } };
  });
  const runtime = await openRuntime(app, { interpreter: liveInterpreter(app, {}), approver });
  const events = [];
  for (let turn = 1; turn <= turns; turn++) {
    const { runId, status } = await runtime.run({ prompt, agent: 'coordinator' });
    if (status !== 'done') throw new Error(`turn ${turn} is ${status}`);
    events.push(...runtime.store.events(runId));
  }
  await runtime.close();
  server.close();
  return spendingOf(events, costOf);
}

const [cached, plain] = [await session(true), await session(false)];
const percent = (share) => `${(share * 100).toFixed(1)} %`;
report(`A session of ${turns} turns, ${cached.total.steps} steps, at a server that keeps a cache`, [
  ['input in all, tokens', String(cached.total.input)],
  ...Object.entries(cached.agents).map(([agent, spent]) => [`from the cache: ${agent}`, percent(spent.cachedShare)]),
  ['from the cache', percent(cached.total.cachedShare), 'goal >= 90 %'],
  ['cost', `$${cached.total.cost?.toFixed(4)}`, `without the cache $${plain.total.cost?.toFixed(4)}`],
]);

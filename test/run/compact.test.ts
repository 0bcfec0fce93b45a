import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import { loadApp } from '../../src/config/load.ts';
import type { Event, EventOf } from '../../src/core/event.ts';
import { fold } from '../../src/core/fold.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Interpreter, View } from '../../src/core/ports.ts';
import type { Step, Stop, Turn } from '../../src/core/step.ts';
import { cutPlace, factsOf, summaryText } from '../../src/core/summary.ts';
import { spendingOf } from '../../src/core/usage.ts';
import { cassette } from '../../src/interpreters/cassette.ts';
import { costOf } from '../../src/interpreters/models.ts';
import { recording } from '../../src/interpreters/recording.ts';
import { interpreters } from '../../src/interpreters/registry.ts';
import { openRuntime } from '../../src/runtime/build.ts';
import { liveInterpreter } from '../../src/runtime/live.ts';
import type { RuntimeOptions } from '../../src/runtime/options.ts';
import { appOf, priceChange, smallApp, storeStep } from '../app.ts';
import { type Answering, type Body, fails, type Part, provider, says } from '../interpreters/server.ts';

t.setTimeout(120_000);

const look = { call: 'look', args: { id: 'p-001' } };
const clerk = { ...smallApp.agents.clerk, maxSteps: 200 };
const note = 'The price was looked up in the list of the wholesale department, and it has not changed. '.repeat(4);
const { results: _results, error: _error, ...lookTool } = smallApp.toolkits.desk.tools.look;
const desk = { kind: 'stub', tools: { look: { ...lookTool, result: { price: 6.99, note } } } };

/** The small app, whose clerk's conversations are soon too long. */
function small(context: object, more: object = {}) {
  return { ...smallApp, toolkits: { desk }, agents: { ...smallApp.agents, clerk }, context, ...more };
}

/** The same interpreter; every view that it was shown is kept as it was. */
function watched(inner: Interpreter): { readonly interpreter: Interpreter; readonly views: View[] } {
  const views: View[] = [];
  const next: Interpreter['next'] = (view, ...more) => {
    views.push({ ...view, turns: [...view.turns] });
    return inner.next(view, ...more);
  };
  return { interpreter: { ...inner, next }, views };
}

/** No result without its call, none twice, and no call without its result but at the end. */
function soundness(turns: readonly Turn[]): string[] {
  let open: string[] = [];
  return turns.flatMap((turn) => {
    const results = turn.role === 'tools' ? turn.results.map(({ call }) => call) : [];
    const fine = results.join() === open.join();
    const problem = fine
      ? []
      : [`results of ${results.join() || 'nothing'} after calls ${open.join() || 'of nothing'}`];
    open = turn.role === 'assistant' ? turn.step.calls.map(({ id }) => id) : [];
    return problem;
  });
}

function compactions(events: readonly Event[]): EventOf<'context.compacted'>['data'][] {
  return events.flatMap((event) => (event.type === 'context.compacted' ? [event.data] : []));
}

async function run(t: Test, app: object, interpreter: RuntimeOptions['interpreter'], prompt = 'Look at p-001.') {
  const runtime = await openRuntime(await appOf(t, app), { throwAway: true, interpreter });
  t.teardown(() => runtime.close());
  const result = await runtime.run({ prompt, agent: 'clerk' });
  const events = runtime.store.events(result.runId);
  return { result, events, runtime, compacted: compactions(events) };
}

t.test('a script: what is known without a model takes the place of the first turns', async (t) => {
  const script = { clerk: [...Array.from({ length: 30 }, () => look), { say: 'It costs 6.99.' }] };
  const { interpreter, views } = watched(interpreters.scripted(script));
  const { result, events, compacted } = await run(t, small({ maxTokens: 3000, keepTurns: 4 }), interpreter);
  t.match(result, { status: 'done', answer: 'It costs 6.99.' });
  t.ok(compacted.length >= 2, `${compacted.length} times`);
  for (const data of compacted) {
    t.match(data, { from: 0, how: 'dropped', facts: { words: ['Look at p-001.'], written: '' } });
    t.notOk(data.asked);
    t.ok(data.before > 2400 && data.after < 2400 && data.after < data.before * 0.8, `${data.before} → ${data.after}`);
  }
  t.equal(views.length, 31, 'no step was asked for a summary');
  for (const { turns } of views) t.strictSame(soundness(turns), []);
  const last = views.at(-1)?.turns ?? [];
  t.match(last[0], { role: 'user', text: /^\[The first \d+ turns of this conversation were taken out/ });
  t.match(last[0], { text: /What was asked, oldest first:\n- Look at p-001\.$/ });
  t.ok(last.length < 30);
  const turns = fold(events).spans.get('1')?.conversation.turns;
  t.strictSame(turns?.slice(0, -1), last, 'the stored events give the same view again');
  t.equal(events.filter(({ type }) => type === 'tool.finished').length, 30, 'nothing is gone from the record');
  const again = await run(t, small({ maxTokens: 3000, keepTurns: 4 }), { kind: 'scripted', input: script });
  const plain = (all: readonly Event[]) => all.slice(1).map(({ at: _, ...event }) => event);
  t.strictSame(plain(again.events), plain(events), 'the same script gives the same record');
  t.equal((await run(t, small({}), { kind: 'scripted', input: script })).compacted.length, 0, 'no window, no summary');
});

t.test('few turns that are long: fewer stay, and nothing is done in vain', async (t) => {
  const script = { clerk: [...Array.from({ length: 12 }, () => look), { say: 'Done.' }] };
  const scripted = { kind: 'scripted', input: script } as const;
  const fewer = await run(t, small({ maxTokens: 1000, keepTurns: 50, compactAt: 0.6 }), scripted);
  t.equal(fewer.result.status, 'done');
  t.ok(fewer.compacted.length >= 1);
  const tiny = await run(t, small({ maxTokens: 200 }), scripted);
  t.equal(tiny.result.status, 'done', 'what cannot be made shorter is sent as it is');
});

/** A model that looks a few times; its summaries are what `summary` says. */
function model(steps: number, summary: Partial<Step>, window: { full?: number } = {}): Interpreter {
  let taken = 0;
  return {
    async next({ turns, purpose, stepsOfAgent }) {
      const input = 500 + turns.length * 100;
      const base = { model: 'claude-sonnet-5-5', usage: { input, output: 20, cacheRead: 0, cacheWrite: 0 } };
      if (purpose === 'summary') return { text: '', calls: [], stop: 'end', ...base, ...summary };
      if (window.full !== undefined && turns.length > window.full)
        return { text: '', calls: [], stop: 'context_full', ...base };
      taken += 1;
      if (taken > steps) return { text: 'Done.', calls: [], stop: 'end', ...base };
      return {
        text: '',
        calls: [{ id: `c-${stepsOfAgent}`, tool: 'look', args: { id: 'p-001' } }],
        stop: 'calls',
        ...base,
      };
    },
  };
}

t.test('a model writes the summary; it counts as a step, and is no answer', async (t) => {
  const { interpreter, views } = watched(model(30, { text: ' p-001 costs 6.99. ' }));
  const { result, events, compacted } = await run(t, small({ maxTokens: 3000, keepTurns: 4 }), interpreter);
  t.match(result, { status: 'done', answer: 'Done.' });
  const [first] = compacted;
  t.match(first, { how: 'summary', facts: { written: 'p-001 costs 6.99.' }, asked: { stop: 'end', model: /sonnet/ } });
  t.ok(
    first && first.before > 2400 && first.before < 3000 && first.after < 1700,
    `as the model counted: ${first?.before} → ${first?.after}`,
  );
  const asked = views.filter(({ purpose }) => purpose === 'summary');
  t.equal(asked.length, compacted.length);
  t.match(asked[0]?.turns.at(-1), { role: 'user', text: /The last \d turns before this one stay as they are/ });
  for (const { turns } of views) t.strictSame(soundness(turns), []);
  t.strictSame(
    views.map(({ stepsOfAgent }) => stepsOfAgent),
    views.map((_, at) => at),
    'each step has its place',
  );
  t.equal(spendingOf(events, costOf).total.steps, views.length, 'and its price');
  t.match(views.at(-1)?.turns[0], { text: /p-001 costs 6\.99\./ });
});

t.test('a summary that fails: the oldest turns are dropped, with a note', async (t) => {
  const called = { calls: [{ id: 'x', tool: 'look', args: {} }], stop: 'calls' as Stop, text: 'Let me look.' };
  const cases: readonly (readonly [Partial<Step>, RegExp])[] = [
    [{ stop: 'refusal' }, /refused/],
    [{ stop: 'max_tokens', text: 'p-001 co' }, /cut off/],
    [{ stop: 'context_full' }, /no room/],
    [{ stop: 'other', note: 'why' }, /stopped/],
    [{ text: ' \n' }, /empty/],
    [called, /a tool was called/],
  ];
  for (const [summary, why] of cases) {
    const { result, events, compacted } = await run(t, small({ maxTokens: 3000 }), model(25, summary));
    t.equal(result.status, 'done');
    t.match(compacted[0], {
      how: 'dropped',
      note: why,
      asked: { stop: summary.stop ?? 'end' },
      facts: { written: '' },
    });
    t.equal(events.filter(({ type }) => type === 'tool.called').length, 25, 'a summary calls nothing');
  }
});

t.test('no room left: one summary and another try', async (t) => {
  const { interpreter, views } = watched(model(12, { text: 'Short.' }, { full: 10 }));
  const { result, events, compacted } = await run(t, small({ keepTurns: 2 }), interpreter);
  t.equal(result.status, 'done');
  t.ok(compacted.length >= 1);
  t.match(compacted[0], { how: 'summary', note: undefined });
  const first = views.findIndex(({ purpose }) => purpose === 'summary');
  t.ok((views[first]?.turns.length ?? 99) < (views[first - 1]?.turns.length ?? 0), 'without the turns that stay');
  t.notMatch(JSON.stringify(views[first]?.turns.at(-1)), /stay as they are/);
  for (const { turns } of views) t.strictSame(soundness(turns), []);
  const stops = events.flatMap((event) => (event.type === 'step.finished' ? [event.data.step.stop] : []));
  t.equal(stops.filter((stop) => stop === 'context_full').length, compacted.length);

  const stuck = await run(t, small({ keepTurns: 2 }), model(12, { text: 'Short.' }, { full: 1 }));
  t.match(stuck.result, { status: 'failed', error: { code: 'context-full' } }, 'and no third one');
  t.match(stuck.result.error?.message ?? '', /no room left/);
  const script = { clerk: [look, look, look, { fail: 'context_full' }, { say: 'Done.' }] } as const;
  const scripted = await run(t, small({ keepTurns: 1 }), { kind: 'scripted', input: { clerk: [...script.clerk] } });
  t.match(scripted, { result: { status: 'done' }, compacted: [{ how: 'dropped' }] });
  const fresh = await run(t, small({}), { kind: 'scripted', input: { clerk: [{ fail: 'context_full' }] } });
  t.match(fresh, { result: { status: 'failed' }, compacted: [] });
});

t.test('what is kept of turns: plans with their state, handles, words, and the summary before', (t) => {
  const outcome = (result: JsonObject) => ({ ok: true, result }) as const;
  const step = (id: string, tool: string, args: JsonObject): Turn => ({
    role: 'assistant',
    step: { text: '', calls: [{ id, tool, args }], stop: 'calls' },
  });
  const turns: Turn[] = [
    {
      role: 'user',
      text: 'Old',
      summary: { plans: { 'plan-0': 'executed' }, results: ['r-1'], words: ['First.'], written: 'Once.' },
    },
    { role: 'user', text: 'x'.repeat(3000) },
    step('c1', 'storePlan', { planId: 'plan-1', body: {} }),
    {
      role: 'tools',
      results: [{ call: 'c1', tool: 'storePlan', outcome: outcome({ planId: 'plan-1', status: 'stored' }) }],
    },
    step('c2', 'call_agent', {}),
    {
      role: 'tools',
      results: [
        { call: 'c2', tool: 'call_agent', outcome: outcome({ plans: ['plan-2'], deep: [{ result: 'r-12' }] }) },
      ],
    },
    { role: 'user', text: 'y'.repeat(3000) },
  ];
  const facts = factsOf(turns, 6, true);
  t.strictSame(facts.plans, { 'plan-0': 'executed', 'plan-1': 'stored', 'plan-2': '' });
  t.strictSame([facts.results, facts.written], [['r-1', 'r-12'], 'Once.']);
  t.strictSame(
    facts.words.map(({ length }) => length),
    [6, 502, 3000],
    'the task itself stays whole',
  );
  t.strictSame(factsOf(turns, 1, false).words, [`${'y'.repeat(500)} …`]);
  const text = summaryText(7, facts);
  t.match(
    text,
    /^\[The first 7 turns .*\]\n\nOnce\.\n\nPlans: plan-0 \(executed\), plan-1 \(stored\), plan-2\n\nStored results: r-1, r-12\n/,
  );
  t.end();
});

t.test('where a conversation is cut: never between a call and its result', (t) => {
  const step = (id: string): Turn[] => [
    { role: 'assistant', step: { text: '', calls: [{ id, tool: 'look', args: {} }], stop: 'calls' } },
    { role: 'tools', results: [{ call: id, tool: 'look', outcome: { ok: true, result: 1 } }] },
  ];
  const turns: Turn[] = [{ role: 'user', text: 'a' }, ...step('1'), ...step('2'), ...step('3')];
  const place = (keep: number, room: number) => cutPlace(turns, keep, room, (some) => some.length);
  t.strictSame(
    [1, 2, 3, 4, 9].map((keep) => place(keep, 100)),
    [5, 3, 1, 0, 0],
  );
  t.strictSame(
    [5, 4, 3, 2, 1].map((room) => place(3, room)),
    [3, 3, 5, 5, 5],
    'fewer where there is no room',
  );
  t.equal(
    cutPlace([], 3, 1, () => 0),
    0,
  );
  t.end();
});

t.test('an agent with a memory goes on with its summary, and a planner knows its plans', async (t) => {
  const planner = { ...smallApp.agents.planner, toolkits: ['desk'] };
  const app = await appOf(
    t,
    small({ maxTokens: 3000, keepTurns: 3 }, { agents: { ...smallApp.agents, clerk, planner } }),
  );
  const looks = (count: number) => Array.from({ length: count }, () => look);
  const script = {
    planner: [storeStep([priceChange]), ...looks(14), { say: 'Stored.' }, ...looks(14), { say: 'Yes.' }],
  };
  const call = (prompt: string) => ({ call: 'call_agent', args: { agent: 'planner', prompt } });
  const coordinator = [call('Plan it.'), call('Is it there?'), { say: 'Yes.' }];
  const both = watched(interpreters.scripted({ ...script, coordinator }));
  const runtime = await openRuntime(app, { throwAway: true, interpreter: both.interpreter });
  t.teardown(() => runtime.close());
  const result = await runtime.run({ prompt: 'Plan.' });
  t.equal(result.status, 'done');
  const last = both.views.filter(({ agent }) => agent === 'planner').at(-1);
  t.match(last?.turns[0], { text: /Plans: plan-1 \(stored\)/ });
  t.match(last?.turns[0], { text: /- Is it there\?$/ });
  const events = runtime.store.events(result.runId);
  const state = fold(events);
  t.strictSame(state.spans.get('1.2')?.conversation.turns.slice(0, -1), last?.turns);
});

/** A model's providers and agents of the small app, all with it. */
function liveApp(window: number, context: object, more: object = {}) {
  const agents = Object.fromEntries(
    Object.entries({ ...smallApp.agents, clerk: { ...clerk, ...more } }).map(([name, agent]) => [
      name,
      { ...agent, model: 'main' },
    ]),
  );
  return {
    ...small(context),
    agents,
    providers: { claude: { kind: 'anthropic', apiKeyEnv: 'TEST_KEY' } },
    models: { main: { provider: 'claude', id: 'claude-sonnet-5-5', contextWindow: window } },
  };
}

/** Tokens of a value, as the server counts them. */
const tokensOf = (value: unknown) => Math.ceil(JSON.stringify(value).length / 4);

/** The blocks of a request in the order of its prefix, and where it is cut. */
function prefixOf({ tools, system, messages, cache_control }: Body & JsonObject) {
  const blocks = [...((tools ?? []) as JsonObject[]), ...((system ?? []) as JsonObject[])];
  const fixed = blocks.length;
  const plain = [...blocks, ...messages.flatMap(({ role, content }) => content.map((block) => ({ role, block })))];
  let hash = '';
  let tokens = 0;
  const prefixes = plain.map((block) => {
    const { cache_control: _, ...rest } = block as JsonObject;
    hash = createHash('sha256')
      .update(hash + JSON.stringify(rest))
      .digest('hex');
    tokens += tokensOf(rest);
    return { hash, tokens };
  });
  const cut = (system as JsonObject[] | undefined)?.at(-1)?.cache_control;
  return { prefixes, cuts: [...(cut ? [fixed - 1] : []), ...(cache_control ? [prefixes.length - 1] : [])] };
}

interface Counted {
  readonly input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly output_tokens: number;
}

/** Counts as the provider does: it writes at the cuts of a request, and reads up to 20 blocks before them. */
function prefixCache(): (body: Body) => Counted {
  const written = new Set<string>();
  return (body) => {
    const { prefixes, cuts } = prefixOf(body);
    const found = cuts.map((cut) => {
      for (let at = cut; at >= Math.max(0, cut - 20); at--) if (written.has(prefixes[at]?.hash ?? '')) return at;
      return -1;
    });
    const read = prefixes[Math.max(-1, ...found)]?.tokens ?? 0;
    const until = prefixes[Math.max(-1, ...cuts)]?.tokens ?? 0;
    for (const cut of cuts) written.add(prefixes[cut]?.hash ?? '');
    const all = prefixes.at(-1)?.tokens ?? 0;
    const created = Math.max(0, until - read);
    return {
      input_tokens: all - read - created,
      cache_read_input_tokens: read,
      cache_creation_input_tokens: created,
      output_tokens: 30,
    };
  };
}

const isSummary = ({ messages }: Body) =>
  JSON.stringify(messages.at(-1)).includes('This conversation is getting too long');

/** A model that looks twice for each prompt, then answers. */
function looker(counts: Counted[], summaries: Part[]): Answering {
  const count = prefixCache();
  let calls = 0;
  return (response, request) => {
    const usage = count(request.body);
    counts.push(usage);
    const reply = (parts: readonly Part[], stop: string) =>
      says(parts, { stop, usage: { ...usage } })(response, request);
    if (isSummary(request.body)) return reply(summaries, 'end_turn');
    const since = request.body.messages.findLastIndex(
      ({ role, content }) => role === 'user' && content.at(-1)?.type === 'text',
    );
    const looks = request.body.messages.slice(since).filter(({ role }) => role === 'assistant').length;
    if (looks >= 2) return reply([{ text: 'It still costs 6.99.' }], 'end_turn');
    calls += 1;
    const thinking: Part = { thinking: 'I look it up again, to be sure.', signature: 'c2ln' };
    return reply([thinking, { call: 'look', id: `toolu_${calls}`, input: '{"id":"p-001"}' }], 'tool_use');
  };
}

t.test('a session of 20 prompts over the wire stays in the cache, with a summary on the way', async (t) => {
  const counts: Counted[] = [];
  const at = await provider(t, looker(counts, [{ text: 'p-001 costs 6.99; it was looked up many times.' }]));
  const prompt = `You look things up. ${'Always look up the price before you answer. '.repeat(60)}`;
  const app = await appOf(t, liveApp(8000, {}, { stateful: true, prompt }));
  const env = { TEST_KEY: 'k', ANTHROPIC_BASE_URL: at.url };
  const runtime = await openRuntime(app, { throwAway: true, interpreter: liveInterpreter(app, env) });
  t.teardown(() => runtime.close());
  const runs: string[] = [];
  for (let turn = 1; turn <= 20; turn++) {
    const result = await runtime.run({ prompt: `What does p-001 cost on day ${turn}?`, agent: 'clerk' });
    t.match(result, { status: 'done', answer: 'It still costs 6.99.' });
    runs.push(result.runId);
  }
  const events = runs.flatMap((id) => [...runtime.store.events(id)]);
  const compacted = compactions(events);
  t.ok(compacted.length >= 1, `${compacted.length} times`);
  t.ok(compacted.every(({ how }) => how === 'summary'));
  t.equal(at.received.length, 60 + compacted.length);
  const share = ({ input_tokens, cache_read_input_tokens, cache_creation_input_tokens }: Counted) =>
    cache_read_input_tokens / (input_tokens + cache_read_input_tokens + cache_creation_input_tokens);
  for (const [place, { body }] of at.received.entries()) {
    if (!isSummary(body)) continue;
    const [summary, first, second] = counts.slice(place, place + 3).map(share);
    t.ok((summary ?? 0) > 0.9, 'the summary is read from the cache');
    t.ok((first ?? 0) < 0.9, 'the next step begins a new prefix');
    t.ok((second ?? 1) > 0.8, 'and the one after it reads that');
  }
  const { total } = spendingOf(events, costOf);
  t.ok(total.cachedShare >= 0.9, `${total.cachedShare} of the input came from the cache`);
  t.equal(total.steps, at.received.length);
  const longest = Math.max(...at.received.map(({ body }) => tokensOf(body.messages)));
  t.ok(longest < 8000);
  const days = JSON.stringify(at.received.at(-1)?.body.messages);
  t.match(days, /What does p-001 cost on day 20\?/);
  t.comment(`${compacted.length} summaries, ${(total.cachedShare * 100).toFixed(1)} % cached`);
});

t.test('a cassette plays a run with a summary again', async (t) => {
  const counts: Counted[] = [];
  const answer = looker(counts, [{ text: 'p-001 costs 6.99.' }]);
  let looks = 0;
  const more: Answering = (response, request) => {
    if (isSummary(request.body) || looks >= 25) return answer(response, request);
    looks += 1;
    says([{ call: 'look', id: `toolu_${looks}`, input: '{"id":"p-001"}' }], { stop: 'tool_use', usage: null })(
      response,
      request,
    );
  };
  const at = await provider(t, more);
  const yaml = liveApp(4000, { keepTurns: 3 });
  const app = await appOf(t, yaml);
  const tape = recording(liveInterpreter(app, { TEST_KEY: 'k', ANTHROPIC_BASE_URL: at.url }));
  const live = await run(t, yaml, tape.interpreter);
  t.equal(live.result.status, 'done');
  t.ok(live.compacted.length >= 1);
  t.equal(live.compacted[0]?.how, 'summary');
  const recorded = tape.cassette({ case: 'c', recordedAt: new Date() });
  if (!recorded) throw new Error('nothing was recorded');
  const played = await run(t, yaml, { kind: 'cassette', input: { cassette: recorded } });
  t.strictSame(played.compacted, live.compacted, 'at the same place, with the same words');
  t.equal(played.result.answer, live.result.answer);
  const changed = await run(t, { ...yaml, context: { keepTurns: 5 } }, cassette({ cassette: recorded }));
  t.equal(changed.result.error?.code, 'stale-cassette', 'another view is another question');
});

t.test('over the wire: no room, one summary, another try', async (t) => {
  const counts: Counted[] = [];
  const usual = looker(counts, [{ text: 'Short.' }]);
  let refusals = 0;
  const full: Answering = (response, request) => {
    if (isSummary(request.body) || request.body.messages.length < 9) return usual(response, request);
    refusals += 1;
    return fails(400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum')(response, request);
  };
  const at = await provider(t, full);
  const app = await appOf(t, liveApp(1_000_000, { keepTurns: 2 }, { stateful: true }));
  const env = { TEST_KEY: 'k', ANTHROPIC_BASE_URL: at.url };
  const budget = { costUsd: 1 };
  const runtime = await openRuntime(app, { throwAway: true, interpreter: liveInterpreter(app, env), budget });
  t.teardown(() => runtime.close());
  for (let turn = 1; turn <= 4; turn++)
    t.equal((await runtime.run({ prompt: `Day ${turn}`, agent: 'clerk' })).status, 'done');
  t.ok(refusals > 0);
  for (const { body } of at.received) {
    const ids = body.messages.flatMap(({ content }) => content);
    const uses = ids.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
    const results = ids.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []));
    t.strictSame(uses, results);
    t.equal(body.messages.at(-1)?.role, 'user');
  }
});

t.test('settings are checked', async (t) => {
  const problems = async (context: object) => {
    const dir = t.testdir({ 'seed.sql': 'CREATE TABLE p (id TEXT);', 'app.yaml': JSON.stringify(small(context)) });
    return (await loadApp(dir)).problems.map(({ message }) => message);
  };
  t.strictSame(await problems({ compactAt: 0.5, keepTurns: 1, maxTokens: 100_000 }), []);
  t.equal((await problems({ compactAt: 1, keepTurns: 0, maxTokens: 5 })).length, 3);
});

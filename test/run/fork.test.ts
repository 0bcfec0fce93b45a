import t, { type Test } from 'tap';
import type { App } from '../../src/config/app.ts';
import { fold } from '../../src/core/fold.ts';
import type { Interpreter, View } from '../../src/core/ports.ts';
import type { Step, ToolCall, Turn } from '../../src/core/step.ts';
import { conversationRuns, forkOfSession } from '../../src/run/session.ts';
import { openRuntime, type Runtime } from '../../src/runtime/build.ts';
import type { RuntimeOptions } from '../../src/runtime/options.ts';
import { openWorkspace } from '../../src/runtime/workspace.ts';
import { appOf, smallApp } from '../app.ts';

t.setTimeout(60_000);

const clerk = { ...smallApp.agents.clerk, maxSteps: 50, stateful: true };
const desk = {
  kind: 'stub',
  tools: { ...smallApp.toolkits.desk.tools, look: { description: 'Look.', result: { rows: 'word '.repeat(900) } } },
};
const app = {
  ...smallApp,
  agents: { ...smallApp.agents, clerk },
  toolkits: { desk },
  results: { inlineMax: 1000, keep: 'session' },
};

const say = (text: string): Step => ({ text, calls: [], stop: 'end' });
const call = (tool: string, args: ToolCall['args'], id: string): Step => ({
  text: '',
  calls: [{ id, tool, args }],
  stop: 'calls',
});

/** Answers what it was asked last; with `look` it looks first, with `read <handle>` it reads a stored result. */
function talker(): { readonly interpreter: Interpreter; readonly views: View[] } {
  const views: View[] = [];
  let calls = 0;
  return {
    views,
    interpreter: {
      async next(view) {
        views.push({ ...view, turns: [...view.turns] });
        if (view.purpose === 'summary') return { ...say('All was said before.'), model: 'm' };
        const last = view.turns.at(-1);
        const asked = last?.role === 'user' ? last.text : '';
        if (asked === 'look') return call('look', {}, `c${++calls}`);
        const [, result] = /^read (.*)/.exec(asked) ?? [];
        if (result !== undefined) return call('result_read', { result }, `c${++calls}`);
        return say(`answer to ${asked}`);
      },
    },
  };
}

function words(turns: readonly Turn[]): string[] {
  return turns.flatMap((turn) => (turn.role === 'user' ? [turn.text] : []));
}

/** Sessions of one workspace, one after the other. */
async function sessions(t: Test) {
  const loaded: App = await appOf(t, app);
  const { interpreter, views } = talker();
  let open: Runtime | undefined;
  t.teardown(() => open?.close());
  return {
    app: loaded,
    views,
    async session(options: Partial<RuntimeOptions>): Promise<Runtime> {
      await open?.close();
      open = await openRuntime(loaded, { interpreter, ...options });
      return open;
    },
  };
}

const ask = async (runtime: Runtime, prompt: string) => (await runtime.run({ prompt, agent: 'clerk' })).runId;

t.test('a fork begins with the conversation up to a run; nothing of the other one is lost', async (t) => {
  const { session, views } = await sessions(t);
  const first = await session({});
  const one = await ask(first, 'one');
  const two = await ask(first, 'two');
  const fork = await session({ fork: one });
  t.not(fork.session, first.session);
  t.strictSame(fork.store.runs({ session: fork.session }), [], 'a fork without a prompt leaves nothing');
  const three = await ask(fork, 'three');
  t.strictSame(words(views.at(-1)?.turns ?? []), ['one', 'three'], 'what came after the run is not in it');
  const events = fork.store.events(three);
  t.match(events[0], { data: { session: fork.session, forkedFrom: one } });
  t.match(events[1], { type: 'agent.started', data: { continues: `${one}:1` } });
  const four = await ask(fork, 'four');
  t.notOk('forkedFrom' in (fork.store.events(four)[0]?.data ?? {}), 'only the first run tells of it');
  t.strictSame(conversationRuns(fork.store, fork.session), [one, three, four]);

  let read = 0;
  const counting = {
    runs: fork.store.runs,
    events: (runId: string, limit?: number) => {
      const found = fork.store.events(runId, limit);
      read += found.length;
      return found;
    },
  };
  t.equal(forkOfSession(counting, fork.session), one);
  t.equal(read, 1, 'where it began is told by its first event alone');

  const again = await session({ session: fork.session });
  await ask(again, 'five');
  t.strictSame(words(views.at(-1)?.turns ?? []), ['one', 'three', 'four', 'five'], 'it goes on in another process');
  const nested = await session({ fork: three });
  await ask(nested, 'six');
  t.strictSame(words(views.at(-1)?.turns ?? []), ['one', 'three', 'six'], 'a fork of a fork');
  const old = await session({ session: first.session });
  await ask(old, 'seven');
  t.strictSame(words(views.at(-1)?.turns ?? []), ['one', 'two', 'seven'], 'the first session is as it was');
  t.equal(old.store.events(two).length > 0, true);
  await t.rejects(session({ fork: 'r-none' }), { code: 'unknown-name' });
});

t.test('a fork reads the stored results of the conversation that it took over, and no others', async (t) => {
  const { session } = await sessions(t);
  const first = await session({});
  const looked = await ask(first, 'look');
  const handle = JSON.stringify(first.store.events(looked)).match(/r-\d+/)?.[0];
  t.equal(handle, 'r-1');
  const fork = await session({ fork: looked });
  const read = fork.store.events(await ask(fork, 'read r-1')).find(({ type }) => type === 'tool.finished');
  t.match(read, { data: { outcome: { ok: true } } });
  const other = await session({});
  const refused = other.store.events(await ask(other, 'read r-1')).find(({ type }) => type === 'tool.finished');
  t.match(refused, { data: { outcome: { ok: false, error: { code: /-result$/ } } } });
});

t.test('compacting is a run of its own: the conversation goes on with its summary', async (t) => {
  const { session, views } = await sessions(t);
  const runtime = await session({});
  t.equal(runtime.compact({ agent: 'clerk' }), undefined, 'nothing was said');
  for (let at = 1; at <= 12; at++) await ask(runtime, `question ${at}, which is asked in quite a number of words`);
  t.equal(runtime.compact({ agent: 'planner' }), undefined);
  const before = runtime.store.runs().length;
  const result = await runtime.compact({ agent: 'clerk' });
  t.match(result, { status: 'done' });
  t.equal(views.at(-1)?.purpose, 'summary');
  const events = runtime.store.events(result?.runId ?? '');
  const kinds = ['run.started', 'agent.started', 'context.compacted', 'agent.finished', 'run.finished'];
  t.strictSame(
    events.map(({ type }) => type),
    kinds,
  );
  t.match(events[0], { data: { prompt: '/compact', compacts: true } });
  t.equal(runtime.store.runs().length, before + 1);
  await ask(runtime, 'and now?');
  const turns = views.at(-1)?.turns ?? [];
  t.match(turns[0], { role: 'user', summary: { written: 'All was said before.' } });
  t.equal(turns.filter((turn) => turn.role === 'user' && turn.text === '/compact').length, 0, 'nothing was asked');
  t.ok(turns.length < 20, `${turns.length} turns`);
  t.match(turns.at(-1), { role: 'user', text: 'and now?' });

  const again = await session({ session: runtime.session });
  await ask(again, 'and in another process?');
  t.strictSame(views.at(-1)?.turns.slice(0, turns.length), turns, 'the record gives the same conversation');
  t.equal(fold(events).finished?.status, 'done');
});

t.test('a compaction that was interrupted is not gone on with', async (t) => {
  const { session } = await sessions(t);
  const runtime = await session({});
  for (let at = 1; at <= 12; at++) await ask(runtime, `question ${at}, which is asked in quite a number of words`);
  const abort = new AbortController();
  abort.abort();
  const result = await runtime.compact({ agent: 'clerk', signal: abort.signal });
  t.match(result, { status: 'interrupted' });
  await t.rejects(runtime.resume({ runId: result?.runId ?? '' }), { code: 'not-resumable' });
  const runId = await ask(runtime, 'still there?');
  const turns = fold(runtime.store.events(runId)).spans.get('1')?.conversation.turns;
  t.ok(turns, 'the session goes on');
});

t.test('a workspace that the caller holds is not closed with its runtimes', async (t) => {
  const loaded = await appOf(t, app);
  const held = await openWorkspace({ app: loaded, name: 'main', command: 'test' });
  const { interpreter } = talker();
  const first = await openRuntime(loaded, { held, interpreter });
  const second = await openRuntime(loaded, { held, interpreter, newSession: 's-second' });
  await first.close();
  t.equal(second.session, 's-second');
  t.equal((await second.run({ prompt: 'hello', agent: 'clerk' })).answer, 'answer to hello');
  await t.rejects(openRuntime(loaded, { held, interpreter, session: 's-none' }), { code: 'unknown-name' });
  t.equal(held.store.runs().length, 1, 'the store is open still');
  await second.close();
  await held.close();
  const free = await openWorkspace({ app: loaded, name: 'main', command: 'test' });
  await free.close();
});

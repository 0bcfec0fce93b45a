import t from 'tap';
import type { Event, Fact } from '../../src/core/event.ts';
import { openStore } from '../../src/store/open.ts';

const scope = { span: '1', parent: null, agent: 'boss' };

/** A run of a session that begins at a minute and takes so many seconds; without them it has no end. */
function run(number: number, session: string, seconds?: number, waits = false): Event[] {
  const data = {
    app: 'a',
    workspace: 'w',
    session,
    agent: 'boss',
    prompt: `Prompt ${number}`,
    interpreter: 'scripted',
  };
  const facts: Fact[] = [
    { ...scope, type: 'run.started', data },
    {
      ...scope,
      span: '1.1',
      parent: '1',
      agent: 'planner',
      type: 'agent.started',
      data: { prompt: '', call: null, continues: null },
    },
  ];
  if (waits) {
    const subject = { kind: 'tool', tool: 'x', args: {} } as const;
    const asked = { approval: `r-${number}.a1`, call: 'c', subject, rule: 'default', reason: '' };
    facts.push({ ...scope, type: 'approval.requested', data: asked });
  }
  if (seconds !== undefined) facts.push({ ...scope, type: 'run.finished', data: { status: 'done', answer: '' } });
  const start = Date.parse('2026-01-01T00:00:00Z') + number * 60_000;
  return facts.map((fact, at) => {
    const ms = fact.type === 'run.finished' ? (seconds ?? 0) * 1000 : at;
    return { ...fact, runId: `r-${number}`, seq: at + 1, at: new Date(start + ms).toISOString() };
  });
}

t.test('runs page by page, sessions, and figures of all', async (t) => {
  const store = openStore(':memory:');
  t.same(store.figures(), { runs: 0, byStatus: {}, medianMs: null, p95Ms: null });
  t.same([store.sessions(), store.runsBefore(undefined, 5)], [[], []]);
  for (let number = 1; number <= 20; number++) store.append(run(number, `s-${number % 3}`, number));
  store.append(run(21, 's-1', undefined, true));
  store.append(run(22, 's-new'));
  const [newest, ...others] = store.runsBefore(undefined, 3);
  t.match(newest, { runId: 'r-22', status: 'open' });
  t.same(
    others.map(({ runId, status }) => `${runId} ${status}`),
    ['r-21 paused', 'r-20 done'],
  );
  t.same(
    store.runsBefore('r-3', 9).map(({ runId }) => runId),
    ['r-2', 'r-1'],
  );
  t.same(store.runsBefore('r-nobody', 9), []);
  t.same([...store.agentsOf('r-5')].sort(), ['boss', 'planner']);
  t.same(store.agentsOf('r-nobody'), []);
  t.same(store.figures(), { runs: 22, byStatus: { done: 20, open: 1, paused: 1 }, medianMs: 11_000, p95Ms: 20_000 });
  const sessions = store.sessions();
  t.same(
    sessions.map(({ session, runIds, status, lastRun }) => [session, runIds.length, status, lastRun]),
    [
      ['s-new', 1, 'open', 'r-22'],
      ['s-1', 8, 'paused', 'r-21'],
      ['s-2', 7, 'done', 'r-20'],
      ['s-0', 6, 'done', 'r-18'],
    ],
  );
  t.match(sessions[1], { prompt: 'Prompt 1' });
  store.close();
});

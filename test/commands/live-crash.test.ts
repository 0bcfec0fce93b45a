import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Event } from '../../src/core/event.ts';
import type { Json } from '../../src/core/json.ts';
import { callsOf } from '../../src/core/trajectory.ts';
import { type Spent, spendingOf } from '../../src/core/usage.ts';
import { costOf } from '../../src/interpreters/models.ts';
import { openStore } from '../../src/store/open.ts';
import { type Answering, begin, eventsOf } from '../interpreters/server.ts';
import {
  appFolder,
  type Edits,
  type Ended,
  eventsIn,
  killedAt,
  type Running,
  slow,
  start,
  stateFolder,
} from './cli.ts';
import {
  agentAsked,
  answer,
  answerTo,
  gist,
  type Live,
  lasting,
  liveSample,
  lowered,
  products,
  prompt,
  sampleModels,
} from './live-sample.ts';

t.setTimeout(900_000);

/** A chat that kills itself by SIGKILL right after it has printed an event. */
function killedChat({ cwd, env }: Live, at: string, args: readonly string[]): Running {
  return start(['chat', ...args, '--output', 'stream-json'], { cwd, env: { ...env, ...killedAt(at) } });
}

/** A chat in whose place another process approves what it waits for. */
async function approved(live: Live, chat: Running): Promise<Ended> {
  const asking = chat.saw('waiting for a decision').then(
    () => live.harness(['approvals', 'approve', 'last']),
    // It ended without asking.
    () => undefined,
  );
  const [ended, decided] = await Promise.all([chat.ended, asking]);
  if (decided && decided.code !== 0) throw new Error(decided.stderr);
  return ended;
}

function storedEvents(cwd: string): readonly Event[] {
  const store = openStore(join(cwd, stateFolder, 'state.db'));
  const events = store.runs().flatMap(({ runId }) => store.events(runId));
  store.close();
  return events;
}

/** The record without times, names of runs, and what tells of an interruption. */
function essence(events: readonly Event[]): string[] {
  const tells = ({ type, data }: Event) =>
    type === 'run.resumed' || type === 'provider.failed' || (type === 'run.finished' && data.status !== 'done');
  const kept = events.filter((event) => !tells(event)).map(({ at: _at, seq: _seq, ...event }) => event);
  return kept.map((event) => lasting(event as unknown as Json).replace(/"([rs])-[a-z0-9]+/g, '"$1'));
}

/** How often the models were asked each thing. */
function timesAsked({ at }: Live): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const request of at.received) times.set(gist(request), (times.get(gist(request)) ?? 0) + 1);
  return times;
}

/** A run that nothing happens to. */
interface Whole {
  readonly record: readonly string[];
  readonly asked: readonly string[];
  readonly spent: Spent;
}

async function undisturbed(t: Test, edits?: Edits, ...args: readonly string[]): Promise<Whole> {
  const live = await liveSample(t, sampleModels, edits);
  const { code, stderr } = await approved(live, waiting(live, ...args));
  t.equal(code, 0, stderr);
  const events = storedEvents(live.cwd);
  const asked = [...timesAsked(live).keys()];
  return { record: essence(events), asked, spent: spendingOf(events, costOf).total };
}

function waiting({ cwd, env }: Live, ...args: readonly string[]): Running {
  const words = args.length > 0 ? args : ['-p', prompt];
  return start(['chat', ...words, '--wait', '300', '--output', 'stream-json'], { cwd, env });
}

/** What must hold of every run that was interrupted and went on. */
function sameInTheEnd(t: Test, live: Live, whole: Whole, cutOff: number): void {
  const events = storedEvents(live.cwd);
  t.strictSame(essence(events), whole.record, 'the record is that of a run that nothing happened to');
  t.strictSame(
    events.map(({ seq }) => seq),
    events.map((_event, place) => place + 1),
  );
  const finished = events.flatMap((event) => (event.type === 'tool.finished' ? [event.data.call] : []));
  t.equal(new Set(finished).size, finished.length, 'no call is run twice');
  const times = timesAsked(live);
  t.strictSame([...times.keys()].sort(), [...whole.asked].sort(), 'the models were sent the same, and nothing else');
  t.ok(live.at.received.length <= whole.asked.length + cutOff, 'only a step that was cut off is asked for again');
}

/** After each of these, in the order of the run. */
const moments = [
  'run.started#1',
  'agent.started#1',
  'text.delta#4',
  'step.finished#1',
  'tool.called#2',
  'tool.finished#1',
  'agent.finished#1',
  // Of two calls of a step that run one after the other, one is done.
  'tool.called#4',
  'agent.finished#2',
  'plan.stored#1',
  'approval.requested#1',
  'approval.decided#1',
  'plan.executing#1',
  'action.started#2',
  'action.finished#2',
  'plan.executed#1',
  'agent.finished#4',
];

t.test('killed after any event, and resumed: the same record, the same requests, one execution', async (t) => {
  const whole = await undisturbed(t);
  for (const moment of moments) {
    await t.test(moment, async (t) => {
      const live = await liveSample(t);
      const killed = await approved(live, killedChat(live, moment, ['-p', prompt, '--wait', '300']));
      t.equal(killed.signal, 'SIGKILL', killed.stderr);
      const shown = eventsIn(killed.stdout);
      t.strictSame(storedEvents(live.cwd).slice(0, shown.length), shown, 'what was shown is stored');
      const resumed = await approved(live, waiting(live, '--resume', 'last'));
      t.equal(resumed.code, 0, resumed.stderr);
      const last = eventsIn(resumed.stdout).at(-1);
      t.match(last, { type: 'run.finished', data: { status: 'done', answer } });
      sameInTheEnd(t, live, whole, 1);
      t.strictSame(products(live.cwd), lowered, 'the plan was executed once');
    });
  }
});

t.test('killed again and again', async (t) => {
  const whole = await undisturbed(t);
  const live = await liveSample(t);
  let args: readonly string[] = ['-p', prompt];
  // Counted from where each process begins.
  const kills = ['step.finished#2', 'step.finished#2', 'tool.finished#1', 'step.finished#1', 'action.started#1'];
  for (const moment of [...kills, 'action.finished#1', 'step.finished#1']) {
    const killed = await approved(live, killedChat(live, moment, [...args, '--wait', '300']));
    t.equal(killed.signal, 'SIGKILL', `${moment}: ${killed.stderr}`);
    args = ['--resume', 'last'];
  }
  const resumed = await approved(live, waiting(live, '--resume', 'last'));
  t.equal(resumed.code, 0, resumed.stderr);
  sameInTheEnd(t, live, whole, kills.length + 2);
  t.strictSame(products(live.cwd), lowered);
});

t.test('Ctrl-C in the middle of an answer: what was streamed does not count, and the run goes on', async (t) => {
  const whole = await undisturbed(t);
  let held = 0;
  const models: Answering = (response, request) => {
    const { system, messages } = request.body;
    // The executor's first answer: cut in the input of its call.
    if (agentAsked(request) !== 'executor' || held++ > 0) return sampleModels(response, request);
    const send = begin(response);
    for (const event of eventsOf([{ text: 'I execute. ' }, ...answerTo(system, messages)]).slice(0, -5)) send(event);
  };
  const live = await liveSample(t, models);
  const chat = waiting(live);
  await chat.saw('I exec');
  chat.child.kill('SIGINT');
  const { code, stdout, stderr } = await chat.ended;
  t.equal(code, 130, stderr);
  const [failed, end] = eventsIn(stdout).slice(-2);
  t.match(failed, { type: 'provider.failed', data: { used: { usage: { output: 1 } } } }, 'what it took is counted');
  t.match(end, { type: 'run.finished', data: { status: 'interrupted' } });
  const [, command = ''] = /\n {2}harness (chat --resume \S+)\n/.exec(stderr) ?? [];
  const [, ...resume] = command.split(' ');
  const resumed = await approved(live, waiting(live, ...resume));
  t.equal(resumed.code, 0, resumed.stderr);
  sameInTheEnd(t, live, whole, 1);
  t.strictSame(products(live.cwd), lowered);
});

t.test('a budget that is reached: exit 4, and on with a larger one', async (t) => {
  const whole = await undisturbed(t);
  const { steps, input, output, cost } = whole.spent;
  for (const [option, all] of [
    ['--max-steps', steps],
    ['--max-tokens', input + output],
    ['--max-cost', cost ?? 0],
  ] as const) {
    const small = option === '--max-cost' ? (all * 0.7).toFixed(6) : `${Math.floor(all * 0.7)}`;
    const larger = `${Math.ceil(all * 1.5)}`;
    await t.test(option, async (t) => {
      const live = await liveSample(t);
      const reached = await approved(live, waiting(live, '-p', prompt, option, small));
      t.equal(reached.code, 4, reached.stderr);
      t.match(reached.stderr, /error budget-reached: the run's budget of/);
      const [, runId = ''] = /harness chat --resume (r-\S+) --max-/.exec(reached.stderr) ?? [];
      const same = await live.harness(['chat', '--resume', runId, option, small]);
      t.equal(same.code, 4, 'what was used counts');
      const resumed = await approved(live, waiting(live, '--resume', runId, option, larger));
      t.equal(resumed.code, 0, resumed.stderr);
      sameInTheEnd(t, live, whole, 0);
      t.strictSame(products(live.cwd), lowered);
    });
  }
});

t.test('a conversation that is compacted: killed after the summary, and resumed with it', async (t) => {
  const short: Edits = {
    [`${appFolder}/app.yaml`]: ['toolkits:\n', 'context: { maxTokens: 4000, keepTurns: 3 }\ntoolkits:\n'],
    [`${appFolder}/agents/data-analyst.yaml`]: ['model: fast\n', 'model: fast\nmaxSteps: 60\n'],
  };
  const count = ['-p', 'Count to 24.'];
  const whole = await undisturbed(t, short, ...count);
  t.ok(whole.record.filter((event) => event.includes('"context.compacted"')).length > 1);
  for (const moment of ['context.compacted#1', 'context.compacted#2', 'step.finished#15']) {
    await t.test(moment, async (t) => {
      const live = await liveSample(t, sampleModels, short);
      const killed = await killedChat(live, moment, count).ended;
      t.equal(killed.signal, 'SIGKILL', killed.stderr);
      const resumed = await live.harness(['chat', '--resume', 'last']);
      t.match(resumed, { code: 0, stdout: 'Counted to 24.\n' });
      sameInTheEnd(t, live, whole, 1);
    });
  }
});

t.test('an action of which nobody knows whether it took effect', async (t) => {
  const journal = (cwd: string) => {
    const file = join(cwd, stateFolder, 'journal.jsonl');
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  };
  for (const applied of [true, false]) {
    await t.test(applied ? 'it did' : 'it did not', async (t) => {
      const live = await liveSample(t, sampleModels, slow(0));
      const killed = await approved(live, killedChat(live, 'action.started#3', ['-p', prompt, '--wait', '300']));
      t.equal(killed.signal, 'SIGKILL', killed.stderr);
      t.equal(journal(live.cwd).length, 2);
      for (const _again of [1, 2]) {
        const asks = await live.harness(['chat', '--resume', 'last']);
        t.match(asks, { code: 5, stdout: '', stderr: /harness plans settle plan-1 --applied \(or --not-applied\)/ });
      }
      const settle = ['plans', 'settle', 'plan-1', applied ? '--applied' : '--not-applied'];
      t.equal((await live.harness(settle)).code, 0);
      const resumed = await live.harness(['chat', '--resume', 'last']);
      t.equal(resumed.code, 0, resumed.stderr);
      t.equal(resumed.stdout, `Done. Applied plan-1: ${applied ? 3 : 2} entities.\n`);
      t.equal(journal(live.cwd).length, 2, 'nothing is repeated');
      const [execution] = callsOf(storedEvents(live.cwd)).filter(({ tool }) => tool === 'executePlan');
      t.match(execution?.outcome, { ok: true, result: { status: applied ? 'executed' : 'failed' } });
    });
  }
});

t.test('a tool with a side effect that has no result is asked about', async (t) => {
  const wiping: Edits = {
    [`${appFolder}/app.yaml`]: [
      'tools: [execute_query] }\n',
      'tools: [execute_query] }\n  desk: { kind: stub, tools: { wipe: { description: Wipe., effect: write, result: { wiped: true } } } }\n',
    ],
    [`${appFolder}/agents/data-analyst.yaml`]: ['toolkits: [catalog]', 'toolkits: [catalog, desk]'],
  };
  for (const again of [true, false]) {
    await t.test(again ? 'run again' : 'left as it is', async (t) => {
      const live = await liveSample(t, sampleModels, wiping);
      const args = ['-p', 'Please: Wipe it.', '--wait', '300'];
      const killed = await approved(live, killedChat(live, 'tool.started#1', args));
      t.equal(killed.signal, 'SIGKILL', killed.stderr);
      const asks = await live.harness(['chat', '--resume', 'last']);
      t.match(asks, { code: 5, stdout: '', stderr: /nobody knows whether the interrupted call of wipe took effect/ });
      const decision = again ? ['approve', 'last'] : ['reject', 'last', '--comment', 'It is wiped.'];
      const ended = await live.harness(['approvals', ...decision, '--continue']);
      t.equal(ended.code, 0, ended.stderr);
      t.match(ended.stdout, again ? '{"wiped":true}' : /outcome-unknown: wipe was interrupted: .*: It is wiped\./);
      const started = storedEvents(live.cwd).filter(({ type }) => type === 'tool.started');
      t.equal(started.length, again ? 2 : 1);
    });
  }
});

import t from 'tap';
import type { Interpreter } from '../../src/core/ports.ts';
import { type Baseline, bless, compareWith, lowerByChance } from '../../src/evals/baseline.ts';
import { metered } from '../../src/evals/limits.ts';
import { mutantsOf } from '../../src/evals/mutants.ts';
import type { CaseResult, Outcome, TrialResult } from '../../src/evals/report.ts';
import { caseStats } from '../../src/evals/statistics.ts';
import { runSuite } from '../../src/evals/suite.ts';
import type { Script } from '../../src/generated/config.ts';

function trial(number: number, outcome: Outcome = 'passed', used: Partial<TrialResult> = {}): TrialResult {
  const nothing = {
    checks: [],
    answer: '',
    agents: [],
    calls: [],
    steps: 1,
    tokens: 0,
    costUsd: 0,
    seconds: 0,
    events: [],
  };
  return { trial: number, outcome, ...nothing, ...used };
}

function result(id: string, outcomes: readonly Outcome[], outcome: Outcome = outcomes[0] ?? 'passed'): CaseResult {
  const trials = outcomes.map((each, at) => trial(at + 1, each));
  const place = { tags: [], file: 'evals/app/a.yaml', line: 1, digest: '', gate: true, input: 'x' };
  return { app: 'app', id, ...place, outcome, stats: caseStats(outcomes, 1), trials };
}

const times = (outcome: Outcome, count: number) => Array.from({ length: count }, () => outcome);
const meta = { harness: '0', blessedAt: '2026-01-01T00:00:00.000Z' };

t.test('baselines', async (t) => {
  const before = bless(
    undefined,
    [
      result('good', ['passed']),
      result('bad', ['failed']),
      result('gone', ['passed']),
      result('often', [...times('passed', 9), 'failed'], 'passed'),
      result('seldom', times('passed', 10)),
    ],
    meta,
    true,
  );
  t.strictSame(Object.keys(before.cases), ['app/bad', 'app/gone', 'app/good', 'app/often', 'app/seldom'], 'in order');
  const now = [
    result('good', ['failed']),
    result('bad', ['passed']),
    result('new', ['failed']),
    result('often', [...times('passed', 8), ...times('failed', 2)], 'failed'),
    result('seldom', [...times('failed', 8), ...times('passed', 2)], 'failed'),
  ];
  t.strictSame(compareWith(before, 'b.json', now), {
    file: 'b.json',
    blessedAt: meta.blessedAt,
    regressed: ['app/good', 'app/seldom'],
    fixed: ['app/bad'],
    knownFailing: [],
    flaky: ['app/often'],
    added: ['app/new'],
    removed: ['app/gone'],
  });
  t.strictSame(compareWith(before, 'b.json', [result('good', ['error'])]).regressed, [], 'an error is no regression');
  t.strictSame(compareWith(before, 'b.json', [result('bad', ['failed'])]).knownFailing, ['app/bad']);

  const part = bless(before, [result('good', ['failed']), result('bad', ['error'])], meta, false);
  t.equal(part.cases['app/good']?.outcome, 'failed');
  t.strictSame(part.cases['app/bad'], before.cases['app/bad'], 'what could not be judged stays');
  t.ok(part.cases['app/gone'], 'and so does what did not run');
  t.notOk((bless(before, now, meta, true) as Baseline).cases['app/gone'], 'unless all cases ran');
});

t.test("Fisher's exact test", async (t) => {
  // The lady tasting tea: 1 of 4 against 3 of 4, and 0 of 4 against 4 of 4.
  t.equal(lowerByChance({ passed: 3, judged: 4 }, { passed: 1, judged: 4 }).toFixed(4), '0.2429');
  t.equal(lowerByChance({ passed: 4, judged: 4 }, { passed: 0, judged: 4 }).toFixed(4), '0.0143');
  t.equal(lowerByChance({ passed: 4, judged: 4 }, { passed: 4, judged: 4 }), 1);
  t.ok(lowerByChance({ passed: 1000, judged: 1000 }, { passed: 900, judged: 1000 }) < 1e-9, 'large numbers');
});

const script: Script = {
  coordinator: [
    { call: 'call_agent', args: { agent: 'planner', prompt: 'Plan it.' } },
    { call: 'call_agent', args: { agent: 'executor', prompt: 'Do it.' } },
    { say: 'Done.' },
  ],
  planner: [
    {
      call: 'storePlan',
      args: {
        body: {
          actions: [
            { kind: 'a', n: 1 },
            { kind: 'b', on: true },
          ],
        },
      },
    },
    { say: 'Stored.' },
  ],
};

t.test('mutants', async (t) => {
  const source = { script, entry: 'coordinator', forbiddenTools: ['wipe'], toolsOf: new Map(), most: 200 };
  const toolsOf = new Map([['planner', new Map([['wipe', { id: 'x' }]])]]);
  const mutants = mutantsOf({ ...source, toolsOf });
  const names = mutants.map(({ what }) => what);
  t.strictSame([...names].sort(), [
    'action 1 doubled of the plan that agent "planner" stores',
    'action 1 dropped of the plan that agent "planner" stores',
    'action 2 doubled of the plan that agent "planner" stores',
    'action 2 dropped of the plan that agent "planner" stores',
    'actions 1 and 2 swapped of the plan that agent "planner" stores',
    'argument agent of call call_agent of agent "coordinator" (step 1) altered from "planner" to "something else"',
    'argument agent of call call_agent of agent "coordinator" (step 2) altered from "executor" to "something else"',
    'argument body.actions.0.kind of call storePlan of agent "planner" (step 1) altered from "a" to "something else"',
    'argument body.actions.0.n of call storePlan of agent "planner" (step 1) altered from 1 to 2',
    'argument body.actions.1.kind of call storePlan of agent "planner" (step 1) altered from "b" to "something else"',
    'argument body.actions.1.on of call storePlan of agent "planner" (step 1) altered from true to false',
    'call call_agent of agent "coordinator" (step 1) doubled',
    'call call_agent of agent "coordinator" (step 1) dropped',
    'call call_agent of agent "coordinator" (step 2) doubled',
    'call call_agent of agent "coordinator" (step 2) dropped',
    'call storePlan of agent "planner" (step 1) doubled',
    'call storePlan of agent "planner" (step 1) dropped',
    'calls call_agent and call_agent of agent "coordinator" swapped',
    'forbidden call wipe of agent "planner" added',
    'the answer emptied',
  ]);
  const of = (what: string) => mutants.find((mutant) => mutant.what === what)?.script;
  t.equal(of('the answer emptied')?.coordinator?.at(-1)?.say, '');
  t.strictSame(of('forbidden call wipe of agent "planner" added')?.planner?.[0], { call: 'wipe', args: { id: 'x' } });
  t.equal(of('call storePlan of agent "planner" (step 1) dropped')?.planner?.length, 1);
  t.equal(new Set(mutants.map((mutant) => JSON.stringify(mutant.script))).size, mutants.length, 'all differ');
  t.notOk(
    mutants.some((mutant) => JSON.stringify(mutant.script) === JSON.stringify(script)),
    'from the script too',
  );
  t.equal(mutantsOf({ ...source, most: 5 }).length, 5);
});

t.test('a suite: trials at a time, limits, and what breaks it', async (t) => {
  let running = 0;
  let most = 0;
  const order: string[] = [];
  const request = {
    cases: ['a', 'b', 'c'].map((each) => ({ case: each, trials: 2 })),
    concurrency: 2,
    limits: {},
    signal: new AbortController().signal,
    async play(chosen: string, number: number) {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, chosen === 'a' ? 20 : 1));
      running -= 1;
      order.push(`${chosen}${number}`);
      return trial(number, 'passed', { tokens: 10 });
    },
    finish: (chosen: string, trials: readonly TrialResult[]) => ({ ...result(chosen, []), trials }),
  };
  const whole = await runSuite(request);
  t.strictSame(
    whole.results.map(({ id }) => id),
    ['a', 'b', 'c'],
    'in the order of the cases',
  );
  t.strictSame(
    whole.results[0]?.trials.map((each) => each.trial),
    [1, 2],
  );
  t.equal(most, 2);
  t.equal(order.length, 6);

  const few = await runSuite({ ...request, concurrency: 1, limits: { tokens: 40 } });
  t.equal(few.stopped, 'the limit of 40 tokens is reached: 40 were used');
  t.strictSame(
    few.results.map(({ id }) => id),
    ['a', 'b'],
  );

  const late = await runSuite({ ...request, limits: { seconds: 0.01 } });
  t.equal(late.stopped, 'the limit of 0.01 seconds is reached');

  const unpriced = async (_: string, number: number) => trial(number, 'passed', { costUsd: null });
  const unknown = await runSuite({ ...request, play: unpriced, concurrency: 1, limits: { costUsd: 5 } });
  t.match(unknown.stopped, /price of a model is unknown/);

  const broken = { ...request, play: () => Promise.reject(new Error('the disk is full')) };
  await t.rejects(runSuite(broken), /the disk is full/);
});

t.test('a meter lets no step begin beyond a limit', async (t) => {
  const usage = { input: 60, output: 40, cacheRead: 0, cacheWrite: 0 };
  const inner = { next: async () => ({ text: '', calls: [], stop: 'end' as const, usage }) };
  const view = {
    runId: 'r',
    span: '1',
    agent: 'a',
    model: { name: 'm', provider: 'p', id: 'm-1' },
    prompt: '',
    tools: [],
    turns: [],
    stepsOfAgent: 0,
  };
  const ask = async (limits: Parameters<typeof metered>[1], price: number | null = 0.5) => {
    const { interpreter, meter } = metered(inner, limits, () => price);
    for (let step = 0; step < 5; step++) {
      try {
        await interpreter.next(view, new AbortController().signal);
      } catch (thrown) {
        return { ...meter(), why: thrown instanceof Error ? thrown.message : '' };
      }
    }
    return { ...meter(), why: '' };
  };
  t.strictSame(await ask({}), { steps: 5, tokens: 500, costUsd: 2.5, why: '' });
  t.strictSame(await ask({ steps: 2 }), { steps: 2, tokens: 200, costUsd: 1, why: 'the limit of 2 steps is reached' });
  t.match(await ask({ tokens: 150 }), { steps: 2, why: /150 tokens/ });
  t.match(await ask({ costUsd: 1.5 }), { steps: 3, costUsd: 1.5, why: /\$1\.50 is reached/ });
  t.match(await ask({ costUsd: 1 }, null), { steps: 1, costUsd: null, why: /cannot be kept/ });
});

t.test('tries that failed count, each at the price of its own model', async (t) => {
  const usage = (input: number) => ({ input, output: 0, cacheRead: 0, cacheWrite: 0 });
  const error = { code: 'overloaded', message: 'later' };
  const inner: Interpreter = {
    async next(_view, _signal, listeners) {
      listeners?.retried?.({ attempt: 1, delayMs: 0, error, used: { model: 'dear', usage: usage(10) } });
      listeners?.failed?.({ attempt: 2, error, used: { model: 'cheap', usage: usage(20) } });
      return { text: '', calls: [], stop: 'end', model: 'cheap', usage: usage(30) };
    },
  };
  const { interpreter, meter } = metered(inner, {}, (model, { input }) => (model === 'dear' ? 10 : 1) * input);
  const heard: number[] = [];
  const model = { name: 'main', provider: 'p', id: 'dear' };
  const view = { runId: 'r', span: '1', agent: 'a', model, prompt: '', tools: [], turns: [], stepsOfAgent: 0 };
  const listeners = { retried: () => heard.push(1), failed: () => heard.push(2) };
  await interpreter.next(view, new AbortController().signal, listeners);
  t.strictSame(meter(), { steps: 1, tokens: 60, costUsd: 150 });
  t.strictSame(heard, [1, 2], 'others are told as before');
});

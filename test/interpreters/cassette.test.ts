import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import type { App } from '../../src/config/app.ts';
import { cassetteText, readCassette, writeCassette } from '../../src/config/cassette-file.ts';
import { loadApp } from '../../src/config/load.ts';
import { sealed } from '../../src/core/cassette.ts';
import type { Event } from '../../src/core/event.ts';
import { fold } from '../../src/core/fold.ts';
import type { Interpreter } from '../../src/core/ports.ts';
import { redactor } from '../../src/core/redact.ts';
import { actionsDispatched, agentsOf, callsOf } from '../../src/core/trajectory.ts';
import { recordedJudge, recordingJudge } from '../../src/evals/recorded-judge.ts';
import type { Cassette, Script, SmokeScript } from '../../src/generated/config.ts';
import { cassette as cassetteInterpreter, unplayed } from '../../src/interpreters/cassette.ts';
import { recording } from '../../src/interpreters/recording.ts';
import { scripted } from '../../src/interpreters/scripted.ts';
import { scriptedApprover } from '../../src/run/approvers.ts';
import { openRuntime } from '../../src/runtime/build.ts';
import { appOf, play, priceChange, smallApp, storeStep } from '../app.ts';
import { appFolder, type Edits, edit, project } from '../commands/cli.ts';

const recordedAt = new Date('2026-11-22T10:00:00Z');

async function sample(dir: string): Promise<App> {
  const { app, problems } = await loadApp(join(dir, appFolder));
  if (!app) throw new Error(problems.map((problem) => problem.message).join('\n'));
  return app;
}

function smokeOf(dir: string, name: string): SmokeScript {
  return parse(readFileSync(join(dir, appFolder, 'smoke', `${name}.yaml`), 'utf8'));
}

async function run(app: App, prompt: string, interpreter: Interpreter) {
  const runtime = await openRuntime(app, { throwAway: true, interpreter, approver: scriptedApprover('approve') });
  try {
    const result = await runtime.run({ prompt });
    return { result, events: runtime.store.events(result.runId) };
  } finally {
    await runtime.close();
  }
}

/** Everything of a run but its time and what produced it. */
function whole(events: readonly Event[]) {
  return {
    agents: agentsOf(events),
    calls: callsOf(events),
    actions: actionsDispatched(events),
    steps: events.filter((event) => event.type === 'step.finished').map((event) => event.data),
    end: events.at(-1)?.data,
  };
}

/** Records a smoke script of the sample app, as if a model had taken its steps. */
async function record(
  dir: string,
  name: string,
): Promise<{ cassette: Cassette; events: readonly Event[]; prompt: string }> {
  const { prompt, script } = smokeOf(dir, name);
  const recorder = recording(scripted(script));
  const { events, result } = await run(await sample(dir), prompt, recorder.interpreter);
  const cassette = recorder.cassette({ case: 'tc', recordedAt });
  if (!cassette || result.status !== 'done') throw new Error(result.error?.message);
  return { cassette, events, prompt };
}

async function recordSmall(t: Test, script: Script): Promise<Cassette> {
  const recorder = recording(scripted(script));
  await play(t, script, { interpreter: recorder.interpreter });
  const cassette = recorder.cassette({ case: 'tc', recordedAt });
  if (!cassette) throw new Error('nothing was recorded');
  return cassette;
}

t.test('a recording plays the same run, from its file', async (t) => {
  const dir = project(t);
  for (const name of ['price-change', 'question']) {
    const { cassette, events, prompt } = await record(dir, name);
    const file = join(dir, 'evals', 'sample', `${name}.cassette.yaml`);
    writeCassette(cassette, file, dir);
    const read = readCassette(file, 'tc');
    t.strictSame(read, { cassette, problems: [] });
    const replay = await run(await sample(dir), prompt, cassetteInterpreter({ cassette }));
    t.equal(replay.result.status, 'done', `${replay.result.error?.message}`);
    t.strictSame(whole(replay.events), whole(events));
    t.strictSame(unplayed(cassette, fold(replay.events).stepsOfAgent), []);
  }
  t.strictSame(readdirSync(join(dir, 'evals', 'sample')), ['price-change.cassette.yaml', 'question.cassette.yaml']);
  const text = readFileSync(join(dir, 'evals', 'sample', 'question.cassette.yaml'), 'utf8');
  t.match(
    text,
    /^# yaml-language-server: \$schema=\.\.\/\.\.\/schemas\/cassette\.schema\.json\n# Recorded by `harness eval tc --record`/,
  );
  t.match(text, /\n {6}seen: 1\n {6}request: \[[0-9a-f]{16}, [0-9a-f]{16}\]\n/, 'digests of a request are one line');
});

t.test(
  'what a live step holds survives: several calls, texts beside them, thinking, usage, ways to stop',
  async (t) => {
    const app = await appOf(t);
    const usage = { input: 10, output: 2, cacheRead: 4, cacheWrite: 1 };
    const thinking = [{ type: 'thinking', thinking: 'Hm.\nLet me see.', signature: 'c2ln' }];
    const looks = ['p-001', 'x'].map((id) => ({ id: `toolu_${id}`, tool: 'look', args: { id } }));
    const live: Interpreter = {
      kind: 'anthropic',
      async next({ stepsOfAgent }) {
        const shared = { usage, model: 'claude-haiku-5-5', opaque: thinking };
        if (stepsOfAgent === 0) return { ...shared, text: 'Two looks.', calls: looks, stop: 'calls' };
        return { ...shared, text: 'half', calls: [], stop: 'max_tokens', note: 'at 100 tokens' };
      },
    };
    const recorder = recording(live);
    t.equal(recorder.interpreter.kind, 'anthropic');
    t.equal(recorder.cassette({ case: 'tc', recordedAt }), undefined, 'no step, no cassette');
    const runOn = async (interpreter: Interpreter) => {
      const runtime = await openRuntime(app, { throwAway: true, interpreter });
      const result = await runtime.run({ prompt: 'Look.', agent: 'clerk' });
      const events = runtime.store.events(result.runId);
      await runtime.close();
      return { result, steps: events.flatMap((event) => (event.type === 'step.finished' ? [event.data.step] : [])) };
    };
    const first = await runOn(recorder.interpreter);
    const cassette = recorder.cassette({ case: 'tc', recordedAt });
    if (!cassette) throw new Error('nothing was recorded');
    t.match(cassette.steps.clerk?.[1], { seen: 1, request: [/^\w{16}$/, [/^\w{16}$/, /^\w{16}$/]] });
    const again = await runOn(cassetteInterpreter({ cassette }));
    const withoutIds = (steps: typeof first.steps) =>
      steps.map((step) => ({ ...step, calls: step.calls.map(({ tool, args }) => ({ tool, args })) }));
    t.strictSame(withoutIds(again.steps), withoutIds(first.steps));
    t.strictSame({ ...again.result, cause: null }, { ...first.result, cause: null });
  },
);

t.test('an agent that is called twice, and one that keeps its conversation', async (t) => {
  const call = (agent: string, prompt: string) => ({ call: 'call_agent', args: { agent, prompt } });
  const script: Script = {
    coordinator: [
      call('planner', 'Plan.'),
      call('clerk', 'Look.'),
      call('planner', 'Plan again.'),
      call('clerk', 'Look.'),
      { say: 'Done.' },
    ],
    planner: [storeStep([priceChange]), { say: 'Stored.' }, { say: 'Still stored.' }],
    clerk: [{ call: 'look', args: { id: 'p-001' } }, { say: '6.99' }, { say: '6.99 again' }],
  };
  const cassette = await recordSmall(t, script);
  t.equal(cassette.steps.planner?.[2]?.seen, 3, 'the planner goes on with its conversation');
  t.equal(cassette.steps.clerk?.[2]?.seen, 1, 'a fresh conversation that begins in the same way');
  const { result } = await play(t, script, { interpreter: cassetteInterpreter({ cassette }) });
  t.equal(result.status, 'done', `${result.error?.message}`);
});

t.test('a stale cassette names the agent, the step and the first field that differs', async (t) => {
  const file = (name: string) => `${appFolder}/${name}`;
  const main = 'main: { provider: anthropic, id: claude-sonnet-5-5';
  const cases: readonly { readonly edits: Edits; readonly message: RegExp; readonly smoke?: string }[] = [
    {
      edits: { [file('agents/planner.yaml')]: ['Changes nothing itself.', 'It changes nothing itself.'] },
      message: /at step 1 of agent "coordinator", tools\.call_agent \(its description or input schema\) is not what/,
    },
    {
      edits: { [file('agents/planner.yaml')]: ['Answer with the id', 'Answer only with the id'] },
      message: /at step 1 of agent "planner", system \(its prompt\) is not what was recorded/,
    },
    {
      edits: { [file('app.yaml')]: [main, 'main: { provider: anthropic, id: claude-opus-5-5'] },
      message: /at step 1 of agent "coordinator", model was claude-sonnet-5-5 and is claude-opus-5-5/,
    },
    {
      edits: { [file('app.yaml')]: [main, `${main}, effort: high`] },
      message: /at step 1 of agent "coordinator", effort was not set and is high/,
    },
    {
      edits: {
        [file('plans/catalog-action-plan.yaml')]: ['Why these changes', 'Why the changes'],
      },
      message: /at step 1 of agent "planner", tools\.storePlan \(/,
    },
    {
      edits: { [file('app.yaml')]: ['tools: [execute_query]', 'tools: [execute_query, search_catalog]'] },
      message: /at step 1 of agent "data_analyst", tools\.search_catalog was not there/,
      smoke: 'question',
    },
    {
      edits: { [file('data/shop.sql')]: ['Sparkling Water 12pk', 'Still Water 12pk'] },
      message: /at step 2 of agent "data_analyst", turns\[2\] \(result of execute_query\) is not what was recorded/,
      smoke: 'question',
    },
    {
      edits: { [file('app.yaml')]: ['summary: Price changed.', 'summary: Changed.'] },
      message: /at step 2 of agent "executor", turns\[2\] \(result of executePlan\) is not what was recorded/,
    },
  ];
  for (const { edits, message, smoke = 'price-change' } of cases) {
    const dir = project(t);
    const { cassette, prompt } = await record(dir, smoke);
    edit(dir, edits);
    const { result } = await run(await sample(dir), prompt, cassetteInterpreter({ cassette }));
    t.equal(result.status, 'failed');
    t.equal(result.error?.code, 'stale-cassette', `${result.error?.message}`);
    t.match(result.error?.message, message);
    t.equal(result.cause?.exit, 1);
    t.equal(result.cause?.hint, 'record it again: harness eval tc --record');
  }
  const dir = project(t);
  const { cassette, prompt } = await record(dir, 'question');
  const other = await run(await sample(dir), `${prompt} `, cassetteInterpreter({ cassette }));
  t.match(
    other.result.error?.message,
    'at step 1 of agent "coordinator", turns[0] (the prompt) is not what was recorded',
  );
});

t.test('a cassette that runs out, has steps left, or lacks an agent is stale', async (t) => {
  const script: Script = {
    coordinator: [{ call: 'call_agent', args: { agent: 'clerk', prompt: 'Look.' } }, { say: 'Done.' }],
    clerk: [{ call: 'look', args: { id: 'p-001' } }, { say: '6.99' }],
  };
  const cassette = await recordSmall(t, script);
  const { coordinator = [], clerk = [] } = cassette.steps;
  const playing = async (steps: Cassette['steps']) => {
    const changed = sealed({ ...cassette, steps });
    const { result, events } = await play(t, script, { interpreter: cassetteInterpreter({ cassette: changed }) });
    return { result, left: unplayed(changed, fold(events).stepsOfAgent) };
  };
  const short = await playing({ coordinator, clerk: clerk.slice(0, 1) });
  t.match(short.result.error, {
    code: 'stale-cassette',
    message: /holds only 1 step of it, and agent "clerk" takes step 2/,
  });
  const none = await playing({ coordinator });
  t.match(none.result.error, { code: 'stale-cassette', message: /holds none of it, and agent "clerk" takes step 1/ });
  const long = await playing({ coordinator, clerk: [...clerk, { say: 'more', request: [] }] });
  t.equal(long.result.status, 'done');
  t.strictSame(long.left, [
    'the cassette is stale: it has 1 step left for agent "clerk", from step 3; record it again: harness eval tc --record',
  ]);
  const results = await play(t, script, {
    interpreter: cassetteInterpreter({ cassette }),
    app: {
      ...smallApp,
      toolkits: {
        desk: {
          ...smallApp.toolkits.desk,
          tools: {
            ...smallApp.toolkits.desk.tools,
            look: { ...smallApp.toolkits.desk.tools.look, results: [{ when: { id: 'p-001' }, result: { price: 7 } }] },
          },
        },
      },
    },
  });
  t.match(
    results.result.error?.message,
    'at step 2 of agent "clerk", turns[2] (result of look) is not what was recorded',
  );
});

t.test('a cassette that was edited by hand is refused, and told what to do instead', async (t) => {
  const dir = project(t);
  const { cassette } = await record(dir, 'price-change');
  const file = join(dir, 'tc.cassette.yaml');
  const broken = (edit: (text: string) => string, id = 'tc') => {
    writeFileSync(file, edit(cassetteText(cassette, file, dir)));
    const { cassette: read, problems } = readCassette(file, id);
    t.equal(read, undefined);
    return problems;
  };
  const edited = broken((text) => text.replace('newPrice: 6.49', 'newPrice: 5.49'));
  t.match(edited, [{ code: 'edited-cassette', place: { file, line: 7 } }]);
  t.match(edited[0]?.hint, /record it again: harness eval tc --record; or move its steps into the case's own `script`/);
  t.match(
    broken((text) => text, 'other'),
    [{ code: 'foreign-cassette', place: { line: 4 } }],
  );
  t.match(
    broken((text) => text.replace('format: 1', 'format: 2')),
    [{ code: 'newer-format', place: { line: 3 } }],
  );
  t.match(
    broken((text) => text.replace('agents:', 'agent:')),
    [{ code: 'unknown-key', hint: 'did you mean "agents"?' }],
  );
  t.match(
    broken((text) => text.slice(0, 700)),
    [{ severity: 'error' }],
  );
  t.match(
    broken((text) => text.replace(/digest: \w+/, 'digest: [')),
    [{ place: { file } }],
  );
  t.strictSame(readCassette(file, 'tc').cassette, undefined);
  t.match(readCassette(join(dir, 'none.yaml'), 'tc').problems, [{ code: 'missing-file' }]);
  symlinkSync('/etc/passwd', join(dir, 'link.yaml'));
  t.match(readCassette(join(dir, 'link.yaml'), 'tc').problems, [{ message: '"link.yaml" is not a regular file' }]);
  writeFileSync(file, cassetteText(cassette, file, dir).replaceAll('\n', '\n# a remark\n'));
  t.ok(readCassette(file, 'tc').cassette, 'a remark changes nothing');
});

t.test('a recording that cannot be read back is not kept', async (t) => {
  const cassette = await recordSmall(t, { coordinator: [{ say: 'x' }] });
  const dir = t.testdir({ 'tc.cassette.yaml': 'before' });
  const file = join(dir, 'tc.cassette.yaml');
  const saying = (say: unknown) =>
    sealed({ ...cassette, steps: { coordinator: [{ say: '', opaque: say, request: [] }] } });
  let deep: unknown = 1;
  for (let depth = 0; depth < 120; depth++) deep = [deep];
  t.throws(() => writeCassette(saying(deep), file, dir), {
    code: 'invalid-usage',
    message: /cannot be kept: nested deeper/,
  });
  t.throws(() => writeCassette(saying('x'.repeat(2_200_000)), file, dir), { message: /larger than 2 MiB/ });
  t.equal(readFileSync(file, 'utf8'), 'before');
  t.throws(() => writeCassette(cassette, '/dev/null/x.yaml', dir), { code: 'disk-unavailable' });
  writeCassette(cassette, file, dir);
  t.strictSame(readdirSync(dir), ['tc.cassette.yaml']);
});

t.test('secrets are not in a cassette, and it plays with them and without them', async (t) => {
  const key = 'sk-live-0123456789';
  const redact = redactor([{ name: 'KEY', value: key }]);
  const script: Script = {
    coordinator: [{ call: 'call_agent', args: { agent: 'clerk', prompt: `Use ${key}.` } }, { say: `Used ${key}.` }],
    clerk: [{ call: 'look', args: { id: key } }, { say: 'none' }],
  };
  const recorder = recording(scripted(script), redact);
  await play(t, script, { interpreter: recorder.interpreter });
  const cassette = recorder.cassette({ case: 'tc', recordedAt });
  if (!cassette) throw new Error('nothing was recorded');
  t.notMatch(JSON.stringify(cassette), key);
  t.match(JSON.stringify(cassette), '[secret KEY]');
  for (const input of [{ cassette }, { cassette, redactor: redact }]) {
    const { result } = await play(t, script, { interpreter: cassetteInterpreter(input) });
    t.equal(result.answer, 'Used [secret KEY].', `${result.error?.message}`);
  }
});

t.test('verdicts of judges are recorded, and hold for the same answer only', async (t) => {
  const request = { assertion: 1, index: 0, rubric: 'Names the price.', input: 'Price?', answer: '6.49' };
  const recorder = recordingJudge(
    { vote: async ({ index }) => ({ pass: index === 0, reason: 'Because it is sk-123456.' }) },
    redactor([{ name: 'KEY', value: 'sk-123456' }]),
  );
  await recorder.judge.vote({ ...request, index: 1 });
  t.same(await recorder.judge.vote(request), { pass: true, reason: 'Because it is sk-123456.' });
  const base = await recordSmall(t, { coordinator: [{ say: '6.49' }] });
  const cassette = sealed({ ...base, verdicts: [...recorder.verdicts()] });
  const judge = recordedJudge(cassette);
  t.same(await judge.vote(request), { pass: true, reason: 'Because it is [secret KEY].' });
  t.match(await judge.vote({ ...request, index: 1 }), { pass: false });
  await t.rejects(judge.vote({ ...request, index: 2 }), {
    code: 'stale-cassette',
    message: /vote 3 on assert\[1\] rubric is not in it/,
  });
  for (const change of [{ answer: '6.5' }, { rubric: 'x' }, { input: 'x' }, { model: 'fast' }]) {
    await t.rejects(judge.vote({ ...request, ...change }), {
      code: 'stale-cassette',
      message: /another rubric, input, answer or model/,
    });
  }
  const file = join(t.testdir({}), 'tc.cassette.yaml');
  writeCassette(cassette, file, t.testdirName);
  t.strictSame(readCassette(file, 'tc').cassette?.verdicts, cassette.verdicts);
});

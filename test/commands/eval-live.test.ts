import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { SuiteReport } from '../../src/evals/report.ts';
import { type Answering, type Body, fails, type Part, type Provider, provider, says } from '../interpreters/server.ts';
import { appFolder, type Edits, edit, project, refused, run, sampleName, start } from './cli.ts';

t.setTimeout(300_000);
t.jobs = 2;

const key = 'sk-planted-0123456789';
const evals = `evals/${sampleName}`;
const caseFile = `${evals}/price.yaml`;
const cassetteFile = `${evals}/tc-price.cassette.yaml`;

const priceCase = `id: tc-price
input: Lower p-001 to 6.49 because wholesale demand is strong, and apply it.
expectedTrajectory: [storePlan, executePlan]
structuredGroundTruth:
  executedActions:
    - { type: price_change, payload: { productId: p-001, newPrice: 6.49 } }
assert:
  - { kind: contains, value: "6.49" }
  - { kind: rubric, value: Names the new price., votes: 2 }
`;

/** The sample, with a tool whose description is the app's own, and cases. */
function withCases(t: Test, files: Readonly<Record<string, string>>, edits: Edits = {}): string {
  const cwd = project(t, {
    [`${appFolder}/app.yaml`]: [
      'tools: [execute_query] }\n',
      'tools: [execute_query] }\n  desk: { kind: stub, tools: { look: { description: Look it up., result: { ok: true } } } }\n',
    ],
    [`${appFolder}/agents/data-analyst.yaml`]: ['toolkits: [catalog]', 'toolkits: [catalog, desk]'],
    ...edits,
  });
  mkdirSync(join(cwd, evals), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, evals, name), text);
  return cwd;
}

function called(tool: string, args: object): Part {
  const input = JSON.stringify(args);
  return { call: tool, id: `toolu_${tool}_${input.length}`, input };
}

const plan = {
  rationale: 'Wholesale demand is strong.',
  actions: [{ kind: 'price_change', productId: 'p-001', newPrice: 6.49, reason: 'wholesale demand' }],
};

/** What each agent says, step by step, known by the beginning of its prompt. Some of it holds the key. */
const steps: Readonly<Record<string, readonly (readonly Part[])[]>> = {
  'You coordinate': [
    [called('call_agent', { agent: 'data_analyst', prompt: `What does p-001 cost? The key is ${key}.` })],
    [called('call_agent', { agent: 'planner', prompt: 'Plan 6.49 for p-001.' })],
    [{ text: 'Now it is executed. ' }, called('call_agent', { agent: 'executor', prompt: 'Execute plan-1.' })],
    [{ text: `p-001 now costs 6.49; do not tell ${key}.` }],
  ],
  'You answer questions': [
    [
      { thinking: `The key is ${key}.`, signature: 'c2ln' },
      called('execute_query', { sql: `SELECT price, '${key}' AS token FROM products WHERE id = 'p-001'` }),
    ],
    [{ text: `6.99, and ${Buffer.from(`key ${key}`).toString('base64')}.` }],
  ],
  'You turn a wished': [
    [called('storePlan', { specName: 'CatalogActionPlan', planId: 'plan-1', body: plan })],
    [{ text: 'Stored plan-1.' }],
  ],
  'You execute stored': [[called('executePlan', { planId: 'plan-1' })], [{ text: 'Applied one price change.' }]],
};

const usage = { input_tokens: 1000, output_tokens: 1 };

function isJudge({ system }: Body): boolean {
  return JSON.stringify(system).includes('You judge the answer');
}

/** Plays the models of the sample, and their judge. */
const models: Answering = (response, request) => {
  const { system, messages } = request.body;
  const prompt = JSON.stringify(system);
  const verdict: Part[] = [{ text: JSON.stringify({ reason: `It does, ${key}.`, pass: true }) }];
  const own = Object.entries(steps).find(([words]) => prompt.includes(words))?.[1] ?? [];
  const step = isJudge(request.body)
    ? verdict
    : (own[messages.filter(({ role }) => role === 'assistant').length] ?? [{ text: 'Nothing.' }]);
  says(step, { stop: step.some((part) => 'call' in part) ? 'tool_use' : 'end_turn', usage })(response, request);
};

function keyed(at: Provider) {
  return { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: at.url };
}

/** Files of the project that hold the key, in one of its forms. */
function filesWithKey(cwd: string): string[] {
  const names = readdirSync(cwd, { recursive: true, withFileTypes: true });
  return names
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .filter((file) => {
      const text = readFileSync(file, 'latin1');
      return text.includes(key) || text.includes(Buffer.from(key).toString('base64').slice(4, -4));
    });
}

const reportKinds = ['json', 'jsonl', 'junit', 'markdown', 'github', 'html', 'terminal'];

/** A case that was recorded, and the provider that it was recorded from. */
async function recorded(t: Test): Promise<{ readonly cwd: string; readonly at: Provider }> {
  const cwd = withCases(t, { 'price.yaml': priceCase });
  const at = await provider(t, models);
  const ended = await run(['eval', '--record'], { cwd, env: keyed(at) });
  t.equal(ended.code, 0, ended.stdout + ended.stderr);
  return { cwd, at };
}

t.test('Ctrl-C while a judge thinks does not wait for its verdict', async (t) => {
  const cwd = withCases(t, { 'price.yaml': priceCase });
  const asked = new AbortController();
  const at = await provider(t, (response, request) => {
    if (isJudge(request.body)) asked.abort();
    else models(response, request);
  });
  const running = start(['eval', '--live'], { cwd, env: keyed(at) });
  while (!asked.signal.aborted && running.child.exitCode === null) await sleep(20);
  const pressed = performance.now();
  running.child.kill('SIGINT');
  const { code, stderr } = await running.ended;
  t.equal(code, 130, stderr);
  t.ok(performance.now() - pressed < 60_000, 'a vote may take 120 s');
  t.match(stderr, 'finished cases are kept');
  t.notMatch(stderr, /\n\s+at |internal/);
});

t.test('a recording is played again without a key, and holds none', async (t) => {
  const cwd = withCases(t, { 'price.yaml': priceCase });
  const at = await provider(t, models);
  const reports = reportKinds.flatMap((kind) => ['--report', `${kind}=out/report.${kind}`]);
  const record = await run(['eval', '--record', ...reports], { cwd, env: keyed(at) });
  t.equal(record.code, 0, record.stdout + record.stderr);
  t.match(record.stdout, /\n1 passed, 0 failed\n$/);
  t.ok(existsSync(join(cwd, cassetteFile)));
  t.ok(existsSync(join(cwd, '.harness/evals.db')));
  t.strictSame(filesWithKey(cwd), [], 'the key is in no file');
  t.notMatch(record.stdout + record.stderr, key);
  const report = JSON.parse(readFileSync(join(cwd, 'out/report.json'), 'utf8')) as SuiteReport;
  t.match(report.cases[0]?.trials[0]?.answer, /do not tell \[secret ANTHROPIC_API_KEY\]/);
  const cassette = readFileSync(join(cwd, cassetteFile), 'utf8');
  t.match(cassette, /It does, \[secret ANTHROPIC_API_KEY\]/);
  t.equal(cassette.match(/vote: /g)?.length, 2, 'both votes are kept');

  const asked = at.received.length;
  t.equal(at.received.filter(({ body }) => isJudge(body)).length, 2);
  for (const env of [{}, keyed(at)]) {
    const replay = await run(['eval', '--json'], { cwd, env });
    t.equal(replay.code, 0, replay.stdout);
    const { cases, mode } = JSON.parse(replay.stdout) as SuiteReport;
    t.equal(mode, 'offline');
    t.match(
      cases[0]?.trials[0]?.checks.filter(({ name }) => name.startsWith('assert')),
      [{ pass: true }, { name: 'assert[1] rubric', pass: true }],
    );
  }
  t.equal(at.received.length, asked, 'nobody was asked');
  const again = await run(['eval', '--record'], { cwd, env: keyed(at) });
  t.equal(again.code, 0);
  t.equal(readFileSync(join(cwd, cassetteFile), 'utf8'), cassette, 'the same run gives the same cassette');
});

t.test('a recording that no longer fits is stale: who, where, what, and what to do', async (t) => {
  const { cwd } = await recorded(t);
  const stale = async (edits: Edits, ...words: readonly (string | RegExp)[]) => {
    const before = Object.keys(edits).map((name) => [name, readFileSync(join(cwd, name), 'utf8')] as const);
    edit(cwd, edits);
    const { code, stdout, stderr } = await run(['eval'], { cwd });
    t.equal(code, 1, stderr);
    t.match(stdout, 'harness eval tc-price --record');
    for (const word of words) t.match(stdout, word);
    t.match(stdout, /\n0 passed, 1 failed\n$/);
    edit(cwd, Object.fromEntries(before));
  };
  const { agents, app } = { agents: `${appFolder}/agents`, app: `${appFolder}/app.yaml` };
  await stale(
    { [`${agents}/planner.yaml`]: ['You turn a wished', 'You make of a wished'] },
    /stale: at step 1 of agent "planner", system/,
  );
  await stale(
    { [app]: ['description: Look it up.', 'description: Look it up well.'] },
    /stale: at step 1 of agent "data_analyst", tools\.look/,
  );
  await stale(
    { [app]: ['id: claude-haiku-5-5', 'id: claude-haiku-5-6'] },
    /stale: at step 1 of agent "data_analyst", model was claude-haiku-5-5 and is claude-haiku-5-6/,
  );
  await stale(
    { [caseFile]: ['Names the new price.', 'Names the plan.'] },
    /vote 1 on assert\[1\] rubric was on another rubric/,
  );
  await stale({ [caseFile]: ['votes: 2', 'votes: 3'] }, /vote 3 on assert\[1\] rubric is not in it/);
  await stale(
    { [`${appFolder}/data/shop.sql`]: ['6.99', '7.99'] },
    /step 2 of agent "data_analyst", turns\[2\] \(result of execute_query\)/,
  );
  const fine = await run(['eval'], { cwd });
  t.equal(fine.code, 0, 'with everything as it was it passes again');

  edit(cwd, { [cassetteFile]: ['newPrice: 6.49', 'newPrice: 5.49'] });
  const edited = await run(['eval'], { cwd });
  refused(t, edited, 2, /tc-price\.cassette\.yaml:\d+:\d+/, 'edited-cassette', '--record');
});

t.test('a rubric decides', async (t) => {
  const cwd = withCases(t, { 'price.yaml': priceCase });
  let votes = 0;
  const at = await provider(t, (response, request) => {
    const strict = isJudge(request.body);
    if (strict) votes += 1;
    const no = JSON.stringify({ reason: `Too long, ${key}.`, pass: false });
    (strict ? says([{ text: no }], { usage }) : models)(response, request);
  });
  const failed = await run(['eval', '--record'], { cwd, env: keyed(at) });
  t.equal(failed.code, 1);
  t.equal(votes, 2);
  t.match(failed.stdout, /assert\[1\] rubric: 0 of 2 votes pass.*Too long, \[secret ANTHROPIC_API_KEY\]/);
  const replay = await run(['eval'], { cwd });
  t.equal(replay.code, 1, 'and decides the same again');
  t.match(replay.stdout, /0 of 2 votes pass/);
  t.strictSame(filesWithKey(cwd), []);

  const mute = await provider(t, (response, request) => {
    (isJudge(request.body) ? says([{ text: 'Well.' }], { usage }) : models)(response, request);
  });
  const unjudged = await run(['eval', '--live'], { cwd, env: keyed(mute) });
  t.equal(unjudged.code, 3, 'without a verdict there is no outcome');
  t.match(unjudged.stdout, /no verdict/);
});

/** A case of one step, without a script. */
function shortCase(id: string, more = ''): string {
  return `- id: ${id}\n  input: Say it.\n  assert: [{ kind: contains, value: right }]\n${more}`;
}

const right = says([{ text: 'right' }], { usage });

t.test('repeats: a trial that the provider broke is counted apart; one that it only delayed is not', async (t) => {
  const cwd = withCases(t, { 'a.yaml': shortCase('a') });
  const refuses = fails(400, 'invalid_request_error', `no such thing: ${key}`);
  const busy = fails(529, 'overloaded_error', 'Overloaded', { 'retry-after-ms': '5' });
  const at = await provider(t, right, refuses, busy, right);
  const args = ['eval', '--live', '--repeat', '3', '--concurrency', '1'];
  const ended = await run([...args, '--json'], { cwd, env: keyed(at) });
  t.equal(ended.code, 3, 'neither passed nor failed');
  const { totals, cases } = JSON.parse(ended.stdout) as SuiteReport;
  t.match(totals, { passed: 0, failed: 0, errors: 1, trials: 3 });
  t.match(cases[0]?.stats, { trials: 3, judged: 2, passed: 2, errors: 1, passRate: 1 });
  t.strictSame(
    cases[0]?.trials.map(({ outcome }) => outcome),
    ['passed', 'error', 'passed'],
  );
  t.equal(cases[0]?.trials[1]?.error?.code, 'provider-fault');
  t.match(
    cases[0]?.trials[2]?.events.map(({ type }) => type),
    /provider\.retried/,
  );
  t.notMatch(ended.stdout + ended.stderr, key);
  t.strictSame(filesWithKey(cwd), []);

  const fine = await run(args, { cwd, env: keyed(await provider(t, busy, right, busy, right, busy, right)) });
  t.equal(fine.code, 0, fine.stdout + fine.stderr);
});

t.test('budgets end a live suite; what ran is kept', async (t) => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
  const cwd = withCases(t, { 'all.yaml': ids.map((id) => shortCase(id)).join('') });
  const at = await provider(t, right);
  const live = (...args: readonly string[]) =>
    run(['eval', '--live', '--concurrency', '1', '--json', ...args], { cwd, env: keyed(at) });
  // Each case takes 1,025 tokens, which cost 0.00225 dollars.
  const tokens = await live('--max-tokens', '2500');
  t.equal(tokens.code, 4);
  const report = JSON.parse(tokens.stdout) as SuiteReport;
  t.match(report, { stopped: /2500 tokens/, totals: { cases: 6, passed: 3, notRun: 3, tokens: 3075 }, exit: 4 });
  const resumed = await live('--resume');
  t.equal(resumed.code, 0, resumed.stderr);
  t.match(JSON.parse(resumed.stdout), { totals: { passed: 6, notRun: 0 } });
  t.equal(at.received.length, 6, 'nothing is paid for twice');

  const cost = await live('--max-cost', '0.003');
  t.equal(cost.code, 4);
  t.match(JSON.parse(cost.stdout), { stopped: /limit of \$0\.003 is reached/, totals: { passed: 2, notRun: 4 } });
  const enough = await live('--max-cost', '1', '--max-tokens', '100000');
  t.equal(enough.code, 0);

  edit(cwd, { [`${appFolder}/app.yaml`]: ['id: claude-sonnet-5-5', 'id: nobodys-model'] });
  const unknown = await live('--max-cost', '1');
  t.equal(unknown.code, 4, 'a limit that cannot be kept is no limit');
  t.match(JSON.parse(unknown.stdout), { stopped: /price of a model is unknown/ });
});

t.test('what judges use counts, too', async (t) => {
  const cwd = withCases(t, {
    'all.yaml': ['a', 'b', 'c']
      .map((id) => shortCase(id).replace('right }', 'right }, { kind: rubric, value: Is right., votes: 3 }'))
      .join(''),
  });
  const judge = says([{ text: '{"reason": "Yes.", "pass": true}' }], { usage });
  const at = await provider(t, (response, request) => (isJudge(request.body) ? judge : right)(response, request));
  const args = ['eval', '--live', '--concurrency', '1', '--json', '--max-tokens', '4000'];
  const ended = await run(args, { cwd, env: keyed(at) });
  t.equal(ended.code, 4, ended.stdout);
  t.match(JSON.parse(ended.stdout), { totals: { passed: 1, tokens: 4100 } });
});

t.test('a live run becomes a case, without the key', async (t) => {
  const cwd = withCases(t, {});
  const at = await provider(t, models);
  const chat = await run(['chat', '-p', `Lower p-001 to 6.49; ${key}.`], { cwd, env: keyed(at) });
  t.equal(chat.code, 5, chat.stderr);
  t.notMatch(chat.stdout, key);
  const added = await run(['eval', 'add', 'last', '--id', 'tc-live', '--json'], { cwd, env: keyed(at) });
  t.equal(added.code, 0, added.stderr);
  const file = join(cwd, evals, 'tc-live.yaml');
  t.match(readFileSync(file, 'utf8'), '[secret ANTHROPIC_API_KEY]');
  t.strictSame(
    filesWithKey(cwd).filter((each) => !each.includes('/.harness/coordinator-')),
    [],
  );
  const played = await run(['eval', 'tc-live'], { cwd });
  t.equal(played.code, 0, played.stdout);
  t.notMatch(added.stdout + added.stderr + played.stdout, key);
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Answering, begin, fails, provider, says, startsWith } from '../interpreters/server.ts';
import { appFolder, type CliOptions, eventsIn, priceChange, project, question, run, start } from './cli.ts';

t.setTimeout(300_000);

const key = 'sk-planted-0123456789';
const usage = { input_tokens: 1000, output_tokens: 1 };
const thinking = { thinking: 'First I look.\nThen I\u001b[31m answer.', signature: 'c2ln' };
const hello = says([thinking, { text: 'It costs 6.99.' }], { usage });

/** A project and a provider that answers in it. */
async function chatting(t: Test, ...answers: readonly Answering[]) {
  const at = await provider(t, ...answers);
  const cwd = project(t);
  const env = { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: at.url };
  const chat = (words: readonly string[], more: Partial<CliOptions> = {}) =>
    run(['chat', ...words], { cwd, ...more, env: { ...env, ...more.env } });
  return { at, cwd, env, chat };
}

t.test('the prompt comes from the command line, or through a pipe', async (t) => {
  const { at, chat } = await chatting(t, hello);
  const asked = () => JSON.stringify(at.received.at(-1)?.body.messages);
  for (const [words, input] of [
    [['-p', 'What is the price?'], ''],
    [['-p', '-'], '  What is the price?\n'],
    [[], 'What is\nthe price?\n'],
  ] as const) {
    const ended = await chat(words, { input });
    t.equal(ended.code, 0, ended.stderr);
    t.equal(ended.stdout, 'It costs 6.99.\n', 'the result only');
    t.match(asked(), /What is(\\n| )the price\?"/);
  }
  for (const words of [['-p', ''], ['-p', '-'], []]) {
    const ended = await chat(words, { input: ' \n' });
    t.equal(ended.code, 2);
    t.equal(ended.stdout, '');
    t.match(ended.stderr, 'error invalid-usage: the prompt is empty\n  harness chat -p');
  }
  t.equal(at.received.length, 3);
});

t.test('what is thought is shown as progress, by --quiet nothing is', async (t) => {
  const { chat } = await chatting(t, hello);
  const shown = await chat(['-p', 'x']);
  t.match(shown.stderr, /● coordinator\n {2}First I look\.\n {2}Then I\\u001b\[31m answer\.\n1 step, /);
  const quiet = await chat(['-p', 'x', '--quiet']);
  t.equal(quiet.stderr, '');
  t.equal(quiet.stdout, 'It costs 6.99.\n');
  const stream = await chat(['-p', 'x', '--output', 'stream-json', '-q']);
  const lines = stream.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const texts = (kind: string) =>
    lines.map((line) => (line.type === 'text.delta' && line.kind === kind ? line.text : '')).join('');
  t.equal(texts('thinking'), thinking.thinking);
  t.equal(texts('text'), 'It costs 6.99.');
  const stored = JSON.stringify(eventsIn(stream.stdout));
  t.equal(stored.split('First I look').length, 2, 'stored once');
});

t.test('--output json tells all of a run, failed tries too', async (t) => {
  const cut = startsWith(4, [{ text: 'It costs' }], (response) => response.destroy());
  const { chat } = await chatting(t, cut, hello);
  const ended = await chat(['-p', 'x', '--output', 'json']);
  const result = JSON.parse(ended.stdout);
  t.match(result, {
    status: 'done',
    answer: 'It costs 6.99.',
    workspace: 'acme',
    runId: /^r-/,
    session: /^s-/,
    plans: [],
    usage: { total: { steps: 1, input: 1010, output: 26 }, agents: { coordinator: { steps: 1 } } },
  });
  t.equal(result.cost, result.usage.total.cost);
  t.ok(Math.abs(result.cost - (1010 * 2 + 26 * 10) / 1e6) < 1e-12);
  const scripted = await chat(['--script', question, '--output', 'json']);
  t.match(JSON.parse(scripted.stdout), { status: 'done', plans: [], leftover: [] });
});

t.test('each exit code', async (t) => {
  const { chat, cwd, env } = await chatting(t, says([], { stop: 'refusal' }));
  const failed = await chat(['-p', 'x']);
  t.equal(failed.code, 1);
  t.match(failed.stderr, 'error agent-refused');
  t.equal((await chat(['-p', 'x', '-a', 'nobody'])).code, 2);
  t.equal((await chat(['-p', 'x', '--max-steps', 'none'])).code, 2);
  t.equal((await chat(['-p', 'x'], { env: { ANTHROPIC_API_KEY: '' } })).code, 2);
  const broken = await provider(t, fails(401, 'authentication_error', `no ${key}`));
  t.equal((await chat(['-p', 'x'], { env: { ANTHROPIC_BASE_URL: broken.url } })).code, 3);
  const budget = await chat(['--script', priceChange, '--max-steps', '1', '--output', 'json']);
  t.equal(budget.code, 4, budget.stderr);
  t.equal(JSON.parse(budget.stdout).status, 'budget');
  writeFileSync(
    join(cwd, appFolder, 'smoke/pause.yaml'),
    'prompt: x\nscript:\n  executor:\n    - { call: executePlan, args: { planId: plan-1 } }\n  planner:\n    - { say: no }\nagent: planner\n',
  );
  const leftover = await chat(['--script', `${appFolder}/smoke/pause.yaml`, '--output', 'json']);
  t.equal(leftover.code, 1, 'a script with steps left over');
  t.match(JSON.parse(leftover.stdout), {
    status: 'done',
    answer: 'no',
    leftover: [/1 step left for agent "executor"/],
  });
  const script = readFileSync(join(cwd, priceChange), 'utf8').replace('approvals: approve\n', '');
  writeFileSync(join(cwd, appFolder, 'smoke/ask.yaml'), script);
  const paused = await chat(['--script', `${appFolder}/smoke/ask.yaml`, '--output', 'json', '-q']);
  t.equal(paused.code, 5, paused.stderr);
  t.match(JSON.parse(paused.stdout), { status: 'paused', answer: '', plans: ['plan-eval-price-change'] });
  t.match(paused.stderr, /paused: .*\brun r-/, 'also when it is quiet');
  const silent = await provider(t, (response) => begin(response));
  const running = start(['chat', '-p', 'x', '--output', 'json'], {
    cwd,
    env: { ...env, ANTHROPIC_BASE_URL: silent.url },
  });
  await running.saw('● coordinator');
  while (silent.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  running.child.kill('SIGINT');
  const interrupted = await running.ended;
  t.equal(interrupted.code, 130);
  t.equal(JSON.parse(interrupted.stdout).status, 'interrupted');
  for (const each of [failed, budget, paused, leftover, interrupted]) t.notMatch(each.stderr, /\n\s+at /);
});

t.test('a reader that has seen enough stops nothing', async (t) => {
  const { cwd, env } = await chatting(t, hello);
  for (const output of ['stream-json', 'text']) {
    const running = start(['chat', '-p', 'x', '--output', output], { cwd, env });
    running.child.stdout?.destroy();
    const ended = await running.ended;
    t.equal(ended.code, 0, ended.stderr);
    const last = JSON.parse((await run(['runs', 'list', '--json'], { cwd })).stdout).runs[0];
    t.equal(last.status, 'done');
  }
});

t.test("a request has the headers of the app's files, and no others", async (t) => {
  const { at, chat } = await chatting(t, hello);
  const custom = 'x-planted: 1\nAuthorization: Bearer other\nanthropic-version: 2000-01-01';
  const ended = await chat(['-p', 'x'], { env: { ANTHROPIC_CUSTOM_HEADERS: custom } });
  t.equal(ended.code, 0, ended.stderr);
  const headers = at.received[0]?.headers ?? {};
  t.equal(headers['x-planted'], undefined);
  t.equal(headers.authorization, `Bearer ${key}`);
  t.not(headers['anthropic-version'], '2000-01-01');
});

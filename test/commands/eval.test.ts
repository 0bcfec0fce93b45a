import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import type { SuiteReport } from '../../src/evals/report.ts';
import { appFolder, edit, project, refused, run, sampleName, start } from './cli.ts';

t.setTimeout(300_000);
t.jobs = 2;

const root = fileURLToPath(new URL('../../', import.meta.url));
const executorCase = `evals/${sampleName}/executor-price-change.yaml`;
const plannerCase = `evals/${sampleName}/planner-price-change.yaml`;

/** A project with the sample app and its two cases. */
function withCases(t: Test): string {
  const cwd = project(t);
  cpSync(join(root, 'evals', sampleName), join(cwd, 'evals', sampleName), { recursive: true });
  return cwd;
}

/** The sample app alone, with these cases: names of files and their text. */
function withOwn(t: Test, files: Readonly<Record<string, string>>): string {
  const cwd = project(t);
  mkdirSync(join(cwd, 'evals', sampleName), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, 'evals', sampleName, name), text);
  return cwd;
}

/** A case whose only agent says one thing. */
function sayCase(id: string, said: string, more = ''): string {
  return `id: ${id}\ninput: Say it.\nassert: [{ kind: contains, value: right }]\nscript: { coordinator: [{ say: ${said} }] }\n${more}`;
}

function manyCases(count: number): string {
  const cases = Array.from(
    { length: count },
    (_, at) => `- ${sayCase(`tc-${at}`, 'right').replaceAll('\n', '\n  ').trim()}`,
  );
  return `${cases.join('\n')}\n`;
}

function reportIn(cwd: string, file: string): SuiteReport {
  return JSON.parse(readFileSync(join(cwd, file), 'utf8')) as SuiteReport;
}

t.test('the sample cases pass, offline', async (t) => {
  const cwd = withCases(t);
  const { code, stdout, stderr } = await run(['eval'], { cwd });
  t.equal(code, 0, stderr);
  t.match(stdout, /^✓ coordinator-planner-executor\/tc-executor-price-change {2}4 calls/m);
  t.match(stdout, /^✓ coordinator-planner-executor\/tc-planner-price-change/m);
  t.match(stdout, /\n2 passed, 0 failed\n$/);

  const json = await run(['eval', 'tc-executor-price-change', '--json'], { cwd });
  const report = JSON.parse(json.stdout) as SuiteReport;
  t.equal(report.totals.passed, 1);
  t.equal(report.cases[0]?.line, 2);
  t.equal(report.cases[0]?.file, executorCase);
  t.ok((report.cases[0]?.trials[0]?.events.length ?? 0) > 20, 'with the trace');

  const list = await run(['eval', '--list'], { cwd });
  t.match(list.stdout, /tc-executor-price-change +script +executor +evals\/.*executor-price-change\.yaml:2/);
});

t.test('every mutant of the sample cases is noticed; a weak case is told what to assert', async (t) => {
  const cwd = withCases(t);
  const strong = await run(['eval', '--mutation-score', '1'], { cwd });
  t.equal(strong.code, 0, strong.stdout);
  t.match(strong.stdout, /(\d+) of \1 mutants noticed, score 1\.00/);

  const text = readFileSync(join(cwd, plannerCase), 'utf8');
  const script = text.slice(text.indexOf('\nscript:'));
  writeFileSync(join(cwd, plannerCase), `id: weak\ninput: Plan it.\nexpectedTrajectory: [storePlan]\n${script}`);
  const weak = await run(['eval', 'weak', '--mutation-score', '0.9'], { cwd });
  t.equal(weak.code, 1);
  t.match(weak.stdout, /weak: the answer emptied\n.*contains/);
  t.match(weak.stdout, /weak: argument body\.actions\.0\.newPrice of call storePlan .* altered from 6\.49/);
  t.match(weak.stdout, /1 passed, 0 failed\n$/);
});

t.test('a changed price: exit 1 and the difference on one screen', async (t) => {
  const cwd = withCases(t);
  edit(cwd, { [executorCase]: ['              newPrice: 6.49', '              newPrice: 5.49'] });
  const { code, stdout } = await run(['eval'], { cwd });
  t.equal(code, 1);
  t.match(stdout, /executor-price-change\.yaml:2/);
  t.match(
    stdout,
    /executedActions: .*1 differs\n +differs +price_change .*\n +\/newPrice\n +expected {2}6\.49\n +actual {4}5\.49/,
  );
  t.match(stdout, /\n1 passed, 1 failed\n$/);
  t.ok(stdout.split('\n').length < 40, 'one screen');

  const again = await run(['eval', '--failed', '--list'], { cwd });
  t.match(again.stdout, /tc-executor/);
  t.notMatch(again.stdout, /tc-planner/, 'only what failed');
  const file = await run(['eval', plannerCase], { cwd });
  t.match(file.stdout, /\n1 passed, 0 failed\n$/);
});

t.test('nothing is run when the suite is wrong or empty', async (t) => {
  const cwd = withCases(t);
  const refuse = async (args: readonly string[], ...words: readonly (string | RegExp)[]) =>
    refused(t, await run(['eval', ...args], { cwd }), 2, ...words);
  await refuse(['--filter', 'nothing-like-it'], /chooses none of 2 cases/);
  await refuse(['--filter', '('], /no regular expression/);
  await refuse(['tc-executor-price-chnge'], 'tc-executor-price-change');
  await refuse(['--tag', 'exectuor'], 'executor');
  await refuse(['--failed'], /no eval case has run here yet/);
  await refuse(['--resume'], /nothing to resume/);
  await refuse(['--baseline', 'none.json'], /there is no baseline/);
  await refuse(['--bless'], /--bless needs --baseline/);
  await refuse(['--report', 'junti'], 'junit');
  await refuse(['--shard', '3/2'], /i\/n/);
  await refuse(['--repeat', '0'], /whole number/);
  await refuse(['--record'], /no use to a case with a script/);
  edit(cwd, { [executorCase]: ['expectedAgents', 'expectedAgent'] });
  await refuse([], /executor-price-change\.yaml:\d+:\d+/, 'expectedAgents');
  t.notOk(existsSync(join(cwd, '.harness')), 'nothing is left behind');
  rmSync(join(cwd, 'evals'), { recursive: true });
  await refuse([], /there are no eval cases/);
  const silent = withOwn(t, { 'a.yaml': 'id: a\ninput: Hi.\nassert: [{ kind: contains, value: x }]\n' });
  refused(t, await run(['eval'], { cwd: silent }), 2, /neither script nor cassette: .*\/a/, '--live');
});

t.test('repeats, gates and baselines', async (t) => {
  const cwd = withOwn(t, { 'a.yaml': sayCase('a', 'right'), 'b.yaml': sayCase('b', 'wrong') });
  const eva = (...args: readonly string[]) => run(['eval', ...args], { cwd });
  const repeated = await eva('a', '--repeat', '4', '--json');
  const [result] = (JSON.parse(repeated.stdout) as SuiteReport).cases;
  t.match(result?.stats, { trials: 4, passed: 4, passRate: 1, passHatK: [{ k: 1 }, { k: 2 }, { k: 4, value: 1 }] });

  t.equal((await eva()).code, 1);
  t.equal((await eva('--baseline', 'base.json', '--bless')).code, 1, 'blessing does not make it pass');
  const known = await eva('--baseline', 'base.json');
  t.equal(known.code, 0, 'what failed before does not fail the suite');
  t.match(known.stdout, /known failing/);

  edit(cwd, {
    [`evals/${sampleName}/a.yaml`]: sayCase('a', 'wrong'),
    [`evals/${sampleName}/b.yaml`]: sayCase('b', 'right'),
  });
  writeFileSync(join(cwd, 'evals', sampleName, 'c.yaml'), sayCase('c', 'wrong'));
  const regressed = await eva('--baseline', 'base.json', '--report', 'json=out/report.json');
  t.equal(regressed.code, 1);
  const { baseline } = reportIn(cwd, 'out/report.json');
  t.match(baseline, {
    regressed: [`${sampleName}/a`],
    fixed: [`${sampleName}/b`],
    added: [`${sampleName}/c`],
    knownFailing: [],
  });

  const base = JSON.parse(readFileSync(join(cwd, 'base.json'), 'utf8'));
  writeFileSync(
    join(cwd, 'other.json'),
    JSON.stringify({ ...base, cases: { 'other/x': base.cases[`${sampleName}/a`] } }),
  );
  refused(t, await eva('--baseline', 'other.json'), 2, /a baseline of other, not of coordinator-planner-executor/);
  writeFileSync(join(cwd, 'broken.json'), '{');
  refused(t, await eva('--baseline', 'broken.json'), 2, /broken\.json cannot be read as JSON/);

  writeFileSync(join(cwd, 'evals', sampleName, 'a.yaml'), sayCase('a', 'wrong', 'gate: false\n'));
  rmSync(join(cwd, 'evals', sampleName, 'c.yaml'));
  const ungated = await eva();
  t.equal(ungated.code, 0, 'a case that does not gate is reported only');
  t.match(ungated.stdout, /1 passed, 1 failed\n$/);
});

t.test('budgets: of a case and of the suite, exit 4', async (t) => {
  const long = ['id: long', 'input: Say it.', 'limits: { steps: 1 }', 'assert: [{ kind: contains, value: right }]'];
  const script = 'script: { planner: [{ call: getPlan, args: { planId: x } }, { say: right }] }';
  const cwd = withOwn(t, { 'a.yaml': [...long, 'agent: planner', script, ''].join('\n') });
  const one = await run(['eval'], { cwd });
  t.equal(one.code, 4);
  t.match(one.stdout, /the limit of 1 steps is reached/);
  t.match(one.stdout, /0 passed, 0 failed, 1 over budget\n$/);

  writeFileSync(join(cwd, 'evals', sampleName, 'many.yaml'), manyCases(50));
  const suite = await run(['eval', '--filter', 'tc-', '--max-seconds', '0.0001'], { cwd });
  t.equal(suite.code, 4);
  t.match(suite.stdout, /stopped early: the limit of 0\.0001 seconds is reached/);
  t.match(suite.stdout, /50 not run\n$/);
});

t.test('shards hold every case once, and merge into one report', async (t) => {
  const cwd = withOwn(t, { 'many.yaml': manyCases(20), 'bad.yaml': sayCase('bad', 'wrong') });
  const files = ['1.json', '2.json', '3.json'];
  for (const [at, file] of files.entries()) {
    await run(['eval', '--shard', `${at + 1}/3`, '--report', `json=${file}`], { cwd });
  }
  const keys = files.flatMap((file) => reportIn(cwd, file).cases.map(({ id }) => id));
  t.equal(keys.length, 21);
  t.equal(new Set(keys).size, 21);
  const merged = await run(['eval', 'merge', ...files], { cwd });
  t.equal(merged.code, 1);
  t.match(merged.stdout, /\n20 passed, 1 failed\n$/);
  const data = await run(['eval', 'merge', ...files, '--json'], { cwd });
  t.equal((JSON.parse(data.stdout) as SuiteReport).totals.cases, 21);
  refused(t, await run(['eval', 'merge', '1.json', '3.json'], { cwd }), 2, /shard 2\/3 is missing/);
  refused(t, await run(['eval', 'merge', '1.json', '1.json', '2.json'], { cwd }), 2, /both shard 1\/3/);
});

t.test('killed in the middle of 200 cases, and resumed without repeating any', async (t) => {
  const cwd = withOwn(t, { 'many.yaml': manyCases(200) });
  const first = start(['eval'], { cwd });
  await first.saw('/tc-60 ');
  first.child.kill('SIGKILL');
  const before = new Set(casesIn((await first.ended).stdout));
  t.ok(before.size >= 60 && before.size < 200, `${before.size} had run`);

  const second = await run(['eval', '--resume', '--report', 'json=all.json'], { cwd });
  t.equal(second.code, 0, second.stderr);
  const [, already] = /^(\d+) of 200 cases have run already$/m.exec(second.stderr) ?? [];
  t.ok(Number(already) >= before.size, 'what was shown was stored');
  const fresh = await run(['eval', '--resume'], { cwd });
  refused(t, fresh, 2, /nothing to resume: the last suite, of .*, has finished/);
  const all = reportIn(cwd, 'all.json');
  t.equal(all.totals.passed, 200);
  const again = casesIn(second.stderr).filter((id) => before.has(id));
  t.strictSame(again, [], 'nothing that was shown ran again');
  t.equal(casesIn(second.stderr).length, 200 - Number(already));
});

function casesIn(stdout: string): string[] {
  return [...stdout.matchAll(/^✓ [^/]+\/(\S+)/gm)].map(([, id]) => id ?? '');
}

t.test('interrupted: exit 130, and what has run stays', async (t) => {
  const cwd = withOwn(t, { 'many.yaml': manyCases(400) });
  const running = start(['eval'], { cwd });
  await running.saw('/tc-20 ');
  running.child.kill('SIGINT');
  const { code, stderr } = await running.ended;
  t.equal(code, 130);
  t.match(stderr, /--resume/);
  const rest = await run(['eval', '--resume'], { cwd });
  t.equal(rest.code, 0);
  t.match(rest.stdout, /\n400 passed, 0 failed\n$/);
});

t.test('reports go to files, all at once', async (t) => {
  const cwd = withOwn(t, { 'a.yaml': sayCase('a', 'right'), 'b.yaml': sayCase('b', 'wrong') });
  const kinds = ['junit=r/j.xml', 'jsonl=r/l.jsonl', 'markdown=r/m.md', 'html=r/h.html', 'github=r/g.txt'];
  const { stdout } = await run(['eval', ...kinds.flatMap((kind) => ['--report', kind])], { cwd });
  t.match(stdout, /1 passed, 1 failed\n$/, 'the terminal still has its own');
  t.match(readFileSync(join(cwd, 'r/j.xml'), 'utf8'), /<testcase .*name="b"[\s\S]*<failure/);
  t.match(readFileSync(join(cwd, 'r/m.md'), 'utf8'), /\| /);
  t.match(readFileSync(join(cwd, 'r/h.html'), 'utf8'), /^<!doctype html>/i);
  t.match(readFileSync(join(cwd, 'r/g.txt'), 'utf8'), /^::error file=evals\/.*b\.yaml,line=1/m);
  t.equal(readFileSync(join(cwd, 'r/l.jsonl'), 'utf8').trim().split('\n').length, 4);
});

t.test('a full disk while results are stored: exit 3, and no half report', async (t) => {
  const cwd = withOwn(t, { 'many.yaml': manyCases(400) });
  // Without what tap puts into child processes, which end by themselves when a file grows too large.
  const through = ['sh', '-c', 'ulimit -f 200 && unset NODE_OPTIONS && exec "$@"', 'sh'];
  const full = await run(['eval'], { cwd, through });
  t.equal(full.code, 3, full.stderr);
  t.match(full.stderr, /^error disk-unavailable: /m);
  t.notMatch(full.stderr, /\n\s+at /);
  t.notMatch(full.stdout, /passed/);
});

t.test('cases by what changed since a git reference', async (t) => {
  const cwd = withOwn(t, { 'a.yaml': sayCase('a', 'right'), 'b.yaml': sayCase('b', 'right') });
  const git = (...args: readonly string[]) => run(args, { cwd, through: ['sh', '-c', 'shift 2; exec git "$@"', 'sh'] });
  await git('init', '-q');
  await git('add', 'apps', 'evals');
  await git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'all');
  const none = await run(['eval', '--changed'], { cwd });
  t.equal(none.code, 0);
  t.match(none.stderr, /no case is chosen by --changed/);
  edit(cwd, { [`evals/${sampleName}/b.yaml`]: sayCase('b', 'right', 'tags: [new]\n') });
  t.match((await run(['eval', '--changed', 'HEAD'], { cwd })).stdout, /^✓ .*\/b .*\n[^✓]*\n1 passed, 0 failed\n$/);
  edit(cwd, { [`${appFolder}/agents/planner.yaml`]: ['role: planner', '# Changed.\nrole: planner'] });
  t.match(
    (await run(['eval', '--changed'], { cwd })).stdout,
    /\n2 passed, 0 failed\n$/,
    'an app that changed counts too',
  );
  refused(t, await run(['eval', '--changed', 'no-such-ref'], { cwd }), 2, /--changed needs/);
});

t.test('watched: run again after a change, told of a mistake', async (t) => {
  const cwd = withOwn(t, { 'a.yaml': sayCase('a', 'right') });
  const file = join(cwd, 'evals', sampleName, 'a.yaml');
  const watching = start(['eval', '--watch'], { cwd });
  await watching.saw('1 passed, 0 failed');
  await watching.saw('waiting for a change');
  writeFileSync(file, sayCase('a', 'wrong'));
  await watching.saw('0 passed, 1 failed');
  writeFileSync(file, 'id: a\n');
  await watching.saw('missing');
  watching.child.kill('SIGINT');
  t.equal((await watching.ended).code, 130);
});

t.test('live: a provider that fails is an error, neither passed nor failed', async (t) => {
  const server = createServer((_, response) => {
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end('{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const cwd = withOwn(t, { 'a.yaml': sayCase('a', 'right') });
  refused(t, await run(['eval', '--live'], { cwd }), 2, /ANTHROPIC_API_KEY/);
  const env = { ANTHROPIC_API_KEY: 'sk-test-0123456789', ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}` };
  const failed = await run(['eval', '--live', '--json'], { cwd, env });
  t.equal(failed.code, 3, failed.stderr);
  const { totals, cases } = JSON.parse(failed.stdout) as SuiteReport;
  t.match(totals, { passed: 0, failed: 0, errors: 1 });
  t.equal(cases[0]?.trials[0]?.error?.code, 'provider-fault');
  t.notMatch(failed.stdout + failed.stderr, /sk-test/);
});

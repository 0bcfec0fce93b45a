import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadApp } from '../../src/config/load.ts';
import { fails, type Provider, provider, says } from '../interpreters/server.ts';
import { appFolder, edit, project, refused, run, sampleName } from './cli.ts';

t.setTimeout(120_000);

const key = 'sk-planted-0123456789';
const folder = `evals/${sampleName}`;
const file = `${folder}/price.calibration.yaml`;
const caseFile = `${folder}/a.yaml`;

/** Twelve answers, of which a person lets six pass: those that name a price in dollars. */
const answers = Array.from({ length: 12 }, (_, at) => ({ pass: at % 2 === 0, number: at + 1 }));
const examples = answers.map(
  ({ pass, number }) => `  - input: What does p-${number} cost?
    answer: ${pass ? `It costs ${number} dollars.` : `Ask somebody else, ${number}.`}
    pass: ${pass} # said by a person
`,
);
const calibration = `# Of the rubric that names a price.
rubric: Names a price.
votes: 1
floor: 0.7

examples: # from last week
${examples.join('')}`;

const aloneCase = `id: a
input: What does p-001 cost?
assert:
  - { kind: rubric, value: Names a price., votes: 1, calibration: ./price.calibration.yaml }
`;

function withFiles(t: Test, files: Readonly<Record<string, string>> = {}): string {
  const cwd = project(t);
  mkdirSync(join(cwd, folder), { recursive: true });
  for (const [name, text] of Object.entries({ [file]: calibration, [caseFile]: aloneCase, ...files })) {
    writeFileSync(join(cwd, name), text);
  }
  return cwd;
}

/** A judge that looks for dollars, and is wrong about some numbers. */
function judge(t: Test, ...wrong: readonly number[]): Promise<Provider> {
  return provider(t, (response, { body }) => {
    const asked = JSON.stringify(body.messages);
    const number = Number(/cost\?.*?(\d+)[ .]/.exec(asked.replace(/.*What does/, ''))?.[1]);
    const pass = asked.includes('dollars') !== wrong.includes(number);
    says([{ text: JSON.stringify({ reason: `Looked at ${number}, ${key}.`, pass }) }])(response, {
      path: '',
      headers: {},
      body,
    });
  });
}

function keyed(at: Provider) {
  return { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: at.url };
}

/** What is wrong with the project's files, each with its line. */
async function problemsOf(cwd: string): Promise<string[]> {
  const { problems } = await loadApp(join(cwd, appFolder));
  return problems.map(({ code, message, hint, place }) => `${place?.line} ${code}: ${message} (${hint})`);
}

t.test('a judge is measured, and what was found stands in the file', async (t) => {
  const cwd = withFiles(t);
  const at = await judge(t, 3);
  const measure = (...args: readonly string[]) => run(['eval', 'calibrate', file, ...args], { cwd, env: keyed(at) });
  t.strictSame(await problemsOf(cwd), [
    `4 uncalibrated-judge: the calibration of "assert[0]" of eval case "a" was never measured (measure it: harness eval calibrate ${file})`,
  ]);
  const ended = await measure();
  t.equal(ended.code, 0, ended.stdout + ended.stderr);
  t.equal(at.received.length, 12);
  t.match(ended.stdout, /^judge +claude-sonnet-5-5, 1 vote on each of 12 answers\nagreement +0\.92\nbase rate +0\.50/);
  t.match(ended.stdout, /^kappa +0\.83, at least 0\.70 is needed$/m);
  t.match(
    ended.stdout,
    /calibration\.yaml:13 {2}the judge fails it, a person lets it pass\n {2}answer: It costs 3 dollars\.\n/,
  );
  t.match(ended.stdout, 'judge: Looked at 3, [secret ANTHROPIC_API_KEY].');
  t.match(ended.stderr, /12 votes, 420 tokens, \$0\.\d+/);
  t.notMatch(ended.stdout + ended.stderr, key);
  const text = readFileSync(join(cwd, file), 'utf8');
  t.ok(text.startsWith(calibration), 'all that its author wrote is as it was');
  t.match(text, /\nmeasured:\n {2}judge: claude-sonnet-5-5\n {2}date: .*\n {2}examples: 12\n {2}agreement: 0\.9167\n/);
  t.strictSame(await problemsOf(cwd), []);

  const again = await measure('--json', '--concurrency', '1');
  t.equal(readFileSync(join(cwd, file), 'utf8'), text, 'measured again it is the same');
  t.match(JSON.parse(again.stdout), { kappa: 0.8333, disagreements: [{ example: 2, line: 13, judge: false }] });

  const listed = await run(['eval', '--list'], { cwd });
  t.match(listed.stdout, /\/a +live/, 'a calibration is no case');
});

t.test('a judge below its floor may not decide', async (t) => {
  const cwd = withFiles(t);
  const ended = await run(['eval', 'calibrate', file], { cwd, env: keyed(await judge(t, 1, 3, 4)) });
  t.equal(ended.code, 1, 'as a failed assertion');
  t.match(ended.stdout, /kappa +0\.50, but at least 0\.70 is needed/);
  t.equal(ended.stdout.match(/a person/g)?.length, 4, 'with all that they differ on');
  t.match(await problemsOf(cwd), [/^4 uncalibrated-judge: .* is too low: kappa 0\.50, at least 0\.70 is needed/]);
  edit(cwd, { [file]: ['kappa: 0.5', 'kappa: 0.9'] });
  t.match(await problemsOf(cwd), [/is stale/], 'figures are not written by hand');
});

t.test('a calibration holds for what was measured, and for nothing else', async (t) => {
  const cwd = withFiles(t);
  const at = await judge(t);
  t.equal((await run(['eval', 'calibrate', file], { cwd, env: keyed(at) })).code, 0);
  t.strictSame(await problemsOf(cwd), []);
  const changed = async (name: string, edits: readonly [string, string], problem: RegExp) => {
    const before = readFileSync(join(cwd, name), 'utf8');
    edit(cwd, { [name]: edits });
    const problems = await problemsOf(cwd);
    t.equal(problems.length, 1, problem.source);
    t.match(problems[0], problem);
    edit(cwd, { [name]: before });
  };
  await changed(file, ['pass: true', 'pass: false'], /^4 .* is stale: .*measure it: harness eval calibrate evals/);
  await changed(file, ['It costs 1 dollars', 'It costs 2 dollars'], /is stale/);
  await changed(caseFile, ['Names a price.', 'Names two prices.'], /^4 .* is of another rubric/);
  await changed(caseFile, ['votes: 1', 'votes: 3'], /is of another judge: its votes is 1, the rubric's 3/);
  await changed(
    caseFile,
    ['votes: 1', 'votes: 1, model: fast'],
    /is of another judge: its model is not set, the rubric's fast/,
  );
  await changed(
    `${appFolder}/app.yaml`,
    ['id: claude-sonnet-5-5', 'id: claude-opus-5-5'],
    /is stale: it measured claude-sonnet-5-5, not claude-opus-5-5/,
  );
  await changed(file, ['    pass: true', '    passes: true'], /^\d+ .*"passes"/);
  edit(cwd, { [file]: [`# said by a person`, '# said by two persons'] });
  t.strictSame(await problemsOf(cwd), [], 'remarks are free');
});

t.test('what cannot be measured is refused, and nothing is written', async (t) => {
  const cwd = withFiles(t, {
    'few.yaml': `rubric: x\nexamples:\n${examples[0]}`,
    'one.yaml': calibration.replaceAll('pass: false', 'pass: true'),
    'other.yaml': calibration.replace('votes: 1', 'model: mian'),
    'flow.yaml': `{ rubric: x, votes: 1, examples: [${answers
      .map(({ pass, number }) => `{ input: "What does p-${number} cost?", answer: a ${number}., pass: ${pass} }`)
      .join(', ')}] }\n`,
  });
  const at = await judge(t);
  const refuse = async (name: string, ...words: readonly (string | RegExp)[]) =>
    refused(t, await run(['eval', 'calibrate', name, '--app', sampleName], { cwd, env: keyed(at) }), 2, ...words);
  await refuse('none.yaml', 'there is no file');
  await refuse('few.yaml', /few\.yaml:\d+:\d+/, '10');
  await refuse('one.yaml', /same label/);
  await refuse('other.yaml', 'no model "mian"', 'main');
  await refuse('flow.yaml', 'cannot be written', 'plain YAML');
  t.equal(at.received.length, 0, 'nobody was asked');
  refused(t, await run(['eval', 'calibrate', file], { cwd }), 2, 'ANTHROPIC_API_KEY');
  const broken = await provider(t, fails(401, 'authentication_error', `invalid key ${key}`));
  const ended = await run(['eval', 'calibrate', file], { cwd, env: keyed(broken) });
  refused(t, ended, 3, 'provider-fault');
  t.notMatch(ended.stderr, key);
  t.equal(readFileSync(join(cwd, file), 'utf8'), calibration);
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  appFolder,
  type Ended,
  edit,
  eventsIn,
  priceChange,
  project,
  question,
  refused,
  run,
  sampleName,
} from './cli.ts';

t.setTimeout(600_000);

t.test('validate: counts when all is well, and reports problems as a result', async (t) => {
  const cwd = project(t);
  const sound = await run(['validate'], { cwd });
  t.match(sound, {
    code: 0,
    stderr: '',
    stdout: /^✓ apps\/coordinator-planner-executor: 4 agents, 1 plan schema, .*\n$/,
  });

  edit(cwd, { [`${appFolder}/agents/planner.yaml`]: ['\nprompt:', `\npromt:`] });
  const [wrong, data, inside] = await Promise.all([
    run(['validate'], { cwd }),
    run(['validate', sampleName, '--json'], { cwd }),
    run(['validate'], { cwd: join(cwd, appFolder, 'agents') }),
  ]);
  t.match(wrong, { code: 2, stderr: '' });
  t.match(wrong.stdout, `error unknown-key: unknown key "promt" in agent "planner"`);
  t.match(wrong.stdout, `${appFolder}/agents/planner.yaml:6:1\n  6 | promt: |\n    | ^^^^^ did you mean "prompt"?`);
  t.match(wrong.stdout, /\n1 error, 0 warnings\n$/);
  t.equal(data.code, 2);
  t.match(JSON.parse(data.stdout), {
    errors: 1,
    warnings: 0,
    apps: [{ problems: [{ code: 'unknown-key', file: `${appFolder}/agents/planner.yaml`, line: 6, column: 1 }] }],
  });
  t.match(inside, { code: 2, stdout: /^ {2}planner\.yaml:6:1$/m }, 'from a folder inside the app');

  refused(t, await run(['chat', '--script', question], { cwd }), 2, /unknown-key/, /nothing was run/);
  t.notOk(existsSync(join(cwd, '.harness')), 'nothing was run');

  const asks = 'id: claude-sonnet-5-5, maxOutputTokens: 500000 }';
  const model = { [`${appFolder}/app.yaml`]: ['id: claude-sonnet-5-5 }', asks] } as const;
  const warned = await run(['validate'], { cwd: project(t, model) });
  t.match(warned, {
    code: 0,
    stderr: '',
    stdout: /warning too-many-tokens: .*app\.yaml:9:72\n.*\n0 errors, 1 warning\n$/s,
  });
});

t.test('names: an app that is not there, one of several, none at all', async (t) => {
  const cwd = project(t);
  const [typo, empty, nothing] = await Promise.all([
    run(['validate', 'coordinator-planer-executor'], { cwd }),
    run(['validate', 'apps'], { cwd }),
    run(['validate'], { cwd: '/' }),
  ]);
  refused(t, typo, 2, /there is no app/, `did you mean "${sampleName}"?`);
  refused(t, empty, 2, 'apps holds no app.yaml');
  refused(t, nothing, 2, 'there is no app here');
});

t.test('codegen writes what is missing or stale, and --check only tells', async (t) => {
  const cwd = project(t);
  const file = join(cwd, appFolder, 'generated/plans.ts');
  const fresh = readFileSync(file, 'utf8');
  t.match(await run(['codegen', '--check'], { cwd }), { code: 0, stdout: /^unchanged {2}apps\// });
  edit(cwd, { [`${appFolder}/plans/catalog-action-plan.yaml`]: ['maximum: 10000', 'maximum: 9000'] });
  const stale = await run(['codegen', '--check'], { cwd });
  t.match(stale, { code: 1, stdout: /^stale {6}apps\/.*\nrun `harness codegen` and commit the result\n$/ });
  t.equal(readFileSync(file, 'utf8'), fresh, '--check writes nothing');
  t.match(JSON.parse((await run(['codegen', '--check', '--json'], { cwd })).stdout), { files: [{ state: 'stale' }] });
  t.match(await run(['codegen'], { cwd }), { code: 0, stdout: /^written/ });
  t.match(readFileSync(file, 'utf8'), '@maximum 9000');
  t.match(await run(['codegen', '--check'], { cwd }), { code: 0 });
});

t.test('smoke: all scripts, by name and by file, with the same result each time', async (t) => {
  const cwd = project(t);
  const timeless = ({ code, stdout, stderr }: Ended) => ({ code, stderr, stdout: stdout.replace(/\d+ ms/g, '') });
  const first = await run(['smoke'], { cwd });
  t.match(first, { code: 0, stderr: '' });
  t.match(first.stdout, `✓ ${sampleName}/price-change  coordinator → planner → executor  4 calls  `);
  t.match(first.stdout, `✓ ${sampleName}/question  coordinator → data_analyst  2 calls  `);
  t.match(first.stdout, /\n2 passed, 0 failed\n$/);
  t.strictSame(timeless(await run(['smoke'], { cwd })), timeless(first));
  t.notOk(existsSync(join(cwd, '.harness')), 'it leaves no state behind');

  const [byName, byFile, ofApp, typo, elsewhere] = await Promise.all([
    run(['smoke', 'price-change'], { cwd }),
    run(['smoke', priceChange, '--json'], { cwd }),
    run(['smoke', sampleName, 'price-change'], { cwd }),
    run(['smoke', 'price-chang'], { cwd }),
    run(['smoke', `${appFolder}/smoke/nothing.yaml`], { cwd }),
  ]);
  t.match(byName, { code: 0, stdout: /price-change .*\n1 passed, 0 failed\n$/ });
  t.equal(byFile.code, 0);
  t.match(JSON.parse(byFile.stdout), {
    passed: 1,
    failed: 0,
    scripts: [{ script: 'price-change', passed: true, agents: ['coordinator', 'planner', 'executor'], unmet: [] }],
  });
  t.match(ofApp.stdout, /\n1 passed, 0 failed\n$/);
  refused(t, typo, 2, /no smoke script "price-chang"/, 'did you mean "price-change"?');
  refused(t, elsewhere, 2, /there is no script/);
});

t.test('smoke: what fails is shown exactly', async (t) => {
  const cwd = project(t, {
    [priceChange]: [
      'executePlan, result: { planId: plan-eval-price-change, status: executed, entitiesAffected: 1 } }',
      'executePlan, result: { entitiesAffected: 2 } }',
    ],
    [question]: ['    - say: Sparkling Water 12pk sold most, 52 units for 363.48.\n', ''],
    [`${appFolder}/smoke/left.yaml`]:
      'prompt: Hi.\nscript:\n  coordinator:\n    - say: Hello.\n    - say: Again.\n    - say: And again.\n',
  });
  const { code, stdout } = await run(['smoke'], { cwd });
  t.equal(code, 1);
  t.match(stdout, `✗ ${sampleName}/price-change`);
  t.match(
    stdout,
    [
      '    calls[3] executePlan: the call by agent "executor" differs',
      '      /result/entitiesAffected',
      '        expected  2',
      '        actual    1',
      '',
    ].join('\n'),
  );
  t.match(
    stdout,
    /status: the run is failed, not done: the script ran out: agent "coordinator" needs step 2, .* has 1\n/,
  );
  t.match(stdout, 'script: the script has 2 steps left for agent "coordinator", from step 2: say "Again."\n');
  t.match(stdout, /\n0 passed, 3 failed\n$/);
  const data = await run(['smoke', 'price-change', '--json'], { cwd });
  t.equal(data.code, 1);
  const difference = { path: '/result/entitiesAffected', expected: 2, actual: 1 };
  t.match(JSON.parse(data.stdout), { failed: 1, scripts: [{ passed: false, unmet: [{ differences: [difference] }] }] });
});

t.test('chat: stdout has the answer only; json and stream-json carry the run', async (t) => {
  const cwd = project(t);
  const answer = 'Sparkling Water 12pk (p-001) now costs 6.49. Applied by plan-eval-price-change.';
  const text = await run(['chat', '--script', priceChange], { cwd });
  t.match(text, { code: 0, stdout: `${answer}\n`, stderr: /executePlan planId=plan-eval-price-change/ });
  t.match(text.stderr, '✓ approve, by script');

  const json = await run(['chat', '-w', 'globex', '--script', priceChange, '--output', 'json'], { cwd });
  t.equal(json.code, 0);
  const result = JSON.parse(json.stdout);
  t.match(result, { workspace: 'globex', status: 'done', answer, plans: ['plan-eval-price-change'], leftover: [] });
  const shown = await run(['runs', 'show', 'last', '-w', 'globex', '--json'], { cwd });
  t.match(JSON.parse(shown.stdout), { runId: result.runId, session: result.session, prompt: /^Lower p-001 to 6.49/ });

  const stream = await run(['chat', '--script', question, '--output', 'stream-json'], { cwd });
  t.equal(stream.code, 0);
  const events = eventsIn(stream.stdout);
  t.match(stream.stdout, '{"type":"text.delta","span":"1.1","agent":"data_analyst"');
  t.match(stream.stdout.trimEnd().split('\n').at(-1), '"type":"run.finished"');
  const stored = await run(['runs', 'show', events[0]?.runId ?? '', '--json'], { cwd });
  t.strictSame(JSON.parse(stored.stdout).events, events, 'the stored events, all of them and in order');
});

t.test('chat: the prompt comes from -p, from standard input, or from the script', async (t) => {
  const cwd = project(t, {
    'hi.yaml': 'prompt: From the script.\nagent: planner\nscript:\n  planner:\n    - say: Hello.\n',
  });
  const chat = ['chat', '--script', 'hi.yaml'];
  t.match(await run([...chat, '-p', 'From the command line.'], { cwd }), { code: 0, stdout: 'Hello.\n' });
  t.match(await run([...chat, '-p', '-'], { cwd, input: 'From standard input: ünïcode.\n' }), { code: 0 });
  t.match(await run(chat, { cwd }), { code: 0 });
  const { runs } = JSON.parse((await run(['runs', '--json'], { cwd })).stdout);
  t.strictSame(
    runs.map((each: { prompt: string }) => each.prompt),
    ['From the script.', 'From standard input: ünïcode.', 'From the command line.'],
  );
  t.match(runs, [{ agent: 'planner' }]);

  const [empty, noScript, missing, workspace, agent] = await Promise.all([
    run([...chat, '-p', '-'], { cwd, input: ' \n' }),
    run(['chat', '-p', 'Hi.'], { cwd }),
    run(['chat', '--script', 'hy.yaml'], { cwd }),
    run([...chat, '-w', 'acne'], { cwd }),
    run(['chat', '-w', 'globex', '--script', 'hi.yaml', '--agent', 'plannr'], { cwd }),
  ]);
  refused(t, empty, 2, /the prompt is empty/);
  refused(t, noScript, 2, /needs ANTHROPIC_API_KEY, which is not set/);
  refused(t, missing, 2, /there is no script/);
  refused(t, workspace, 2, /has no workspace "acne"/, 'did you mean "acme"?');
  refused(t, agent, 2, /has no agent "plannr"/, 'did you mean "planner"?');
  t.equal(JSON.parse((await run(['runs', '--json'], { cwd })).stdout).runs.length, 3, 'nothing was run');
});

t.test('chat: an approval that nobody gives pauses the run, and its id is told', async (t) => {
  const cwd = project(t, { [priceChange]: ['approvals: approve\n', ''] });
  const paused = await run(['chat', '--script', priceChange], { cwd });
  t.match(paused, { code: 5, stdout: '' });
  const [, runId = ''] = /paused: .*plan-eval-price-change.*; run (r-\w+)\n {2}harness/.exec(paused.stderr) ?? [];
  const { runs } = JSON.parse((await run(['runs', 'list', '--json'], { cwd })).stdout);
  t.match(runs, [{ runId, status: 'paused', finishedAt: null }]);
  const json = await run(['chat', '--script', priceChange, '--output', 'json'], { cwd });
  t.equal(json.code, 5);
  t.match(JSON.parse(json.stdout), { status: 'paused', answer: '', error: { code: 'approval-needed' } });
});

t.test('chat: a script that does not fit, and a provider that fails, have their exit codes', async (t) => {
  const cwd = project(t, {
    'out.yaml':
      'prompt: Hi.\nscript:\n  coordinator:\n    - { call: call_agent, args: { agent: planner, prompt: x } }\n',
    'left.yaml': 'prompt: Hi.\nscript:\n  coordinator:\n    - say: One.\n    - say: Two.\n',
    'fault.yaml': 'prompt: Hi.\nscript:\n  coordinator:\n    - fail: overloaded\n',
    'bad.yaml': 'prompt: Hi.\nscript:\n  coordinatr:\n    - say: One.\n',
  });
  const [out, left, fault, bad] = await Promise.all([
    run(['chat', '-w', 'acme', '--script', 'out.yaml'], { cwd }),
    run(['chat', '-w', 'globex', '--script', 'left.yaml'], { cwd }),
    run(['smoke', 'question'], { cwd }).then(() => run(['chat', '--script', 'fault.yaml'], { cwd })),
    run(['chat', '--script', 'bad.yaml'], { cwd }),
  ]);
  t.match(out, { code: 1, stdout: '', stderr: /script-exhausted: the script has no steps for agent "planner"/ });
  t.match(left, {
    code: 1,
    stdout: 'One.\n',
    stderr: /script-leftover: .* 1 step left for agent "coordinator", from step 2/,
  });
  t.match(fault, { code: 3, stdout: '', stderr: /provider-fault: .*overloaded/ });
  refused(t, bad, 2, /bad\.yaml:3:3/, 'did you mean "coordinator"?');
});

t.test('runs and plans: lists, one in full, and names that do not exist', async (t) => {
  const cwd = project(t);
  const [noRuns, noPlans] = await Promise.all([run(['runs'], { cwd }), run(['plans', 'list'], { cwd })]);
  t.match(
    [noRuns, noPlans],
    [
      { code: 0, stdout: 'no runs yet\n' },
      { code: 0, stdout: 'no plans yet\n' },
    ],
  );
  t.notOk(existsSync(join(cwd, '.harness')), 'looking makes nothing');

  await run(['chat', '--script', priceChange], { cwd });
  await run(['chat', '--script', question], { cwd });
  const [runs, one, plans, plan, planData] = await Promise.all([
    run(['runs', 'list', '-n', '1'], { cwd }),
    run(['runs', 'show', 'last'], { cwd }),
    run(['plans'], { cwd }),
    run(['plans', 'show', 'plan-eval-price-change'], { cwd }),
    run(['plans', 'show', 'plan-eval-price-change', '--json'], { cwd }),
  ]);
  t.match(runs, {
    code: 0,
    stdout: /^RUN +WORKSPACE +STARTED .*\nr-\w+ +acme .* done +coordinator +14 +Which product.*\n$/,
  });
  t.match(one.stdout, /^run r-\w+ {2}done {2}workspace acme /);
  t.match(one.stdout, /^3 +\+\d+\.\d{3}s +coordinator +step\.finished +→ call_agent$/m);
  t.match(plans.stdout, /\nplan-eval-price-change +1 +acme +executed +CatalogActionPlan +1 +\d{4}-/);
  t.match(
    plan.stdout,
    /version 1 {2}executed[\s\S]*newPrice: 6\.49[\s\S]*result: 1 of 1 action applied\n {2}1 +price_change +applied/,
  );
  t.match(JSON.parse(planData.stdout), { status: 'executed', workspace: 'acme', versions: [{ version: 1 }] });

  const [noRun, noPlan, both, settled] = await Promise.all([
    run(['runs', 'show', 'r-none'], { cwd }),
    run(['plans', 'show', 'plan-eval-price-chang'], { cwd }),
    run(['plans', 'settle', 'plan-eval-price-change', '--applied', '--not-applied'], { cwd }),
    run(['plans', 'settle', 'plan-eval-price-change', '--applied'], { cwd }),
  ]);
  refused(t, noRun, 2, /there is no run "r-none"/);
  refused(t, noPlan, 2, 'did you mean "plan-eval-price-change"?');
  refused(t, both, 2, /--applied or --not-applied/);
  refused(t, settled, 2, /is executed, not unknown/);
  await run(['chat', '-w', 'globex', '--script', priceChange], { cwd });
  refused(t, await run(['plans', 'show', 'plan-eval-price-change'], { cwd }), 2, /acme and globex/, '-w acme');
  t.match(await run(['plans', 'show', 'plan-eval-price-change', '-w', 'globex'], { cwd }), { code: 0 });
});

t.test('a plan that failed can be stored again, and is executed then', async (t) => {
  const failing = [
    'price_change: { entitiesAffected: 1, summary: Price changed. }',
    'price_change: { fail: no }',
  ] as const;
  const cwd = project(t, { [`${appFolder}/app.yaml`]: failing });
  t.match(await run(['chat', '--script', priceChange], { cwd }), { code: 0, stderr: /✗ price_change: no/ });
  edit(cwd, { [`${appFolder}/app.yaml`]: ['{ fail: no }', '{ entitiesAffected: 1 }'] });
  t.match(await run(['chat', '--script', priceChange], { cwd }), { code: 0, stderr: /✓ price_change: / });
  const { plans } = JSON.parse((await run(['plans', '--json'], { cwd })).stdout);
  t.match(plans, [{ version: 2, status: 'executed' }]);
});

t.test('the command line: help, versions, slips', async (t) => {
  const cwd = project(t);
  const words = [
    ['--help'],
    ['chat', '--help'],
    ['--version'],
    ['valdate'],
    ['chat', '--outptu', 'json'],
    ['chat', '--output', 'jsn'],
    ['runs', 'list', '-n', '0'],
    [],
    ['runs', '--app', 'x', 'list'],
    ['runs', '--app', 'x', '-w', 'y', 'lst'],
  ];
  const [help, ofChat, version, command, option, choice, number, none, order, late] = await Promise.all(
    words.map((each) => run(each, { cwd })),
  );
  t.match(help, { code: 0, stderr: '' });
  for (const name of ['validate', 'codegen', 'smoke', 'chat', 'runs', 'plans']) t.match(help?.stdout, `\n  ${name} `);
  t.match(ofChat, { code: 0, stdout: /--script <file>/ });
  t.match(version, { code: 0, stdout: /^\d+\.\d+\.\d+\n$/ });
  t.match(command, { code: 2, stdout: '', stderr: /unknown command 'valdate'\n\(Did you mean validate\?\)/ });
  t.match(option, { code: 2, stdout: '', stderr: /unknown option '--outptu'\n\(Did you mean --output\?\)/ });
  t.match(choice, { code: 2, stdout: '', stderr: /text, json, stream-json/ });
  t.match(number, { code: 2, stdout: '', stderr: /whole number from 1/ });
  t.match(none, { code: 2, stdout: '', stderr: /^Usage: harness/ });
  t.match(order, { code: 2, stdout: '', stderr: /options come after the command: harness runs list …/ });
  t.match(late, { code: 2, stdout: '', stderr: /harness runs has no command "lst"\n {2}did you mean "list"\?/ });
  const slips = { runs: 'lst', plans: 'lst', kv: 'clera', catalog: 'serch' };
  const right = { runs: 'list', plans: 'list', kv: 'clear', catalog: 'search' };
  for (const [group, name] of Object.entries(right)) {
    const slip = slips[group as keyof typeof slips];
    const message = `error unknown-name: harness ${group} has no command "${slip}"`;
    refused(t, await run([group, slip, 'word'], { cwd }), 2, message, `did you mean "${name}"?`);
  }
  refused(t, await run(['catalog', 'orders'], { cwd }), 2, 'expected one of: index, profile, search, show');
  // A machine that is slow enough tells what takes so long.
  const quiet = /^(inspecting .*\n)?$/;
  for (const group of Object.keys(right)) t.match(await run([group], { cwd }), { code: 0, stderr: quiet });
  for (const words of [['help'], ['--help'], ['help', 'show']]) {
    t.match(await run(['runs', ...words], { cwd }), { code: 0, stdout: /^Usage: harness runs/ });
  }
});

t.test('a reader that has seen enough does not stop the run', async (t) => {
  const cwd = project(t);
  const through = (redirect: string) => ['bash', '-c', `set -o pipefail; "$@" ${redirect} | head -n 1`, 'bash'];
  const smoke = await run(['smoke'], { cwd, through: through('') });
  t.match(smoke, { code: 0, stdout: /^✓ .*\n$/, stderr: '' });
  const chat = ['chat', '--script', priceChange];
  const both = await run(chat, { cwd, through: through('2>&1') });
  t.match(both, { code: 0, stdout: '● coordinator\n' });
  const stream = await run([...chat, '--output', 'stream-json'], { cwd, through: through('') });
  t.match(stream, { code: 0, stdout: /^\{"runId".*\n$/ });
  const { runs } = JSON.parse((await run(['runs', '--json'], { cwd })).stdout);
  t.match(runs, [{ status: 'done' }, { status: 'done' }]);
  const full = await run(['validate'], { cwd, through: ['bash', '-c', '"$@" > /dev/full', 'bash'] });
  t.equal(full.code, 3, 'a result that cannot be written is a failure');
});

t.test('colour: on a terminal only, and not with NO_COLOR', async (t) => {
  const cwd = project(t);
  const through = ['bash', '-c', 'exec script -qec "$(printf "%q " "$@")" /dev/null', 'bash'];
  const onTerminal = (env: Readonly<Record<string, string>>) =>
    run(['validate'], { cwd, through, env: { TERM: 'xterm', SHELL: '/bin/bash', ...env } });
  const [coloured, plain, dumb, piped] = await Promise.all([
    onTerminal({}),
    onTerminal({ NO_COLOR: '1' }),
    onTerminal({ TERM: 'dumb' }),
    run(['validate'], { cwd }),
  ]);
  t.match(coloured, { code: 0, stdout: '\u001b[32m✓\u001b[39m' });
  for (const { stdout } of [plain, dumb, piped]) {
    t.match(stdout, '✓ apps/');
    t.notMatch(stdout, '\u001b');
  }
});

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Event } from '../../src/core/event.ts';
import { eventsIn, priceChange, project, refused, run, slow, start, stateFolder } from './cli.ts';

t.setTimeout(600_000);

/** The price change of the sample, with nobody there who decides. */
function asking(): Record<string, string> {
  const script = readFileSync(new URL(`../../${priceChange}`, import.meta.url), 'utf8');
  return { 'ask.yaml': script.replace(/^approvals: .*\n/m, '').replace(/^expect:[\s\S]*/m, '') };
}

const planId = 'plan-eval-price-change';
const answer = 'Sparkling Water 12pk (p-001) now costs 6.49. Applied by plan-eval-price-change.';

function journal(cwd: string): string[] {
  const file = join(cwd, stateFolder, 'journal.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
}

/** A chat that paused, and the ids that it printed. */
async function paused(cwd: string) {
  const { code, stdout, stderr } = await run(['chat', '--script', 'ask.yaml'], { cwd });
  t.equal(code, 5, stderr);
  t.equal(stdout, '');
  const [, approval = ''] = /approvals approve (\S+) --continue --script ask\.yaml\n/.exec(stderr) ?? [];
  return { approval, runId: approval.replace(/\.a\d+$/, ''), stderr };
}

t.test('a paused run says how it goes on, and does so after its approval, in a later process', async (t) => {
  const cwd = project(t, { ...slow(0), ...asking() });
  t.match(await run(['approvals'], { cwd }), { code: 0, stdout: 'nothing waits for a decision\n' });
  const { approval, runId, stderr } = await paused(cwd);
  t.match(stderr, `approval ${approval} is needed: execute plan "${planId}" (version 1); run ${runId}\n`);
  t.match(stderr, `  harness approvals reject ${approval} --comment "why not" --continue --script ask.yaml\n`);
  t.match(stderr, `  harness approvals revise ${approval} --comment "what to change" --continue --script ask.yaml\n`);
  const [list, data, shown, shownData, runs] = await Promise.all([
    run(['approvals', 'list'], { cwd }),
    run(['approvals', 'list', '--json'], { cwd }),
    run(['approvals', 'show', 'last'], { cwd }),
    run(['approvals', 'show', approval, '--json'], { cwd }),
    run(['runs'], { cwd }),
  ]);
  t.match(list.stdout, new RegExp(`${approval} +acme +executor +execute plan ${planId} .* waits\n`));
  t.match(JSON.parse(data.stdout), { approvals: [{ approval, workspace: 'acme', decision: null }] });
  t.match(shown.stdout, 'coordinator → executor wants to execute plan plan-eval-price-change');
  t.match(shown.stdout, /newPrice: 6\.49/);
  t.match(JSON.parse(shownData.stdout), { path: ['coordinator', 'executor'], content: { actions: [{}] } });
  t.match(runs.stdout, /paused/);
  t.strictSame(journal(cwd), []);

  const approved = await run(['approvals', 'approve', approval], { cwd });
  t.match(approved, { code: 0, stdout: `${approval}: approve\n` });
  t.match(approved.stderr, `the run goes on with: harness chat --resume ${runId} --script <file>\n`);
  refused(t, await run(['approvals', 'approve', approval], { cwd }), 3, /was decided before: approve, by user/);
  t.strictSame(journal(cwd), [], 'to approve is not yet to run');
  const next = `harness chat --resume ${runId} --script <file>`;
  const says = `run ${runId} is decided, and goes on with: ${next}\n`;
  const [decided, sessions] = await Promise.all([run(['runs'], { cwd }), run(['sessions'], { cwd })]);
  t.match(decided, { stdout: new RegExp(`${runId} +acme .* decided `), stderr: says });
  t.match(sessions.stdout, /decided/);
  t.match(JSON.parse((await run(['runs', 'show', runId, '--json'], { cwd })).stdout), { status: 'decided', next });
  t.match(await run(['approvals'], { cwd }), { stdout: 'nothing waits for a decision\n', stderr: says });
  refused(t, await run(['chat', '--resume', runId], { cwd }), 2, /was played from a script/, '--script <file>');
  const done = await run(['chat', '--resume', runId, '--script', 'ask.yaml'], { cwd });
  t.match(done, { code: 0, stdout: `${answer}\n` });
  t.equal(journal(cwd).length, 1);
  refused(t, await run(['chat', '--resume', runId, '--script', 'ask.yaml'], { cwd }), 2, /cannot go on: it is done/);
  t.match((await run(['approvals', 'list', '--all'], { cwd })).stdout, 'approve, by user');
});

t.test('--continue goes on in the same process; reject and revise tell the model', async (t) => {
  const cwd = project(t, { ...slow(0), ...asking() });
  const first = await paused(cwd);
  const reject = [
    'approvals',
    'reject',
    first.approval,
    '--comment',
    'Too cheap.',
    '--continue',
    '--script',
    'ask.yaml',
  ];
  const rejected = await run(reject, { cwd });
  t.equal(rejected.code, 0, rejected.stderr);
  t.equal(rejected.stdout, `${answer}\n`, 'what the script says in any case');
  const shown = await run(['runs', 'show', first.runId, '--json'], { cwd });
  const outcomes = JSON.parse(shown.stdout).events.filter((event: { type: string }) => event.type === 'tool.finished');
  t.match(
    outcomes.find((event: { data: { tool: string } }) => event.data.tool === 'executePlan'),
    { data: { outcome: { ok: false, error: { code: 'plan-rejected', message: /Too cheap\./ } } } },
  );
  t.match((await run(['plans'], { cwd })).stdout, /rejected/);
  t.strictSame(journal(cwd), []);
});

/** The plan is stored, sent back, stored anew and executed. */
const revised = `prompt: Do it.
script:
  coordinator:
    - { call: call_agent, args: { agent: planner, prompt: Plan. } }
    - { call: call_agent, args: { agent: executor, prompt: Execute. } }
    - { call: call_agent, args: { agent: planner, prompt: Plan anew. } }
    - { call: call_agent, args: { agent: executor, prompt: Execute. } }
    - say: Done.
  planner:
    - { call: storePlan, args: { specName: CatalogActionPlan, planId: two, body: { rationale: Cheap., actions: [{ kind: price_change, productId: p-001, newPrice: 5, reason: One. }] } } }
    - say: Stored.
    - { call: storePlan, args: { specName: CatalogActionPlan, planId: two, body: { rationale: Dear., actions: [{ kind: price_change, productId: p-001, newPrice: 6.6, reason: One. }] } } }
    - say: Stored again.
  executor:
    - { call: executePlan, args: { planId: two } }
    - say: Sent back.
    - { call: executePlan, args: { planId: two } }
    - say: Applied.
`;

t.test('revise: a new version asks again', async (t) => {
  const cwd = project(t, { ...slow(0), 'ask.yaml': revised });
  const { approval, runId } = await paused(cwd);
  refused(t, await run(['approvals', 'revise', approval], { cwd }), 2, /required option '--comment <text>'/);
  const more = ['--comment', 'Not below 6.60.', '--continue', '--script', 'ask.yaml'];
  const again = await run(['approvals', 'revise', approval, ...more], { cwd });
  t.match(again, { code: 5, stdout: '' });
  t.match(again.stderr, `approval ${runId}.a2 is needed: execute plan "two" (version 2)`);
  t.strictSame(journal(cwd), []);
  const done = await run(['approvals', 'approve', 'last', '--continue', '--script', 'ask.yaml'], { cwd });
  t.match(done, { code: 0, stdout: 'Done.\n' });
  t.match(journal(cwd), [/acme\/two\/2\/.*"newPrice":6\.6/]);

  // Whoever has to do something about it is told what.
  const { events } = JSON.parse((await run(['runs', 'show', runId, '--json'], { cwd })).stdout) as { events: Event[] };
  const outcomes = events.flatMap(({ type, data }) => (type === 'tool.finished' ? [data] : []));
  t.match(outcomes.find(({ tool, outcome }) => tool === 'executePlan' && !outcome.ok)?.outcome, {
    error: {
      code: 'revise',
      message: /^A person sends plan "two" back to "planner": Not below 6\.60\. .*do not change it/,
    },
  });
  const calls = outcomes.filter(({ tool }) => tool === 'call_agent').map(({ outcome }) => outcome);
  t.match(calls[1], {
    result: { agent: 'executor', sentBack: [{ planId: 'two', planner: 'planner', comment: 'Not below 6.60.' }] },
    note: 'A person sent plan "two" back. Call "planner" with the id of the plan and this comment',
  });
  const others = [calls[0], calls[2], calls[3]];
  t.notMatch(JSON.stringify(others), 'sentBack', 'what has been stored anew is not sent back any more');
});

t.test('an edit is held to the schema and the rules; the model is told what ran', async (t) => {
  const cwd = project(t, { ...slow(0), ...asking() });
  const { approval } = await paused(cwd);
  const price = (newPrice: unknown) =>
    `rationale: Edited.\nactions:\n  - { kind: price_change, productId: p-001, newPrice: ${newPrice}, reason: Edited. }\n`;
  const editing = (text: string) => {
    writeFileSync(join(cwd, 'edit.yaml'), text);
    return run(['approvals', 'approve', approval, '--edit', 'edit.yaml', '--continue', '--script', 'ask.yaml'], {
      cwd,
    });
  };
  refused(
    t,
    await editing(price('cheap')),
    2,
    /invalid-decision: the edited plan has a problem; nothing was decided/,
    /newPrice/,
  );
  refused(t, await editing('[1]'), 2, /edit\.yaml holds no object/);
  refused(t, await editing('actions: ['), 2, /edit\.yaml/);
  refused(
    t,
    await editing(price(0.4)),
    2,
    /is refused by the rule "deny plan:CatalogActionPlan": No product may cost less/,
  );
  refused(t, await run(['approvals', 'approve', approval, '--always'], { cwd }), 2, /holds for this one alone/);
  t.match((await run(['approvals'], { cwd })).stdout, 'waits', 'nothing was decided');
  t.match(await editing(price(6.6)), { code: 0 });
  t.match(journal(cwd), [/\/2\/.*"newPrice":6\.6/]);
  t.match((await run(['plans', 'show', planId], { cwd })).stdout, 'version 1: superseded');
});

t.test('what was allowed always is revoked, and asked about again', async (t) => {
  const appFile = 'apps/coordinator-planner-executor/app.yaml';
  const cwd = project(t, { ...slow(0), ...asking() });
  const text = readFileSync(join(cwd, appFile), 'utf8');
  writeFileSync(
    join(cwd, appFile),
    text.replace('  rules:\n', '  rules:\n    - { ask: storePlan, reason: A look first. }\n'),
  );
  const { approval } = await paused(cwd);
  const revoking = (id: string, ...more: string[]) => run(['approvals', 'revoke', id, ...more], { cwd });
  refused(t, await revoking(approval), 2, /invalid-decision: approval \S+ allows nothing for the rest of its session/);
  t.match(await run(['approvals', 'approve', 'last', '--always'], { cwd }), { code: 0 });
  const listed = async () => (await run(['approvals', 'list', '--all'], { cwd })).stdout;
  t.match(await listed(), /ask storePlan .* approve always, by user\n/);
  t.match(await revoking('last'), {
    code: 0,
    stdout: `${approval}: revoked; that planner wants to call storePlan is asked about again (the rule ask storePlan)\n`,
  });
  t.match(await listed(), /approve always, by user; revoked, by user\n/);
  t.match(
    (await run(['approvals', 'show', approval], { cwd })).stdout,
    /\nrevoked by user, .*: it is asked about again\n/,
  );
  refused(t, await revoking(approval), 3, /was revoked before, by user, /);
  refused(t, await revoking('r-nobody.a1'), 2, /there is no approval "r-nobody\.a1"/);
  const runId = approval.replace(/\.a\d+$/, '');
  t.match((await run(['runs', 'show', runId], { cwd })).stdout, /grant\.revoked/);
  const gone = await run(['chat', '--resume', runId, '--script', 'ask.yaml'], { cwd });
  t.match(gone, { code: 5 }, 'what was approved runs; the plan is asked about');
});

t.test('an edit that holds a secret, or the name that stands for one, is refused', async (t) => {
  const appFile = 'apps/coordinator-planner-executor/app.yaml';
  const cwd = project(t, { ...slow(0), ...asking() });
  writeFileSync(join(cwd, appFile), `${readFileSync(join(cwd, appFile), 'utf8')}\nsecrets: [WAREHOUSE_PASSWORD]\n`);
  const { approval } = await paused(cwd);
  const password = 'tr0ub4dor-and-3';
  const editing = (reason: string, env: Record<string, string>) => {
    const action = `{ kind: price_change, productId: p-001, newPrice: 6.6, reason: ${JSON.stringify(reason)} }`;
    writeFileSync(join(cwd, 'edit.yaml'), `rationale: Edited.\nactions:\n  - ${action}\n`);
    return run(['approvals', 'approve', approval, '--edit', 'edit.yaml'], { cwd, env });
  };
  const set = { WAREHOUSE_PASSWORD: password };
  for (const [reason, env] of [
    [`As ${password} says.`, set],
    ['As [secret WAREHOUSE_PASSWORD] says.', set],
    ['As [secret WAREHOUSE_PASSWORD] says.', {}],
  ] as const) {
    const ended = await editing(reason, env);
    refused(
      t,
      ended,
      2,
      'invalid-decision: the edited plan cannot hold a secret',
      '[secret WAREHOUSE_PASSWORD] cannot',
    );
    t.notMatch(ended.stderr, password);
  }
  t.match((await run(['approvals'], { cwd })).stdout, 'waits', 'nothing was decided');
  t.match(await editing('As [secret sauce] says.', set), { code: 0 });
});

t.test('decided from a second terminal while the run waits', async (t) => {
  const cwd = project(t, { ...slow(0), ...asking() });
  const chat = start(['chat', '--script', 'ask.yaml', '--wait', '120', '--output', 'stream-json'], { cwd });
  await chat.saw('"type":"approval.requested"');
  const other = await run(['approvals', 'approve', 'last', '--continue', '--script', 'ask.yaml'], { cwd });
  t.match(other, { code: 0, stdout: /: approve\n$/, stderr: /a process is at work in the workspace/ });
  const { code, stdout, stderr } = await chat.ended;
  t.equal(code, 0, stderr);
  const events = eventsIn(stdout);
  t.match(
    events.find(({ type }) => type === 'approval.decided'),
    { data: { decision: { kind: 'approve' }, by: 'user' } },
  );
  t.match(events.at(-1), { type: 'run.finished', data: { status: 'done' } });
  t.strictSame(
    events.map(({ seq }) => seq),
    events.map((_event, place) => place + 1),
  );
  t.equal(journal(cwd).length, 1);
});

t.test('a wait that ends, an interruption while it waits, and names that are wrong', async (t) => {
  const cwd = project(t, { ...slow(0), ...asking() });
  const short = await run(['chat', '--script', 'ask.yaml', '--wait', '0.3'], { cwd });
  t.match(short, { code: 5, stderr: /harness approvals approve/ });
  const chat = start(['chat', '--script', 'ask.yaml', '--wait', '120', '-w', 'globex'], { cwd });
  await chat.saw('waiting for a decision');
  chat.child.kill('SIGINT');
  const { code, stderr } = await chat.ended;
  t.equal(code, 130, stderr);
  const [, command = ''] = /\n {2}harness (chat --resume \S+ --script ask\.yaml)\n/.exec(stderr) ?? [];
  const going = await run(command.split(' '), { cwd });
  t.equal(going.code, 5, going.stderr);
  const [approval] = JSON.parse((await run(['approvals', '-w', 'globex', '--json'], { cwd })).stdout).approvals;
  t.equal(going.stderr.includes(approval.approval), true, 'the same question is asked again');
  t.match(await run(['approvals', 'approve', approval.approval, '--continue', '--script', 'ask.yaml'], { cwd }), {
    code: 0,
    stdout: `${answer}\n`,
  });
  refused(
    t,
    await run(['approvals', 'reject', 'last', '-w', 'globex'], { cwd }),
    2,
    /no approval now that "last" could/,
  );
  refused(t, await run(['approvals', 'show', 'r-none.a1'], { cwd }), 2, /there is no approval "r-none\.a1"/);
  refused(t, await run(['approvals', 'aprove', 'last'], { cwd }), 2, 'did you mean "approve"?');
});

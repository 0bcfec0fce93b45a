import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Event } from '../../src/core/event.ts';
import { openStore } from '../../src/store/open.ts';
import {
  type Ended,
  gated,
  gateOf,
  killedAt,
  priceChange,
  project,
  question,
  refused,
  run,
  slow,
  start,
  stateFolder,
} from './cli.ts';

t.setTimeout(600_000);

t.test('a session of two runs: listed, shown, and exported', async (t) => {
  const cwd = project(t);
  t.match(await run(['sessions'], { cwd }), { code: 0, stdout: 'no sessions yet\n' });
  refused(t, await run(['chat', '--continue', '-p', 'x', '--script', question], { cwd }), 2, /there is no session yet/);
  t.match(await run(['chat', '--script', priceChange], { cwd }), { code: 0 });
  t.match(await run(['chat', '--continue', '--script', question], { cwd }), { code: 0, stdout: /52 units/ });
  t.match(await run(['chat', '-w', 'globex', '--script', question], { cwd }), { code: 0 });
  const { sessions } = JSON.parse((await run(['sessions', '--json'], { cwd })).stdout);
  t.match(sessions, [
    { workspace: 'globex', runs: 1, status: 'done' },
    { workspace: 'acme', runs: 2, status: 'done', prompt: /wholesale demand/ },
  ]);
  const { session } = sessions[1];
  const [list, shown, markdown, json, byRun] = await Promise.all([
    run(['sessions', 'list', '-w', 'acme'], { cwd }),
    run(['sessions', 'show', session], { cwd }),
    run(['sessions', 'export', session], { cwd }),
    run(['sessions', 'export', session, '--format', 'json'], { cwd }),
    run(['sessions', 'show', 'last', '--json', '-w', 'acme'], { cwd }),
  ]);
  t.match(list.stdout, new RegExp(`^SESSION .*\n${session} +acme +2 `));
  t.match(shown.stdout, new RegExp(`^session ${session}  workspace acme  2 runs\n`));
  t.match(shown.stdout, /\nplan plan-eval-price-change version 1: executed\n/);
  t.match(shown.stdout, /\napproval \S+: plan plan-eval-price-change version 1, approve by script\n/);
  t.match(shown.stdout, /\n> .*\nSparkling Water 12pk sold most, 52 units/);
  t.match(markdown.stdout, new RegExp(`^# Session ${session}\n\nWorkspace acme, since `));
  t.match(
    markdown.stdout,
    /\n### Plan plan-eval-price-change, version 1: executed\n\n```yaml\n[^`]*newPrice: 6\.49[^`]*```\n\n1 of 1 action applied\n/,
  );
  t.match(markdown.stdout, /\n- \S+: plan plan-eval-price-change version 1, approve by script\n/);
  const whole = JSON.parse(json.stdout);
  t.match(whole, { session, runs: [{ status: 'done' }, { status: 'done', answer: /52 units/ }], usage: { steps: 0 } });
  t.equal(new Set(whole.events.map((event: Event) => event.runId)).size, 2);
  t.equal(JSON.parse(byRun.stdout).session, session);
  refused(t, await run(['sessions', 'show', 's-none'], { cwd }), 2, /there is no session "s-none"/);
  refused(t, await run(['sessions', 'export', session, '--format', 'pdf'], { cwd }), 2, /Allowed choices are md, json/);
});

t.test('what can go on, and what cannot', async (t) => {
  const cwd = project(t);
  t.match(await run(['chat', '--script', question], { cwd }), { code: 0 });
  const [{ runId, session }] = JSON.parse((await run(['runs', '--json'], { cwd })).stdout).runs;
  const resume = (...more: string[]) => run(['chat', ...more], { cwd });
  refused(
    t,
    await resume('--resume', runId, '--script', question),
    2,
    /cannot go on: it is done/,
    `--resume ${session} -p`,
  );
  refused(t, await resume('--resume', 'r-none'), 2, /there is no run or session "r-none"/);
  refused(t, await resume('--resume', runId, '--continue'), 2, /exclude each other/);
  refused(t, await resume('--continue'), 2, /every run of session .* has ended; give a prompt/);
  t.match(await resume('--resume', runId, '-p', 'Again?', '--script', question), { code: 0, stdout: /52 units/ });
  t.match(await resume('--resume', session.slice(0, -1), '-p', 'Again?', '--script', question), { code: 0 });
  const { runs } = JSON.parse((await run(['runs', '--json'], { cwd })).stdout);
  t.strictSame([...new Set(runs.map((each: { session: string }) => each.session))], [session]);
  refused(t, await resume('--resume', 'r-'), 2, 'more than one run or session starts like that');
});

const keysOf = (cwd: string): string[] => {
  const file = join(cwd, stateFolder, 'journal.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).key);
};

/** Two queries at once, then three price changes in a plan, by way of three agents. */
const three = JSON.stringify({
  prompt: 'Do it.',
  approvals: 'approve',
  script: {
    coordinator: [
      { call: 'call_agent', args: { agent: 'data_analyst', prompt: 'Look.' } },
      { call: 'call_agent', args: { agent: 'planner', prompt: 'Plan.' } },
      { call: 'call_agent', args: { agent: 'executor', prompt: 'Execute.' } },
      { say: 'Done.' },
    ],
    data_analyst: [
      {
        calls: ['products', 'orders'].map((table) => ({
          call: 'execute_query',
          args: { sql: `SELECT count(*) FROM ${table}` },
        })),
      },
      { say: 'Looked.' },
    ],
    planner: [
      {
        call: 'storePlan',
        args: {
          specName: 'CatalogActionPlan',
          planId: 'three',
          body: {
            rationale: 'Demand.',
            actions: ['p-001', 'p-002', 'p-003'].map((productId) => ({
              kind: 'price_change',
              productId,
              newPrice: 6.49,
              reason: 'Demand.',
            })),
          },
        },
      },
      { say: 'Stored.' },
    ],
    executor: [{ call: 'executePlan', args: { planId: 'three' } }, { say: 'Applied.' }],
  },
});

/** Without times, ids of runs, durations of queries, and what tells of an interruption. */
function essence(events: readonly Event[]): unknown {
  const kept = events.filter(({ type }) => type !== 'run.resumed').map(({ at: _at, seq: _seq, ...event }) => event);
  const text = JSON.stringify(kept).replace(/"([rs])-[a-z0-9]+/g, '"$1');
  return JSON.parse(text.replace(/"elapsedMs":\d+(\.\d+)?/g, '"elapsedMs":0'));
}

function eventsOfRun(cwd: string, runId?: string): readonly Event[] {
  const store = openStore(join(cwd, stateFolder, 'state.db'));
  const events = store.events(runId ?? store.runs()[0]?.runId ?? '');
  store.close();
  return events;
}

/** Says what became of the action that was on its way; the run goes on with the next resumption. */
async function settle(t: Test, cwd: string, before: readonly Event[], asked: Ended): Promise<void> {
  t.match(asked, { code: 5, stdout: '', stderr: /plans settle three --applied/ });
  const applied = keysOf(cwd).length === before.filter(({ type }) => type === 'action.started').length;
  const settled = await run(['plans', 'settle', 'three', applied ? '--applied' : '--not-applied'], { cwd });
  t.equal(settled.code, 0, settled.stderr);
  t.match(settled.stderr, `harness chat --resume ${before[0]?.runId}`);
}

t.test('killed after each of its commits, and resumed: the record of a run that was not', async (t) => {
  const cwd = project(t, { ...slow(0), 'three.yaml': three });
  t.match(await run(['chat', '--script', 'three.yaml'], { cwd }), { code: 0 });
  const expected = eventsOfRun(cwd);
  let kills = 0;
  // Events of one commit are killed after together: nothing else is stored in between.
  for (let wanted = 1; wanted < expected.length; ) {
    // The same plan cannot be executed twice in one workspace.
    rmSync(join(cwd, '.harness'), { recursive: true, force: true });
    const args = ['chat', '--script', 'three.yaml', '--output', 'stream-json'];
    const killed = await run(args, { cwd, env: killedAt(`event#${wanted}`) });
    t.equal(killed.signal, 'SIGKILL', killed.stderr);
    const before = eventsOfRun(cwd);
    wanted = before.length + 1;
    if (before.at(-1)?.type === 'run.finished') break;
    kills += 1;
    const name = `after ${before.length} events, ${before.at(-1)?.type}`;
    const resume = ['chat', '--continue', '--script', 'three.yaml'];
    let resumed = await run(resume, { cwd });
    if (before.at(-1)?.type === 'action.started') {
      await settle(t, cwd, before, resumed);
      resumed = await run(resume, { cwd });
    } else {
      t.strictSame(essence(eventsOfRun(cwd)), essence(expected), name);
      t.equal(keysOf(cwd).length, 3, name);
    }
    t.match(resumed, { code: 0, stdout: 'Done.\n' }, `${name}: ${resumed.stderr}`);
    t.equal(new Set(keysOf(cwd)).size, keysOf(cwd).length, `${name}: no action twice`);
  }
  t.ok(kills > 12, `${kills} kills`);
});

t.test('Ctrl-C, and on with the latest session', async (t) => {
  const cwd = project(t, { ...gated, 'three.yaml': three });
  const gate = gateOf(cwd);
  const chat = start(['chat', '--script', 'three.yaml', '--output', 'stream-json'], { cwd });
  await chat.saw('"type":"plan.stored"');
  chat.child.kill('SIGINT');
  await chat.saw('again to quit at once');
  gate.open();
  const { code, stderr } = await chat.ended;
  t.equal(code, 130, stderr);
  t.match(stderr, /\n {2}harness chat --resume r-\S+ --script three\.yaml\n/);
  const resumed = await run(['chat', '-c', '--script', 'three.yaml'], { cwd });
  t.match(resumed, { code: 0, stdout: 'Done.\n' });
  const events = eventsOfRun(cwd);
  t.equal(events.filter(({ type }) => type === 'plan.stored').length, 1);
  t.match(events.filter(({ type }) => type === 'run.resumed').length, 1);
  t.match((await run(['runs'], { cwd })).stdout, / done /);
  const keys = gate.ended();
  t.equal(new Set(keys).size, keys.length, 'no action twice');
});

import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import t from 'tap';
import type { Event } from '../../src/core/event.ts';
import { openStore } from '../../src/store/open.ts';
import {
  appFolder,
  edit,
  eventsIn,
  gated,
  gateOf,
  project,
  question,
  refused,
  run,
  slow,
  start,
  stateFolder,
} from './cli.ts';

t.setTimeout(600_000);

/** All events of a project's workspace, of the newest run first. */
function storedEvents(cwd: string): readonly Event[] {
  const store = openStore(join(cwd, stateFolder, 'state.db'));
  const events = store.runs().flatMap(({ runId }) => store.events(runId));
  store.close();
  return events;
}

/** Two price changes in one plan, approved. */
const twoChanges = `prompt: Do it.
approvals: approve
script:
  coordinator:
    - { call: call_agent, args: { agent: planner, prompt: Plan. } }
    - { call: call_agent, args: { agent: executor, prompt: Execute. } }
    - say: Done.
  planner:
    - call: storePlan
      args:
        specName: CatalogActionPlan
        planId: two
        body:
          rationale: Two of them.
          actions:
            - { kind: price_change, productId: p-001, newPrice: 6.49, reason: One. }
            - { kind: price_change, productId: p-002, newPrice: 2.29, reason: Two. }
    - say: Stored.
  executor:
    - { call: executePlan, args: { planId: two } }
    - say: Applied.
`;

t.test('an interruption lets the action under way come to its end, and starts no other', async (t) => {
  const cwd = project(t, { ...gated, 'two.yaml': twoChanges });
  const gate = gateOf(cwd);
  const chat = start(['chat', '--script', 'two.yaml', '--output', 'stream-json'], { cwd });
  await gate.begun();
  chat.child.kill('SIGINT');
  await chat.saw('again to quit at once');
  gate.open();
  const { code, stdout, stderr } = await chat.ended;
  t.equal(code, 130, stderr);
  t.match(stderr, /interrupted; the run stops at the next safe place/);
  t.strictSame(storedEvents(cwd), eventsIn(stdout));
  t.match(eventsIn(stdout).at(-1), { type: 'run.finished', data: { status: 'interrupted' } });
  const { plans } = JSON.parse((await run(['plans', '--json'], { cwd })).stdout);
  const statuses = plans[0].result.actions.map((action: { status: string }) => action.status);
  t.strictSame(statuses, ['applied', 'skipped']);
  t.equal(gate.ended().length, 1);
  t.match(JSON.parse((await run(['runs', '--json'], { cwd })).stdout), { runs: [{ status: 'interrupted' }] });
});

t.test('a second interruption ends the process at once, and the plan is unknown', async (t) => {
  const cwd = project(t, { ...slow(600_000), 'two.yaml': twoChanges });
  const chat = start(['chat', '--script', 'two.yaml', '--output', 'stream-json'], { cwd });
  await chat.saw('"type":"action.started"');
  t.match((await run(['plans'], { cwd })).stdout, /two +1 +acme +executing/, 'looking does not disturb it');
  chat.child.kill('SIGINT');
  await chat.saw('again to quit at once');
  chat.child.kill('SIGINT');
  t.equal((await chat.ended).code, 130);
  t.match(await run(['plans'], { cwd }), { code: 0, stdout: /two +1 +acme +unknown/ });
  const shown = await run(['plans', 'show', 'two'], { cwd });
  t.match(shown.stdout, /result: 0 of 2 actions applied, 1 unknown, 1 skipped/);
  t.match(shown.stdout, 'harness plans settle two --applied');
});

t.test('smoke and validate leave nothing in the temporary folder when they are interrupted', async (t) => {
  const entry = 'catalog: { entries: [{ kind: table, table: orders, description: An order. }] }\n';
  const cwd = project(t, slow(600_000));
  edit(cwd, { [`${appFolder}/app.yaml`]: ['dispatcher:', `${entry}dispatcher:`] });
  const left = (temporary: string) => readdirSync(temporary).filter((name) => name.startsWith('harness-'));
  const interrupted = async (args: readonly string[], ...signals: readonly NodeJS.Signals[]) => {
    const temporary = mkdtempSync(join(cwd, 'tmp-'));
    const harness = start(args, { cwd, env: { TMPDIR: temporary } });
    while (left(temporary).length === 0 && harness.child.exitCode === null) await sleep(2);
    t.equal(left(temporary).length, 1, 'its workspace is there');
    const [first, ...more] = signals;
    // Long enough to be in the middle of an action, which takes ten minutes.
    if (more.length > 0) await sleep(1000);
    harness.child.kill(first);
    await harness.saw('(again to quit at once)');
    for (const signal of more) harness.child.kill(signal);
    const { code, stdout, stderr } = await harness.ended;
    t.equal(code, 130, stderr);
    t.equal(stdout, '', 'no result');
    if (more.length === 0) t.match(stderr, /\nerror interrupted: interrupted\n$/);
    t.strictSame(left(temporary), [], `${args.join(' ')}: ${signals.join(', ')}`);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    await interrupted(['smoke', 'question'], signal);
    await interrupted(['smoke', 'price-change'], 'SIGINT', signal);
    await interrupted(['validate'], signal);
  }
});

t.test('a seed with a mistake: its file and line, and no half-made database', async (t) => {
  const cwd = project(t, { [`${appFolder}/data/shop.sql`]: ['INSERT INTO orders (id,', 'INSERT INTO order (id,'] });
  const place = `${appFolder}/data/shop.sql:22:13`;
  refused(
    t,
    await run(['chat', '--script', question], { cwd }),
    2,
    /near "order": syntax error/,
    place,
    /invalid-seed/,
  );
  const files = readdirSync(join(cwd, stateFolder)).sort();
  t.strictSame(files, ['holder.json', 'lock.db'], 'what was begun is gone');
  const smoke = await run(['smoke', 'question'], { cwd });
  t.match(smoke, { code: 2, stderr: place });
  edit(cwd, { [`${appFolder}/data/shop.sql`]: ['INSERT INTO order (id,', 'INSERT INTO orders (id,'] });
  t.match(await run(['chat', '--script', question], { cwd }), { code: 0 });
});

t.test('state of a newer version is refused, and not touched', async (t) => {
  const cwd = project(t);
  t.match(await run(['chat', '--script', question], { cwd }), { code: 0 });
  const file = join(cwd, stateFolder, 'state.db');
  const db = new Database(file);
  db.pragma('user_version = 99');
  db.close();
  const sum = () => createHash('sha256').update(readFileSync(file)).digest('hex');
  const before = sum();
  for (const command of [['chat', '--script', question], ['runs'], ['plans', 'settle', 'x', '--applied']]) {
    refused(t, await run(command, { cwd }), 2, /newer-state: .* newer Harness \(state version 99\)/, /update it/);
  }
  t.equal(sum(), before);
  t.match(await run(['chat', '-w', 'globex', '--script', question], { cwd }), { code: 0 }, 'another workspace works');
});

t.test('two processes in one workspace: the second waits, says for whom, and nothing is lost', async (t) => {
  const cwd = project(t, { ...slow(600_000), 'two.yaml': twoChanges });
  const first = start(['chat', '--script', 'two.yaml', '--output', 'stream-json'], { cwd });
  await first.saw('"type":"action.started"');
  const holder = `in use by process ${first.child.pid} (harness chat, since `;
  const second = await run(['chat', '--script', question], { cwd });
  refused(
    t,
    second,
    3,
    `waiting for the workspace, which is ${holder}`,
    `error workspace-busy: workspace "acme" is ${holder}`,
  );
  t.match(await run(['chat', '-w', 'globex', '--script', question], { cwd }), { code: 0 }, 'the other one is free');
  refused(t, await run(['plans', 'settle', 'two', '--applied'], { cwd }), 3, /workspace-busy/);

  const third = start(['chat', '--script', question], { cwd });
  await third.saw(holder);
  first.child.kill('SIGKILL');
  t.match(await third.ended, { code: 0, stdout: /52 units/ }, 'it goes on when the holder is gone');
  const shown = eventsIn((await first.ended).stdout);
  const stored = storedEvents(cwd).filter((event) => event.runId === shown[0]?.runId);
  t.strictSame(stored.slice(0, shown.length), shown);

  const many = await Promise.all([1, 2, 3, 4].map(() => run(['chat', '--script', question], { cwd })));
  const { runs } = JSON.parse((await run(['runs', '-w', 'acme', '--json'], { cwd })).stdout);
  const done = runs.filter((each: { status: string }) => each.status === 'done');
  t.equal(done.length, 1 + many.filter(({ code }) => code === 0).length);
  t.ok(many.every(({ code, stderr }) => code === 0 || /workspace-busy/.test(stderr)));
});

/** Runs a program without the right of root to write where permissions forbid it. */
const powerless = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : [];

t.test('a disk that cannot be written', async (t) => {
  const cwd = project(t);
  const folders = [cwd, join(cwd, appFolder), join(cwd, appFolder, 'generated')];
  const chat = ['chat', '--script', question];
  const locked = { cwd, through: powerless };
  for (const folder of folders) chmodSync(folder, 0o555);
  refused(t, await run(chat, locked), 3, /disk-unavailable: the state folder cannot be written: .*acme/, /permissions/);
  t.match(await run(['validate'], locked), { code: 0 });
  t.match(await run(['smoke'], locked), { code: 0, stdout: /\n2 passed, 0 failed\n$/ });
  t.match(await run(['runs'], locked), { code: 0, stdout: 'no runs yet\n' });
  t.match(await run(['codegen', '--check'], locked), { code: 0 });
  edit(cwd, { [`${appFolder}/plans/catalog-action-plan.yaml`]: ['maximum: 10000', 'maximum: 9000'] });
  refused(t, await run(['codegen'], locked), 3, /disk-unavailable: cannot write .*plans\.ts/);
  const noTemporary = await run(['smoke', 'question'], { ...locked, env: { TMPDIR: join(cwd, 'none') } });
  t.match(noTemporary, { code: 3, stderr: /no temporary folder can be made in .*none/ });

  for (const folder of folders) chmodSync(folder, 0o755);
  t.match(await run(chat, { cwd }), { code: 0 });
  const state = join(cwd, stateFolder);
  const files = readdirSync(state).map((name) => join(state, name));
  for (const file of files) chmodSync(file, 0o444);
  chmodSync(state, 0o555);
  refused(t, await run(chat, locked), 3, /disk-unavailable/);
  chmodSync(state, 0o755);
  for (const file of files) chmodSync(file, 0o644);
  t.match(JSON.parse((await run(['runs', '--json'], { cwd })).stdout).runs, [{ status: 'done' }]);
});

t.test('a disk that is full: clear words, and nothing that was shown is lost', async (t) => {
  const cwd = project(t);
  t.match(await run(['chat', '--script', question], { cwd }), { code: 0 });
  const before = storedEvents(cwd);
  // The first facts of the run fit into the limit; those with this prompt do not.
  const prompt = 'x'.repeat(60_000);
  const script = `prompt: Hi.\nscript:\n  coordinator:\n    - { call: call_agent, args: { agent: planner, prompt: ${prompt} } }\n    - say: Done.\n  planner:\n    - say: Done.\n`;
  edit(cwd, { 'large.yaml': script });
  const chat = ['chat', '--script', 'large.yaml', '--output', 'stream-json'];
  const full = await run(chat, { cwd, through: ['sh', '-c', 'ulimit -f 80 && exec "$@"', 'sh'] });
  t.equal(full.code, 3, full.stderr);
  t.match(full.stderr, /^error disk-unavailable: .*state\.db/m);
  t.notMatch(full.stderr, /\n\s+at |internal/);
  const shown = eventsIn(full.stdout);
  t.match(shown, [{ type: 'run.started' }], 'something had been shown');
  const after = storedEvents(cwd);
  t.strictSame(after, [...shown, ...before], 'newest run first: what was shown, and the earlier run');
  const db = new Database(join(cwd, stateFolder, 'state.db'));
  t.equal(db.pragma('integrity_check', { simple: true }), 'ok');
  db.close();
  t.match(await run(chat, { cwd }), { code: 0 }, 'it works again when there is space');
});

import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { rememberWorkspace, workspaceList } from '../../src/commands/chat/workspace-list.ts';
import type { App } from '../../src/config/app.ts';
import { loadApp } from '../../src/config/load.ts';
import type { Decision } from '../../src/core/event.ts';
import type { Json } from '../../src/core/json.ts';
import type { Approver } from '../../src/core/ports.ts';
import { openRuntime, type Runtime } from '../../src/runtime/build.ts';
import { agentTree } from '../../src/ui/agents/tree.ts';
import { ago } from '../../src/ui/ago.ts';
import { widthOf } from '../../src/ui/lines.ts';
import type { Page } from '../../src/ui/page.ts';
import { pageLines } from '../../src/ui/page-frame.ts';
import { theme } from '../../src/ui/paint.ts';
import { agentsPage } from '../../src/ui/screens/agents.ts';
import { approvalsPage } from '../../src/ui/screens/approvals.ts';
import { catalogPage } from '../../src/ui/screens/catalog.ts';
import { workspaceChoice, workspacesPage } from '../../src/ui/screens/workspaces.ts';
import { blank } from '../../src/ui/state.ts';
import { folderOf } from '../folder.ts';
import { bare, key, pageDesk } from './page-desk.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

async function appOf(t: Test, name: string, edit?: (dir: string) => void): Promise<App> {
  const dir = folderOf(t, { apps: {} });
  cpSync(join(root, 'apps', name), join(dir, 'apps', name), { recursive: true });
  edit?.(dir);
  const { app, problems } = await loadApp(join(dir, 'apps', name));
  if (!app) throw new Error(JSON.stringify(problems));
  return app;
}

async function runtimeOf(t: Test, app: App, script: Json = {}, options: object = {}): Promise<Runtime> {
  const runtime = await openRuntime(app, { interpreter: { kind: 'scripted', input: script as never }, ...options });
  t.teardown(() => runtime.close());
  return runtime;
}

/** A page with its frame, in a terminal of this size. */
function frame(page: Page, columns = 100, rows = 30): string {
  const lines = pageLines({ page, depth: 1, said: undefined, waiting: 0 }, bare(columns - 1), rows - 1);
  return lines.join('\n');
}

/** Every line fits, in every terminal and in colours, and there are never too many. */
function fits(t: Test, page: Page): void {
  for (const [columns, rows] of [
    [100, 30],
    [60, 20],
    [40, 8],
    [12, 3],
  ] as const) {
    for (const look of [bare(columns - 1), { ...bare(columns - 1), theme: theme(true) }]) {
      const lines = pageLines({ page, depth: 1, said: undefined, waiting: 1 }, look, rows - 1);
      t.ok(lines.length <= rows - 1, `${columns} × ${rows}: ${lines.length} lines`);
      const wide = lines.filter((line) => widthOf(line) > columns - 1);
      t.same(wide, [], `${columns} × ${rows}`);
    }
  }
}

const until = async (holds: () => boolean) => {
  for (const end = Date.now() + 90_000; !holds(); await sleep(20)) {
    if (Date.now() > end) throw new Error('it never came');
  }
};

const type = (page: Page, text: string) => {
  for (const each of text) page.press(key(each));
};

t.test('catalog: before it is made the page says what to do; then tables, and what is typed', async (t) => {
  const app = await appOf(t, 'coordinator-planner-executor');
  const runtime = await runtimeOf(t, app);
  const { desk, log } = pageDesk(app, runtime);
  const page = await catalogPage(desk, '');
  t.teardown(() => page.close?.());
  t.match(frame(page), /not made yet[\s\S]*has no catalog yet[\s\S]*Press tab, then u/);
  fits(t, page);
  t.notOk(existsSync(join(app.root, '.harness', app.name, 'acme', 'catalog.db')), 'looking makes nothing');
  page.press(key('enter'));
  page.press(key('tab'));
  page.press(key('u'));
  t.match(frame(page), 'profiling what has changed');
  await until(() => log.did.length > 0);
  t.match(log.did.pop(), /^say 2 tables changed, 2 tables profiled$/);
  await until(() => frame(page).includes('2 entries'));
  t.match(frame(page), /up to date, written just now[\s\S]*❯ table {3}orders +4 rows\n {2}table {3}products +3 rows/);
  page.press(key('down'));
  page.press(key('y'));
  page.press(key('@'));
  t.same(log.did, ['copy products', 'say copied products', 'write @products ']);
  page.press(key('/'));
  type(page, 'pric');
  await until(() => frame(page).includes('products.price'));
  t.match(frame(page), /› pric +\n\n❯ column {2}products\.price/);
  fits(t, page);
  page.press(key('esc'));
  await until(() => frame(page).includes('2 entries'));
  t.equal(page.press(key('esc')), false, 'the second Escape goes back');
  type(page, 'qqqq');
  await until(() => frame(page).includes('nothing'));
  t.match(frame(page), 'nothing holds qqqq');
});

t.test('catalog: a table has its columns, rows, joins and notes', async (t) => {
  const app = await appOf(t, 'music-store');
  const runtime = await runtimeOf(t, app);
  const { desk, log } = pageDesk(app, runtime);
  const made = desk.controller.openCatalog();
  await made.update();
  made.close();
  const page = await catalogPage(desk, 'artists');
  t.teardown(() => page.close?.());
  t.match(frame(page), /\n \/ artists\n/, 'with words the keys are for the list');
  page.press(key('enter'));
  const table = await log.opened();
  fits(t, table);
  const columns = frame(table);
  t.match(columns, /artists {2}table · 140 rows · from all 140 rows\n A band or a musician\./);
  t.match(columns, /\[columns 4\] {2}rows +joins 1 +notes 4/);
  t.match(columns, /❯ id +INTEGER +key +140 different; 1 to 140\n {2}name +TEXT +not null +137 different/);
  table.press(key('down'));
  t.match(frame(table), / name {2}TEXT, not null\n 137 different: The Endless Winters 1 %/, 'the column in full');
  table.press(key('y'));
  t.equal(log.did.shift(), 'copy artists.name');
  table.press(key('tab'));
  t.match(frame(table), 'reading…');
  await until(() => !frame(table).includes('reading…'));
  t.match(
    frame(table),
    /\[rows 50\][\s\S]* {2}id {2}name +country +formed_in\n❯ {2}1 {2}The Silent Candles +Norway +2018/,
  );
  fits(t, table);
  table.press(key('right'));
  t.match(frame(table), /\n {2}name +country +formed_in\n❯ The Silent/, 'other columns');
  table.press(key('enter'));
  const row = await log.opened();
  t.match(frame(row, 60, 20), / ROW 1[\s\S]* id +1\n name +The Silent Candles\n/);
  table.press(key('tab'));
  t.match(frame(table), /❯ albums\.artist_id → artists\.id/);
  table.press(key('4'));
  t.match(frame(table), /❯ also called: band {2}\(the app’s files\)[\s\S]*rule for name: Names of artists/);
  fits(t, table);
  table.press(key('p'));
  await until(() => log.did.some((did) => did.includes('is profiled')));
  await t.rejects(
    catalogPage(desk, 'x').then(() => desk.controller.openCatalog().table('nope')),
    /nope/,
  );
});

t.test('catalog: a sample is read as agents read it, without secrets', async (t) => {
  const app = await appOf(t, 'music-store', (dir) => {
    writeFileSync(join(dir, '.env'), 'ANTHROPIC_API_KEY=Silent-Candles-0123456789\n');
  });
  const runtime = await runtimeOf(t, app, {}, { workspace: 'press' });
  const { desk } = pageDesk(app, runtime);
  const port = desk.controller.openCatalog();
  t.teardown(() => port.close());
  t.equal(port.state().is, 'none');
  await port.update();
  t.equal(port.state().is, 'current');
  t.notOk(
    (await port.tables()).some(({ name }) => name === 'customers'),
    'hidden tables are not there',
  );
  await t.rejects(port.sample('customers'), /customers/);
  t.equal((await port.sample('ARTISTS')).rows.length, 50);
});

t.test('agents: who calls whom, and all that the app says of one', async (t) => {
  const app = await appOf(t, 'coordinator-planner-executor', (dir) => {
    const file = join(dir, 'apps/coordinator-planner-executor/app.yaml');
    const rules = [
      '    - { ask: execute_query, when: { sql: { matches: "(?i)customer" } }, reason: Personal data }',
      '    - { deny: call_agent }',
    ];
    writeFileSync(file, readFileSync(file, 'utf8').replace('  rules:\n', `  rules:\n${rules.join('\n')}\n`));
  });
  const { desk, log } = pageDesk(app, await runtimeOf(t, app));
  const page = agentsPage(desk);
  t.match(frame(page), /❯ coordinator +script │ [\s\S]* ├ data_analyst[\s\S]* ├ planner[\s\S]* └ executor/);
  t.match(frame(page), /model +a script stands for it in this chat; else main/);
  t.match(frame(page), /call_agent +write +refused by "deny call_agent"/);
  fits(t, page);
  page.press(key('down'));
  t.match(
    frame(page, 180),
    /execute_query +read +asks by "ask execute_query" when \{"sql":\{"matches":"\(\?i\)customer"\}\}: Personal data/,
  );
  t.match(frame(page, 140), /\n[^\n]*│ +allowed otherwise/);
  page.press(key('tab'));
  page.press(key('end'));
  fits(t, page);
  page.press(key('tab'));
  page.press(key('enter'));
  const prompt = await log.opened();
  t.match(frame(prompt), ' PROMPT');
  page.press(key('t'));
  t.match(frame(await log.opened()), /execute_query {2}read[\s\S]*\n {4}"type": "object",/, 'schemas keep their form');
  t.throws(() => agentsPage(desk, 'nobody'), /There is no agent "nobody"; there are coordinator, data_analyst/);
  t.match(
    frame(agentsPage(desk, 'executor'), 140),
    /❯ └ executor[\s\S]*│ plans\n[^\n]*CatalogActionPlan +refused by "deny plan:CatalogActionPlan"/,
  );
  const shared = agentTree(['a', 'b', 'c', 'd'], 'a', (name) => ({ a: ['b', 'c'], b: ['c'], c: ['b'] })[name] ?? []);
  t.same(
    shared.map(({ stem, name }) => `${stem}${name}`),
    ['a', '├ b', '│ └ c', '│   └ b', '└ c', 'd'],
    'circles end, and those that nobody calls come last',
  );
});

const plan = {
  rationale: 'Demand is strong.',
  actions: [{ kind: 'price_change', productId: 'p-001', newPrice: 6.49, reason: 'Demand.' }],
};
const script = {
  coordinator: [
    { call: 'call_agent', args: { agent: 'planner', prompt: 'Plan it.' } },
    { call: 'call_agent', args: { agent: 'executor', prompt: 'Do it.' } },
    { say: 'Done.' },
  ],
  planner: [
    { call: 'storePlan', args: { specName: 'CatalogActionPlan', planId: 'plan-a', body: plan } },
    { say: 'Stored.' },
  ],
  executor: [{ call: 'executePlan', args: { planId: 'plan-a' } }, { say: 'Applied.' }],
};

t.test('approvals: those that wait come first, and each is shown in full', async (t) => {
  const app = await appOf(t, 'coordinator-planner-executor');
  let answer: Decision | 'pause' = 'pause';
  const approver: Approver = {
    decide: async () => (answer === 'pause' ? answer : { decision: answer, by: 'user' }),
  };
  const first = await openRuntime(app, { interpreter: { kind: 'scripted', input: script as never }, approver });
  const { desk: empty } = pageDesk(app, first);
  const none = approvalsPage(empty);
  t.match(frame(none), 'Nothing has been asked in this workspace yet.');
  none.close?.();
  answer = { kind: 'reject', reason: 'Too cheap.' };
  await first.run({ prompt: 'Lower it.' });
  await first.close();
  answer = 'pause';
  const runtime = await runtimeOf(t, app, script as unknown as Json, { approver });
  const { runId } = await runtime.run({ prompt: 'Lower it.' });
  const { desk, log } = pageDesk(app, runtime);
  const page = approvalsPage(desk);
  t.teardown(() => page.close?.());
  const list = frame(page);
  t.match(list, /1 waiting · 2 in all/);
  t.match(
    list,
    /❯ ▲ waits [\s\S]*\n {4}rejected +\S+ +executor +execute plan plan-a · version 1 · CatalogActionPlan +user/,
  );
  fits(t, page);
  page.press(key('c'));
  t.equal(log.did.pop(), `/resume ${runId}`, 'of another run: it goes on');
  const waiting = runtime.store.approvals({ pending: true })[0];
  const pending = { ...blank, pending: [{ ...waiting, span: '1', path: [] }] } as unknown as typeof blank;
  log.screen = pending;
  t.match(frame(page), 'in the chat');
  page.press(key('c'));
  t.equal(log.did.pop(), 'chat', 'of the chat itself: where it stands');
  page.press(key('down'));
  page.press(key('c'));
  t.equal(log.did.pop(), 'say it has been decided');
  page.press(key('x'));
  t.equal(log.did.pop(), 'say nothing is allowed always by this one');
  page.press(key('enter'));
  const whole = await log.opened();
  t.match(frame(whole), /state +rejected by user/);
  t.match(frame(whole), /by +coordinator → executor\nbecause +by default: executing a plan/);
  t.match(frame(whole), /1 {2}price_change {2}productId p-001 {3}newPrice 6\.49[\s\S]*the reason\nToo cheap\./);
  fits(t, whole);
  whole.press(key('o'));
  t.match(frame(await log.opened()), /\{\n {2}"rationale": "Demand is strong\.",/);
  type(page, '/status:waits');
  t.match(frame(page), /1 of 2 in all/);
  t.notMatch(frame(page), 'rejected');
  page.press(key('esc'));
  t.match(frame(page), 'rejected');
  type(page, '/nothing of the kind');
  t.match(frame(page), 'None of them has these words.');
  t.throws(() => approvalsPage(desk, 'r-none'), /There is no approval "r-none"/);
  t.match(frame(approvalsPage(desk, waiting?.approval)), 'waits for a decision');

  const asked = runtime.store.events(runId).findLast(({ type: each }) => each === 'approval.requested');
  const data = { approval: waiting?.approval ?? '', decision: { kind: 'approve' }, by: 'user' } as const;
  if (asked) runtime.store.append([{ ...asked, seq: asked.seq + 1, type: 'approval.decided', data }]);
  t.equal(runtime.store.run(runId)?.status, 'decided');
  t.match(runtime.store.figures().byStatus, { decided: 1 });
  log.screen = blank;
  const later = approvalsPage(desk);
  t.match(frame(later), /△ approved .* user: c goes on\n {4}rejected .* user$/m, 'it has had no effect yet');
  later.press(key('c'));
  t.equal(log.did.pop(), `/resume ${runId}`);
});

t.test('approvals: x revokes what was allowed always', async (t) => {
  const app = await appOf(t, 'coordinator-planner-executor');
  const asking = { ...app, approvals: { ...app.approvals, rules: [{ ask: 'storePlan', reason: 'Plans cost.' }] } };
  const approver: Approver = {
    decide: async ({ subject }) => ({
      decision: subject.kind === 'tool' ? { kind: 'approve', always: true } : { kind: 'reject', reason: 'No.' },
      by: 'user',
    }),
  };
  const runtime = await runtimeOf(t, asking as typeof app, script as unknown as Json, { approver });
  await runtime.run({ prompt: 'Lower it.' });
  const { desk, log } = pageDesk(asking as typeof app, runtime);
  const page = approvalsPage(desk);
  t.teardown(() => page.close?.());
  t.match(frame(page), /always in this session: planner storePlan \(ask storePlan\)/);
  type(page, '/status:always');
  page.press(key('enter'));
  page.press(key('x'));
  t.match(log.did.pop(), /^say revoked: from the next call on/);
  t.notMatch(frame(page), /always in this session/);
  page.press(key('esc'));
  t.match(frame(page), / revoked /);
  t.match(
    runtime.store.approvals().find(({ subject }) => subject.kind === 'tool'),
    { revokedBy: 'user' },
  );
});

t.test('workspaces: typing narrows, the last choice is selected, and looking makes nothing', async (t) => {
  const app = await appOf(t, 'coordinator-planner-executor');
  const list = workspaceList(app);
  t.equal(list.last, 'acme');
  const chosen: string[] = [];
  const page = workspaceChoice(list, { escape: 'esc quit', choose: (name) => chosen.push(name) });
  t.match(
    frame(page),
    /❯ acme +ACME Demo\n[^\n]*\n {2}data: made from its seed at first use · no catalog · no run yet/,
  );
  t.match(frame(page), 'esc quit');
  t.same(readdirSync(app.root), ['apps'], 'nothing was made');
  fits(t, page);
  type(page, 'glob?');
  t.match(frame(page), /no workspace has “glob\?”[\s\S]*esc shows all/);
  page.press(key('enter'));
  page.press(key('backspace'));
  t.match(frame(page), /❯ globex/);
  page.press(key('enter'));
  t.same(chosen, ['globex'], 'what is not shown cannot be chosen');
  page.press(key('esc'));
  t.match(frame(page), 'acme');
  t.equal(page.press(key('esc')), false);
  rememberWorkspace(app, 'globex');
  t.equal(workspaceList(app).last, 'globex');
  writeFileSync(join(app.root, '.harness', app.name, 'chat.json'), '{"workspace": "__proto__"}');
  t.equal(workspaceList(app).last, 'acme', 'a choice that is gone, or was written by hand');
  const runtime = await runtimeOf(t, app, script as unknown as Json);
  await runtime.run({ prompt: 'Lower it.\u001b[31m' });
  const { desk, log } = pageDesk(app, runtime);
  const within = workspacesPage(desk);
  t.match(frame(within), /❯ acme +ACME Demo +you are here {2}▲ 1 approval/);
  t.match(frame(within), /last run just now, paused: Lower it\.\\u001b\[31m/);
  fits(t, within);
  within.press(key('enter'));
  within.press(key('down'));
  within.press(key('enter'));
  t.same(log.did, ['chat', '/workspace globex']);
  const file = join(app.root, '.harness', app.name, 'globex');
  cpSync(join(app.root, 'apps'), join(file, 'state.db'), { recursive: true });
  t.match(frame(workspacesPage(desk)), /globex[\s\S]*its record cannot be read/, 'the others can still be chosen');
});

t.test('a list of 10,000 workspaces looks at those that are shown', (t) => {
  let looked = 0;
  const workspaces = Array.from({ length: 10_000 }, (_, at) => ({ name: `w${at}`, displayName: '', description: '' }));
  const look = () => {
    looked += 1;
    return { data: 'seed', pending: 0 } as const;
  };
  const page = workspaceChoice(
    { app: 'a', workspaces, last: 'w9000', look },
    { escape: 'esc quit', choose: () => undefined },
  );
  t.match(frame(page), /❯ w9000[\s\S]*/);
  t.match(frame(page), '9001 of 10000');
  t.ok(looked < 20, `${looked}`);
  t.end();
});

t.test('times in words', (t) => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  const at = (iso: string) => ago(Date.parse(iso), now);
  t.equal(at('2026-11-22T12:00:30Z'), 'just now', 'a clock that is ahead');
  t.equal(at('2026-11-22T11:55:00Z'), '5 min ago');
  t.equal(at('2026-11-22T09:00:00Z'), '3 h ago');
  t.equal(at('2026-11-21T11:00:00Z'), '1 day ago');
  t.equal(at('2026-03-01T12:00:00Z'), '2026-03-01');
  t.end();
});

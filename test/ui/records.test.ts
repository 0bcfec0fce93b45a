import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import type { App } from '../../src/config/app.ts';
import { loadApp } from '../../src/config/load.ts';
import type { Event, Fact } from '../../src/core/event.ts';
import { visibleLine } from '../../src/core/text.ts';
import { openRuntime, type Runtime } from '../../src/runtime/build.ts';
import { widthOf } from '../../src/ui/lines.ts';
import type { Page } from '../../src/ui/page.ts';
import { pageLines } from '../../src/ui/page-frame.ts';
import { theme } from '../../src/ui/paint.ts';
import { runFeed } from '../../src/ui/run-feed.ts';
import { conversationPage } from '../../src/ui/screens/conversation.ts';
import { runsPage } from '../../src/ui/screens/runs.ts';
import { sessionsPage } from '../../src/ui/screens/sessions.ts';
import { runTracePage, tracePage } from '../../src/ui/screens/trace.ts';
import { blank } from '../../src/ui/state.ts';
import { scaleOf } from '../../src/ui/trace/scale.ts';
import { valueLines } from '../../src/ui/value-lines.ts';
import { moment } from '../../src/ui/when.ts';
import { folderOf } from '../folder.ts';
import { bare, key, pageDesk } from './page-desk.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sample = 'apps/coordinator-planner-executor';

/** The sample app with one scripted run that stored and executed a plan. */
async function played(t: Test): Promise<{ app: App; runtime: Runtime; runId: string }> {
  const dir = folderOf(t, { apps: {} });
  cpSync(join(root, sample), join(dir, sample), { recursive: true });
  const { app, scripts } = await loadApp(join(dir, sample));
  const script = scripts.find(({ file }) => file.endsWith('price-change.yaml'))?.script;
  if (!app || !script) throw new Error('the sample app is not as it was');
  const runtime = await openRuntime(app, {
    interpreter: { kind: 'scripted', input: script.script },
    approver: { decide: async () => ({ decision: { kind: 'approve' }, by: 'user' }) },
  });
  t.teardown(() => runtime.close());
  const { runId } = await runtime.run({ prompt: script.prompt });
  return { app, runtime, runId };
}

const boss = { span: '1', parent: null, agent: 'boss' };

/** Facts of a run, one a second. */
function eventsOf(runId: string, facts: readonly Fact[], start = '2026-11-20T10:00:00.000Z'): Event[] {
  return facts.map((fact, at) => {
    return { ...fact, runId, seq: at + 1, at: new Date(Date.parse(start) + at * 1000).toISOString() };
  });
}

const begun = (prompt: string, session = 's-old'): Fact[] => [
  {
    ...boss,
    type: 'run.started',
    data: { app: 'a', workspace: 'w', session, agent: 'boss', prompt, interpreter: 'anthropic' },
  },
  { ...boss, type: 'agent.started', data: { prompt, call: null, continues: null } },
];
const stepped: Fact = {
  ...boss,
  type: 'step.finished',
  data: {
    index: 1,
    step: {
      text: 'Looking.',
      calls: [{ id: 'c', tool: 'query', args: { sql: 'SELECT 1' } }],
      stop: 'calls',
      model: 'claude-sonnet-5-5',
      usage: { input: 6100, output: 88, cacheRead: 0, cacheWrite: 0 },
    },
  },
};
const called: Fact = {
  ...boss,
  type: 'tool.called',
  data: { call: { id: 'c', tool: 'query', args: { sql: 'SELECT 1' } }, effect: 'read' },
};
const failed: Fact = {
  ...boss,
  type: 'tool.finished',
  data: { call: 'c', tool: 'query', outcome: { ok: false, error: { code: 'sql', message: 'no \u001b[2Jtable' } } },
};
const over: Fact = { ...boss, type: 'run.finished', data: { status: 'failed', answer: '' } };

/** The page of runs, closed before what it shows is. */
function openRuns(t: Test, ...args: Parameters<typeof runsPage>): Page {
  const page = runsPage(...args);
  t.teardown(() => page.close?.());
  return page;
}

/** A page with its frame, in a terminal of this size. */
function frame(page: Page | undefined, columns = 100, rows = 30): string {
  if (!page) throw new Error('no page is open');
  return pageLines({ page, depth: 1, said: undefined, waiting: 0 }, bare(columns - 1), rows - 1).join('\n');
}

/** Every line fits, in every terminal and in colours; nothing untrusted gets through. */
function fits(t: Test, page: Page): void {
  const sizes: readonly (readonly [number, number])[] = [
    [100, 30],
    [60, 20],
    [40, 8],
    [12, 3],
  ];
  for (const [columns, rows] of sizes) {
    for (const look of [bare(columns - 1), { ...bare(columns - 1), theme: theme(true) }]) {
      const lines = pageLines({ page, depth: 1, said: undefined, waiting: 1 }, look, rows - 1);
      t.ok(lines.length <= rows - 1, `${columns} × ${rows}: ${lines.length} lines`);
      t.same(
        lines.filter((line) => widthOf(line) > columns - 1),
        [],
        `${columns} × ${rows}`,
      );
    }
    const plain = pageLines({ page, depth: 1, said: undefined, waiting: 0 }, bare(columns - 1), rows - 1);
    t.ok(
      plain.every((line) => visibleLine(line) === line),
      'nothing but text',
    );
  }
}

const press = (page: Page | undefined, ...names: readonly string[]) => {
  for (const name of names) page?.press(name.startsWith('"') ? { kind: 'text', text: name.slice(1) } : key(name));
};

const until = async (holds: () => boolean) => {
  for (const end = Date.now() + 90_000; !holds(); await sleep(20)) {
    if (Date.now() > end) throw new Error('it never came');
  }
};

/** The page has taken in what it left for later. */
const settled = async (page: Page) => {
  frame(page);
  await sleep(5);
};

t.test('runs: what each was, in figures, with the trace of the selected one', async (t) => {
  const { app, runtime, runId } = await played(t);
  runtime.store.append(eventsOf('r-bad', [...begun('Why \u001b]0;x\u0007 not?'), stepped, called, failed, over]));
  runtime.store.append(eventsOf('r-cut', begun('Cut off.')));
  const { desk, log } = pageDesk(app, runtime);
  const page = openRuns(t, desk, [], () => Date.parse('2026-11-21T10:00:00Z'));
  await settled(page);
  const shown = frame(page);
  t.match(shown, /RUNS +workspace acme · 3 runs/);
  t.match(shown, /❯ r-cut .* ○ open .* Cut off\./);
  t.match(shown, /r-bad +(?:Thu|Fri|Sat) \d\d:\d\d +✗ failed +5\.0s +\$[\d.]+ +Why \\u001b\]0;x\\u0007 not\?/);
  t.match(shown, new RegExp(`${runId}.* ✓ done .* – +Lower p-001`), 'a script costs nothing');
  t.match(shown, /trace r-cut/);
  t.match(shown, /done 1 · failed 1 · open 1 · median /);
  press(page, 'down');
  t.match(frame(page), /trace r-bad[\s\S]*✗ no \\u001b\[2Jtable/);
  press(page, 'y', 'e');
  t.match(frame(page), /run r-bad cannot become a case/);
  press(page, 'c');
  press(page, 'down', 'c');
  t.same(log.did.slice(0, 3), ['copy r-bad', 'say copied r-bad', '/resume r-bad']);
  t.match(log.did.at(-1), /is done/);
  fits(t, page);
  press(page, 'enter');
  t.match(frame(await log.opened()), /TRACE[\s\S]*plan-eval|TRACE[\s\S]*storePlan/);
  page.close?.();
  t.equal(log.listeners.size, 1, 'only the trace listens');
});

t.test('runs: a filter by name and words, also of agents below', async (t) => {
  const { app, runtime, runId } = await played(t);
  runtime.store.append(eventsOf('r-bad', [...begun('Why not?'), stepped, called, failed, over]));
  const { desk } = pageDesk(app, runtime);
  const page = openRuns(t, desk);
  press(page, '/', '"agent:plan');
  t.equal(page.escape?.(), 'esc shows all');
  t.match(frame(page), /\/ agent:plan +1 found/);
  t.match(frame(page), new RegExp(`❯ ${runId}`));
  press(page, 'enter', '/', '"ner status:failed', 'enter');
  t.match(frame(page), /nothing passes the filter/);
  press(page, 'esc');
  t.match(frame(page), /r-bad/);
  t.notOk(page.press(key('esc')), 'then it goes back');
  t.match(frame(openRuns(t, desk, ['status:failed'])), /❯ r-bad/);
  t.match(frame(openRuns(t, desk, ['zzz'])), /nothing passes/);
});

t.test('runs: very many are read as far as they are looked at', async (t) => {
  const { app, runtime } = await played(t);
  const all: Event[] = [];
  for (let at = 0; at < 10_000; at++) all.push(...eventsOf(`r-${at}`, begun(`Prompt ${at}`).slice(0, 1)));
  runtime.store.append(all);
  const { desk } = pageDesk(app, runtime);
  let read = 0;
  const { records } = desk.controller;
  const counting = {
    ...records,
    runsBefore: (before: string | undefined, limit: number) => {
      read += limit;
      return records.runsBefore(before, limit);
    },
  };
  const counted = { ...desk, controller: { ...desk.controller, records: counting } };
  const page = openRuns(t, counted);
  t.match(frame(page), /r-9999/);
  t.equal(read, 500);
  press(page, 'end');
  frame(page);
  await until(() => frame(page).includes('❯ r-'));
  await until(() => /Prompt 0$/m.test(frame(page)) || /Lower p-001/.test(frame(page)));
  page.close?.();
  let told = 0;
  const feed = runFeed(records, ['7777'], () => {
    told += 1;
  });
  feed.want(10);
  await until(feed.done);
  t.same(
    feed.found.map(({ runId }) => runId),
    ['r-7777'],
  );
  t.ok(told > 0);
});

t.test('trace: a tree against time, folds, a filter, input and output', async (t) => {
  const { app, runtime, runId } = await played(t);
  const { desk, log } = pageDesk(app, runtime);
  const page = runTracePage(desk, undefined);
  const shown = frame(page);
  t.match(shown, new RegExp(`TRACE +done · \\d.*s · ${runId}`));
  const tree = shown
    .split('\n')
    .flatMap((line) => /^[❯ ] +([▾▸]? ?[\w_]+(?: \d)?) +[█▏]/.exec(line)?.[1]?.trim() ?? []);
  t.same(tree.slice(0, 6), ['▾ run', '▾ coordinator', 'step 1', '▾ planner', 'step 1', 'storePlan']);
  t.match(shown, /input +output\n {2}Lower p-001 .*status: done/);
  t.match(shown, /events #1…#\d+ · \d\d:\d\d:\d\d\.\d{3}/);
  press(page, 'down', 'down', 'down', 'left');
  t.match(frame(page), /❯ +▸ planner .*1 call/);
  t.notMatch(frame(page), /storePlan/);
  press(page, 'right', 'right');
  t.match(frame(page), /❯ +step 1/);
  press(page, '/', '"type:approval', 'enter');
  t.match(frame(page), /\/ type:approval +1 found[\s\S]*▾ executor[\s\S]*❯ +approval .*✓ approved/, 'it is selected');
  t.notMatch(frame(page), /storePlan/);
  press(page, 'esc', 'end', 'home', 'z');
  t.match(frame(page), /▸ coordinator/);
  press(page, 'z', '/', '"tool:storeplan', 'enter', 'end', 'enter');
  const whole = await log.opened();
  t.match(frame(whole), /TOOL +storePlan[\s\S]*input\n {2}specName: CatalogActionPlan[\s\S]*newPrice: 6\.49/);
  press(whole, 'y');
  t.match(JSON.parse(log.did.find((line) => line.startsWith('copy '))?.slice(5) ?? ''), {
    input: { planId: 'plan-eval-price-change' },
    output: { status: 'stored' },
  });
  press(page, 'f');
  t.match(log.did.at(-1), /nothing to follow/);
  press(page, 'tab', 'down');
  t.match(frame(page), /▸input ↑1[\s\S]*↑↓ scroll · tab tree .*esc shows all/);
  press(page, ...Array.from({ length: 60 }, () => 'down'), 'up');
  t.match(frame(page), /▸input ↑(?:\d|1\d) /, 'it goes no further than there is something');
  press(page, 'esc');
  t.match(frame(page), /❯ +storePlan[\s\S]*tab tree .*esc tree/, 'what was found stays selected');
  press(page, 'esc', 'down');
  t.match(frame(page), /❯ +step 2/);
  for (const part of [page, whole]) fits(t, part);
  t.throws(() => runTracePage(desk, 'r-nobody'), /there is no run "r-nobody"/);
  t.match(frame(runTracePage(desk, runId.slice(0, 8))), runId);
  page.close?.();
});

t.test('trace: a run at work is followed; what was missed is read from the record', async (t) => {
  const { app, runtime } = await played(t);
  const all = eventsOf('r-live', [...begun('Go.'), stepped, called, failed, over]);
  runtime.store.append(all.slice(0, 2));
  const { desk, log } = pageDesk(app, runtime);
  const run = { runId: 'r-live', agent: 'boss', startedAt: 0, status: 'running' } as const;
  log.screen = { ...blank, run };
  const now = () => Date.parse('2026-11-20T10:00:09Z');
  const page = tracePage(desk, { title: 'r-live', runId: 'r-live', events: runtime.store.events('r-live'), now });
  const hear = (event: Event | undefined) => {
    if (event) for (const listener of log.listeners) listener.event(event);
  };
  t.match(frame(page), /follow on · running · 9\.0s/);
  runtime.store.append(all.slice(2, 4));
  hear(all[3]);
  t.match(frame(page), /step 1 claude-sonnet-5-5 .*6\.1k↑ 88↓ \$/);
  t.match(frame(page), /❯ +query +[█·▏]+ +6\.0s/, 'the newest is selected');
  press(page, 'up');
  t.match(frame(page), /follow off/);
  press(page, 'f');
  runtime.store.append(all.slice(4));
  hear(all[4]);
  t.match(frame(page), /❯ +query .*✗ no/);
  hear(all[4]);
  hear(all[5]);
  log.screen = blank;
  t.match(frame(page), /failed · 5\.0s · 6\.1k↑ 88↓/);
  press(page, 'c', 'home', 'r');
  t.equal(log.did.at(-1), '/resume r-live');
  t.match(frame(await log.opened()), /event 0 of 6/);
  page.close?.();
  t.equal(log.listeners.size, 0);
});

const body = (shown: string) => shown.split('\n').slice(1).join('\n');

t.test('replay: step by step through the reducer of the chat', async (t) => {
  const { app, runtime } = await played(t);
  const { desk, log } = pageDesk(app, runtime);
  press(runTracePage(desk, undefined), 'r');
  const page = await log.opened();
  t.match(frame(page), /stopped 1× · event 0 of (\d+)[\s\S]*next ▸ #1 run\.started · coordinator/);
  press(page, ' ', 'right', 'right', 'right', 'right', 'right', 'right');
  t.match(frame(page), /› Lower p-001[\s\S]*● coordinator → planner[\s\S]*· storePlan[\s\S]*next ▸ #8 /);
  press(page, 'left');
  t.notMatch(frame(page), /· storePlan/);
  press(page, 'end');
  t.match(frame(page), /✓ price_change: Price changed\.[\s\S]*done in [\s\S]*that was the last event/);
  const end = frame(page);
  press(page, 'home', '+', '+', '+', 'p');
  await until(() => frame(page).includes('that was the last event'));
  t.equal(body(frame(page)), body(end), 'played to its end it is the same');
  press(page, 'up', 'pageup');
  fits(t, page);
  page.close?.();
});

const evals = (app: App) => join(app.root, 'evals', 'coordinator-planner-executor');

async function said(page: Page, words: RegExp): Promise<void> {
  await until(() => words.test(frame(page)));
}

/** Answers the question at the foot of a page. */
const answer = (page: Page, text: string) => press(page, 'ctrl+u', `"${text}`, 'enter');

t.test('a run is saved as an eval case, and nothing is overwritten', async (t) => {
  const { app, runtime } = await played(t);
  const { desk } = pageDesk(app, runtime);
  const page = runTracePage(desk, undefined);
  press(page, 'e');
  t.equal(page.escape?.(), 'esc cancels');
  t.match(frame(page), /save as eval case, id or file: lower-p-001-to-6-49 *\n─+\n enter writes it +esc cancels/);
  press(page, 'enter');
  await said(page, /wrote [\s\S]*then: harness eval lower-p-001/);
  t.match(readFileSync(join(evals(app), 'lower-p-001-to-6-49.yaml'), 'utf8'), /id: lower-p-001-to-6-49/);
  press(page, 'e', 'enter');
  await said(page, /exists, and is left as it is/);
  press(page, 'e');
  answer(page, '../no id');
  await said(page, /cannot be a file of eval cases/);
  press(page, 'e', 'esc');
  t.notMatch(frame(page), /save as eval case/);
  page.close?.();
});

t.test('sessions: a list, the conversation, an export', async (t) => {
  const { app, runtime, runId } = await played(t);
  runtime.store.append(eventsOf('r-1', [...begun('First?'), stepped, called, failed, over]));
  runtime.store.append(eventsOf('r-2', begun('Second?'), '2026-11-20T11:00:00.000Z'));
  const { desk, log } = pageDesk(app, runtime);
  const page = sessionsPage(desk, [], () => Date.parse('2026-11-20T12:00:00Z'));
  const shown = frame(page, 120);
  t.match(shown, /SESSIONS +workspace acme · 2 sessions/);
  t.match(shown, /❯ \d\d:\d\d +○ open +2 +\$[\d.]+ +s-old +First\?/);
  t.match(shown, /✓ done, here +1 +– .*Lower p-001/);
  press(page, 'c', 'down', 'c', 'up');
  t.same(log.did, ['/resume s-old', 'chat']);
  press(page, '/', '"lower', 'enter');
  t.match(frame(page), /1 found/);
  press(page, 'esc', 'enter');
  const conversation = await log.opened();
  t.match(
    frame(conversation),
    /SESSION +s-old · 2 runs · \$[\s\S]*› First\?[\s\S]*✗ query no[\s\S]*failed after[\s\S]*› Second\?/,
  );
  const more = eventsOf('r-3', begun('Third?'), '2026-11-20T12:00:00.000Z');
  for (const event of more) for (const listener of log.listeners) listener.event(event);
  t.match(frame(conversation), /3 runs[\s\S]*› Third\?/);
  const file = join(app.root, 'out.json');
  press(conversation, 'x');
  t.match(frame(conversation), /export to a \.md or \.json file: s-old\.md/);
  answer(conversation, file);
  t.match(frame(conversation), /wrote .*out\.json/);
  t.equal(JSON.parse(readFileSync(file, 'utf8')).events.length, 8);
  press(conversation, 'x');
  answer(conversation, file);
  t.match(frame(conversation), /is left as it is/);
  press(conversation, 'x');
  answer(conversation, join(app.root, 'out.txt'));
  t.match(frame(conversation), /has to end in \.md or \.json/);
  t.notOk(existsSync(join(app.root, 'out.txt')));
  for (const part of [page, conversation]) fits(t, part);
  t.match(frame(conversationPage(desk, runtime.store.run(runId)?.session ?? '')), /✓ price_change/);
});

t.test('a long conversation scrolls, and only what is shown is drawn', async (t) => {
  const { app, runtime } = await played(t);
  for (let at = 0; at < 200; at++) {
    const facts = [...begun(`Prompt ${at}`, 's-long'), stepped, called, failed, over];
    runtime.store.append(eventsOf(`r-${at}`, facts, new Date(Date.UTC(2026, 10, 1, 0, at)).toISOString()));
  }
  const { desk } = pageDesk(app, runtime);
  const page = conversationPage(desk, 's-long');
  t.match(frame(page), /› Prompt 199[\s\S]*run r-199/);
  press(page, 'home');
  t.match(frame(page), /› Prompt 0\n/);
  press(page, 'down', 'down');
  t.notMatch(frame(page), /› Prompt 0\n/);
  press(page, 'up', 'up', 'up');
  t.match(frame(page), /› Prompt 0\n/);
  press(page, 'pagedown', 'pageup');
  t.match(frame(page), /› Prompt 0\n/);
  press(page, 'end');
  t.match(frame(page), /run r-199/);
});

t.test('what is waited for a person is drawn short', async (t) => {
  const subject = { kind: 'tool', tool: 'x', args: {} } as const;
  const asks: Fact = {
    ...boss,
    type: 'approval.requested',
    data: { approval: 'a', call: 'c', subject, rule: 'default', reason: '' },
  };
  const all = eventsOf('r', [...begun('Go.'), stepped, called, asks]);
  const start = Date.parse(all[0]?.at ?? '');
  const scale = scaleOf(all, start + 4_000 + 3_600_000);
  t.ok(scale.place(start + 4_000) > 0.7, 'an hour of waiting takes a fifth');
  t.equal(scale.place(start), 0);
  t.equal(scale.place(start + 4_000 + 3_600_000), 1);
  for (const at of [0, 0.3, 0.79, 0.9, 1]) t.ok(Math.abs(scale.place(start + scale.timeAt(at)) - at) < 1e-6, `${at}`);
});

t.test('values in lines, and moments in words', async (t) => {
  const value = {
    a: 'x\ny',
    b: [1, { c: true, d: [] }, 'z'],
    e: {},
    f: '',
    [`g\u001b`]: null,
    long: 'word '.repeat(30),
  };
  t.same([...valueLines(value, 40)].slice(0, 12), [
    'a:',
    '  x',
    '  y',
    'b:',
    '  - 1',
    '  - c: true',
    '    d: []',
    '  - z',
    'e: {}',
    'f: ""',
    'g\\u001b: null',
    'long: word word word word word word',
  ]);
  for (const width of [3, 10, 40]) {
    t.same(
      [...valueLines({ deep: { deep: { deep: { deep: '日本語'.repeat(3000) } } } }, width)].filter(
        (line) => widthOf(line) > Math.max(width, 8),
      ),
      [],
    );
  }
  const now = new Date(2026, 10, 22, 12, 0).getTime();
  const on = (...parts: readonly [number, number, number, number, number]) =>
    moment(new Date(...parts).toISOString(), now);
  t.same(
    [
      on(2026, 10, 22, 9, 41),
      on(2026, 10, 21, 23, 59),
      on(2026, 10, 16, 0, 1),
      on(2026, 2, 1, 0, 0),
      on(2025, 2, 1, 0, 0),
    ],
    ['09:41', 'Sat 23:59', 'Mon 00:01', '1 Mar', '2025-03-01'],
  );
  t.equal(moment('never', now), '');
});

/** What plain mode writes of a page. */
const spoken = (page: Page) => page.lines({ ...bare(78), plain: true }, 200).join('\n');

t.test('without boxes and marks', async (t) => {
  const { app, runtime } = await played(t);
  const { desk } = pageDesk(app, runtime);
  t.match(spoken(runTracePage(desk, undefined)), /level 1: run, .*s, done\n[\s\S]*level 2: agent coordinator/);
  t.match(spoken(openRuns(t, desk)), /> r-.* done .*Lower p-001[\s\S]*done 1 · median/);
  t.match(spoken(sessionsPage(desk)), /done, here .*Lower p-001/);
});

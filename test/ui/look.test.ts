import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readSettings } from '../../src/config/settings.ts';
import { modeApproves } from '../../src/core/approval-mode.ts';
import type { Event } from '../../src/core/event.ts';
import type { Script } from '../../src/generated/config.ts';
import { itemLines } from '../../src/ui/cards.ts';
import { codeBlocks } from '../../src/ui/command-look.ts';
import { commandTable } from '../../src/ui/key-table.ts';
import { safeLine, widthOf } from '../../src/ui/lines.ts';
import { liveLines } from '../../src/ui/live.ts';
import { theme } from '../../src/ui/paint.ts';
import { paletteItems } from '../../src/ui/palette.ts';
import { helpPage } from '../../src/ui/screens/help.ts';
import { copyable, copyCode, keyboardSwitch, notifyCode, titleCode } from '../../src/ui/terminal-codes.ts';
import { chatOver, scriptedController } from './open-chat.ts';
import { bare, key } from './page-desk.ts';

t.setTimeout(120_000);

/** Contrast of one of the 256 colours on white, as WCAG has it. */
function contrastOnWhite(colour: number): number {
  const steps = [0, 95, 135, 175, 215, 255];
  const at = colour - 16;
  const grey = 8 + (colour - 232) * 10;
  const parts =
    colour >= 232
      ? [grey, grey, grey]
      : [Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6].map((step) => steps[step] ?? 0);
  const linear = parts.map((part) =>
    part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
  );
  const [red = 0, green = 0, blue = 0] = linear;
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}

t.test('the light theme can be read on white; none has no colours', async (t) => {
  const { caret: _caret, bold, italic, ...colours } = theme('light');
  for (const [name, paint] of Object.entries(colours)) {
    const [, number = ''] = /^.\[38;5;(\d+)m/.exec(paint('x')) ?? [];
    t.ok(contrastOnWhite(Number(number)) >= 4.5, `${name}: ${number}`);
  }
  t.same([bold('x'), italic('x')], ['\u001b[1mx\u001b[22m', '\u001b[3mx\u001b[23m']);
  const none = theme('none');
  t.same([none.red('x'), none.dim('x'), none.bold('x')], ['x', 'x', 'x']);
  t.match(theme('dark').yellow('x'), '\u001b[33m');
});

t.test('settings: their defaults, their file, and what is wrong in it', async (t) => {
  const home = t.testdir({});
  const env = { XDG_CONFIG_HOME: home };
  const file = join(home, 'harness', 'settings.yaml');
  t.match(readSettings(env), { file, found: false, settings: { theme: 'dark', notify: 'bell', title: true } });
  mkdirSync(join(home, 'harness'));
  const read = (text: string) => {
    writeFileSync(file, text);
    return readSettings(env);
  };
  t.match(read('theme: light\ntitle: false\n'), {
    found: true,
    settings: { theme: 'light', notify: 'bell', title: false },
    problems: [],
  });
  t.match(read('# nothing\n\n'), { found: true, settings: { theme: 'dark' }, problems: [] });
  t.match(read(''), { found: true, problems: [] });
  const wrong = read('theme: light\nnotfy: osc9\n');
  t.match(wrong.settings, { theme: 'dark', notify: 'bell' }, 'the defaults hold');
  t.equal(wrong.problems.length, 1);
  t.match(wrong.problems[0], { place: { line: 2 }, hint: /notify/ });
  t.match(read('theme: purple\n').problems, [{ hint: 'expected one of: dark, light, none' }]);
  t.equal(read('- theme\n').problems.length, 1);
  t.equal(read('theme: [\n').problems.length > 0, true);
  t.match(readSettings({ XDG_CONFIG_HOME: 'not/absolute' }).file, /\/\.config\/harness\/settings\.yaml$/);
});

t.test('what the terminal is told: nothing untrusted leaves its place', async (t) => {
  t.equal(copyCode('hé', {}), `\u001b]52;c;${Buffer.from('hé').toString('base64')}\u0007`);
  const inTmux = copyCode('x', { TMUX: '1' });
  t.equal(inTmux, '\u001b]52;c;eA==\u0007\u001bPtmux;\u001b\u001b]52;c;eA==\u0007\u001b\\');
  const large = copyable('漢'.repeat(40_000));
  t.same([large.cut, Buffer.byteLength(large.text), large.text.endsWith('漢')], [true, 73_998, true]);
  t.equal(notifyCode('osc9', 'a\u0007\u001b[2Jb', {}), '\u001b]9;a\\u0007\\u001b[2Jb\u0007');
  t.same([notifyCode('bell', 'x', {}), notifyCode('none', 'x', {})], ['\u0007', '']);
  t.equal(titleCode('a\u001b\\b'), '\u001b]2;a\\u001b\\b\u0007');
  t.match(keyboardSwitch({ TERM: 'xterm-kitty' }), { on: '\u001b[>1u', off: '\u001b[<u' });
  t.same(keyboardSwitch({ TERM: 'xterm-256color' }), { on: '', off: '' });
});

t.test('code blocks of an answer', async (t) => {
  t.same(codeBlocks('a\n```sql\nSELECT 1;\n```\nb\n````\n```\n````\n~~~\nopen'), ['SELECT 1;', '```', 'open']);
  t.same(codeBlocks('none'), []);
});

const answer = 'Here it is:\n\n```sql\nSELECT 1;\n```\n';

t.test('/copy says what it copied, and where there is nothing to copy', async (t) => {
  const { controller } = await scriptedController(t, { coordinator: [{ say: answer }] });
  const { chat, did } = chatOver(t, controller);
  const said = () => JSON.stringify(chat.screen().done.at(-1));
  chat.command('/copy');
  t.match(said(), /There is no answer yet/);
  await controller.send('Show it.');
  chat.command('/copy');
  chat.command('/copy 1');
  t.same(did, [`copy ${answer}`, 'copy SELECT 1;']);
  t.match(said(), /Copied code block 1 of the last answer: 9 characters/);
  chat.command('/copy 2');
  t.match(said(), /The last answer has 1 code block;/);
  chat.command('/copy nothing');
  t.equal(did.length, 2);
  chat.command('/theme light');
  t.equal(chat.view().theme, 'light');
  chat.command('/theme purple');
  t.match(said(), /There is no theme \\"purple\\"; there are dark, light, none/);
});

t.test(
  'a command that was typed stands before its answer, once; one that a key means, or a page, does not',
  async (t) => {
    const { controller } = await scriptedController(t, { coordinator: [{ say: answer }] });
    const { chat, did, type, press } = chatOver(t, controller);
    const said = (from: number) =>
      chat
        .screen()
        .done.slice(from)
        .map((item) => (item.kind === 'command' ? item.text : item.kind));
    const after = async (line: string) => {
      const from = chat.screen().done.length;
      type(line);
      press('enter');
      // What a command says may come a little later.
      for (let turns = 0; turns < 50 && chat.view().busy; turns++)
        await new Promise((resolve) => setTimeout(resolve, 20));
      await new Promise(setImmediate);
      return said(from);
    };
    t.same(await after('/theme none'), ['/theme none', 'note']);
    t.same(await after('/xyzzy'), ['/xyzzy', 'note']);
    t.same(await after('/export'), ['/export', 'note']);
    t.same(await after('/new'), ['/new', 'note']);
    t.match(chat.screen().done.at(-1), { text: /^─── workspace acme/ });
    t.same(await after('/fork r-none'), ['/fork r-none', 'note']);
    t.same(await after('/runs'), []);
    t.equal(did.at(-1), 'page');
    const from = chat.screen().done.length;
    press('ctrl+t', 'ctrl+p', 'c', 'o', 's', 't', 'enter');
    t.same(said(from), ['note', '/cost', 'note']);
    const line = itemLines(
      { id: 1, kind: 'command', text: '/copy \u001b[2J' },
      { width: 40, theme: theme('dark'), plain: false },
    );
    t.same(line, ['', theme('dark').dim(safeLine('› /copy \u001b[2J', 40))]);
  },
);

t.test('help as a page: every command, found by words, at any size', async (t) => {
  const page = helpPage();
  const all = page.lines(bare(99), 500);
  for (const name of Object.keys(commandTable))
    t.ok(
      all.some((line) => line.includes(`/${name} `)),
      name,
    );
  t.ok(all.some((line) => /shift\+tab +approval mode/.test(line)));
  for (const [width, rows] of [
    [99, 26],
    [59, 16],
    [39, 6],
    [39, 1],
  ] as const) {
    const lines = page.lines(bare(width), rows);
    t.equal(lines.length, rows);
    t.ok(lines.every((line) => widthOf(line) <= width));
  }
  for (const name of ['/', 'u', 'n', 'd', 'o', 'enter']) page.press(key(name));
  t.same(
    page.lines(bare(99), 10).map((line) => line.trim().split(/ {2,}/)),
    [
      ['ctrl+_, ctrl+-', 'undo'],
      ['alt+_, alt+-', 'redo'],
    ].slice(0, 1),
  );
});

t.test('the palette finds commands and agents by their letters, and runs them', async (t) => {
  const commands = [
    { text: '/agents', about: 'the agents' },
    { text: '/runs', about: 'what has run' },
  ];
  const found = (query: string) => paletteItems(commands, { planner: 'Plans.' }, query).map(({ name }) => name);
  t.same(found(''), ['/agents', '/runs', '@planner']);
  t.same(found('rn'), ['/runs'], 'by letters with gaps');
  t.same(found('/ru'), ['/runs']);
  t.same(found('has run'), ['/runs'], 'by what it is about');
  t.same(found('zzz'), []);
  const { controller } = await scriptedController(t, { coordinator: [{ say: 'Hello.' }] });
  const { chat, press, type, did } = chatOver(t, controller);
  press('ctrl+p');
  type('help');
  t.match(liveLines(chat.view(), bare(60), 20).join('\n'), /palette: help *\n❯ \/help/);
  press('enter');
  t.same(did, ['page']);
  type('ask ');
  press('ctrl+p');
  type('@planner');
  press('enter');
  t.equal(chat.view().editor.text, 'ask @planner ');
});

const script: Script = {
  coordinator: [
    { call: 'call_agent', args: { agent: 'planner', prompt: 'Plan.' } },
    { call: 'call_agent', args: { agent: 'executor', prompt: 'Execute.' } },
    { say: 'Done.' },
  ],
  planner: [
    {
      call: 'storePlan',
      args: {
        specName: 'CatalogActionPlan',
        planId: 'cheap',
        body: {
          rationale: 'Time.',
          actions: ['p-001', 'p-002'].map((productId) => ({
            kind: 'price_change',
            productId,
            newPrice: 6,
            reason: 'Time.',
          })),
        },
      },
    },
    { say: 'Stored.' },
  ],
  executor: [{ call: 'executePlan', args: { planId: 'cheap' } }, { say: 'Applied.' }],
};

/** Waits for something that comes of a run. */
async function until(t: Test, holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 6000 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  t.ok(holds(), what);
}

t.test('approval modes: a plan runs by the mode, and the record says so; what waits stays a question', async (t) => {
  const { controller } = await scriptedController(t, script);
  const { chat, press, did } = chatOver(t, controller);
  press('shift+tab', 'shift+tab', 'shift+tab');
  t.match(liveLines(chat.view(), bare(60), 20).at(-1), /approvals: auto$/);
  const end = await controller.send('Make it cheap.');
  t.equal(end.status, 'done');
  const [row] = controller.records.approvals();
  t.match(row, { decision: { kind: 'approve' }, decidedBy: 'mode auto' });
  t.same(did, [], 'nobody is called');
  press('shift+tab');
  const second = await scriptedController(t, script);
  const waiting = chatOver(t, second.controller);
  const run = second.controller.send('Make it cheap.');
  await until(t, () => waiting.chat.view().dialog !== undefined, 'it asks');
  waiting.press('shift+tab', 'shift+tab', 'shift+tab');
  t.equal(second.controller.mode, 'auto');
  t.match(waiting.chat.view().notice, /what waits now is still asked/);
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.equal(second.controller.records.approvals()[0]?.decision, null);
  waiting.read();
  t.match(waiting.did, [/^notify acme: Run plan cheap/]);
  waiting.press('2');
  await until(
    t,
    () => waiting.chat.view().dialog?.approval.subject.kind === 'action',
    'the first action is asked about',
  );
  t.match(liveLines(waiting.chat.view(), bare(70), 20).join('\n'), /Run action 1 of 2 of plan cheap\?/);
  waiting.read();
  waiting.press('1');
  await until(
    t,
    () => waiting.chat.view().dialog?.approval.approval.endsWith('a3') ?? false,
    'and the second, in any mode',
  );
  waiting.read();
  waiting.press('2', 'n', 'o', 'enter');
  t.equal((await run).status, 'done');
  t.match(second.controller.records.plan('cheap')?.result, {
    summary: /1 of 2 actions applied, 1 skipped: a person stopped it before action 2: no/,
  });
});

t.test('no mode decides what a person or a rule has to', async (t) => {
  const tool = { kind: 'tool', tool: 'x', args: {} } as const;
  const plan = { kind: 'plan', planId: 'p', specName: 'S', version: 1, hash: 'h' } as const;
  const action = { kind: 'action', planId: 'p', version: 1, index: 0, count: 1, action: { kind: 'k' } } as const;
  t.equal(modeApproves('ask', { subject: tool, rule: 'default' }), false);
  t.equal(modeApproves('plans', { subject: tool, rule: 'ask x*' }), true);
  t.equal(modeApproves('plans', { subject: plan, rule: 'default' }), false);
  t.equal(modeApproves('auto', { subject: plan, rule: 'default' }), true);
  for (const rule of ['deny x', 'allow x']) {
    t.equal(modeApproves('auto', { subject: tool, rule }), false, `"${rule}" could not be judged`);
  }
  t.equal(modeApproves('auto', { subject: { ...tool, kind: 'outcome' }, rule: 'interrupted' }), false);
  t.equal(modeApproves('auto', { subject: action, rule: 'step' }), false);
});

t.test('the last line tells what little was spent, too', async (t) => {
  const { controller } = await scriptedController(t, script);
  const view = chatOver(t, controller).chat.view();
  const usage = { input: 2000, output: 80, cacheRead: 0, cacheWrite: 0 };
  const step = { text: 'Yes.', calls: [], stop: 'end', model: 'claude-sonnet-5-5', usage } as const;
  const scope = { span: '1', parent: null, agent: 'coordinator' };
  const at = '2026-11-20T10:00:00.000Z';
  const event: Event = { runId: 'r-1', seq: 3, at, ...scope, type: 'step.finished', data: { index: 1, step } };
  const lines = liveLines({ ...view, screen: { ...view.screen, billed: [event] } }, bare(80), 20);
  t.match(lines.at(-1), /2\.0k↑ 80↓ │ \$0\.0048$/);
});

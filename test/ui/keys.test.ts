import t, { type Test } from 'tap';
import type { Event, Fact } from '../../src/core/event.ts';
import type { ChatController } from '../../src/ui/controller.ts';
import { type KeyGroup, keyGroups } from '../../src/ui/key-table.ts';
import { moveIn } from '../../src/ui/list.ts';
import type { Page } from '../../src/ui/page.ts';
import { openPages } from '../../src/ui/pages.ts';
import { blank } from '../../src/ui/state.ts';
import { chatOver, type OpenedChat, scriptedController } from './open-chat.ts';

t.setTimeout(120_000);

const modifiers = ['', 'ctrl+', 'alt+', 'shift+', 'ctrl+shift+', 'ctrl+alt+', 'alt+shift+'];
const letters = [...'abcdefghijklmnopqrstuvwxyz'];
const marks = [...'0123456789_-/[]\\;?= '];
const others = 'enter tab esc backspace delete up down left right home end pageup pagedown'.split(' ');

/** Every key that a terminal may send; what only writes itself is left out. */
const keys = modifiers.flatMap((modifier) =>
  [...others, ...(modifier === '' ? [] : [...letters, ...marks])].map((base) => `${modifier}${base}`),
);
const characters = [...letters, ...letters.map((letter) => letter.toUpperCase()), ...marks];

function namesOf(...groups: readonly KeyGroup[]): string[] {
  return [...new Set(groups.flatMap((group) => group.keys.flatMap(({ names }) => [...names])))].sort();
}

/** What a person would see. */
function seen({ chat, did }: OpenedChat): string {
  const { editor, menu, palette, search, dialog, notice, busy, stopping, queue, mode, screen } = chat.view();
  const { text, caret } = editor;
  const shown = { text, caret, menu, palette, search, dialog, notice, busy, stopping, queue, mode, done: screen.done };
  return JSON.stringify({ ...shown, did });
}

/** The keys that change what is seen. @param open a chat that has been made ready */
function meaning(candidates: readonly string[], open: () => OpenedChat): string[] {
  return candidates.filter((name) => {
    const opened = open();
    const before = seen(opened);
    opened.press(name);
    const after = seen(opened);
    opened.chat.close();
    return before !== after;
  });
}

/** The same controller with other answers. */
function varied(controller: ChatController, other: Partial<ChatController>): ChatController {
  return Object.defineProperties(Object.create(controller) as ChatController, Object.getOwnPropertyDescriptors(other));
}

const scope = { span: '1', parent: null, agent: 'coordinator' };
const stored = (version: number, price: number): Fact => ({
  ...scope,
  type: 'plan.stored',
  data: {
    planId: 'p',
    version,
    specName: 'S',
    hash: `h${version}`,
    body: { actions: ['a', 'b'].map((kind) => ({ kind, price })) },
  },
});
const asked = (approval: string): Fact => ({
  ...scope,
  type: 'approval.requested',
  data: {
    approval,
    call: approval,
    subject: { kind: 'plan', planId: 'p', specName: 'S', version: 2, hash: 'h2' },
    rule: 'default',
    reason: '',
  },
});
const asking: Event[] = [
  {
    ...scope,
    type: 'run.started' as const,
    data: { app: 'a', workspace: 'w', session: 's', agent: 'coordinator', prompt: 'Do it.', interpreter: 'scripted' },
  },
  stored(1, 6),
  stored(2, 5),
  asked('r-1.a1'),
  asked('r-1.a2'),
].map((fact, at) => ({ ...(fact as Fact), runId: 'r-1', seq: at + 1, at: new Date(at).toISOString() }));

async function ready(t: Test) {
  const { controller: real } = await scriptedController(t, { coordinator: [{ say: 'Hello.' }] });
  const decided: string[] = [];
  const never = new Promise<never>(() => undefined);
  const controller = varied(real, {
    history: { read: () => ['an old one', 'another one'], add: () => undefined },
    send: () => never,
    cancel: () => undefined,
    decide: (_approval, answer) => void decided.push(answer === 'pause' ? answer : answer.kind),
  });
  const open = () => {
    controller.setMode('ask');
    return chatOver(t, controller);
  };
  const question = () => {
    const opened = chatOver(t, varied(controller, { earlier: asking }));
    opened.read();
    // A decision is seen too: the run would go on.
    Object.defineProperty(opened, 'did', { value: decided });
    return opened;
  };
  return { open, question };
}

/** A chat with a text of three lines, whose caret is in the middle; something was cut, undone and is to be redone. */
function writing(open: () => OpenedChat): OpenedChat {
  const opened = open();
  opened.type('one two\nthree four five\nsix seven');
  opened.press('up', 'alt+b', 'ctrl+w', 'ctrl+j', 'ctrl+_', 'left', 'left');
  return opened;
}

t.test('in the chat and its editor: every key of the table does something, and no other key does', async (t) => {
  const { open, question } = await ready(t);
  const busy = () => {
    const opened = open();
    for (const text of ['first', 'second']) {
      opened.type(text);
      opened.press('enter');
    }
    return opened;
  };
  const aside = () => {
    const opened = question();
    opened.press('esc');
    return opened;
  };
  const found = new Set([
    ...meaning(keys, () => writing(open)),
    ...meaning([...keys, '?'], open),
    ...meaning(keys, busy),
    ...meaning(keys, aside),
  ]);
  const help = open();
  help.press('?');
  t.same(help.did, ['page'], '? opens the help');
  t.same([...found].sort(), namesOf(keyGroups.chat, keyGroups.editor));
});

t.test('a key pressed twice: rewind, automatic approval, leaving', async (t) => {
  const { open } = await ready(t);
  const rewound = open();
  rewound.press('esc', 'esc');
  t.match(JSON.stringify(rewound.chat.screen().done.at(-1)), /Nothing has been said/);
  const mode = open();
  mode.press('shift+tab');
  t.equal(mode.chat.view().mode, 'plans');
  mode.press('shift+tab');
  t.equal(mode.chat.view().mode, 'plans', 'automatic approval needs a second press');
  t.match(mode.chat.view().notice, /shift\+tab again: nothing is asked/);
  mode.press('left', 'shift+tab');
  t.equal(mode.chat.view().mode, 'plans', 'which follows at once');
  mode.press('shift+tab');
  t.equal(mode.chat.view().mode, 'auto');
  mode.press('shift+tab');
  t.equal(mode.chat.view().mode, 'ask');
  mode.press('shift+tab', 'shift+tab', 'esc');
  t.equal(mode.chat.view().mode, 'ask', 'or goes back');
  const merged = open();
  const twice = { kind: 'key', name: 'shift+tab' } as const;
  merged.chat.press([twice, twice, twice]);
  t.equal(merged.chat.view().mode, 'plans', 'keys that came together confirm nothing');
  const left = open();
  left.press('ctrl+c', 'ctrl+c');
  t.same(left.did, ['leave']);
});

t.test('what lies over the line: names that are offered, the search, the palette, a question, a note', async (t) => {
  const { open, question } = await ready(t);
  const always = ['ctrl+c', 'ctrl+l', 'ctrl+z', 'shift+tab'];
  const after = (start: () => OpenedChat, ...names: readonly string[]) => {
    return () => {
      const opened = start();
      opened.press(...names);
      return opened;
    };
  };
  const has = (group: KeyGroup, found: readonly string[]) => {
    t.same(
      namesOf(group).filter((name) => !found.includes(name)),
      [],
      `${group.title}: each key does something`,
    );
  };
  const only = (group: KeyGroup, found: readonly string[], more: readonly string[]) => {
    const known = new Set([...namesOf(group), ...more]);
    t.same(
      found.filter((name) => !known.has(name)),
      [],
      `${group.title}: no other key does`,
    );
  };
  const menu = meaning(keys, after(open, '/', 'down'));
  has(keyGroups.menu, menu);
  only(keyGroups.menu, menu, namesOf(keyGroups.chat, keyGroups.editor));
  const search = meaning(keys, after(open, 'ctrl+r', 'o'));
  has(keyGroups.search, search);
  const palette = meaning(keys, after(open, 'ctrl+p', 'e'));
  has(keyGroups.palette, palette);
  only(keyGroups.palette, palette, always);
  const asked = meaning([...keys, ...characters], question);
  has(keyGroups.question, asked);
  only(keyGroups.question, asked, always);
  const words = meaning(keys, after(question, '4', 'x', 'y', 'left'));
  has(keyGroups.words, words);
  only(keyGroups.words, words, [...namesOf(keyGroups.editor), ...always]);
});

t.test('what is typed when a question comes up answers nothing, and stands in the line afterwards', async (t) => {
  const { question } = await ready(t);
  const asked = () => {
    const opened = question();
    opened.did.length = 0;
    // It is about to be drawn anew.
    opened.chat.hide(true);
    opened.chat.hide(false);
    return { ...opened, line: () => opened.chat.view().editor.text };
  };
  const slow = asked();
  slow.type('and 1');
  slow.press('2', 'enter', 'backspace', '3');
  slow.chat.drawn();
  slow.press('1', 'd');
  slow.chat.press([{ kind: 'paste', text: ' pasted' }]);
  t.same([slow.line(), ...slow.did], ['and 131d pasted'], 'before it is drawn, and what goes on with it');
  slow.read();
  slow.press('1');
  t.same([slow.line(), ...slow.did], ['and 131d pasted', 'approve']);

  const eager = asked();
  eager.chat.drawn();
  eager.press('1', 'enter', 'd', 'up', '1');
  t.same([eager.line(), ...eager.did], [''], 'an answer that comes too early is no text');
  eager.type('more');
  t.same([eager.line(), ...eager.did], ['more']);
});

t.test('on pages: what every page has, and lists', async (t) => {
  const did: string[] = [];
  const page: Page = { title: 'empty', keys: [], lines: () => [], press: () => false };
  const candidates = [...keys, ...characters];
  const meant: string[] = [];
  for (const name of candidates) {
    did.length = 0;
    const pages = openPages({
      controller: {} as ChatController,
      screen: () => blank,
      failed: () => undefined,
      came: () => undefined,
      shown: (open) => void (open || did.push('closed')),
      suspend: () => void did.push('suspend'),
      redraw: () => void did.push('redraw'),
      edit: async () => undefined,
      editFile: async () => false,
      copy: () => undefined,
      command: () => undefined,
      toChat: () => undefined,
    });
    pages.open(() => page);
    await new Promise(setImmediate);
    const version = pages.version();
    pages.press([[...name].length === 1 ? { kind: 'text', text: name } : { kind: 'key', name }]);
    await new Promise(setImmediate);
    // A key that means nothing draws once more, and that is all.
    if (did.length > 0 || pages.version() > version + 1) meant.push(name);
  }
  t.same(meant.sort(), namesOf(keyGroups.page));
  const moves = candidates.filter((name) => moveIn(50, 100, name, 10) !== undefined);
  t.same(moves.sort(), namesOf(keyGroups.list));
});

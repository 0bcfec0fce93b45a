import t from 'tap';
import { HarnessError } from '../../src/core/errors.ts';
import type { ChatController } from '../../src/ui/controller.ts';
import { keyTurns } from '../../src/ui/key-turns.ts';
import type { Key } from '../../src/ui/keys.ts';
import type { OpenPage, Page } from '../../src/ui/page.ts';
import { openPages } from '../../src/ui/pages.ts';
import { blank } from '../../src/ui/state.ts';
import { bare, key } from './page-desk.ts';

/** Pages over a chat in which `1` to `9` open a page, and everything else is heard. */
function opened(openings: Readonly<Record<string, OpenPage>>) {
  const did: string[] = [];
  const name = (each: Key) => (each.kind === 'key' ? each.name : each.text);
  const chat = (keys: readonly Key[], alone: boolean) => {
    for (const [at, each] of keys.entries()) {
      const opening = openings[name(each)];
      if (opening) pages.open(opening);
      else did.push(`chat ${name(each)}${alone ? ' alone' : ''}`);
      if (pages.at() !== 'none') return keys.slice(at + 1);
    }
    return [];
  };
  const pages = openPages({
    controller: {} as ChatController,
    screen: () => blank,
    failed: (message) => void did.push(`failed ${message}`),
    came: (there) => turns.came(there),
    shown: (open) => void did.push(open ? 'shown' : 'gone'),
    suspend: () => undefined,
    redraw: () => undefined,
    edit: async () => undefined,
    editFile: async () => false,
    copy: () => undefined,
    command: (line) => void did.push(line),
    toChat: () => undefined,
  });
  const at = () => (pages.at() === 'open' ? 'page' : pages.at() === 'none' ? 'chat' : 'coming');
  const turns = keyTurns({ at, chat, page: pages.press, giveUp: pages.close });
  const page = (title: string, others: Readonly<Record<string, OpenPage>> = {}): Page => ({
    title,
    keys: [],
    lines: () => [`the ${title}`],
    press: (each) => {
      const other = others[name(each)];
      if (other) pages.open(other);
      else if (name(each) === 'esc') return false;
      else did.push(`${title} ${name(each)}`);
      return true;
    },
    close: () => void did.push(`${title} closed`),
  });
  return { did, pages, turns, page, press: (...names: readonly string[]) => turns.press(names.map(key)) };
}

const later = () => new Promise((resolve) => setImmediate(resolve));

t.test('keys that come with the one that opens a page are for the page, and then for what is below it', async (t) => {
  const { did, pages, press, turns, page } = opened({ '1': () => page('list', { enter: () => page('entry') }) });
  press('a', '1', 'b', 'enter', 'c');
  t.same(did, ['chat a'], 'they wait');
  press('d', 'esc', 'e', 'esc', 'f');
  await later();
  t.same(did.splice(0), [
    'chat a',
    'shown',
    'list b',
    'entry c',
    'entry d',
    'entry closed',
    'list e',
    'list closed',
    'gone',
    'chat f',
  ]);
  t.equal(pages.at(), 'none');
  press('g');
  t.same(did.splice(0), ['chat g alone']);
  turns.press([key('1')]);
  await later();
  turns.press([{ kind: 'text', text: 'jk' }]);
  t.same(did, ['shown', 'list j', 'list k'], 'characters that come in one read are a key each');
});

t.test('a page that cannot be opened says so; what was typed for it is dropped', async (t) => {
  const wrong = () => Promise.reject(new HarnessError('unknown-name', 'no such thing', { hint: 'this one' }));
  const { did, pages, press, page } = opened({ '1': wrong, '2': () => page('list', { x: wrong }) });
  press('1', 'q', 'enter');
  await later();
  t.same(did.splice(0), ['failed no such thing; this one']);
  press('a');
  t.same(did.splice(0), ['chat a alone']);
  press('2', 'x', 'y');
  await later();
  t.same(did.splice(0), ['shown']);
  t.match(
    pages.lines(bare(60), 12).join('\n'),
    /the list[\s\S]*no such thing; this one/,
    'above another, that one says it',
  );
  press('z');
  t.same(did, ['list z']);
});

t.test('a page that never comes keeps nobody: Ctrl+C leaves it, also when it comes after all', async (t) => {
  let come: (page: Page) => void = () => undefined;
  const { did, pages, press, page } = opened({
    '1': () =>
      new Promise((resolve) => {
        come = resolve;
      }),
  });
  press('1', 'enter');
  await later();
  press('enter', 'ctrl+c', 'a');
  t.same(did.splice(0), ['chat a']);
  come(page('late'));
  await later();
  t.same(did, ['late closed']);
  t.equal(pages.at(), 'none');
});

t.test(
  'the keys of a page are its own, those of lists that it has no other use for, and those of every page',
  async (t) => {
    const keys = [
      { keys: '↑↓', about: 'choose' },
      { keys: 'home end', about: 'before the first event' },
    ];
    const { pages, press, page } = opened({ '1': () => ({ ...page('replay'), keys, press: () => false }) });
    press('1');
    await later();
    press('?');
    await later();
    const shown = pages.lines(bare(80), 20).join('\n');
    t.match(
      shown,
      /↑↓ +choose\n home end +before[^\n]*\n up, down, k, j +a line\n pageup, pagedown +a page\n esc, q +back/,
    );
    t.notMatch(shown, 'beginning and end');
  },
);

t.test('a page with a fault says what it is, and can be left', async (t) => {
  const fault = () => {
    throw new Error('a fault\u001b[2J');
  };
  const { did, pages, press } = opened({ '1': () => ({ title: 'bad', keys: [], lines: fault, press: fault }) });
  press('1');
  await later();
  t.match(pages.lines(bare(60), 12).join('\n'), /BAD[\s\S]*a fault\\u001b\[2J/);
  press('x');
  t.match(pages.lines(bare(60), 12).at(-1), 'a fault');
  press('esc');
  t.same(did, ['shown', 'gone']);
});

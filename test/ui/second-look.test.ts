import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { briefResult } from '../../src/ui/brief.ts';
import { itemLines } from '../../src/ui/cards.ts';
import { filterEscape, filterKeys, noFilter, pressFilter } from '../../src/ui/filter.ts';
import { keyLines } from '../../src/ui/key-lines.ts';
import { widthOf } from '../../src/ui/lines.ts';
import type { Page } from '../../src/ui/page.ts';
import { pageLines } from '../../src/ui/page-frame.ts';
import { theme } from '../../src/ui/paint.ts';
import { appFolder, project } from '../commands/cli.ts';
import { chatOver, scriptedController } from './open-chat.ts';

const bare = (width: number) => ({ width, theme: theme('none'), plain: false });

/** A chat in which the plan of the sample app waits. @param edit what an editor makes of a text */
async function waiting(t: Test, edit: (text: string) => string) {
  const cwd = project(t);
  const { script, prompt } = parse(readFileSync(join(cwd, appFolder, 'smoke/price-change.yaml'), 'utf8'));
  const { controller } = await scriptedController(t, script, cwd);
  const texts: string[] = [];
  const opened = chatOver(t, controller, async (text) => {
    texts.push(text);
    return edit(text);
  });
  const over = new Promise<void>((resolve) => {
    opened.chat.subscribe(() => void (!opened.chat.view().busy && opened.chat.screen().cards.length > 1 && resolve()));
  });
  opened.type(prompt);
  opened.press('enter');
  const until = async (holds: () => boolean) => {
    for (let tries = 0; tries < 6000 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
    t.ok(holds(), 'it came to that');
    opened.read();
  };
  await until(() => opened.chat.view().dialog !== undefined);
  const said = () => JSON.stringify(opened.chat.screen().done.slice(-4));
  return { ...opened, texts, until, said, over };
}

t.test('an edit with a mistake is not lost, and what is shown in full is what would run', async (t) => {
  const edits = ['newPrice: cheap', 'newPrice: 6.25'];
  const { chat, press, read, texts, until, said, over } = await waiting(t, (text) =>
    text.replace(/newPrice: \S+/, edits[texts.length - 1] ?? ''),
  );
  press('2');
  await until(() => chat.view().dialog?.draft !== undefined);
  t.match(said(), /"Not changed: \\"actions\[0\]\.newPrice\\" must be/);
  press('2');
  await until(() => chat.view().dialog?.edited !== undefined);
  t.match(texts[1], 'newPrice: cheap', 'what was written stands in the editor again');
  press('ctrl+o');
  t.match(said(), /In full, as you changed it.*"newPrice":6\.25/);
  press('d');
  t.match(chat.screen().done.at(-1), { kind: 'changes', changes: [{ path: 'actions[0].newPrice' }] });
  read();
  press('1');
  await over;
});

t.test('a mistake keeps its place: lines of a code frame begin where they begin', (t) => {
  const frame = 'error: x\n  6 | promt: |\n    | ^^^^^ did you mean "prompt"?';
  t.same(itemLines({ id: 1, kind: 'note', text: frame, tone: 'bad' }, bare(60)).slice(-3), frame.split('\n'));
  t.end();
});

t.test('what is one is called one', (t) => {
  const said = (name: string, count: number) => briefResult({ [name]: Array.from({ length: count }, () => 1) });
  t.same(
    ['results', 'entries', 'matches', 'cases', 'indexes', 'class'].map((name) => said(name, 1)),
    ['1 result', '1 entry', '1 match', '1 case', '1 index', '1 class'],
  );
  t.equal(said('results', 2), '2 results');
  t.end();
});

t.test('keys with what they do: broken, never cut', (t) => {
  const about = 'go back to an earlier prompt, where the line is empty and nothing is at work';
  for (const name of ['esc', 'ctrl+left, ctrl+right, alt+left, alt+right'])
    for (const width of [99, 60, 39]) {
      const lines = keyLines({ name, about }, 60, width, theme('none'));
      t.equal(lines.join(' ').replace(/\s+/g, ' ').trim(), `${name} ${about}`);
      t.ok(lines.slice(1).every((line) => widthOf(line) <= width));
    }
  t.end();
});

t.test('the last line of a page names the keys that do something now; the first one is cut late', (t) => {
  let filter = noFilter;
  const about = 'store · up to date, written just now · 16 entries';
  const page: Page = {
    title: 'catalog',
    about: () => about,
    keys: [{ keys: 'c', about: 'go on' }],
    escape: () => filterEscape(filter),
    typing: () => filterKeys(filter),
    lines: () => [],
    press: () => false,
  };
  const lines = () => pageLines({ page, depth: 1, said: undefined, waiting: 0 }, bare(79), 20);
  t.match(lines()[0], about);
  t.match(lines().at(-1), /^ c go on +esc chat · \? keys$/);
  for (const key of ['/', 'c']) filter = pressFilter(filter, { kind: 'text', text: key }) ?? filter;
  t.match(lines().at(-1), /^ enter keeps what is found +esc shows all$/);
  filter = pressFilter(filter, { kind: 'key', name: 'enter' }) ?? filter;
  t.match(lines().at(-1), /^ c go on +esc shows all$/);
  t.end();
});

t.test('a command that there is not: what may have been meant', async (t) => {
  const { controller } = await scriptedController(t, { coordinator: [{ say: 'Yes.' }] });
  const { chat } = chatOver(t, controller);
  const answer = (line: string) => {
    chat.command(line);
    return chat.screen().done.at(-1);
  };
  t.match(answer('/trce'), { text: 'There is no command /trce. Did you mean /trace?' });
  t.match(answer('/co'), { text: 'There is no command /co. Did you mean /compact or /cost or /copy?' });
  t.match(answer('/xyzzy'), { text: 'There is no command /xyzzy. /help lists all of them.' });
});

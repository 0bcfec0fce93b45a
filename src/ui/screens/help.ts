import { type Filter, filterEscape, filterKeys, noFilter, pressFilter, wordsOf } from '../filter.ts';
import { keyLines } from '../key-lines.ts';
import { commandTable, type KeyGroup, keyGroups } from '../key-table.ts';
import { cut, safeLine, widthOf } from '../lines.ts';
import { moveIn } from '../list.ts';
import type { Page } from '../page.ts';
import type { Theme } from '../paint.ts';

/** A line of the help: a title, a key or a command with what it does, or nothing. */
interface HelpLine {
  readonly name: string;
  readonly about: string;
  readonly title?: true;
}

/** Every key and every command. */
export function helpPage(): Page {
  const all = allLines();
  const widest = Math.max(...all.map(({ name, title }) => (title ? 0 : widthOf(name))));
  let filter: Filter = noFilter;
  let top = 0;
  let height = 10;
  /** So many lines can be the first that is shown. */
  let last = 1;
  const found = () => narrowed(all, wordsOf(filter));
  return {
    title: 'help',
    about: () => (filter.open || filter.editor.text !== '' ? `/ ${filter.editor.text}` : 'keys and commands'),
    escape: () => filterEscape(filter),
    typing: () => filterKeys(filter),
    keys: [
      { keys: '↑↓', about: 'move', brief: 'move' },
      { keys: '/', about: 'find', brief: 'find' },
    ],
    lines: ({ width, theme }, rows) => {
      const lines = found().flatMap((line) => painted(line, widest, width, theme));
      height = rows;
      last = Math.max(1, lines.length - rows + 1);
      top = Math.min(top, last - 1);
      if (lines.length === 0) return [theme.dim(' nothing fits; esc shows all')];
      return lines.slice(top, top + rows).map((line) => cut(line, width));
    },
    press: (key) => {
      const next = pressFilter(filter, key);
      if (next) {
        filter = next;
        top = 0;
        return true;
      }
      const moved = moveIn(top, last, key.kind === 'key' ? key.name : key.text, height);
      top = moved ?? top;
      return moved !== undefined;
    },
  };
}

function allLines(): readonly HelpLine[] {
  const groups: readonly KeyGroup[] = Object.values(keyGroups);
  const keys = groups.flatMap(({ title, keys: bound }) => [
    { name: title, about: '', title: true as const },
    ...bound.map(({ keys: name, about }) => ({ name, about })),
    { name: '', about: '' },
  ]);
  const commands = Object.entries(commandTable).map(([name, about]) => ({ name: `/${name}`, about }));
  const [chat = [], rest = []] = [
    keys.slice(0, keyGroups.chat.keys.length + 2),
    keys.slice(keyGroups.chat.keys.length + 2),
  ];
  return [...chat, { name: 'Commands', about: '', title: true }, ...commands, { name: '', about: '' }, ...rest];
}

function narrowed(lines: readonly HelpLine[], words: readonly string[]): readonly HelpLine[] {
  if (words.length === 0) return lines;
  return lines.filter(({ name, about, title }) => {
    const text = `${name} ${about}`.toLowerCase();
    return !title && name !== '' && words.every((word) => text.includes(word));
  });
}

function painted(line: HelpLine, widest: number, width: number, theme: Theme): string[] {
  if (line.title) return [` ${theme.bold(safeLine(line.name, 60))}`];
  return line.name === '' ? [''] : keyLines(line, widest, width, theme);
}

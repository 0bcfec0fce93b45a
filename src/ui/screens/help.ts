import { type Filter, noFilter, pressFilter, wordsOf } from '../filter.ts';
import { commandTable, type KeyGroup, keyGroups } from '../key-table.ts';
import { cut, pad, safeLine, widthOf } from '../lines.ts';
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
  const found = () => narrowed(all, wordsOf(filter));
  return {
    title: 'help',
    about: () => (filter.open || filter.editor.text !== '' ? `/ ${filter.editor.text}` : 'keys and commands'),
    keys: [
      { keys: '↑↓', about: 'move', brief: 'move' },
      { keys: '/', about: 'find', brief: 'find' },
    ],
    lines: ({ width, theme }, rows) => {
      const lines = found();
      height = rows;
      top = Math.max(0, Math.min(top, lines.length - rows));
      if (lines.length === 0) return [theme.dim(' nothing fits; esc shows all')];
      return lines.slice(top, top + rows).map((line) => cut(` ${painted(line, widest, theme)}`, width));
    },
    press: (key) => {
      const next = pressFilter(filter, key);
      if (next) {
        filter = next;
        top = 0;
        return true;
      }
      const last = Math.max(1, found().length - height + 1);
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

function painted({ name, about, title }: HelpLine, widest: number, theme: Theme): string {
  if (title) return theme.bold(safeLine(name, 60));
  return `${theme.cyan(pad(name, Math.min(widest, 34)))}  ${about}`;
}

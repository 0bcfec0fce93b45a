import { keyLines } from './key-lines.ts';
import { type KeyHelp, keyGroups } from './key-table.ts';
import { cut, widthOf } from './lines.ts';
import { moveIn } from './list.ts';
import type { Page } from './page.ts';

/** All keys of a page. */
export function helpPage({ title, keys }: Page): Page {
  let top = 0;
  /** So many lines can be the first that is shown. */
  let last = 1;
  const all = [...keys, ...listKeys(keys), ...keyGroups.page.keys];
  const widest = Math.max(...all.map((key) => widthOf(key.keys)));
  return {
    title: `${title}: keys`,
    keys: [],
    lines: ({ width, theme }, rows) => {
      const lines = all.flatMap(({ keys: name, about }) => keyLines({ name, about }, widest, width, theme));
      last = Math.max(1, lines.length - rows + 1);
      top = Math.min(top, last - 1);
      return lines.slice(top, top + rows).map((line) => cut(line, width));
    },
    press: (key) => {
      const next = moveIn(top, last, key.kind === 'key' ? key.name : key.text, 10);
      top = next ?? top;
      return next !== undefined;
    },
  };
}

/** The keys that move in lists and texts, but those to which the page gives a meaning of its own. */
function listKeys(own: readonly KeyHelp[]): readonly KeyHelp[] {
  const taken = new Set(own.flatMap(({ keys }) => keys.split(/[ ,]+/)));
  return keyGroups.list.keys.filter(({ keys }) => !keys.split(', ').some((key) => taken.has(key)));
}

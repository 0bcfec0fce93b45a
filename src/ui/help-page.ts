import { keyGroups } from './key-table.ts';
import { cut, pad, widthOf } from './lines.ts';
import { moveIn } from './list.ts';
import type { Page } from './page.ts';

/** All keys of a page. */
export function helpPage({ title, keys }: Page): Page {
  let top = 0;
  const all = [...keys, ...keyGroups.page.keys];
  const widest = Math.max(...all.map((key) => widthOf(key.keys)));
  return {
    title: `${title}: keys`,
    keys: [],
    lines: ({ width, theme }, rows) =>
      all.slice(top, top + rows).map((key) => cut(` ${theme.cyan(pad(key.keys, widest))}  ${key.about}`, width)),
    press: (key) => {
      const next = moveIn(top, all.length, key.kind === 'key' ? key.name : key.text, 10);
      top = next ?? top;
      return next !== undefined;
    },
  };
}

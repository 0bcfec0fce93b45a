import { itemLines } from './cards.ts';
import type { Item } from './items.ts';
import { stepOf } from './list.ts';
import type { Look, Theme } from './paint.ts';

/** A conversation in which one scrolls. Only what is shown is drawn. */
export interface Transcript {
  lines(items: readonly Item[], look: Look, rows: number): string[];
  /** @returns false for a key that does not move */
  press(key: string): boolean;
  /** Shows the end, and stays there when there is more. */
  toEnd(): void;
  /** How far down: `42%`, `end`; empty where all of it is shown. */
  place(): string;
}

/** A line of an item. */
interface Spot {
  readonly item: number;
  readonly line: number;
}

interface Drawn {
  readonly items: readonly Item[];
  readonly look: Look;
  readonly rows: number;
  readonly top: Spot;
  readonly ended: boolean;
}

export function transcript(): Transcript {
  const linesOf = lineCache();
  let at: Spot | 'end' = 'end';
  let drawn: Drawn | undefined;
  return {
    lines: (items, look, rows) => {
      const last = endTop(items, look, rows, linesOf);
      const top = at === 'end' || isAfter(at, last) ? last : at;
      if (at !== 'end' && isAfter(at, last)) at = 'end';
      drawn = { items, look, rows, top, ended: top.item === last.item && top.line === last.line };
      return from(top, items, look, rows, linesOf);
    },
    press: (key) => {
      if (!drawn) return false;
      const step = stepOf(key === ' ' ? 'pagedown' : key, drawn.rows - 1);
      if (step === undefined) return false;
      // Several keys may come before the next frame.
      at = moved({ ...drawn, top: at === 'end' ? drawn.top : at }, step, linesOf);
      return true;
    },
    toEnd: () => {
      at = 'end';
    },
    place: () => {
      if (!drawn || (drawn.ended && drawn.top.item === 0 && drawn.top.line === 0)) return '';
      return drawn.ended ? 'end' : `${Math.floor((100 * drawn.top.item) / Math.max(1, drawn.items.length))}%`;
    },
  };
}

type LinesOf = (item: Item, look: Look) => readonly string[];

function lineCache(): LinesOf {
  const made = new WeakMap<
    Item,
    { readonly width: number; readonly theme: Theme; readonly lines: readonly string[] }
  >();
  return (item, look) => {
    const known = made.get(item);
    if (known?.width === look.width && known.theme === look.theme) return known.lines;
    const lines = itemLines(item, look);
    made.set(item, { width: look.width, theme: look.theme, lines });
    return lines;
  };
}

/** Where the last `rows` lines begin. */
function endTop(items: readonly Item[], look: Look, rows: number, linesOf: LinesOf): Spot {
  let left = rows;
  for (let item = items.length - 1; item >= 0; item--) {
    const each = items[item];
    const height = each ? linesOf(each, look).length : 0;
    if (height >= left) return { item, line: height - left };
    left -= height;
  }
  return { item: 0, line: 0 };
}

function isAfter(a: Spot, b: Spot): boolean {
  return a.item > b.item || (a.item === b.item && a.line > b.line);
}

function from({ item, line }: Spot, items: readonly Item[], look: Look, rows: number, linesOf: LinesOf): string[] {
  const lines: string[] = [];
  let skip = line;
  for (let at = item; at < items.length && lines.length < rows; at++) {
    const each = items[at];
    if (each) lines.push(...linesOf(each, look).slice(skip, skip + rows - lines.length));
    skip = 0;
  }
  return lines;
}

function moved({ items, look, top }: Drawn, step: number, linesOf: LinesOf): Spot | 'end' {
  if (step === Number.NEGATIVE_INFINITY) return { item: 0, line: 0 };
  if (step === Number.POSITIVE_INFINITY) return 'end';
  const heightOf = (item: number) => {
    const each = items[item];
    return each ? linesOf(each, look).length : 0;
  };
  let item = top.item;
  let line = top.line + step;
  while (line < 0 && item > 0) {
    item -= 1;
    line += heightOf(item);
  }
  while (item < items.length && line >= heightOf(item)) {
    line -= heightOf(item);
    item += 1;
  }
  return item >= items.length ? 'end' : { item, line: Math.max(0, line) };
}

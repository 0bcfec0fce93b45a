import { stripVTControlCharacters } from 'node:util';
import sliceAnsi from 'slice-ansi';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { visibleLine } from '../core/text.ts';

/** Empty lines below, up to `rows` of them all. */
export function filled(lines: readonly string[], rows: number): string[] {
  return [...lines, ...Array.from({ length: Math.max(0, rows - lines.length) }, () => '')];
}

/** Columns that a text takes, without its looks. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Characters of several code points, of which terminals know more or less, and marks that some give a column. */
const disputed = /\p{M}|\p{EMod}|\u200d|[\u0e33\u0eb3\u1160-\u11ff]/u;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns that a text takes in a terminal that draws each code point by itself, where that is more. */
export function mostWidthOf(text: string): number {
  if (!disputed.test(text)) return stringWidth(text);
  let width = 0;
  for (const { segment } of graphemes.segment(stripVTControlCharacters(text))) {
    const apart = [...segment].reduce((sum, point) => sum + stringWidth(point), 0);
    width += Math.max(stringWidth(segment), apart);
  }
  return width;
}

/** A line of at most `width` columns in every terminal: one that is wrapped would be left behind by the next frame. */
export function fit(line: string, width: number): string {
  let part = cut(line, width);
  for (let room = width; room > 0; ) {
    const most = mostWidthOf(part);
    if (most <= width) break;
    room = Math.min(room - 1, Math.floor((room * width) / most));
    part = cut(line, room);
  }
  return part;
}

/** A line of at most `width` columns; what is cut off ends in `…`. */
export function cut(line: string, width: number): string {
  if (width <= 0) return '';
  if (stringWidth(line) <= width) return line;
  const kept = sliceAnsi(line, 0, width - 1);
  // A wide character is kept whole where only its first half fits: one column too many.
  return `${stringWidth(kept) < width ? kept : sliceAnsi(line, 0, width - 2)}…`;
}

/** Prose in lines of at most `width` columns, broken between words where it can be. */
export function wrap(text: string, width: number): string[] {
  return wrapped(text, width, true);
}

/** The same with all spaces kept, as in code. */
export function wrapExactly(text: string, width: number): string[] {
  return wrapped(text, width, false);
}

function wrapped(text: string, width: number, trim: boolean): string[] {
  for (let room = Math.max(1, width); ; ) {
    const lines = wrapAnsi(text, room, { hard: true, trim }).split('\n');
    if (room === 1 || !disputed.test(text)) return lines;
    const most = Math.max(...lines.map(mostWidthOf));
    if (most <= width) return lines;
    room = Math.max(1, Math.min(room - 1, Math.floor((room * width) / most)));
  }
}

/** Prose whose lines keep the spaces that they begin with, also where they are broken. */
export function wrapIndented(text: string, width: number): string[] {
  return indented(text, width, wrap);
}

/** The same with all spaces kept, as in code. */
export function wrapIndentedExactly(text: string, width: number): string[] {
  return indented(text, width, wrapExactly);
}

function indented(text: string, width: number, broken: typeof wrap): string[] {
  return text.split('\n').flatMap((line) => {
    const [indent = ''] = /^ */.exec(line) ?? [];
    // What is indented by half of the line leaves no room to be read.
    const kept = ' '.repeat(Math.min(indent.length, Math.floor(width / 2)));
    return broken(line.slice(indent.length), width - kept.length).map((part) => `${kept}${part}`);
  });
}

/** Spaces up to `width` columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - stringWidth(text))) + text;
}

/** One line with something at its right end; the left part gives way. */
export function spread(left: string, right: string, width: number): string {
  if (right === '') return cut(left, width);
  const room = width - stringWidth(right) - 1;
  if (room < Math.min(8, stringWidth(left))) return cut(left, width);
  return `${pad(cut(left, room), room)} ${right}`;
}

/** Untrusted text on one safe line of at most `width` columns. */
export function safeLine(text: string, width: number): string {
  // Far longer than any line: what follows cannot be seen.
  return cut(visibleLine(text.slice(0, width * 4)).trim(), width);
}

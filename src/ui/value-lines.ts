import { isObject, type Json } from '../core/json.ts';
import { visible } from '../core/text.ts';
import { widthOf, wrap } from './lines.ts';

/**
 * A value as it would stand in YAML, in lines of at most `width` columns, one after the other: who needs only the first
 * ones does not pay for the rest. Texts are prose, not quoted. Safe to print.
 */
export function* valueLines(value: Json, width: number): Generator<string> {
  yield* linesOf(value, '', Math.max(1, width));
}

/** At most the first `most` lines, and whether there are more. */
export function firstLines(
  value: Json,
  width: number,
  most: number,
): { readonly lines: string[]; readonly more: boolean } {
  const lines: string[] = [];
  for (const line of valueLines(value, width)) {
    if (lines.length === most) return { lines, more: true };
    lines.push(line);
  }
  return { lines, more: false };
}

function* linesOf(value: Json, indent: string, width: number): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* itemLines(item, indent, width);
  else if (isObject(value))
    for (const [name, member] of Object.entries(value)) yield* memberLines(name, member, indent, width);
  else yield* textLines(scalar(value), indent, width);
}

function* itemLines(item: Json, indent: string, width: number): Generator<string> {
  if (isEmpty(item) || !isNested(item)) {
    yield* textLines(`- ${isEmpty(item) ? JSON.stringify(item) : scalar(item)}`, indent, width, '  ');
    return;
  }
  // The first line of an item stands behind its dash.
  let first = true;
  for (const line of linesOf(item, deeper(indent, width), width)) {
    yield first && line.startsWith(`${indent}  `) ? `${indent}- ${line.slice(indent.length + 2)}` : line;
    first = false;
  }
}

function* memberLines(name: string, member: Json | undefined, indent: string, width: number): Generator<string> {
  if (member === undefined) return;
  const head = visible(name).replaceAll('\n', '⏎');
  const nested = !isEmpty(member) && isNested(member);
  const text = nested ? '' : isEmpty(member) ? JSON.stringify(member) : scalar(member);
  if (nested || text.includes('\n')) {
    yield* textLines(`${head}:`, indent, width);
    if (nested) yield* linesOf(member, deeper(indent, width), width);
    else yield* textLines(text, deeper(indent, width), width);
  } else yield* textLines(`${head}: ${text}`, indent, width, '  ');
}

function isNested(value: Json): boolean {
  return typeof value === 'object' && value !== null;
}

function isEmpty(value: Json): boolean {
  return (typeof value === 'object' && value !== null && Object.keys(value).length === 0) || value === '';
}

function scalar(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Very deep values keep half of the width for their texts. */
function deeper(indent: string, width: number): string {
  return indent.length + 2 > width / 2 ? indent : `${indent}  `;
}

/** Longer lines are cut in pieces, not between words: that takes too long. */
const longestProse = 4000;

/** @param hanging how much further in the lines after the first one stand */
function* textLines(text: string, indent: string, width: number, hanging = ''): Generator<string> {
  let first = true;
  for (const line of visible(text).replaceAll('\t', '  ').split('\n')) {
    for (const piece of pieces(line, Math.max(1, width - indent.length - hanging.length))) {
      yield `${indent}${first ? '' : hanging}${piece}`;
      first = false;
    }
  }
}

function* pieces(line: string, width: number): Generator<string> {
  if (line.length <= width && widthOf(line) <= width) yield line;
  else if (line.length <= longestProse) yield* wrap(line, width);
  // What is this long is no prose; a character takes at most two columns.
  else for (const part of line.match(new RegExp(`.{1,${Math.max(1, Math.floor(width / 2))}}`, 'gu')) ?? []) yield part;
}

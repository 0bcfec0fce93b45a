import type { Json } from '../core/json.ts';
import { beginning, visibleLine } from '../core/text.ts';
import type { DiffEntry } from './report.ts';

/** One line of a difference, in the words that every report uses. */
export interface DiffLine {
  /** How deep it stands, from 0. */
  readonly depth: number;
  readonly tone: DiffTone;
  readonly text: string;
}

export type DiffTone = DiffEntry['kind'] | 'path' | 'expected' | 'actual';

/** Longer values are cut in every report but the JSON ones, which hold them whole. */
const reported = 300;

/**
 * Differences as lines: what each is about, and where it has values, `expected  …` above `actual    …`. Differences of
 * one call or action stand together. All text is safe to print, one line each.
 * @param longest characters of a value; what is cut off is counted
 */
export function diffLines(diff: readonly DiffEntry[], longest: number = reported): DiffLine[] {
  const lines: DiffLine[] = [];
  let head = '';
  for (const entry of diff) {
    const title = titleOf(entry);
    if (title !== head || entry.kind !== 'differs') lines.push({ depth: 0, tone: entry.kind, text: title });
    head = title;
    lines.push(...valuesOf(entry, longest));
  }
  return lines;
}

/** The same as text, for reports without colours. */
export function diffText(diff: readonly DiffEntry[]): string[] {
  return diffLines(diff).map(({ depth, text }) => `${'  '.repeat(depth)}${text}`);
}

/** `missing     executePlan  expected [1]`. */
function titleOf({ kind, subject, expectedAt, actualAt }: DiffEntry): string {
  const places = [
    ...(expectedAt === undefined ? [] : [`expected [${expectedAt}]`]),
    ...(actualAt === undefined ? [] : [`actual [${actualAt}]`]),
  ].join(', ');
  return [kind.padEnd(10), visibleLine(subject), places]
    .filter((part) => part !== '')
    .join('  ')
    .trimEnd();
}

function valuesOf({ kind, path = '', expected, actual }: DiffEntry, longest: number): DiffLine[] {
  const lines: DiffLine[] = path === '' ? [] : [{ depth: 1, tone: 'path', text: visibleLine(path) }];
  const depth = path === '' ? 1 : 2;
  const both = kind === 'differs';
  const from = startOf(expected, actual, longest);
  const text = (value: Json | undefined) => valueText(value, from, longest);
  if (both || expected !== undefined) lines.push({ depth, tone: 'expected', text: `expected  ${text(expected)}` });
  if (both || actual !== undefined) lines.push({ depth, tone: 'actual', text: `actual    ${text(actual)}` });
  return lines;
}

/** Two long texts are shown from shortly before they part. */
function startOf(expected: Json | undefined, actual: Json | undefined, longest: number): number {
  if (typeof expected !== 'string' || typeof actual !== 'string') return 0;
  if (expected.length <= longest && actual.length <= longest) return 0;
  let at = 0;
  while (at < expected.length && expected[at] === actual[at]) at += 1;
  return Math.max(0, at - 40);
}

function valueText(value: Json | undefined, from: number, longest: number): string {
  if (value === undefined) return '(nothing)';
  const shown = typeof value === 'string' && from > 0 ? value.slice(from) : value;
  const text = visibleLine(`${from > 0 ? '…' : ''}${JSON.stringify(shown)}`);
  return text.length <= longest ? text : `${beginning(text, longest)}… (${text.length} characters)`;
}

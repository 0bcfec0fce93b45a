import { relative } from 'node:path';
import type { Place, Problem } from '../core/errors.ts';

/** Most characters of a source line that are shown. */
const widest = 100;

/**
 * A problem as a compiler prints it, over several lines and without a line break at the end.
 * @param options.cwd paths are shown relative to it
 * @param options.colour whether to use ANSI colours
 */
export function formatProblem(problem: Problem, options: { readonly cwd: string; readonly colour: boolean }): string {
  const { severity, code, message, hint, place } = problem;
  const paint = options.colour ? painted : plain;
  const bright = severity === 'error' ? paint.red : paint.yellow;
  const lines = [`${bright(`${severity} ${code}`)}: ${harmless(message)}`];
  if (place) lines.push(`  ${paint.cyan(harmless(shownPath(place.file, options.cwd)))}:${place.line}:${place.column}`);
  const said = hint === undefined ? '' : ` ${harmless(hint)}`;
  if (place && place.source.trim() !== '') {
    const { source, indent, width } = excerpt(place);
    const gutter = ' '.repeat(String(place.line).length);
    lines.push(`  ${paint.dim(`${place.line} |`)} ${source}`);
    lines.push(`  ${paint.dim(`${gutter} |`)} ${' '.repeat(indent)}${bright('^'.repeat(width))}${said}`);
  } else if (said) {
    lines.push(` ${said}`);
  }
  return lines.join('\n');
}

/** By file, then by line and column; what has no place comes first. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const file = ({ place }: Problem) => place?.file ?? '';
  return problems.toSorted(
    (a, b) =>
      order(file(a), file(b)) ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      (a.place?.column ?? 0) - (b.place?.column ?? 0) ||
      order(a.severity, b.severity) ||
      order(a.message, b.message),
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function shownPath(file: string, cwd: string): string {
  const path = relative(cwd, file).replaceAll('\\', '/');
  return path === '' || path.startsWith('../../') ? file : path;
}

/** The part of a line around its problem, and where the carets go, in columns of a terminal. */
function excerpt(place: Place): { readonly source: string; readonly indent: number; readonly width: number } {
  const { source, column, endColumn } = place;
  const from = source.length <= widest ? 0 : Math.max(0, Math.min(column - 1 - widest / 4, source.length - widest));
  const to = from + widest;
  const lead = from > 0 ? '…' : '';
  const tail = to < source.length ? '…' : '';
  const before = lead + shown(source.slice(from, column - 1));
  const marked = shown(source.slice(column - 1, Math.min(endColumn - 1, to)));
  const after = shown(source.slice(Math.max(column - 1, Math.min(endColumn - 1, to)), to));
  return { source: `${before}${marked}${after}${tail}`, indent: columns(before), width: Math.max(1, columns(marked)) };
}

function shown(text: string): string {
  return harmless(text.replaceAll('\t', '    '));
}

/** Files and names come from anywhere: nothing in them may steer the terminal or turn the text around. */
function harmless(text: string): string {
  return text.replace(unsafe, '\uFFFD');
}

const unsafe = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;

/** How many columns of a terminal a text takes. */
function columns(text: string): number {
  let width = 0;
  for (const character of text) width += invisible.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

const invisible = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const wide =
  /^[\p{Emoji_Presentation}\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]$/u;

type Paint = (text: string) => string;

const plain = { red: same, yellow: same, cyan: same, dim: same };
const painted = { red: ansi(31), yellow: ansi(33), cyan: ansi(36), dim: ansi(2) };

function same(text: string): string {
  return text;
}

function ansi(number: number): Paint {
  return (text) => `\u001B[${number}m${text}\u001B[0m`;
}

import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import type { Place, Problem } from '../core/errors.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import type { Path } from './words.ts';
import { parseYaml } from './yaml-parse.ts';
import { readValue, type Span, type Spot } from './yaml-value.ts';

/** Largest file that is read, in bytes. Parsing takes up to four seconds for a mebibyte. */
export const maxBytes = 256 * 1024;

/** A YAML file that was read: its value, and where each part of it stands. */
export interface Source {
  /** Absolute path. */
  readonly file: string;
  readonly text: string;
  /** Without the top-level keys that start with `x-`. */
  readonly value: Json;
  readonly spot: Spot;
}

export type Read<T> = { readonly ok: T } | { readonly problems: readonly Problem[] };

/** Reads a YAML file. @param file absolute path of a regular file */
export function readSource(file: string): Read<Source> {
  const text = readText(file);
  return 'ok' in text ? parseSource(file, text.ok) : text;
}

/** Parses the text of a YAML file; nothing is read from disk. */
export function parseSource(file: string, text: string): Read<Source> {
  const parsed = parseYaml(text);
  const valued = 'flaw' in parsed ? { flaws: [parsed.flaw] } : readValue(parsed.contents);
  if ('flaws' in valued) {
    const problems = valued.flaws.map(
      ({ code, message, hint, start, end }): Problem => ({
        code,
        severity: 'error',
        message,
        pointer: '',
        ...(hint === undefined ? {} : { hint }),
        place: placeIn(file, text, [start, end]),
      }),
    );
    return { problems };
  }
  return { ok: { file, text, ...withoutExtras(valued) } };
}

/** Reads a text file as UTF-8, of at most `limit` bytes; a byte order mark is dropped. */
export function readText(file: string, limit = maxBytes): Read<string> {
  const fail = (code: string, message: string, hint?: string, place?: Place): Read<never> => ({
    problems: [
      {
        code,
        severity: 'error',
        message,
        pointer: '',
        ...(hint === undefined ? {} : { hint }),
        place: place ?? { file, line: 1, column: 1, endColumn: 1, source: '' },
      },
    ],
  });
  const bytes = readBytes(file, limit);
  if (typeof bytes === 'string') return fail('unreadable-file', bytes);
  if (bytes.length > limit) {
    return fail('too-large', `the file is larger than ${limit / 1024} KiB`);
  }
  if (bytes.includes(0) || (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return fail('bad-encoding', 'the file is not UTF-8 text', 'save it as UTF-8');
  }
  const text = new TextDecoder('utf-8').decode(bytes);
  const replaced = text.indexOf('\uFFFD');
  if (replaced >= 0 && !isUtf8(bytes)) {
    const place = placeIn(file, text, [replaced, replaced + 1]);
    return fail('bad-encoding', 'the file is not UTF-8 text', 'save it as UTF-8', place);
  }
  const control = text.search(controls);
  if (control >= 0) {
    const place = placeIn(file, text, [control, control + 1]);
    const number = text.charCodeAt(control).toString(16).padStart(4, '0').toUpperCase();
    return fail('control-character', `the file contains the control character U+${number}`, 'remove it', place);
  }
  return { ok: text };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const controls = /\r(?!\n)|[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u0084\u0086-\u009F]/;

function readBytes(file: string, limit: number): Uint8Array | string {
  try {
    const handle = openSync(file, 'r');
    try {
      if (fstatSync(handle).size <= limit) return readFileSync(handle);
      const start = new Uint8Array(limit + 1);
      return start.subarray(0, readSync(handle, start));
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    return `the file cannot be read: ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}`;
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Top-level keys that start with `x-` are the author's own: a place for anchors. */
function withoutExtras({ value, spot }: { value: Json; spot: Spot }): { value: Json; spot: Spot } {
  if (!isObject(value) || !Object.keys(value).some(isExtra)) return { value, spot };
  const kept = Object.entries(value).filter(([key]) => !isExtra(key));
  return { value: Object.fromEntries(kept), spot };
}

function isExtra(key: string): boolean {
  return key.startsWith('x-');
}

/**
 * Where a part of the value stands: its key, or the value itself. A part that was filled in by a default, or is
 * missing, stands where its nearest ancestor does.
 */
export function placeOf(source: Source, path: Path, at: 'key' | 'value'): Place {
  let spot = source.spot;
  for (const part of path) {
    const next = spot.members?.get(String(part));
    if (next === undefined) break;
    spot = next;
  }
  const span = at === 'key' ? (spot.key ?? spot.value) : spot.value;
  return placeIn(source.file, source.text, span, startsOf(source));
}

/** By the root of the tree, which all parts of a file share. */
const known = new WeakMap<Spot, readonly number[]>();

/** Where the lines of a source begin: found out once, since a file may hold thousands of cases. */
function startsOf({ spot, text }: Source): readonly number[] {
  const starts = known.get(spot) ?? lineStarts(text);
  known.set(spot, starts);
  return starts;
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The place of a range of the text, cut off at the end of its first line. */
function placeIn(file: string, text: string, [start, end]: Span, starts = lineStarts(text)): Place {
  const from = Math.min(start, text.length);
  const line = lineAt(starts, from);
  const lineStart = starts[line - 1] ?? 0;
  const lineEnd = text.indexOf('\n', from);
  const source = text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd).replace(/\r$/, '');
  const column = from - lineStart + 1;
  const endColumn = Math.max(column + 1, Math.min(end - lineStart, source.length) + 1);
  return { file, line, column, endColumn, source };
}

/** Number of the line, from 1, that holds a place. */
function lineAt(starts: readonly number[], place: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= place) low = middle;
    else high = middle;
  }
  return low + 1;
}

/** Lets a misspelled member also be found under the name that was meant. */
export function rename(source: Source, path: Path, from: string, to: string): void {
  let spot: Spot | undefined = source.spot;
  let value: Json | undefined = source.value;
  for (const part of path) {
    spot = spot?.members?.get(String(part));
    value = (value as JsonObject | undefined)?.[part];
  }
  const member = spot?.members?.get(from);
  if (member === undefined || !isObject(value)) return;
  spot?.members?.set(to, member);
  (value as Record<string, Json>)[to] = value[from] as Json;
}

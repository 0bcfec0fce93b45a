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

/** Reads a text file as UTF-8, of at most `maxBytes`; a byte order mark is dropped. */
export function readText(file: string): Read<string> {
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
  const bytes = readBytes(file);
  if (typeof bytes === 'string') return fail('unreadable-file', bytes);
  if (bytes.length > maxBytes) {
    return fail('too-large', `the file is larger than ${maxBytes / 1024} KiB`);
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

function readBytes(file: string): Uint8Array | string {
  try {
    const handle = openSync(file, 'r');
    try {
      if (fstatSync(handle).size <= maxBytes) return readFileSync(handle);
      const start = new Uint8Array(maxBytes + 1);
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
  return placeIn(source.file, source.text, at === 'key' ? (spot.key ?? spot.value) : spot.value);
}

/** The place of a range of the text, cut off at the end of its first line. */
function placeIn(file: string, text: string, [start, end]: Span): Place {
  const from = Math.min(start, text.length);
  const lineStart = text.slice(0, from).lastIndexOf('\n') + 1;
  const lineEnd = text.indexOf('\n', from);
  const source = text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd).replace(/\r$/, '');
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < lineStart; at = text.indexOf('\n', at + 1)) line++;
  const column = from - lineStart + 1;
  const endColumn = Math.max(column + 1, Math.min(end - lineStart, source.length) + 1);
  return { file, line, column, endColumn, source };
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

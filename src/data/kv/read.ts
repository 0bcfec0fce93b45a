import { setImmediate as nextTurn } from 'node:timers/promises';
import { ToolFailure } from '../../core/errors.ts';
import { pointerParts } from '../../core/handles.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { suggest } from '../../core/nearest.ts';
import type { Cell } from './layout.ts';
import { clipText, outline, slice, whole } from './outline.ts';
import type { Entry, Kv } from './store.ts';

/** Which part of a value, and how much of it. */
export interface Page {
  readonly offset: number;
  /** Default: 100 rows or items, or all characters that fit. */
  readonly limit: number | undefined;
  /** Of the answer as JSON, about. */
  readonly maxBytes: number;
}

/** A page of a stored value, or of the part of it that `path` leads to. @throws ToolFailure `unknown-path` */
export function readPage(kv: Kv, entry: Entry, path: string, page: Page): JsonObject {
  const parts = partsOf(entry, path);
  const { result, rows } = entry;
  if (parts.length > 0 || entry.kind === 'json' || entry.kind === 'text') {
    return { result, ...(path !== '' && { path }), ...pageOf(partAt(kv, entry, parts), page) };
  }
  const read = kv.rows(entry, page.offset, Math.min(page.limit ?? defaultLimit, rowsAtOnce));
  const items = entry.kind === 'table' ? (read as Json[]) : read.map(([text]) => JSON.parse(String(text)) as Json);
  const fitting = itemsThatFit(items, page.maxBytes - JSON.stringify(entry.columns).length);
  const shown = entry.kind === 'table' ? { columns: entry.columns, rows: fitting } : { items: fitting };
  return { result, ...shown, ...rest(page.offset, fitting.length, rows) };
}

const defaultLimit = 100;

/** More rows than this do not fit into any answer. */
const rowsAtOnce = 5000;

/** The value at a place of a stored value. @throws ToolFailure `unknown-path` */
export function partAt(kv: Kv, entry: Entry, parts: readonly string[]): Json {
  if (entry.kind === 'text' || entry.kind === 'json') {
    const text = String(kv.rows(entry, 0, 1)[0]?.[0] ?? '');
    return follow(entry.kind === 'text' ? text : (JSON.parse(text) as Json), parts, []);
  }
  const [index = '', ...inner] = parts;
  const row = isIndex(index, entry.rows) ? kv.rows(entry, Number(index), 1)[0] : undefined;
  if (!row) {
    const has = entry.rows === 0 ? 'which is empty' : `which has 0 to ${entry.rows - 1}`;
    throw new ToolFailure('unknown-path', `there is no "${clipText(index, 60)}" in ${entry.result}, ${has}`);
  }
  return follow(itemOf(entry, row), inner, [index]);
}

/** All of a stored value; a table is a list of objects. Other work goes on in between. */
export async function wholeValue(kv: Kv, entry: Entry): Promise<Json> {
  if (entry.kind === 'json' || entry.kind === 'text') return partAt(kv, entry, []);
  const items: Json[] = [];
  for (let offset = 0; offset < entry.rows; offset += rowsAtOnce) {
    for (const row of kv.rows(entry, offset, rowsAtOnce)) items.push(itemOf(entry, row));
    await nextTurn();
  }
  return items;
}

/** A row of a table as an object, or an item of a list. */
function itemOf({ kind, columns }: Entry, row: readonly Cell[]): Json {
  if (kind === 'list') return JSON.parse(String(row[0])) as Json;
  return Object.fromEntries(columns.map((column, at) => [column, (row[at] ?? null) as Json]));
}

/** @throws ToolFailure `unknown-path` when it is no JSON Pointer. */
export function partsOf(entry: Pick<Entry, 'result'>, path: string): readonly string[] {
  const parts = pointerParts(path);
  if (parts) return parts;
  const message = `"${clipText(path, 60)}" is no path into ${entry.result}; a path is a JSON Pointer such as /items/0/name`;
  throw new ToolFailure('unknown-path', message);
}

function follow(value: Json, parts: readonly string[], before: readonly string[]): Json {
  let here = value;
  for (const [at, part] of parts.entries()) {
    const next = memberOf(here, part);
    if (next === undefined) throw lost(here, part, [...before, ...parts.slice(0, at)]);
    here = next;
  }
  return here;
}

function memberOf(value: Json, part: string): Json | undefined {
  if (Array.isArray(value)) return isIndex(part, value.length) ? value[Number(part)] : undefined;
  return isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
}

function isIndex(part: string, length: number): boolean {
  return /^(0|[1-9]\d{0,14})$/.test(part) && Number(part) < length;
}

function lost(value: Json, part: string, before: readonly string[]): ToolFailure {
  const where = before.length === 0 ? 'the value' : `"/${before.join('/')}"`;
  const hint = isObject(value)
    ? suggest(part, Object.keys(value).slice(0, 1000))
    : Array.isArray(value)
      ? `it is a list of ${value.length}`
      : 'it has no members';
  const said = `there is no "${clipText(part, 60)}" in ${clipText(where, 200)}`;
  return new ToolFailure('unknown-path', hint === undefined ? said : `${said}; ${clipText(hint, 400)}`);
}

/** A page of any value: of the items of a list, or of the characters of a text. */
function pageOf(value: Json, page: Page): JsonObject {
  const { offset, limit, maxBytes } = page;
  if (typeof value === 'string') {
    const start = whole(value, Math.min(offset, value.length));
    const text = textThatFits(value, start, Math.min(limit ?? value.length, value.length - start), maxBytes);
    return { text, ...rest(start, text.length, value.length) };
  }
  if (Array.isArray(value)) {
    const items = itemsThatFit(value.slice(offset, offset + (limit ?? defaultLimit)), maxBytes);
    return { items, ...rest(offset, items.length, value.length) };
  }
  if (JSON.stringify(value).length <= maxBytes) return { value };
  return {
    value: outline(value, maxBytes),
    note: 'It is too large to be shown whole: read its members by their path.',
  };
}

/** Where a page stands, and where the next one begins. */
function rest(offset: number, shown: number, total: number): JsonObject {
  const next = offset + shown;
  return { offset, total, ...(shown > 0 && next < total && { next }) };
}

function textThatFits(text: string, start: number, length: number, maxBytes: number): string {
  for (let size = Math.min(length, maxBytes); ; size = Math.floor(size / 2)) {
    const part = slice(text, start, start + size);
    if (size < 2 || Buffer.byteLength(JSON.stringify(part)) <= maxBytes) return part;
  }
}

/** The first items, as many as fit; of an item that does not fit alone, an outline. */
function itemsThatFit(items: readonly Json[], maxBytes: number): readonly Json[] {
  const shown: Json[] = [];
  let left = maxBytes;
  for (const item of items) {
    left -= Buffer.byteLength(JSON.stringify(item)) + 1;
    if (left < 0) break;
    shown.push(item);
  }
  const [first] = items;
  return shown.length > 0 || first === undefined ? shown : [outline(first, maxBytes)];
}

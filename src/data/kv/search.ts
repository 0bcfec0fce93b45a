import { setImmediate as nextTurn } from 'node:timers/promises';
import { isObject, type Json, type JsonObject, pointer } from '../../core/json.ts';
import type { Cell } from './layout.ts';
import { slice } from './outline.ts';
import type { Entry, Kv } from './store.ts';

/** Where a text was found. */
interface Found {
  readonly matches: readonly JsonObject[];
  /** All places, also those that are not shown. */
  readonly total: number;
  /** Set when there are more than were counted. */
  readonly more?: true;
}

/**
 * Finds a text in a stored value, in any case. Rows of a table come with their number; other values with a JSON
 * Pointer; a text with the place of its characters. Other work goes on in between.
 */
export async function searchEntry(kv: Kv, entry: Entry, query: string, limit: number): Promise<Found> {
  const matches: JsonObject[] = [];
  let total = 0;
  for await (const found of entry.kind === 'text' ? inText(kv, entry, query) : inRows(kv, entry, query)) {
    for (const match of found) {
      if (total === mostCounted) return { matches, total, more: true };
      total += 1;
      if (total <= limit) matches.push(match());
    }
    await nextTurn();
  }
  return { matches, total };
}

const mostCounted = 10_000;

/** Makes a match, once it is to be shown. */
type Match = () => JsonObject;

const rowsAtOnce = 2000;

/** The text itself, never a pattern. */
function finderOf(query: string): RegExp {
  return new RegExp(query.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'giu');
}

function isIn(text: string, finder: RegExp): boolean {
  finder.lastIndex = 0;
  return finder.test(text);
}

function* inRows(kv: Kv, entry: Entry, query: string): Generator<Iterable<Match>> {
  const finder = finderOf(query);
  // JSON text holds the query as JSON writes it: most rows need not be read any further.
  const written = finderOf(JSON.stringify(query).slice(1, -1));
  for (let offset = 0; offset < entry.rows; offset += rowsAtOnce) {
    yield kv.rows(entry, offset, rowsAtOnce).flatMap((row, at) => {
      if (entry.kind === 'table') return inCells(entry, row, offset + at, finder);
      const text = String(row[0]);
      if (!isIn(text, written)) return [];
      return [...inJson(JSON.parse(text) as Json, entry.kind === 'list' ? [offset + at] : [], finder)];
    });
  }
}

function inCells({ columns }: Entry, row: readonly Cell[], number: number, finder: RegExp): readonly Match[] {
  const at = row.findIndex((cell) => cell !== null && isIn(String(cell), finder));
  if (at < 0) return [];
  const column = columns[at] ?? '';
  return [() => ({ row: number, column, found: around(String(row[at]), finder), values: row.map(brief) })];
}

function brief(cell: Cell): Json {
  if (typeof cell === 'bigint') return Number(cell);
  return typeof cell === 'string' && cell.length > 80 ? `${slice(cell, 0, 80)}…` : cell;
}

/** Matches in keys and values, in the order in which they are written. Stored values are not nested deep. */
function* inJson(value: Json, place: readonly (string | number)[], finder: RegExp): Generator<Match> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* inJson(item, [...place, index], finder);
  } else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      const path = [...place, key];
      if (isIn(key, finder)) yield () => ({ path: pointer(path), found: around(key, finder) });
      yield* inJson(member, path, finder);
    }
  } else if (value !== null && isIn(String(value), finder)) {
    yield () => ({ path: pointer(place), found: around(String(value), finder) });
  }
}

function* inText(kv: Kv, entry: Entry, query: string): Generator<Iterable<Match>> {
  const text = String(kv.rows(entry, 0, 1)[0]?.[0] ?? '');
  const finder = finderOf(query);
  for (let start = 0; start < text.length; start += charactersAtOnce) {
    // What begins in this piece may end in the next one.
    const piece = text.slice(start, start + charactersAtOnce + query.length * 2);
    const places = Array.from(piece.matchAll(finder), ({ index }) => index);
    const own = places.filter((place) => place < charactersAtOnce);
    yield own.map((place) => () => ({ offset: start + place, found: excerpt(text, start + place) }));
  }
}

const charactersAtOnce = 500_000;

function around(text: string, finder: RegExp): string {
  finder.lastIndex = 0;
  return excerpt(text, finder.exec(text)?.index ?? 0);
}

/** Some text on both sides of a place. */
function excerpt(text: string, at: number): string {
  const start = Math.max(0, at - 60);
  const end = Math.min(text.length, at + 140);
  return `${start > 0 ? '…' : ''}${slice(text, start, end)}${end < text.length ? '…' : ''}`;
}

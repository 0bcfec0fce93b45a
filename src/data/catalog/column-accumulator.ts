import type { ColumnProfile } from '../../core/catalog.ts';
import type { Json } from '../../core/json.ts';
import type { Value } from './sample.ts';
import { shapeCounter } from './shape.ts';
import { cutText } from './source-sql.ts';

/** Looks at the values of one column, one after the other. */
export interface ColumnAccumulator {
  take(value: Value): void;
  result(): ColumnFindings;
}

export type Counts = ReadonlyMap<string | number, number>;

/** What a column's values were like, among those that were looked at. */
export interface ColumnFindings extends Omit<ColumnProfile, 'column' | 'distinct' | 'frequent'> {
  /** Values with how often they came; undefined when there were too many different ones. */
  readonly counts: Counts | undefined;
  /** Values that were not null. */
  readonly present: number;
}

/** Longest text, in characters, that is counted as a value; longer ones are prose. */
const maxCountedLength = 64;

/** @param maxDistinct how many different values are counted */
export function columnAccumulator(maxDistinct: number): ColumnAccumulator {
  const types: Record<string, number> = {};
  const shapes = shapeCounter();
  let counts: Map<string | number, number> | undefined = new Map();
  let nulls = 0;
  let textLength = 0;
  let min: string | number | bigint | undefined;
  let max: string | number | bigint | undefined;
  const typed = (type: string) => {
    types[type] = (types[type] ?? 0) + 1;
  };
  const count = (key: string | number) => {
    if (counts === undefined) return;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (counts.size > maxDistinct) counts = undefined;
  };
  const range = (value: string | number | bigint) => {
    if (min === undefined || isBefore(value, min)) min = value;
    if (max === undefined || isBefore(max, value)) max = value;
  };
  const takeText = (text: string, length: number) => {
    typed('text');
    textLength += length;
    // A long text counts by its beginning and its length; it is never shown as a frequent value.
    count(length > maxCountedLength ? `${text}\0${length}` : text);
    range(text);
    shapes.take(text, length);
  };
  const takeBytes = (value: Uint8Array) => {
    const cut = cutText(value);
    if (cut) {
      takeText(cut.start, cut.length);
      return;
    }
    typed('blob');
    // What is in blobs is not looked at, so that it is not known which of them are different.
    counts = undefined;
  };
  const takeNumber = (value: number | bigint) => {
    typed(typeof value === 'bigint' ? 'integer' : 'real');
    count(keyOf(value));
    range(value);
  };
  return {
    take(value) {
      if (value === null) {
        nulls += 1;
        return;
      }
      if (typeof value === 'string') takeText(value, value.length);
      else if (typeof value === 'object') takeBytes(value);
      else takeNumber(value);
    },
    result: () => ({
      nulls,
      present: Object.values(types).reduce((sum, times) => sum + times, 0),
      counts,
      ...(min !== undefined && max !== undefined && { min: shown(min), max: shown(max) }),
      shapes: shapes.result(),
      ...(types.text !== undefined && { averageLength: Math.round((textLength / types.text) * 10) / 10 }),
      ...(Object.keys(types).length > 1 && { types }),
    }),
  };
}

/** How SQLite orders values: numbers before texts. */
export function isBefore(one: string | number | bigint, other: string | number | bigint): boolean {
  if (typeof one === 'string') return typeof other === 'string' && one < other;
  return typeof other === 'string' || one < other;
}

function keyOf(value: number | bigint): string | number {
  const number = Number(value);
  return typeof value === 'number' || Number.isSafeInteger(number) ? number : String(value);
}

export function shown(value: string | number | bigint): Json {
  if (typeof value === 'string') return value.length > shownLength ? `${value.slice(0, shownLength)}…` : value;
  const number = keyOf(value);
  return typeof number === 'number' && !Number.isFinite(number) ? String(number) : number;
}

const shownLength = 80;

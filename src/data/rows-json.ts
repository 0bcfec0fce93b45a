import type { Statement } from 'better-sqlite3';
import type { QueryLimits, QueryResult } from '../core/ports.ts';

/** What is known once the rows have been written. */
export interface RowsEnd {
  readonly columns: readonly string[];
  readonly truncated: QueryResult['truncated'];
}

/**
 * Run a statement and write its rows as JSON until a limit is reached: several arrays of rows, so that the reader of
 * one can work while the next is made. Equal column names stay apart. What JSON cannot hold becomes text: integers
 * beyond 2^53, infinity, and blobs as `<blob 12 bytes>`.
 */
export function writeRows(statement: Statement, limits: QueryLimits, write: (json: string) => void): RowsEnd {
  const writer = rowWriter(limits.maxBytes, write);
  let rows = 0;
  let more = false;
  for (const row of statement.raw().safeIntegers().iterate() as IterableIterator<Value[]>) {
    more = rows === limits.maxRows;
    rows += 1;
    if (more || !writer.add(row)) break;
  }
  const fits = writer.end();
  const columns = statement.columns().map((column) => column.name);
  return { columns, truncated: fits ? (more ? 'rows' : undefined) : 'bytes' };
}

/** What SQLite can answer with, integers as bigint. */
type Value = null | string | number | bigint | Uint8Array;

interface RowWriter {
  /** False when no more rows fit. */
  add(row: Value[]): boolean;
  /** Writes what is left. False when a row did not fit. */
  end(): boolean;
}

/** Writes rows as JSON, many at once where it can: several times faster than one by one. */
function rowWriter(maxBytes: number, write: (json: string) => void): RowWriter {
  // All rows together count as one array: each has a comma, but for the first.
  let left = maxBytes - brackets + 1;
  let full = false;
  let batch: Value[][] = [];
  let batchSize = 0;
  /** False when the rows do not fit; then nothing has happened. */
  const writeFitting = (rows: readonly Value[][]): boolean => {
    const json = JSON.stringify(rows);
    const bytes = Buffer.byteLength(json) - brackets + 1;
    if (bytes > left) return false;
    left -= bytes;
    write(json);
    return true;
  };
  const flush = (): void => {
    const rows = batch;
    batch = [];
    batchSize = 0;
    if (rows.length > 1 && writeFitting(rows)) return;
    full = !rows.every((row) => writeFitting([row]));
  };
  return {
    add(row) {
      batchSize += toJsonValues(row);
      batch.push(row);
      if (batchSize > batchBytes || batch.length === batchRows) flush();
      return !full;
    },
    end() {
      if (!full) flush();
      return !full;
    },
  };
}

const brackets = 2;
const batchRows = 250;
const batchBytes = 32 * 1024;

/** Replaces in place what JSON cannot hold; answers with the row's approximate size. */
function toJsonValues(row: Value[]): number {
  let size = brackets;
  for (let column = 0; column < row.length; column++) {
    const value = row[column] as Value;
    if (typeof value === 'string') {
      size += value.length + 3;
      continue;
    }
    size += 9;
    if (typeof value === 'bigint') row[column] = jsonInteger(value);
    else if (typeof value === 'number') row[column] = Number.isFinite(value) ? value : String(value);
    else if (value !== null) row[column] = `<blob ${value.byteLength} bytes>`;
  }
  return size;
}

function jsonInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

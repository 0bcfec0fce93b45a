import type { Statement } from 'better-sqlite3';
import type { QueryLimits, QueryResult } from '../core/ports.ts';

/** What a statement answered, its rows already as JSON text. */
export interface RowsJson {
  readonly columns: readonly string[];
  /** A JSON array of arrays. */
  readonly rows: string;
  readonly truncated: QueryResult['truncated'];
}

/**
 * Run a statement and write its rows as JSON until a limit is reached. Equal column names stay apart. What JSON
 * cannot hold becomes text: integers beyond 2^53, infinity, and blobs as `<blob 12 bytes>`.
 */
export function rowsJson(statement: Statement, limits: QueryLimits): RowsJson {
  const text = rowText(limits.maxBytes);
  let rows = 0;
  let more = false;
  for (const row of statement.raw().safeIntegers().iterate() as IterableIterator<Value[]>) {
    more = rows === limits.maxRows;
    rows += 1;
    if (more || !text.add(row)) break;
  }
  const { json, full } = text.end();
  const columns = statement.columns().map((column) => column.name);
  const truncated = full ? 'bytes' : more ? 'rows' : undefined;
  return { columns, rows: json, truncated };
}

/** What SQLite can answer with, integers as bigint. */
type Value = null | string | number | bigint | Uint8Array;

interface RowText {
  /** False when no more rows fit. */
  add(row: Value[]): boolean;
  /** The JSON array of the rows that fit; `full` when one did not. */
  end(): { readonly json: string; readonly full: boolean };
}

/** Collects rows as JSON. It writes many at once where it can: several times faster than one by one. */
function rowText(maxBytes: number): RowText {
  const parts: string[] = [];
  let left = maxBytes - brackets;
  let full = false;
  let batch: Value[][] = [];
  let batchSize = 0;
  /** False when the text does not fit; then nothing has happened. */
  const write = (text: string): boolean => {
    const bytes = Buffer.byteLength(text) + 1;
    if (bytes > left + 1) return false;
    left -= bytes;
    parts.push(text);
    return true;
  };
  const flush = (): void => {
    const rows = batch;
    batch = [];
    batchSize = 0;
    if (rows.length > 1 && write(JSON.stringify(rows).slice(1, -1))) return;
    full = !rows.every((row) => write(JSON.stringify(row)));
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
      return { json: `[${parts.join(',')}]`, full };
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

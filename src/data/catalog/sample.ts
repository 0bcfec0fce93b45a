import type { Database } from 'better-sqlite3';
import type { TableInfo } from '../../core/catalog.ts';
import { clipped, quoted, rowidOf } from './source-sql.ts';

/** A value as SQLite gives it, integers as bigint; a long text or a blob as `clipped` says. */
export type Value = null | string | number | bigint | Uint8Array;

/** What there is to know about a table to read some of its rows. */
export interface SampleSource {
  readonly table: Pick<TableInfo, 'name' | 'kind' | 'columns'>;
  readonly withoutRowid: boolean;
}

/**
 * Some rows of a table, at most `limit`: from all over the table where its rows have numbers, else its first ones.
 * The same rows each time as long as the table is the same.
 */
export function* sampleRows(db: Database, source: SampleSource, columns: readonly string[], limit: number) {
  const list = columns.map(clipped).join(', ') || 'NULL';
  const name = quoted(source.table.name);
  const rowid = rowidOf(source.table, source.withoutRowid);
  if (rowid === undefined) {
    const first = db.prepare<[number], Value[]>(`SELECT ${list} FROM ${name} LIMIT ?`).raw().safeIntegers();
    yield* first.iterate(limit);
    return;
  }
  const span = rowidSpan(db, name, rowid);
  if (span === undefined) return;
  const next = db.prepare<[bigint], [bigint, ...Value[]]>(
    `SELECT ${rowid}, ${list} FROM ${name} WHERE ${rowid} >= ? ORDER BY ${rowid} LIMIT 1`,
  );
  next.raw().safeIntegers();
  const width = span.last - span.first + 1n;
  const random = randomNumbers();
  let after = span.first;
  for (let at = 0; at < limit; at++) {
    // One row somewhere in each part of the table: rows at equal distances could all be alike.
    const place = BigInt(Math.floor((at + random()) * precision));
    const wanted = span.first + (width * place) / BigInt(limit * precision);
    const row = next.get(wanted > after ? wanted : after);
    if (row === undefined) return;
    const [found, ...values] = row;
    after = found + 1n;
    yield values;
  }
}

const precision = 2 ** 20;

/** Numbers from 0 to 1 that look random, the same ones each time. */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    // Park and Miller's generator.
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** All rows of a table. */
export function allRows(db: Database, table: string, columns: readonly string[]): IterableIterator<Value[]> {
  const list = columns.map(clipped).join(', ') || 'NULL';
  return db
    .prepare<[], Value[]>(`SELECT ${list} FROM ${quoted(table)}`)
    .raw()
    .safeIntegers()
    .iterate();
}

export interface RowidSpan {
  readonly first: bigint;
  readonly last: bigint;
}

/** @param name as SQL takes it */
export function rowidSpan(db: Database, name: string, rowid: string): RowidSpan | undefined {
  // Two statements: SQLite finds either end at once, but reads the whole table for both of them together.
  const end = (which: 'min' | 'max') =>
    db.prepare<[], bigint | null>(`SELECT ${which}(${rowid}) FROM ${name}`).pluck().safeIntegers().get() ?? null;
  const first = end('min');
  const last = end('max');
  return first === null || last === null ? undefined : { first, last };
}

import type { Database } from 'better-sqlite3';
import type { RowCount } from '../../core/catalog.ts';
import { rowidSpan, type SampleSource } from './sample.ts';
import { quoted, rowidOf } from './source-sql.ts';

/** How many rows are counted one by one. */
const maxCounted = 2_000_000;

/** The rows of a table: exactly up to two million, else about. */
export function countRows(db: Database, source: SampleSource): RowCount {
  const name = quoted(source.table.name);
  const counted = db
    .prepare<[number], number>(`SELECT count(*) FROM (SELECT 1 FROM ${name} LIMIT ?)`)
    .pluck()
    .get(maxCounted + 1);
  if (counted === undefined || counted <= maxCounted) return { count: counted ?? 0, about: false };
  const rowid = rowidOf(source.table, source.withoutRowid);
  const estimate = rowid === undefined ? maxCounted : estimateRows(db, name, rowid);
  return { count: Math.max(maxCounted, estimate), about: true };
}

const probes = 200;
const rowsOfProbe = 50;

/** From how close the numbers of rows are to each other, in places all over the table. */
function estimateRows(db: Database, name: string, rowid: string): number {
  const span = rowidSpan(db, name, rowid);
  if (span === undefined) return 0;
  const width = span.last - span.first + 1n;
  const last = db
    .prepare<[bigint, number], bigint>(
      `SELECT ${rowid} FROM ${name} WHERE ${rowid} >= ? ORDER BY ${rowid} LIMIT 1 OFFSET ?`,
    )
    .pluck()
    .safeIntegers();
  let density = 0;
  for (let probe = 0n; probe < BigInt(probes); probe++) {
    const from = span.first + (width * probe) / BigInt(probes);
    const to = last.get(from, rowsOfProbe - 1);
    density += to === undefined ? 1 : rowsOfProbe / (Number(to - from) + 1);
  }
  return Math.round((Number(width) * density) / probes);
}

import type { Database } from 'better-sqlite3';
import type { RowCount, TableInfo, TableProfile } from '../../core/catalog.ts';
import type { Json } from '../../core/json.ts';
import { type ColumnAccumulator, columnAccumulator, shown } from './column-accumulator.ts';
import { columnProfile } from './column-profile.ts';
import { allRows, type SampleSource, sampleRows, type Value } from './sample.ts';
import { clipped, cutText, quoted } from './source-sql.ts';

/** Tables of more rows, or of more values, are profiled by a sample. */
const maxRows = 200_000;
const maxValues = 4_000_000;
/** Rows of a sample; fewer where there are many columns. */
const sampleSize = 20_000;
/** Different values, of all columns together, that are held in memory. */
const maxHeld = 400_000;
/** Up to so many rows the smallest and largest values are of all rows, also when the rest is of a sample. */
const maxRanged = 2_000_000;

/**
 * Profiles a table in one pass over its rows or over a sample of them.
 * @param progress told now and then how many rows have been looked at
 */
export function profileTable(
  db: Database,
  source: SampleSource & { readonly table: TableInfo },
  progress: (looked: number) => void,
): TableProfile {
  const { table } = source;
  const names = table.columns.map(({ name }) => name);
  const perColumn = Math.max(200, Math.floor(maxHeld / Math.max(1, names.length)));
  const sampled = !readsAll(table);
  const limit = Math.min(sampleSize, perColumn);
  const columns = names.map(() => columnAccumulator(Math.min(sampleSize, perColumn)));
  const rows = sampled ? sampleRows(db, source, names, limit) : allRows(db, table.name, names);
  const looked = lookAt(rows, columns, progress);
  const count: RowCount = sampled
    ? (table.rows ?? { count: looked, about: looked === limit })
    : { count: looked, about: false };
  const whole = looked === count.count && !count.about;
  const ranges = !whole && table.rows !== null && count.count <= maxRanged ? rangesOf(db, table) : undefined;
  return {
    table: table.name,
    rows: count,
    looked,
    sampled: !whole,
    rangesOf: whole || ranges !== undefined ? 'all rows' : 'the sample',
    columns: columns.map((column, at) => {
      const findings = { ...column.result(), ...ranges?.[at] };
      return columnProfile({ db, table, column: names[at] ?? '', findings, count, whole, looked });
    }),
  };
}

function readsAll({ kind, rows, columns }: TableInfo): boolean {
  if (kind !== 'table' || rows === null || rows.about) return false;
  return rows.count <= maxRows && rows.count * columns.length <= maxValues;
}

const rowsOfProgress = 20_000;

function lookAt(
  rows: Iterable<readonly Value[]>,
  columns: readonly ColumnAccumulator[],
  progress: (looked: number) => void,
): number {
  let looked = 0;
  for (const row of rows) {
    for (let at = 0; at < columns.length; at++) columns[at]?.take(row[at] ?? null);
    looked += 1;
    if (looked % rowsOfProgress === 0) progress(looked);
  }
  return looked;
}

type Range = { readonly min?: Json; readonly max?: Json };

function rangesOf(db: Database, { name, columns }: TableInfo): Range[] | undefined {
  if (columns.length > maxRangedColumns) return undefined;
  const ends = columns.flatMap((column) => {
    const value = quoted(column.name);
    const noBlob = `FILTER (WHERE typeof(${value}) <> 'blob')`;
    return [`min(${value}) ${noBlob}`, `max(${value}) ${noBlob}`];
  });
  const named = ends.map((end, at) => `${end} AS e${at}`).join(', ');
  const list = ends.map((_, at) => clipped(`e${at}`)).join(', ');
  const row = db.prepare<[], Value[]>(`SELECT ${list} FROM (SELECT ${named} FROM ${quoted(name)})`);
  const values = row.raw().safeIntegers().get();
  return columns.map((_, at) => {
    const min = ending(values?.[2 * at]);
    const max = ending(values?.[2 * at + 1]);
    return min === undefined || max === undefined ? {} : { min, max };
  });
}

/** SQLite answers with at most 2,000 values. */
const maxRangedColumns = 900;

function ending(value: Value | undefined): Json | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'object') return shown(value);
  const cut = cutText(value);
  return cut && `${cut.start.slice(0, 80)}…`;
}

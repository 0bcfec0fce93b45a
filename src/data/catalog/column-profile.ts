import type { Database } from 'better-sqlite3';
import type { ColumnProfile, RowCount, TableInfo, ValueCount } from '../../core/catalog.ts';
import { type ColumnFindings, type Counts, isBefore, shown } from './column-accumulator.ts';
import type { Value } from './sample.ts';
import { clipped, quoted } from './source-sql.ts';

/** A column whose values have been looked at. */
export interface Drawn {
  readonly db: Database;
  readonly table: TableInfo;
  readonly column: string;
  readonly findings: ColumnFindings;
  /** Rows of the table. */
  readonly count: RowCount;
  readonly looked: number;
  /** All rows were looked at. */
  readonly whole: boolean;
}

/** What is told of a column. Of a whole table all numbers are exact, of a sample they are estimates. */
export function columnProfile(drawn: Drawn): ColumnProfile {
  const { counts, present: _present, ...rest } = drawn.findings;
  // Where all values are told, their forms tell nothing more.
  const shapes = isVocabulary(counts) ? [] : rest.shapes;
  return { column: drawn.column, ...rest, ...valuesOf(drawn), shapes };
}

type Values = Pick<ColumnProfile, 'distinct' | 'frequent'>;

function valuesOf(drawn: Drawn): Values {
  const { findings, whole, looked } = drawn;
  const { counts } = findings;
  const known = uniqueValues(drawn);
  if (known) return { distinct: known, frequent: isVocabulary(counts) ? frequentValues(counts, looked) : [] };
  if (counts === undefined) return whole ? valuesBySql(drawn) : { distinct: estimateDistinct(drawn), frequent: [] };
  return {
    distinct: whole ? exactly(counts.size) : estimateDistinct(drawn),
    frequent: frequentValues(counts, looked),
  };
}

/** Of a column that holds no value twice. */
function uniqueValues({ table, column, findings, count, whole }: Drawn): RowCount | undefined {
  if (!isUnique(table, column)) return undefined;
  if (whole) return exactly(findings.present);
  return findings.nulls === 0 ? count : undefined;
}

function exactly(count: number): RowCount {
  return { count, about: false };
}

/** From how many values of the sample came once and how many twice (Chao's estimate), up to what is possible. */
function estimateDistinct({ findings, count: rows, looked }: Drawn): RowCount {
  const { counts, present } = findings;
  const most = Math.min(Math.round((present * rows.count) / Math.max(1, looked)), integersIn(findings));
  const times = (wanted: number) => [...(counts?.values() ?? [])].filter((each) => each === wanted).length;
  const once = times(1);
  if (counts === undefined || once === present) return { count: most, about: true };
  const count = Math.round(counts.size + (once * (once - 1)) / (2 * (times(2) + 1)));
  return { count: Math.min(most, count), about: true };
}

/** How many whole numbers there are from the smallest to the largest; no limit where there are other values. */
function integersIn({ min, max, types }: ColumnFindings): number {
  if (!Number.isInteger(min) || !Number.isInteger(max) || types !== undefined) return Number.POSITIVE_INFINITY;
  return Number(max) - Number(min) + 1;
}

function isUnique({ columns, indexes }: TableInfo, column: string): boolean {
  const key = columns.filter(({ primaryKey }) => primaryKey > 0);
  if (key.length === 1 && key[0]?.name === column) return true;
  return indexes.some((index) => index.unique && index.columns.length === 1 && index.columns[0] === column);
}

/** For columns of so many different values that they were not held in memory. */
function valuesBySql({ db, table, column, looked }: Drawn): Values {
  const least = leastTimes(looked);
  const value = `${quoted(column)} COLLATE BINARY`;
  const groups = db.prepare<[], [bigint, Value]>(
    `SELECT count(*), CASE WHEN count(*) >= ${least} THEN ${clipped(column)} END FROM ${quoted(table.name)}
     WHERE ${quoted(column)} IS NOT NULL GROUP BY ${value}`,
  );
  let distinct = 0;
  const counts = new Map<string | number, number>();
  for (const [times, found] of groups.raw().safeIntegers().iterate()) {
    distinct += 1;
    if (found === null || typeof found === 'object') continue;
    const key = shown(found);
    if (typeof key === 'string' || typeof key === 'number') counts.set(key, Number(times));
  }
  return { distinct: exactly(distinct), frequent: mostFrequent(counts, least) };
}

/** The values that come most often: all of a vocabulary, else those that really are frequent. */
function frequentValues(counts: Counts, looked: number): ValueCount[] {
  return isVocabulary(counts) ? byFrequency(counts) : mostFrequent(counts, leastTimes(looked));
}

function mostFrequent(counts: Counts, least: number): ValueCount[] {
  const frequent = new Map([...counts].filter(([, times]) => times >= least));
  return byFrequency(frequent).slice(0, maxFrequent);
}

function byFrequency(counts: Counts): ValueCount[] {
  return [...counts]
    .filter(([value]) => typeof value === 'number' || !value.includes('\0'))
    .sort(([one, times], [other, otherTimes]) => otherTimes - times || (isBefore(one, other) ? -1 : 1))
    .map(([value, count]) => ({ value, count }));
}

/** A column of few different values: all of them are kept. */
function isVocabulary(counts: Counts | undefined): counts is Counts {
  return counts !== undefined && counts.size <= maxVocabulary;
}

const maxVocabulary = 50;
const maxFrequent = 10;

/** How often a value must come, among so many rows, to be called frequent. */
function leastTimes(looked: number): number {
  return Math.max(2, Math.ceil(looked / 500));
}

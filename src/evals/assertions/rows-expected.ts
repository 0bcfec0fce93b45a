import { argsTest } from '../../core/args-match.ts';
import type { PatternMaker } from '../../core/condition.ts';
import { canonical, isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { RowChange } from '../../core/row-change.ts';
import type { ExpectedRowChange } from '../../generated/config.ts';

/** A value of a row before and after the run; a side that is absent is not asked about. */
export interface ExpectedCell {
  readonly column: string;
  readonly before?: Json;
  readonly after?: Json;
}

/** All that is expected of one row. */
export interface ExpectedRow {
  readonly table: string;
  readonly key: Json;
  readonly change: RowChange['change'];
  readonly cells: readonly ExpectedCell[];
}

/** Expected changes by row: changed cells of one row stand together. */
export function expectedRows(changes: readonly ExpectedRowChange[]): ExpectedRow[] {
  const rows = new Map<string, ExpectedRow & { readonly cells: ExpectedCell[] }>();
  for (const [index, wanted] of changes.entries()) {
    const row = expectedRow(wanted);
    // Only cells of a row that stays can be written one by one.
    const place = row.change === 'updated' ? `${row.table.toLowerCase()} ${canonical(row.key)}` : String(index);
    const known = rows.get(place);
    if (known) known.cells.push(...row.cells);
    else rows.set(place, { ...row, cells: [...row.cells] });
  }
  return [...rows.values()];
}

function expectedRow({ table, key: given, column, before, after, inserted, deleted }: ExpectedRowChange): ExpectedRow {
  const key = given as Json;
  if (deleted) return { table, key, change: 'deleted', cells: [] };
  if (column === undefined) {
    const cells = Object.entries(inserted ?? {}).map(([name, value]) => ({ column: name, after: value as Json }));
    return { table, key, change: 'inserted', cells };
  }
  const cell = {
    column,
    ...(before !== undefined && { before: before as Json }),
    ...(after !== undefined && { after: after as Json }),
  };
  return { table, key, change: 'updated', cells: [cell] };
}

/** The same row, changed in the same way, whatever its values. */
export function sameRow(expected: ExpectedRow, actual: RowChange, pattern: PatternMaker): boolean {
  return (
    expected.change === actual.change &&
    sameName(expected.table, actual.table) &&
    keyFits(expected.key, actual.key, pattern)
  );
}

/** A cell's values as they are found in a changed row; undefined where that column did not change. */
export function cellOf({ columns }: RowChange, column: string): RowChange['columns'][string] | undefined {
  if (Object.hasOwn(columns, column)) return columns[column];
  return Object.entries(columns).find(([name]) => sameName(name, column))?.[1];
}

export function valueFits(expected: Json, actual: Json | undefined, pattern: PatternMaker): boolean {
  return actual !== undefined && argsTest(expected, { mode: 'exact', pattern })(actual);
}

/** Names in SQL are the same in upper and lower case. */
export function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** By its columns, or by the one value of a key of one column. */
function keyFits(expected: Json, actual: JsonObject, pattern: PatternMaker): boolean {
  const columns = Object.entries(actual);
  if (isObject(expected)) {
    const wanted = Object.entries(expected);
    const value = (name: string) => wanted.find(([column]) => sameName(column, name))?.[1];
    if (wanted.length === columns.length && columns.every(([name]) => value(name) !== undefined)) {
      return columns.every(([name, found]) => keyValueFits(value(name) ?? null, found, pattern));
    }
  }
  const [only, ...more] = columns;
  return only !== undefined && more.length === 0 && keyValueFits(expected, only[1], pattern);
}

/** A key is a name: whether it is written as a number or as its text does not matter. */
function keyValueFits(expected: Json, actual: Json, pattern: PatternMaker): boolean {
  const scalars = ![expected, actual].some((value) => typeof value === 'object' || typeof value === 'boolean');
  return (scalars && String(expected) === String(actual)) || valueFits(expected, actual, pattern);
}

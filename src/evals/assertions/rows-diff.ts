import type { PatternMaker } from '../../core/condition.ts';
import { isObject, type Json, type JsonObject, pointer } from '../../core/json.ts';
import type { RowChange } from '../../core/row-change.ts';
import type { DiffEntry } from '../report.ts';
import { cellOf, type ExpectedCell, type ExpectedRow, sameName, valueFits } from './rows-expected.ts';

export interface ComparedRows {
  readonly expected: readonly ExpectedRow[];
  readonly actual: readonly RowChange[];
  /** The changed row of each expected one that has a partner. */
  readonly pairs: ReadonlyMap<number, number>;
  readonly others: 'forbid' | 'allow';
  readonly pattern: PatternMaker;
}

/** In which rows and cells the changes are not what was expected; empty when they are. */
export function rowsDiff({ expected, actual, pairs, others, pattern }: ComparedRows): DiffEntry[] {
  const forbid = others === 'forbid';
  const ofExpected = expected.flatMap((row, index) => {
    const found = actual[pairs.get(index) ?? -1];
    if (found === undefined) return missing(row);
    return [
      ...row.cells.flatMap((cell) => cellDiff(row, cell, found, pattern)),
      ...(forbid && row.change === 'updated' ? otherCells(row, found) : []),
    ];
  });
  const taken = new Set(pairs.values());
  return [...ofExpected, ...actual.flatMap((row, index) => (forbid && !taken.has(index) ? unexpected(row) : []))];
}

function missing({ table, key, change, cells }: ExpectedRow): DiffEntry[] {
  const subject = subjectOf(table, key, change);
  if (change === 'updated') {
    return cells.map((cell) => ({
      kind: 'missing',
      subject,
      path: pointer([cell.column]),
      ...given('expected', cell),
    }));
  }
  const expected = Object.fromEntries(cells.map(({ column, after }) => [column, after ?? null]));
  return [{ kind: 'missing', subject, ...(cells.length > 0 && { expected }) }];
}

function unexpected({ table, key, change, columns }: RowChange): DiffEntry[] {
  const subject = subjectOf(table, key, change);
  if (change === 'updated') {
    return Object.entries(columns).map(([column, cell]) => ({
      kind: 'unexpected',
      subject,
      path: pointer([column]),
      actual: sides(cell),
    }));
  }
  const side = change === 'inserted' ? 'after' : 'before';
  const row = Object.entries(columns).map(([column, cell]): [string, Json] => [column, cell[side] ?? null]);
  return [{ kind: 'unexpected', subject, actual: Object.fromEntries(row) }];
}

function cellDiff(row: ExpectedRow, wanted: ExpectedCell, found: RowChange, pattern: PatternMaker): DiffEntry[] {
  const subject = subjectOf(found.table, found.key, found.change);
  const cell = cellOf(found, wanted.column);
  if (cell === undefined) {
    return [{ kind: 'missing', subject, path: pointer([wanted.column]), ...given('expected', wanted) }];
  }
  return (['before', 'after'] as const).flatMap((side): DiffEntry[] => {
    const expected = wanted[side];
    const actual = cell[side];
    if (expected === undefined || valueFits(expected, actual, pattern)) return [];
    const path = pointer(row.change === 'updated' ? [wanted.column, side] : [wanted.column]);
    return [{ kind: 'differs', subject, path, expected, ...(actual !== undefined && { actual }) }];
  });
}

function otherCells({ cells }: ExpectedRow, found: RowChange): DiffEntry[] {
  const listed = (column: string) => cells.some((cell) => sameName(cell.column, column));
  const columns = Object.fromEntries(Object.entries(found.columns).filter(([column]) => !listed(column)));
  return unexpected({ ...found, columns });
}

/** `products p-001`, `order_items 7 2 (inserted)`. */
function subjectOf(table: string, key: Json, change: RowChange['change']): string {
  const values = isObject(key) ? Object.values(key) : [key];
  const name = values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' ');
  return `${table} ${name}${change === 'updated' ? '' : ` (${change})`}`;
}

function sides({ before, after }: { readonly before?: Json; readonly after?: Json }): JsonObject {
  return { ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
}

/** A side of an entry, where there is anything to say. */
function given(side: 'expected', cell: ExpectedCell): { readonly [side]?: Json } {
  const values = sides(cell);
  return Object.keys(values).length === 0 ? {} : { [side]: values };
}

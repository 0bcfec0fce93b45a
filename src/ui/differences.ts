import { isObject, type Json } from '../core/json.ts';
import type { Difference } from './items.ts';

/**
 * All places in which two values differ, in order. In a list, what has come or gone is one difference, and what stands
 * after it is compared with what it was. A place is that in the new value; that of something that is gone, in the old.
 */
export function differences(before: Json | undefined, after: Json | undefined, path = ''): Difference[] {
  if (Array.isArray(before) && Array.isArray(after)) {
    return pairs(before, after).flatMap(([was, is]) =>
      differences(before[was ?? -1], after[is ?? -1], `${path}[${is ?? was}]`),
    );
  }
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    const at = (name: string) => (path === '' ? name : `${path}.${name}`);
    return names.flatMap((name) => differences(before[name], after[name], at(name)));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}

/** A place in a list before, and that of the same thing after; undefined where there is none. */
type Pair = readonly [was: number | undefined, is: number | undefined];

/** So many members of one list times those of another are compared; in longer lists, those of the same place. */
const mostCompared = 10_000;

/** Which members of two lists are the same thing: what stays as it is, and what is changed least. */
function pairs(before: readonly Json[], after: readonly Json[]): Pair[] {
  const [was, is] = [before.map(partsOf), after.map(partsOf)];
  const shorter = Math.min(was.length, is.length);
  const same = (row: number, column: number) => changeOf(was[row], is[column]) === 0;
  let start = 0;
  while (start < shorter && same(start, start)) start += 1;
  let end = 0;
  while (end < shorter - start && same(was.length - 1 - end, is.length - 1 - end)) end += 1;
  const [rows, columns] = [was.slice(start, was.length - end), is.slice(start, is.length - end)];
  const many = rows.length * columns.length > mostCompared;
  const middle = many ? inOrder(rows.length, columns.length) : nearest(rows, columns);
  return [
    ...inOrder(start, start),
    ...middle.map(
      ([row, column]): Pair => [row === undefined ? row : row + start, column === undefined ? column : column + start],
    ),
    ...inOrder(end, end).map(([row = 0, column = 0]): Pair => [row + was.length - end, column + is.length - end]),
  ];
}

function inOrder(rows: number, columns: number): Pair[] {
  return Array.from(
    { length: Math.max(rows, columns) },
    (_, at): Pair => [at < rows ? at : undefined, at < columns ? at : undefined],
  );
}

/** The members of a thing by their names, as text; of what has none, all of it. */
type Parts = ReadonlyMap<string, string>;

function partsOf(value: Json): Parts {
  const members = isObject(value) ? Object.entries(value) : [['', value] as const];
  return new Map(members.map(([name, member]) => [name, JSON.stringify(member)]));
}

/** What there is to read where one thing has become another: twice for each member, what it was and what it is. */
function changeOf(was: Parts | undefined, is: Parts | undefined): number {
  const names = new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])]);
  return 2 * [...names].filter((name) => was?.get(name) !== is?.get(name)).length;
}

/** What there is to read where a thing has come or gone. */
function aloneOf(parts: Parts | undefined): number {
  return 1 + (parts?.size ?? 0);
}

/** What there is to read from a place in both lists on, by what is done there. */
interface Ways {
  readonly both: number;
  readonly gone: number;
  readonly come: number;
}

function waysOf(was: readonly Parts[], is: readonly Parts[]): (row: number, column: number) => Ways {
  const costs = Array.from({ length: was.length + 1 }, () => new Float64Array(is.length + 1));
  const costAt = (row: number, column: number) => costs[row]?.[column] ?? Number.POSITIVE_INFINITY;
  const waysAt = (row: number, column: number): Ways => ({
    both: changeOf(was[row], is[column]) + costAt(row + 1, column + 1),
    gone: aloneOf(was[row]) + costAt(row + 1, column),
    come: aloneOf(is[column]) + costAt(row, column + 1),
  });
  for (let row = was.length; row >= 0; row--) {
    for (let column = is.length; column >= 0; column--) {
      if (row === was.length && column === is.length) continue;
      const { both, gone, come } = waysAt(row, column);
      costs[row]?.set([Math.min(both, gone, come)], column);
    }
  }
  return waysAt;
}

/** The pairs, in order, that leave the least to read. */
function nearest(was: readonly Parts[], is: readonly Parts[]): Pair[] {
  const waysAt = waysOf(was, is);
  const found: Pair[] = [];
  for (let row = 0, column = 0; row < was.length || column < is.length; ) {
    const { both, gone, come } = waysAt(row, column);
    if (both <= gone && both <= come) found.push([row++, column++]);
    else if (gone <= come) found.push([row++, undefined]);
    else found.push([undefined, column++]);
  }
  return found;
}

/** What decides how near two calls are. */
export interface Nearness {
  readonly expected: number;
  readonly actual: number;
  fits(expected: number, actual: number): boolean;
  /** The same tool by the right agent, whatever the arguments. Others are never paired. */
  sameCall(expected: number, actual: number): boolean;
  /** In how many places the arguments differ. */
  differences(expected: number, actual: number): number;
}

/** A pair costs less than leaving both of its sides alone, so that as much as possible is explained as a pair. */
const alone = 100;
const differing = 10;

/**
 * The one-to-one pairing with the least difference in all: the Hungarian method, on each group of calls that could be
 * paired with each other. @returns the actual call of each expected one that has a partner.
 */
export function nearestPairing(nearness: Nearness): Map<number, number> {
  const pairs = new Map<number, number>();
  for (const { left, right } of groups(nearness)) {
    const cost = left.map((expected) => right.map((actual) => costOf(nearness, expected, actual)));
    for (const [row, column] of assign(cost).entries()) {
      const expected = left[row];
      const actual = right[column];
      if (expected === undefined || actual === undefined || (cost[row]?.[column] ?? alone) >= alone) continue;
      pairs.set(expected, actual);
    }
  }
  return pairs;
}

function costOf(nearness: Nearness, expected: number, actual: number): number {
  if (!nearness.sameCall(expected, actual)) return alone;
  const apart = Math.abs(expected / nearness.expected - actual / nearness.actual);
  if (nearness.fits(expected, actual)) return apart;
  return differing + Math.min(nearness.differences(expected, actual), 50) + apart;
}

interface Group {
  readonly left: number[];
  readonly right: number[];
}

/** Calls that are linked by being the same call, directly or through others. */
function groups(nearness: Nearness): Group[] {
  const found: Group[] = [];
  const groupOf = new Map<number, Group>();
  for (let expected = 0; expected < nearness.expected; expected++) {
    const partners: number[] = [];
    for (let actual = 0; actual < nearness.actual; actual++)
      if (nearness.sameCall(expected, actual)) partners.push(actual);
    const touched = [...new Set(partners.flatMap((actual) => groupOf.get(actual) ?? []))];
    const group: Group = { left: [expected], right: partners.filter((actual) => !groupOf.has(actual)) };
    for (const other of touched) {
      group.left.push(...other.left);
      group.right.push(...other.right);
      found.splice(found.indexOf(other), 1);
    }
    for (const actual of group.right) groupOf.set(actual, group);
    found.push(group);
  }
  return found;
}

/** The column of each row in the assignment of least cost; rows beyond the columns get a column that is not there. */
function assign(cost: readonly (readonly number[])[]): number[] {
  const rows = cost.length;
  const size = Math.max(rows, cost[0]?.length ?? 0);
  const at = (row: number, column: number) => cost[row - 1]?.[column - 1] ?? alone;
  const rowPrice = new Float64Array(size + 1);
  const columnPrice = new Float64Array(size + 1);
  const rowOf = new Int32Array(size + 1);
  for (let row = 1; row <= size; row++) place(row, { size, at, rowPrice, columnPrice, rowOf });
  const columns = new Array<number>(rows).fill(size);
  for (let column = 1; column <= size; column++) {
    const row = (rowOf[column] ?? 0) - 1;
    if (row >= 0 && row < rows) columns[row] = column - 1;
  }
  return columns;
}

interface Assignment {
  readonly size: number;
  at(row: number, column: number): number;
  readonly rowPrice: Float64Array;
  readonly columnPrice: Float64Array;
  readonly rowOf: Int32Array;
}

/** Finds a column for one more row by the cheapest chain of moves, keeping the prices of the method. */
function place(row: number, assignment: Assignment): void {
  const { size, rowOf } = assignment;
  const least = new Float64Array(size + 1).fill(Number.POSITIVE_INFINITY);
  const before = new Int32Array(size + 1);
  const done = new Uint8Array(size + 1);
  rowOf[0] = row;
  let column = 0;
  do {
    done[column] = 1;
    column = cheapest(assignment, { column, least, before, done });
  } while (rowOf[column] !== 0);
  while (column !== 0) {
    const previous = get(before, column);
    rowOf[column] = get(rowOf, previous);
    column = previous;
  }
}

interface Search {
  readonly column: number;
  readonly least: Float64Array;
  readonly before: Int32Array;
  readonly done: Uint8Array;
}

/** The open column that is cheapest to reach; the prices move on by as much. */
function cheapest(
  { size, at, rowPrice, columnPrice, rowOf }: Assignment,
  { column, least, before, done }: Search,
): number {
  const row = get(rowOf, column);
  let next = 0;
  for (let other = 1; other <= size; other++) {
    if (done[other]) continue;
    const reduced = at(row, other) - get(rowPrice, row) - get(columnPrice, other);
    if (reduced < get(least, other)) {
      least[other] = reduced;
      before[other] = column;
    }
    if (next === 0 || get(least, other) < get(least, next)) next = other;
  }
  const delta = get(least, next);
  for (let other = 0; other <= size; other++) {
    if (done[other]) {
      rowPrice[get(rowOf, other)] = get(rowPrice, get(rowOf, other)) + delta;
      columnPrice[other] = get(columnPrice, other) - delta;
    } else {
      least[other] = get(least, other) - delta;
    }
  }
  return next;
}

function get(values: Float64Array | Int32Array, index: number): number {
  return values[index] ?? 0;
}

import type { JoinPath, KeyInfo } from '../../core/catalog.ts';
import { named } from './source-sql.ts';

const maxPaths = 3;
/** Ways that are looked at: between tables with very many keys not all of them are. */
const maxLooked = 5000;

/** One key as it is walked: from a table to the other one. */
interface Step {
  readonly key: KeyInfo;
  readonly to: string;
}

type Graph = ReadonlyMap<string, readonly Step[]>;

/**
 * The best ways from one table to another over keys, each table visited once: the shortest, a key that was inferred
 * counting for more than one that somebody declared.
 * @param from exact name, as `to`
 */
export function joinPaths(keys: readonly KeyInfo[], from: string, to: string): JoinPath[] {
  if (from === to) return selfJoins(keys, from);
  const ways = waysTo(graphOf(keys), from, to);
  const sorted = ways
    .map((way) => ({ way, cost: costOf(way) }))
    .sort((one, other) => one.cost - other.cost || one.way.length - other.way.length);
  const limit = (sorted[0]?.cost ?? 0) + 1;
  return sorted
    .filter(({ cost }) => cost <= limit)
    .slice(0, maxPaths)
    .map(({ way }) => pathOf(from, way));
}

/** The ways that are at most one key longer than the shortest. */
function waysTo(graph: Graph, from: string, to: string): Step[][] {
  const distances = distancesTo(graph, to);
  const longest = (distances.get(from) ?? Number.NEGATIVE_INFINITY) + 1;
  const ways: Step[][] = [];
  let looked = 0;
  const leads = (step: Step, way: readonly Step[]) =>
    way.length + 1 + (distances.get(step.to) ?? Number.POSITIVE_INFINITY) <= longest &&
    step.to !== from &&
    way.every((earlier) => earlier.to !== step.to);
  const walk = (table: string, way: readonly Step[]): void => {
    for (const step of (graph.get(table) ?? []).filter((each) => leads(each, way))) {
      looked += 1;
      if (looked > maxLooked) return;
      if (step.to === to) ways.push([...way, step]);
      else walk(step.to, [...way, step]);
    }
  };
  walk(from, []);
  return ways;
}

function graphOf(keys: readonly KeyInfo[]): Graph {
  const graph = new Map<string, Step[]>();
  const add = (from: string, step: Step) => {
    const steps = graph.get(from);
    if (steps) steps.push(step);
    else graph.set(from, [step]);
  };
  for (const key of keys) {
    if (key.from.table === key.to.table) continue;
    add(key.from.table, { key, to: key.to.table });
    add(key.to.table, { key, to: key.from.table });
  }
  return graph;
}

/** How many keys each table is away. */
function distancesTo(graph: Graph, target: string): ReadonlyMap<string, number> {
  const distances = new Map([[target, 0]]);
  for (const [table, distance] of distances) {
    for (const { to } of graph.get(table) ?? []) if (!distances.has(to)) distances.set(to, distance + 1);
  }
  return distances;
}

/** A key of little confidence is worth a detour of one table. */
function costOf(way: readonly Step[]): number {
  return way.reduce((cost, { key }) => cost + 1 + 2 * (1 - key.confidence), 0);
}

function pathOf(from: string, way: readonly Step[]): JoinPath {
  const joins = way.map(({ key, to }) => `JOIN ${named(to)} ON ${condition(key)}`);
  return {
    tables: [from, ...way.map(({ to }) => to)],
    sql: [`FROM ${named(from)}`, ...joins].join(' '),
    keys: way.map(({ key }) => key),
    confidence: confidenceOf(way.map(({ key }) => key)),
  };
}

function selfJoins(keys: readonly KeyInfo[], table: string): JoinPath[] {
  const own = keys.filter(({ from, to }) => from.table === table && to.table === table);
  return own.slice(0, maxPaths).map((key) => ({
    tables: [table, table],
    sql: `FROM ${named(table)} JOIN ${named(table)} AS other ON ${condition(key, 'other')}`,
    keys: [key],
    confidence: confidenceOf([key]),
  }));
}

/** The columns of a key, ready to use. @param target what the table that it refers to is called */
export function condition({ from, to }: KeyInfo, target = to.table): string {
  return to.columns
    .map((column, at) => {
      const own = `${named(from.table)}.${named(from.columns[at] ?? '')}`;
      return `${named(target)}.${named(column)} = ${own}`;
    })
    .join(' AND ');
}

function confidenceOf(keys: readonly KeyInfo[]): number {
  return Math.round(keys.reduce((product, key) => product * key.confidence, 1) * 100) / 100;
}

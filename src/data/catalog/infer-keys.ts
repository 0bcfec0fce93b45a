import type { Database } from 'better-sqlite3';
import type { ColumnInfo, KeyInfo, TableInfo } from '../../core/catalog.ts';
import { type SampleSource, sampleRows, type Value } from './sample.ts';
import { affinityOf, quoted } from './source-sql.ts';
import { nameWords } from './words.ts';

/**
 * Keys that nobody declared: a column whose name says which key its values are of, such as `product_id` for the `id`
 * of `products`, of the same type, and with values that are found there.
 */
export function* inferKeys(db: Database, sources: readonly InferSource[]): Generator<KeyInfo> {
  const tables = sources.filter(({ table }) => table.kind === 'table');
  const byName = namesOfKeys(tables);
  for (const source of tables) {
    for (const column of source.table.columns) {
      const key = isDeclared(source, column.name) ? undefined : inferKey(db, source, column, byName);
      if (key) yield key;
    }
  }
}

function inferKey(db: Database, source: InferSource, column: ColumnInfo, byName: KeyNames): KeyInfo | undefined {
  const guess = guessKey(source.table, column, byName);
  if (guess === undefined) return undefined;
  const confidence = guess.confidence * shareFound(db, source, column, guess);
  if (confidence < leastConfidence) return undefined;
  return {
    from: { table: source.table.name, columns: [column.name] },
    to: { table: guess.table, columns: [guess.column.name] },
    origin: 'inferred',
    confidence: Math.round(confidence * 100) / 100,
  };
}

export interface InferSource extends SampleSource {
  readonly table: TableInfo;
  /** The keys that are declared. */
  readonly keys: readonly KeyInfo[];
}

const leastConfidence = 0.4;
/** How sure a name alone makes. */
const sureness = {
  tableAndKey: 0.95,
  keyOfItself: 0.9,
  roleAndKey: 0.85,
  endOfTable: 0.75,
  parent: 0.75,
  tableOnly: 0.6,
};
const withoutRows = 0.6;

interface Guess {
  readonly table: string;
  readonly column: ColumnInfo;
  readonly confidence: number;
}

/** What columns that refer to a key may be called, in words written as one. */
type KeyNames = ReadonlyMap<string, readonly Guess[]>;

function namesOfKeys(sources: readonly InferSource[]): KeyNames {
  const names = new Map<string, Guess[]>();
  for (const { table } of sources) {
    for (const column of uniqueColumns(table)) {
      for (const [name, confidence] of namesForKey(nameWords(table.name), column)) {
        const key = name.join('');
        names.set(key, [...(names.get(key) ?? []), { table: table.name, column, confidence }]);
      }
    }
  }
  return names;
}

/** @param own the words of the table's name */
function namesForKey(own: readonly string[], column: ColumnInfo): (readonly [readonly string[], number])[] {
  const words = nameWords(column.name);
  const prefixed = startsWith(words, own);
  const rest = prefixed ? words.slice(own.length) : words;
  const ends = own.slice(1).map((_, from) => [[...own.slice(from + 1), ...rest], sureness.endOfTable] as const);
  return [
    ...(rest.length > 0 ? [[[...own, ...rest], sureness.tableAndKey] as const, ...ends] : []),
    ...(words.length > 1 && !prefixed ? [[words, sureness.keyOfItself] as const] : []),
    ...(column.primaryKey > 0 && own.length > 0 ? [[own, sureness.tableOnly] as const] : []),
  ];
}

/** Columns that are a key by themselves. */
function uniqueColumns({ columns, indexes }: TableInfo): ColumnInfo[] {
  const primary = columns.filter(({ primaryKey }) => primaryKey > 0);
  const unique = indexes.filter((index) => index.unique && index.columns.length === 1).map((index) => index.columns[0]);
  return columns.filter((column) => (primary.length === 1 && column === primary[0]) || unique.includes(column.name));
}

function guessKey(table: TableInfo, column: ColumnInfo, byName: KeyNames): Guess | undefined {
  const words = nameWords(column.name);
  const fits = (guess: Guess) =>
    kindOfValues(guess.column) === kindOfValues(column) &&
    !(guess.table === table.name && guess.column.name === column.name);
  for (let from = 0; from < words.length; from++) {
    const found = (byName.get(words.slice(from).join('')) ?? []).filter(fits);
    const best = only(found);
    if (best === undefined) continue;
    const limit = from === 0 ? 1 : sureness.roleAndKey;
    // `customer` alone may be a key of customers; `best_customer` is more likely a name.
    if (from > 0 && best.confidence === sureness.tableOnly) continue;
    return { ...best, confidence: Math.min(best.confidence, limit) };
  }
  return parentOf(table, column, words);
}

/** The surest guess, if there is no other one as sure. */
function only(guesses: readonly Guess[]): Guess | undefined {
  const sorted = [...guesses].sort((one, other) => other.confidence - one.confidence);
  const [best, next] = sorted;
  return best !== undefined && best.confidence !== next?.confidence ? best : undefined;
}

/** `parent_id` refers to the `id` of the same table. */
function parentOf(table: TableInfo, column: ColumnInfo, words: readonly string[]): Guess | undefined {
  if (words[0] !== 'parent' || words.length < 2) return undefined;
  const rest = words.slice(1).join(' ');
  const key = uniqueColumns(table).find((each) => each.primaryKey > 0 && nameWords(each.name).join(' ') === rest);
  if (key === undefined || kindOfValues(key) !== kindOfValues(column)) return undefined;
  return { table: table.name, column: key, confidence: sureness.parent };
}

function kindOfValues(column: ColumnInfo): string {
  const affinity = affinityOf(column);
  return affinity === 'text' || affinity === 'none' ? affinity : 'number';
}

function startsWith(words: readonly string[], start: readonly string[]): boolean {
  return start.length > 0 && start.every((word, at) => words[at] === word);
}

function isDeclared({ keys }: InferSource, column: string): boolean {
  return keys.some(({ from }) => from.columns.includes(column));
}

const sampledValues = 200;
const leastShare = 0.9;

/** How many of some values are found in the key; 0 when too few are, less than 1 when there are none to look for. */
function shareFound(db: Database, source: SampleSource, column: ColumnInfo, guess: Guess): number {
  const values = new Set<Value>();
  for (const [value] of sampleRows(db, source, [column.name], sampledValues)) {
    if (value !== null && value !== undefined && typeof value !== 'object') values.add(value);
  }
  if (values.size === 0) return withoutRows;
  const find = db.prepare(`SELECT 1 FROM ${quoted(guess.table)} WHERE ${quoted(guess.column.name)} = ?`);
  let found = 0;
  for (const value of values) if (find.get(value) !== undefined) found += 1;
  const share = found / values.size;
  return share < leastShare ? 0 : share;
}

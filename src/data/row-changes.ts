import Database from 'better-sqlite3';
import { actionTable, isActionTable } from '../core/action-table.ts';
import { canonical, type Json, type JsonObject } from '../core/json.ts';
import type { RowChange } from '../core/row-change.ts';
import { quoted } from './catalog/source-sql.ts';

/**
 * The rows in which two states of a database differ, by table and key. Tables that are new or gone show as rows of
 * `sqlite_schema`, and with all rows that they have or had. What a dispatcher writes down for itself is left out.
 * @param before absolute path of the database as it was @param after as it is
 * @throws SqliteError when one of them cannot be read
 */
export function rowChanges(before: string, after: string): RowChange[] {
  const db = new Database(after, { readonly: true, fileMustExist: true });
  try {
    // The name is bound, so that no path is read as SQL.
    db.prepare('ATTACH ? AS earlier').run(before);
    db.defaultSafeIntegers();
    const schema = schemaChanges(db);
    return [...schema, ...tablesOf(db).flatMap((table) => tableChanges(db, table))];
  } finally {
    db.close();
  }
}

type Value = null | number | bigint | string | Buffer;
type Row = Readonly<Record<string, Value>>;
type Side = 'main' | 'earlier';

interface Table {
  readonly name: string;
  readonly in: readonly Side[];
  readonly key: readonly string[];
}

function tablesOf(db: Database.Database): Table[] {
  const namesIn = (side: Side) =>
    db
      .prepare(
        `SELECT name FROM pragma_table_list WHERE schema = ? AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
      )
      .pluck()
      .all(side) as string[];
  const now = new Set(namesIn('main'));
  const then = new Set(namesIn('earlier'));
  const names = [...new Set([...now, ...then])].filter((name) => !isActionTable(name)).sort();
  return names.map((name) => {
    const sides = (['main', 'earlier'] as const).filter((side) => (side === 'main' ? now : then).has(name));
    return { name, in: sides, key: keyOf(db, name, sides[0] ?? 'main') };
  });
}

/** The columns of the primary key in its order; the row id where there is none. */
function keyOf(db: Database.Database, table: string, side: Side): string[] {
  const columns = db
    .prepare('SELECT name FROM pragma_table_info(?, ?) WHERE pk > 0 ORDER BY pk')
    .pluck()
    .all(table, side) as string[];
  return columns.length > 0 ? columns : ['rowid'];
}

function tableChanges(db: Database.Database, { name, in: sides, key }: Table): RowChange[] {
  const columns = key[0] === 'rowid' && key.length === 1 ? 'rowid, *' : '*';
  const select = (side: Side) => `SELECT ${columns} FROM ${side}.${quoted(name)}`;
  const only = (side: Side, other: Side): Row[] => {
    if (!sides.includes(side)) return [];
    return db.prepare(sides.includes(other) ? `${select(side)} EXCEPT ${select(other)}` : select(side)).all() as Row[];
  };
  return pair(name, key, only('earlier', 'main'), only('main', 'earlier'));
}

function schemaChanges(db: Database.Database): RowChange[] {
  const rows = (side: Side, other: Side) => {
    const select = (each: Side) => {
      return `SELECT type, name, sql FROM ${each}.sqlite_schema WHERE lower(tbl_name) <> '${actionTable}'`;
    };
    return db.prepare(`${select(side)} EXCEPT ${select(other)}`).all() as Row[];
  };
  return pair('sqlite_schema', ['type', 'name'], rows('earlier', 'main'), rows('main', 'earlier'));
}

function pair(table: string, key: readonly string[], before: readonly Row[], after: readonly Row[]): RowChange[] {
  const keyed = (row: Row): JsonObject =>
    Object.fromEntries(key.map((column) => [column, json(row[column] ?? null)] as const));
  const then = new Map(before.map((row) => [canonical(keyed(row)), row]));
  const now = new Map(after.map((row) => [canonical(keyed(row)), row]));
  return [...new Set([...then.keys(), ...now.keys()])].sort().map((id): RowChange => {
    const was = then.get(id);
    const is = now.get(id);
    return { table, key: JSON.parse(id) as JsonObject, change: changeOf(was, is), columns: columnsOf(was, is) };
  });
}

function changeOf(was: Row | undefined, is: Row | undefined): RowChange['change'] {
  if (was === undefined) return 'inserted';
  return is === undefined ? 'deleted' : 'updated';
}

function columnsOf(was: Row = {}, is: Row = {}): RowChange['columns'] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return Object.fromEntries(
    names.flatMap((name) => {
      const before = member('before', was, name);
      const after = member('after', is, name);
      const same = before.before !== undefined && canonical(before.before) === canonical(after.after ?? null);
      return same && after.after !== undefined ? [] : [[name, { ...before, ...after }] as const];
    }),
  );
}

function member<K extends string>(name: K, row: Row, column: string): { readonly [k in K]?: Json } {
  return Object.hasOwn(row, column) ? ({ [name]: json(row[column] ?? null) } as { [k in K]: Json }) : {};
}

/** As agents see values: integers beyond 2^53, infinity and blobs are text. */
function json(value: Value): Json {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return Buffer.isBuffer(value) ? `x'${value.toString('hex')}'` : value;
}

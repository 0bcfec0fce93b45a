import { createHash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { isActionTable } from '../../core/action-table.ts';
import type { ColumnInfo, IndexInfo, KeyInfo, RowCount, TableInfo } from '../../core/catalog.ts';
import { messageOf } from '../../core/errors.ts';
import { authorize, schemaReader } from '../authorize.ts';
import { countRows } from './row-count.ts';
import { rowidSpan, type SampleSource, sampleRows } from './sample.ts';
import { quoted, rowidOf } from './source-sql.ts';

/** A table as it was found. The fingerprint is another one when its schema or, most likely, when its rows changed. */
export interface Inspected {
  readonly info: TableInfo;
  readonly withoutRowid: boolean;
  readonly fingerprint: string;
  readonly keys: readonly KeyInfo[];
}

/**
 * Looks at every table and view that may be read, one after the other.
 * @param allowed lower-case names of the tables that may be read; null for all
 * @param hidden told the names of tables that may not be read, and of views that read one of these
 */
export function* inspectTables(
  db: Database,
  allowed: ReadonlySet<string> | null,
  hidden: (name: string) => void,
): Generator<Inspected> {
  const objects = readObjects(db);
  const exposed = objects.filter((each) => isExposed(db, each, allowed));
  for (const object of objects) if (!exposed.includes(object)) hidden(object.name);
  const names = new Map(exposed.map(({ name }) => [name.toLowerCase(), name]));
  for (const object of exposed) yield inspectTable(db, object, names);
}

/** What a sample of a table is taken with. */
export function sampleSource(db: Database, table: TableInfo): SampleSource & { readonly table: TableInfo } {
  const found = readObjects(db).find(({ name }) => name === table.name);
  return { table, withoutRowid: found?.withoutRowid ?? false };
}

interface SchemaObject {
  readonly name: string;
  readonly kind: TableInfo['kind'];
  readonly withoutRowid: boolean;
  /** Its own SQL and that of its indexes. */
  readonly sql: string;
}

function readObjects(db: Database): SchemaObject[] {
  const sql = db
    .prepare<[], { name: string; sql: string }>(
      `SELECT tbl_name AS name, group_concat(sql, ';') AS sql FROM
       (SELECT tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid) GROUP BY tbl_name`,
    )
    .all();
  const sqlOf = new Map(sql.map((each) => [each.name, each.sql]));
  const list = db.pragma('table_list') as readonly { schema: string; name: string; type: string; wr: number }[];
  return list.flatMap(({ schema, name, type, wr }) => {
    const kind = kinds[type];
    if (schema !== 'main' || kind === undefined || isInternal(name) || !sqlOf.has(name)) return [];
    return [{ name, kind, withoutRowid: wr === 1, sql: sqlOf.get(name) ?? '' }];
  });
}

function isInternal(name: string): boolean {
  return name.startsWith('sqlite_') || isActionTable(name);
}

/** Of what SQLite calls them. The tables in which virtual tables keep their rows are left out. */
const kinds: Readonly<Record<string, TableInfo['kind']>> = { table: 'table', view: 'view', virtual: 'virtual' };

/** A view is exposed as far as all tables that it reads are, whatever it is called. */
function isExposed(db: Database, { name, kind }: SchemaObject, allowed: ReadonlySet<string> | null): boolean {
  if (allowed === null) return true;
  if (kind !== 'view') return allowed.has(name.toLowerCase());
  try {
    authorize(db, `SELECT * FROM ${quoted(name)}`, schemaReader(db)(), allowed);
    return true;
  } catch {
    // Not to be told from a view that is broken: either way nobody can read it.
    return false;
  }
}

function inspectTable(db: Database, object: SchemaObject, names: ReadonlyMap<string, string>): Inspected {
  const { name, kind, withoutRowid } = object;
  const hash = createHash('sha256').update(object.sql);
  let columns: ColumnInfo[] = [];
  try {
    columns = readColumns(db, name);
    db.prepare(`SELECT * FROM ${quoted(name)}`);
    const indexes = kind === 'table' ? readIndexes(db, name) : [];
    const plain = { name, kind, columns, indexes };
    // The columns of a view follow from other tables.
    hash.update(JSON.stringify(plain));
    const rows = kind === 'view' ? null : countRows(db, { table: plain, withoutRowid });
    if (rows) hash.update(contentMark(db, { table: plain, withoutRowid }, rows));
    const keys = kind === 'table' ? readForeignKeys(db, name, names) : [];
    return { info: { ...plain, rows }, withoutRowid, keys, fingerprint: hash.digest('hex') };
  } catch (thrown) {
    const problem = messageOf(thrown);
    const info = { name, kind, columns, indexes: [], rows: null, problem };
    return { info, withoutRowid, keys: [], fingerprint: hash.update(problem).digest('hex') };
  }
}

function readColumns(db: Database, table: string): ColumnInfo[] {
  const rows = db.pragma(`table_xinfo(${quoted(table)})`) as readonly ColumnRow[];
  // Hidden columns of virtual tables are no data.
  return rows
    .filter(({ hidden }) => hidden !== 1)
    .map(({ name, type, notnull, pk, hidden }) => ({
      name,
      type,
      notNull: notnull === 1,
      primaryKey: pk,
      generated: hidden > 1,
    }));
}

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
  readonly hidden: number;
}

function readIndexes(db: Database, table: string): IndexInfo[] {
  const rows = db.pragma(`index_list(${quoted(table)})`) as readonly {
    name: string;
    unique: number;
    partial: number;
  }[];
  return rows.map(({ name, unique, partial }) => ({
    name,
    // A partial one says nothing of the rows that it leaves out.
    unique: unique === 1 && partial === 0,
    columns: (db.pragma(`index_info(${quoted(name)})`) as readonly { name: string | null }[]).map((each) => each.name),
  }));
}

interface ForeignKeyRow {
  readonly id: number;
  readonly table: string;
  readonly from: string;
  /** Null for the primary key of the other table. */
  readonly to: string | null;
}

function readForeignKeys(db: Database, table: string, names: ReadonlyMap<string, string>): KeyInfo[] {
  const rows = db.pragma(`foreign_key_list(${quoted(table)})`) as readonly ForeignKeyRow[];
  const groups = new Map<number, ForeignKeyRow[]>();
  for (const row of rows) groups.set(row.id, [...(groups.get(row.id) ?? []), row]);
  return [...groups.values()].flatMap((parts) => {
    const target = names.get(parts[0]?.table.toLowerCase() ?? '');
    if (target === undefined) return [];
    const columns = targetColumns(db, target, parts);
    if (columns === undefined) return [];
    const from = { table, columns: parts.map((part) => part.from) };
    return [{ from, to: { table: target, columns }, origin: 'foreign-key', confidence: 1 } as const];
  });
}

/** The referenced columns by their exact names; undefined when there are no such columns. */
function targetColumns(db: Database, table: string, parts: readonly ForeignKeyRow[]): string[] | undefined {
  const columns = readColumns(db, table);
  const key = columns
    .filter(({ primaryKey }) => primaryKey > 0)
    .sort((one, other) => one.primaryKey - other.primaryKey)
    .map(({ name }) => name);
  const found = parts.map(({ to }, at) =>
    to === null ? key[at] : columns.find(({ name }) => name.toLowerCase() === to.toLowerCase())?.name,
  );
  return found.every((name) => name !== undefined) ? found : undefined;
}

const markedRows = 200;

/** Something that is another when the rows are: their number, the last one's number, and some of them in full. */
function contentMark(db: Database, source: SampleSource, rows: RowCount): string {
  const rowid = rowidOf(source.table, source.withoutRowid);
  const last = rowid === undefined ? '' : rowidSpan(db, quoted(source.table.name), rowid)?.last;
  const columns = source.table.columns.map(({ name }) => name);
  const some = createHash('sha256');
  for (const row of sampleRows(db, source, columns, markedRows)) {
    for (const value of row) some.update(value === null ? '\0n' : typeof value === 'object' ? value : `\0${value}`);
  }
  return `${rows.count} ${last} ${some.digest('hex')}`;
}

import type { Database, Statement } from 'better-sqlite3';
import { isActionTable } from '../core/action-table.ts';
import { nameOf, tokens } from '../core/sql-text.ts';
import { refused } from './refusal.ts';

/** The tables, views and indexes of a database, as far as it matters for who may read what. */
export interface Schema {
  /** `PRAGMA schema_version` at the time it was read. */
  readonly version: number;
  /** Table by root page; an index belongs to its table. */
  readonly roots: ReadonlyMap<number, string>;
  /** Names of tables, virtual tables and views. */
  readonly names: readonly string[];
  /** Virtual tables, by name in lower case. SQLite does not show them by root page. */
  readonly virtual: ReadonlyMap<string, string>;
  /** SQL of views, by name in lower case. */
  readonly views: ReadonlyMap<string, string>;
}

/** Reads the schema anew when another process changed it. To be called inside the statement's own transaction. */
export function schemaReader(db: Database): () => Schema {
  const version = db.prepare<[], number>('PRAGMA schema_version').pluck();
  let objects: Statement<[], SchemaRow> | undefined;
  let schema: Schema | undefined;
  return () => {
    const current = version.get() ?? 0;
    if (schema?.version === current) return schema;
    objects ??= db.prepare<[], SchemaRow>('SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema');
    schema = schemaOf(current, objects.all());
    return schema;
  };
}

/**
 * The tables that a checked statement reads, views resolved, sorted. Taken from SQLite's own program for it: what it
 * opens, not what its text says.
 * @param allowed lower-case names of the tables it may read; null for all of the database.
 * @throws ToolFailure `query-refused` when it reads anything else.
 */
export function authorize(db: Database, sql: string, schema: Schema, allowed: ReadonlySet<string> | null): string[] {
  const found = new Set<string>();
  let virtual = false;
  for (const row of db.prepare<[], ProgramRow>(`EXPLAIN ${sql}`).raw().iterate()) {
    const [, opcode, , root, database] = row;
    if (opcode === 'VOpen') virtual = true;
    // Database 1 holds temporary objects: there are none, and nobody can make one.
    else if ((opcode === 'OpenRead' || opcode === 'ReopenIdx') && database !== 1) {
      found.add(schema.roots.get(root) ?? 'a table that is not in the schema');
    }
  }
  if (virtual) for (const name of virtualTables(sql, schema)) found.add(name);
  const tables = [...found].sort();
  refuseOthers(tables, allowed);
  return tables;
}

interface SchemaRow {
  readonly type: string;
  readonly name: string;
  readonly tbl_name: string;
  readonly rootpage: number | null;
  readonly sql: string | null;
}

/** One instruction: address, opcode, p1, p2, p3, … */
type ProgramRow = readonly [number, string, number, number, number];

function schemaOf(version: number, rows: readonly SchemaRow[]): Schema {
  const roots = new Map([[1, 'sqlite_schema']]);
  const names: string[] = [];
  const virtual = new Map<string, string>();
  const views = new Map<string, string>();
  for (const { type, name, tbl_name, rootpage, sql } of rows) {
    if (rootpage) roots.set(rootpage, tbl_name);
    if (type === 'table' || type === 'view') names.push(name);
    if (type === 'table' && !rootpage) virtual.set(name.toLowerCase(), name);
    if (type === 'view') views.set(name.toLowerCase(), sql ?? '');
  }
  return { version, roots, names, virtual, views };
}

/**
 * Virtual tables that a statement may read: each one that its text, or the text of a view in it, names anywhere.
 * That can be too many, never too few.
 */
function virtualTables(sql: string, schema: Schema): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const texts = [sql];
  for (let text = texts.pop(); text !== undefined; text = texts.pop()) {
    for (const token of tokens(text)) {
      const name = nameOf(text, token).toLowerCase();
      const table = schema.virtual.get(name);
      if (table !== undefined) found.add(table);
      const view = schema.views.get(name);
      if (view === undefined || seen.has(name)) continue;
      seen.add(name);
      texts.push(view);
    }
  }
  return found;
}

const ownTable = 'the statement reads a table that Harness keeps for itself';

function refuseOthers(tables: readonly string[], allowed: ReadonlySet<string> | null): void {
  if (tables.some(isActionTable)) throw refused(ownTable, 'it holds none of the data');
  if (allowed === null) return;
  const hidden = tables.filter((table) => !allowed.has(table.toLowerCase()));
  if (hidden.length === 0) return;
  const list = allowed.size > 0 && allowed.size <= 20 ? `: ${[...allowed].sort().join(', ')}` : '';
  throw refused(
    'the statement reads a table that this workspace does not expose',
    `allowed are the exposed tables${list}`,
  );
}

import Sqlite, { type Database } from 'better-sqlite3';
import { isActionTable } from '../core/action-table.ts';
import { messageOf, ToolFailure } from '../core/errors.ts';
import { suggest } from '../core/nearest.ts';
import { nameOf, tokens } from '../core/sql-text.ts';
import type { Schema } from './authorize.ts';
import { refused, unavailable, unreadable } from './refusal.ts';

/** Where the nearest right name comes from. */
export interface Names {
  readonly db: Database;
  readonly schema: Schema;
  /** Lower-case names of the tables that may be read; null for all. */
  readonly allowed: ReadonlySet<string> | null;
}

/** What a model is told of anything that went wrong with its statement. */
export function queryFailure(thrown: unknown, sql: string, names?: Names): ToolFailure {
  if (thrown instanceof ToolFailure) return thrown;
  const message = messageOf(thrown);
  if (thrown instanceof Sqlite.SqliteError) return sqliteFailure(thrown, sql, names);
  if (message.includes('more than one statement')) return refused('there is more than one statement');
  if (message.includes('parameter')) {
    return new ToolFailure(
      'query-failed',
      'parameters such as ? and :name cannot be used; write the values into the statement',
    );
  }
  return new ToolFailure('query-failed', message);
}

function sqliteFailure(
  { code, message }: { readonly code: string; readonly message: string },
  sql: string,
  names: Names | undefined,
): ToolFailure {
  const reason = unavailableReason(code);
  if (reason !== undefined) return unavailable(reason);
  if (code === 'SQLITE_NOMEM' || code === 'SQLITE_TOOBIG') {
    return new ToolFailure('query-memory', `the statement needs too much memory: ${message}`);
  }
  const hidden = madeUpTable(sql);
  if (hidden !== undefined) return unreadable(hidden);
  const hint = hintFor(message, sql, names);
  return new ToolFailure('query-failed', hint === undefined ? message : `${message}; ${hint}`);
}

/** A name such as `pragma_table_info` in a statement that SQLite did not understand. */
function madeUpTable(sql: string): string | undefined {
  for (const token of tokens(sql)) {
    const name = nameOf(sql, token).toLowerCase();
    if (token.kind === 'word' && (name.startsWith('pragma_') || name === 'dbstat')) return name;
  }
  return undefined;
}

/** Why a database as a whole cannot be read; undefined when the statement is to blame. */
export function unavailableReason(code: string): string | undefined {
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return 'another process holds it locked; try again later';
  }
  if (code.startsWith('SQLITE_READONLY')) {
    return 'a program that was writing to it died in the middle (there is a hot journal); open it once with a program that may write, such as the sqlite3 shell, and SQLite repairs it';
  }
  if (code.startsWith('SQLITE_CORRUPT')) return 'its file is damaged; restore it from a copy';
  if (code === 'SQLITE_NOTADB') return 'its file is not a SQLite database';
  if (code.startsWith('SQLITE_CANTOPEN')) return 'its file cannot be opened';
  if (code.startsWith('SQLITE_IOERR')) return 'reading its file failed';
  return undefined;
}

const missing = /^no such (table|column|function): (.+)$/;

function hintFor(message: string, sql: string, names: Names | undefined): string | undefined {
  const [, what, full] = missing.exec(message) ?? [];
  if (full === undefined || names === undefined) return undefined;
  if (what === 'function') return 'the dialect is SQLite';
  const tables = names.schema.names.filter((name) => isOffered(name, names.allowed));
  const name = full.slice(full.lastIndexOf('.') + 1);
  return suggest(name, what === 'table' ? tables : columnsOf(names.db, mentioned(sql, tables)));
}

function isOffered(name: string, allowed: Names['allowed']): boolean {
  return !name.startsWith('sqlite_') && !isActionTable(name) && (allowed === null || allowed.has(name.toLowerCase()));
}

/** The tables that a statement names; all of them when it names none. */
function mentioned(sql: string, tables: readonly string[]): readonly string[] {
  const named = new Set(Array.from(tokens(sql), (token) => nameOf(sql, token).toLowerCase()));
  const found = tables.filter((table) => named.has(table.toLowerCase()));
  return found.length > 0 ? found : tables.slice(0, 50);
}

function columnsOf(db: Database, tables: readonly string[]): string[] {
  const columns = new Set<string>();
  for (const table of tables) {
    const quoted = `"${table.replaceAll('"', '""')}"`;
    for (const { name } of db.pragma(`table_xinfo(${quoted})`) as { readonly name: string }[]) columns.add(name);
  }
  return [...columns];
}

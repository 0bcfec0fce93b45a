import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isActionTable } from '../../core/action-table.ts';
import { HarnessError, messageOf } from '../../core/errors.ts';
import { openReadOnly } from '../../data/read-only.ts';

/** What an app is made from that starts with somebody's database. */
export interface SourceDatabase {
  /** Tables that agents may read, in the order of their names. */
  readonly tables: readonly string[];
  /** The one of these that the smoke script counts, and how many rows it has. */
  readonly counted: { readonly table: string; readonly quoted: string; readonly rows: number };
}

/**
 * Reads the tables of a database.
 * @param file absolute path @throws HarnessError `invalid-usage` when it is no SQLite database or has no table
 */
export function readSource(file: string): SourceDatabase {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile()) throw unusable(file, stats ? 'it is no file' : 'there is no such file');
  try {
    const db = openReadOnly(file);
    try {
      const list = db.pragma('table_list') as readonly { schema: string; name: string; type: string }[];
      const own = list.filter(({ schema, name }) => schema === 'main' && !/^sqlite_/i.test(name));
      const read = own.filter(({ name, type }) => ['table', 'virtual'].includes(type) && !isActionTable(name));
      const tables = read.map(({ name }) => name).sort();
      // What a virtual table holds is up to its module.
      const table = tables.find((name) => read.some((each) => each.name === name && each.type === 'table'));
      if (table === undefined) throw unusable(file, 'it holds no table');
      const quoted = `"${table.replaceAll('"', '""')}"`;
      const rows = Number(db.prepare(`SELECT count(*) FROM ${quoted}`).pluck().get());
      return { tables, counted: { table, quoted, rows } };
    } finally {
      db.close();
    }
  } catch (thrown) {
    throw thrown instanceof HarnessError ? thrown : unusable(file, messageOf(thrown));
  }
}

/** A file or a folder as a person writes it. @returns its absolute path */
export function writtenPath(written: string, home = process.env.HOME): string {
  // A shell is not there to do it in a dialogue.
  return resolve(home && written.startsWith('~/') ? `${home}${written.slice(1)}` : written);
}

function unusable(file: string, reason: string): HarnessError {
  return new HarnessError('invalid-usage', `the app cannot start from ${file}: ${reason}`, {
    hint: '--database: an SQLite file with at least one table',
  });
}

import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { refused, unreadable } from './refusal.ts';

/** Open a database so that nothing can be written through it, and nothing but it can be read. */
export function openReadOnly(file: string): Database {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 1000 });
  try {
    db.pragma('trusted_schema = OFF');
    db.pragma('cell_size_check = ON');
    db.pragma('mmap_size = 0');
    db.pragma('temp_store = MEMORY');
    shadow(db);
    db.pragma('query_only = ON');
  } catch (thrown) {
    db.close();
    throw thrown;
  }
  return db;
}

/** What changes when another file takes the place of this one; or why it cannot be opened. */
export function identityOf(file: string): { readonly identity: string } | { readonly wrong: string } {
  // better-sqlite3 trims names and SQLite cuts them at NUL: either would open another file than the one checked.
  if (!isAbsolute(file) || file !== file.trim() || file.includes('\0')) return { wrong: 'its path is not usable' };
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return { wrong: 'its file is missing' };
  return stats.isFile() ? { identity: `${stats.dev}:${stats.ino}` } : { wrong: 'its path does not lead to a file' };
}

/**
 * Tables that SQLite makes up itself and that tell of more than the data: paths, settings, free pages. A module
 * of the same name, registered on this handle, comes before them.
 */
function shadow(db: Database): void {
  const pragmas = db.pragma('pragma_list') as readonly { readonly name: string }[];
  for (const name of ['dbstat', ...pragmas.map((pragma) => `pragma_${pragma.name}`)]) {
    db.table(name, {
      columns: ['refused'],
      // biome-ignore lint/correctness/useYield: a generator is what the module has to be
      *rows(_first: unknown, _second: unknown): Generator<never> {
        throw unreadable(name);
      },
    });
  }
  // It reads tables by a name that no program of SQLite shows.
  db.function('rtreecheck', { varargs: true }, () => {
    throw refused('the function rtreecheck cannot be used');
  });
}

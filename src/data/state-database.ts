import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { HarnessError, messageOf } from '../core/errors.ts';

/** A database of a workspace's state. */
export interface StateDatabase {
  /** Absolute path, or `:memory:`. */
  readonly file: string;
  /** What messages call it: `the kv database`. */
  readonly name: string;
  /** Its schema, one entry a version. An entry is never edited once it has been released. */
  readonly migrations: readonly string[];
  /** Create and migrate its tables; otherwise they must be there. */
  readonly ensureSchema: boolean;
  /** What to do about a damaged file. */
  readonly remedy: string;
}

/** Opens the database, and creates it where it may. @throws HarnessError when it cannot, or its version is another. */
export function openStateDatabase(what: StateDatabase): Database {
  const { file, ensureSchema } = what;
  return guardState(what, () => {
    if (file !== ':memory:') {
      if (!ensureSchema && !existsSync(file)) throw missing(what);
      mkdirSync(dirname(file), { recursive: true });
    }
    const db = new Sqlite(file, { timeout: busyTimeoutMs, fileMustExist: !ensureSchema });
    try {
      // Pages that are no longer needed can be given back. Only a database without tables takes this.
      db.pragma('auto_vacuum = INCREMENTAL');
      // Whoever reads never waits for the writer, nor the other way round.
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      migrate(db, what);
      return db;
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  });
}

/** One process writes to a workspace's state at a time; more than this means trouble. */
const busyTimeoutMs = 2000;

/** Run `work`; what SQLite or the disk refuses becomes an error that says what to look at. */
export function guardState<T>(what: Pick<StateDatabase, 'file' | 'name' | 'remedy'>, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof HarnessError) throw thrown;
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
    if (code === 'SQLITE_ERROR' && /^no such (table|column)\b|\bhas no column named\b/.test(messageOf(thrown))) {
      const foreign = `${what.name} was written by another build of Harness, before its form was settled`;
      throw new HarnessError('store-unavailable', `${foreign}: ${what.file} (${messageOf(thrown)})`, {
        hint: what.remedy,
        cause: thrown,
      });
    }
    const known = faults.find(([prefix]) => code.startsWith(prefix));
    if (!known) throw thrown;
    const [, errorCode, message, hint = what.remedy] = known;
    throw new HarnessError(errorCode, `${what.name} ${message}: ${what.file} (${messageOf(thrown)})`, {
      hint,
      cause: thrown,
    });
  }
}

function migrate(db: Database, what: StateDatabase): void {
  const { file, name, migrations, ensureSchema } = what;
  const version = (): number => Number(db.pragma('user_version', { simple: true }));
  if (version() === migrations.length) return;
  if (!ensureSchema && version() < migrations.length) throw missing(what);
  db.transaction(() => {
    const from = version();
    if (from > migrations.length) {
      throw new HarnessError('newer-state', `${name} was written by a newer Harness (version ${from}): ${file}`, {
        hint: `this Harness reads versions up to ${migrations.length}; update it, or move the file away`,
      });
    }
    for (const sql of migrations.slice(from)) db.exec(sql);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

function missing({ file, name }: StateDatabase): HarnessError {
  return new HarnessError('store-unavailable', `${name} of this version is not there: ${file}`, {
    hint: 'set ensureSchema: true for it, or put the file there',
  });
}

const permissions = 'check the permissions of the folder';

const faults: readonly (readonly [string, 'store-unavailable' | 'disk-unavailable', string, string?])[] = [
  ['SQLITE_BUSY', 'store-unavailable', 'is locked by another process', 'try again when it has finished'],
  ['SQLITE_CORRUPT', 'store-unavailable', 'is damaged'],
  ['SQLITE_NOTADB', 'store-unavailable', 'is not a database'],
  ['SQLITE_FULL', 'disk-unavailable', 'cannot grow: the disk is full', 'free some space'],
  ['SQLITE_READONLY', 'disk-unavailable', 'cannot be written', permissions],
  ['SQLITE_CANTOPEN', 'disk-unavailable', 'cannot be opened', permissions],
  ['SQLITE_IOERR', 'disk-unavailable', 'cannot be used: the disk failed', 'check the disk'],
  ['EACCES', 'disk-unavailable', 'cannot be written', permissions],
  ['EPERM', 'disk-unavailable', 'cannot be written', permissions],
  ['EROFS', 'disk-unavailable', 'cannot be written: the disk is read-only', 'use a folder that can be written'],
  ['ENOSPC', 'disk-unavailable', 'cannot grow: the disk is full', 'free some space'],
  ['ENOTDIR', 'disk-unavailable', 'has no folder', 'a file stands where a folder is needed'],
  ['EEXIST', 'disk-unavailable', 'has no folder', 'a file stands where a folder is needed'],
];

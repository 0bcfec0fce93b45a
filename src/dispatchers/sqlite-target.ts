import Sqlite, { type Database } from 'better-sqlite3';
import { messageOf, ToolFailure } from '../core/errors.ts';

/** How long another program may keep the database locked. */
const busyTimeoutMs = 2000;

/**
 * Opens a target database for writing, for one action only: a handle that stays open would go on writing to a file
 * that another one has taken the place of. Its journal mode stays as it is.
 */
export function openTarget(file: string): Database {
  const db = new Sqlite(file, { fileMustExist: true, timeout: busyTimeoutMs });
  try {
    // What has been reported as applied must not be lost with the power. In WAL mode it could be.
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('trusted_schema = OFF');
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** A change to a database, and how to find out whether it was made. */
export interface Change<T> {
  /** Makes it, in a transaction that ends when this throws. */
  work(db: Database): T;
  /** What it came to; undefined when it was not made. */
  look(db: Database): T | undefined;
}

/**
 * Makes a change in one transaction. Where it is not clear whether it was committed, the database itself is asked.
 * @param subject what messages call the change
 * @throws ToolFailure when it certainly was not made; anything else leaves that open.
 */
export function writeOnce<T>(file: string, subject: string, { work, look }: Change<T>): T {
  const outcome = attempt(file, (db) => transact(db, work));
  if ('done' in outcome) return outcome.done;
  if (outcome.certain) throw failure(subject, outcome.thrown);
  const found = attempt(file, (db) => ({ done: look(db) }));
  if ('thrown' in found) {
    const reasons = `${reasonOf(outcome.thrown)}; and the database cannot be asked: ${reasonOf(found.thrown)}`;
    throw new Error(`it is not known whether ${subject} was applied: ${reasons}`);
  }
  if (found.done === undefined) throw failure(subject, outcome.thrown);
  return found.done;
}

type Outcome<T> = { readonly done: T } | { readonly thrown: unknown; readonly certain: boolean };

function attempt<T>(file: string, use: (db: Database) => Outcome<T>): Outcome<T> {
  let db: Database | undefined;
  try {
    db = openTarget(file);
    return use(db);
  } catch (thrown) {
    return { thrown, certain: true };
  } finally {
    // Undoes what is not committed.
    db?.close();
  }
}

/** Only a COMMIT that fails and ends its transaction leaves open what it did. */
function transact<T>(db: Database, work: (db: Database) => T): Outcome<T> {
  // With the write lock from the start: nobody can write between what is read and what is written.
  db.exec('BEGIN IMMEDIATE');
  const done = work(db);
  try {
    db.exec('COMMIT');
    return { done };
  } catch (thrown) {
    return { thrown, certain: db.inTransaction };
  }
}

function failure(subject: string, thrown: unknown): ToolFailure {
  return new ToolFailure('action-failed', `${subject} was not applied: ${reasonOf(thrown)}; nothing was changed`);
}

const reasons: readonly (readonly [code: string, reason: string])[] = [
  ['SQLITE_BUSY', `another program has kept the target database locked for ${busyTimeoutMs / 1000} s`],
  ['SQLITE_LOCKED', 'the target database is locked'],
  ['SQLITE_READONLY', 'the target database cannot be written to: check the permissions of its file and folder'],
  ['SQLITE_CANTOPEN', 'the file of the target database cannot be opened'],
  ['SQLITE_FULL', 'there is no space left for the target database'],
  ['SQLITE_IOERR', 'writing to the file of the target database failed'],
  ['SQLITE_CORRUPT', 'the file of the target database is damaged'],
  ['SQLITE_NOTADB', 'the file of the target database is not a SQLite database'],
];

function reasonOf(thrown: unknown): string {
  const message = messageOf(thrown);
  if (!(thrown instanceof Sqlite.SqliteError)) return message;
  const { code } = thrown;
  if (code.startsWith('SQLITE_CONSTRAINT')) return `the database does not allow it: ${message}`;
  return reasons.find(([known]) => code.startsWith(known))?.[1] ?? message;
}

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { HarnessError, messageOf } from '../core/errors.ts';
import type { Store } from '../core/ports.ts';
import { appender } from './append.ts';
import { migrate } from './migrations.ts';
import { reader } from './read.ts';

/** Opens the record of a workspace, and creates it where there is none. */
export function openStore(file: string): Store {
  const { clear: _clear, ...store } = openClearable(file);
  return store;
}

export interface ClearableStore extends Store {
  /** Forgets everything. */
  clear(): void;
}

/** A store that can be used again. `:memory:` lasts as long as the process. */
export function openClearable(file: string): ClearableStore {
  return guard(file, () => {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
    const db = new Database(file, { timeout: busyTimeoutMs });
    try {
      db.pragma('journal_mode = WAL');
      // NORMAL loses acknowledged events when the power fails (measured); FULL does not.
      db.pragma('synchronous = FULL');
      // Half as many checkpoints copy half as many pages; the log stays under 20 MB.
      db.pragma('wal_autocheckpoint = 4000');
      migrate(db, file);
      const append = appender(db);
      const clear = clearer(db);
      const {
        events,
        run,
        runs,
        lastRun,
        decidedRuns,
        runsBefore,
        agentsOf,
        figures,
        sessions,
        plan,
        plans,
        planVersions,
        approvals,
        approval,
      } = reader(db);
      return {
        append: (facts) => guard(file, () => append(facts)),
        events: (runId, limit) => guard(file, () => events(runId, limit)),
        run: (runId) => guard(file, () => run(runId)),
        runs: (filter) => guard(file, () => runs(filter)),
        lastRun: (session, besides) => guard(file, () => lastRun(session, besides)),
        decidedRuns: () => guard(file, decidedRuns),
        runsBefore: (before, limit) => guard(file, () => runsBefore(before, limit)),
        agentsOf: (runId) => guard(file, () => agentsOf(runId)),
        figures: () => guard(file, figures),
        sessions: () => guard(file, sessions),
        plan: (planId, version) => guard(file, () => plan(planId, version)),
        plans: (status) => guard(file, () => plans(status)),
        planVersions: (planId) => guard(file, () => planVersions(planId)),
        approvals: (filter) => guard(file, () => approvals(filter)),
        approval: (id) => guard(file, () => approval(id)),
        close: () => db.close(),
        clear: () => guard(file, () => clear()),
      };
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  });
}

function clearer(db: Database.Database): () => void {
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").pluck();
  const removals = (names.all() as string[]).map((name) => db.prepare(`DELETE FROM ${name}`));
  return db.transaction(() => {
    for (const removal of removals) removal.run();
  });
}

/** Another process holds the write lock for the length of one small transaction; more than this means trouble. */
const busyTimeoutMs = 2000;

/** Run `work`; what SQLite or the disk refuses becomes an error that says what to look at. */
export function guard<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof HarnessError) throw thrown;
    throw explain(file, thrown);
  }
}

function explain(file: string, thrown: unknown): unknown {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
  if (code === 'SQLITE_ERROR' && isForeign(messageOf(thrown))) return foreign(file, thrown);
  const known = faults.find(([prefix]) => code.startsWith(prefix));
  if (!known) return thrown;
  const [, errorCode, what, hint] = known;
  return new HarnessError(errorCode, `${what}: ${file} (${messageOf(thrown)})`, { hint, cause: thrown });
}

/** Our own statements fit the tables that our own migrations made, and no others. */
function isForeign(message: string): boolean {
  return /^no such (table|column)\b|\bhas no column named\b|\bhas \d+ columns but\b/.test(message);
}

function foreign(file: string, thrown: unknown): HarnessError {
  const message = `the state was written by another build of Harness, before its form was settled: ${file}`;
  return new HarnessError('store-unavailable', `${message} (${messageOf(thrown)})`, {
    hint: `move ${dirname(file)} away, and a new state is made; or use the build that wrote it`,
    cause: thrown,
  });
}

const faults = [
  ['SQLITE_CONSTRAINT', 'store-conflict', 'another process has added to the same run', 'look at `harness runs list`'],
  ['SQLITE_BUSY', 'store-unavailable', 'the state is locked by another process', 'try again when it has finished'],
  ['SQLITE_CORRUPT', 'store-unavailable', 'the state is damaged', 'restore the file from a backup, or move it away'],
  ['SQLITE_NOTADB', 'store-unavailable', 'the state is not a database', 'move the file away, or name another app'],
  ['SQLITE_FULL', 'disk-unavailable', 'the disk is full', 'free some space; nothing that was reported is lost'],
  ['SQLITE_READONLY', 'disk-unavailable', 'the state cannot be written', 'check the permissions of the folder'],
  ['SQLITE_CANTOPEN', 'disk-unavailable', 'the state cannot be opened', 'check the permissions of the folder'],
  ['SQLITE_IOERR', 'disk-unavailable', 'the disk failed', 'check the disk'],
  ['EACCES', 'disk-unavailable', 'the state folder cannot be written', 'check its permissions'],
  ['EPERM', 'disk-unavailable', 'the state folder cannot be written', 'check its permissions'],
  ['EROFS', 'disk-unavailable', 'the disk is read-only', 'use a folder that can be written'],
  ['ENOSPC', 'disk-unavailable', 'the disk is full', 'free some space'],
  ['EEXIST', 'disk-unavailable', 'the state folder cannot be made', 'a file stands where a folder is needed'],
  ['ENOTDIR', 'disk-unavailable', 'the state folder cannot be made', 'a file stands where a folder is needed'],
  ['ENOENT', 'disk-unavailable', 'the state folder cannot be made', 'check the path'],
] as const;

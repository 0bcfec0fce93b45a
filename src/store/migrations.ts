import type Database from 'better-sqlite3';
import { HarnessError } from '../core/errors.ts';

/**
 * The schema of state.db, one entry a version. An entry is never edited once it has been released:
 * a change is a new entry at the end. Few indexes, and rows that are added at the end: what a commit costs is the
 * number of pages that it touches. The id of an event is made of its run and its place there (event-id.ts).
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE runs (
    run INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    session TEXT NOT NULL,
    agent TEXT NOT NULL,
    prompt TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    status TEXT
  );
  CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    span TEXT NOT NULL,
    parent TEXT,
    agent TEXT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL
  );
  CREATE TABLE plans (
    plan_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    spec_name TEXT NOT NULL,
    hash TEXT NOT NULL,
    status TEXT NOT NULL,
    run_id TEXT NOT NULL,
    executing_run TEXT,
    stored_at TEXT NOT NULL,
    body TEXT NOT NULL,
    result TEXT,
    PRIMARY KEY (plan_id, version)
  ) WITHOUT ROWID;
  CREATE INDEX plans_executing ON plans (status) WHERE status = 'executing';
  CREATE TABLE approvals (
    approval TEXT PRIMARY KEY,
    run_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    subject TEXT NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    requested_at TEXT NOT NULL,
    decision TEXT,
    decided_by TEXT,
    decided_at TEXT
  ) WITHOUT ROWID;
  CREATE TABLE actions (
    key TEXT PRIMARY KEY,
    plan_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    run_id TEXT NOT NULL,
    status TEXT
  ) WITHOUT ROWID;
  `,
  `
  ALTER TABLE approvals ADD COLUMN revoked_by TEXT;
  ALTER TABLE approvals ADD COLUMN revoked_at TEXT;
  CREATE INDEX runs_of_session ON runs (session);
  `,
];

/** The version that this Harness writes. */
export const stateVersion = migrations.length;

/** Bring the database to this version's schema, in one transaction. @throws HarnessError `newer-state`. */
export function migrate(db: Database.Database, file: string): void {
  const version = (): number => Number(db.pragma('user_version', { simple: true }));
  if (version() === migrations.length) return;
  db.transaction(() => {
    const from = version();
    if (from > migrations.length) {
      throw new HarnessError('newer-state', `${file} was written by a newer Harness (state version ${from})`, {
        hint: `this Harness reads state versions up to ${migrations.length}; update it, or use another workspace`,
      });
    }
    for (const sql of migrations.slice(from)) db.exec(sql);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

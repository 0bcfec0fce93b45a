import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { HarnessError } from '../core/errors.ts';
import { guard } from './open.ts';

/** One run of eval cases, as it is stored. */
export interface StoredSuite {
  readonly suite: string;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
  /** How its cases were run: a suite is only continued in the same way. */
  readonly mode: string;
  readonly finished: boolean;
}

/** The results of one project's eval cases. Each is durable when `add` returns, also through a killed process. */
export interface EvalStore {
  begin(suite: StoredSuite): void;
  /** @param result JSON of one case's result; `key` is unique in its suite, `digest` tells what it ran on */
  add(suite: string, result: StoredResult): void;
  finish(suite: string): void;
  /** The latest suite; undefined when there is none. */
  latest(): StoredSuite | undefined;
  results(suite: string): readonly StoredResult[];
  /** The outcome of each case when it last ran, by key. */
  lastOutcomes(): ReadonlyMap<string, string>;
  /** When each of an app's cases ran last. Its result is read by itself: a result may be large. */
  lastRuns(app: string): readonly LastRun[];
  /** The result of a run of a case, as JSON; undefined when a later suite has removed it. */
  resultOf(run: number): string | undefined;
  /** The latest result of a case. */
  lastResult(key: string): string | undefined;
  close(): void;
}

export interface StoredResult {
  readonly key: string;
  readonly digest: string;
  readonly outcome: string;
  readonly result: string;
}

/** The last run of a case. */
export interface LastRun {
  /** Id of the run. */
  readonly run: number;
  readonly key: string;
  readonly digest: string;
  readonly outcome: string;
  /** The outcome of the run before it; null where there was none. */
  readonly before: string | null;
  /** ISO 8601 in UTC: when its suite began. */
  readonly startedAt: string;
}

/** Suites that are kept; older ones go when a new one begins. */
const kept = 20;

/** @throws HarnessError `store-unavailable`, `disk-unavailable` */
export function openEvalStore(file: string): EvalStore {
  return guard(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    const db = new Database(file, { timeout: 5000 });
    try {
      // A killed process loses nothing; results that a power cut takes are made again.
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      create(db, file);
      return store(db, file);
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  });
}

const version = 1;

function create(db: Database.Database, file: string): void {
  const found = Number(db.pragma('user_version', { simple: true }));
  if (found > version) {
    throw new HarnessError('newer-state', `${file} was written by a later version of Harness`, {
      hint: 'update Harness, or move the file away',
    });
  }
  if (found === version) return;
  db.transaction(() => {
    db.exec(`
      CREATE TABLE IF NOT EXISTS suites (
        id INTEGER PRIMARY KEY, suite TEXT NOT NULL UNIQUE, started_at TEXT NOT NULL, mode TEXT NOT NULL,
        finished INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS results (
        id INTEGER PRIMARY KEY, suite TEXT NOT NULL REFERENCES suites (suite) ON DELETE CASCADE, key TEXT NOT NULL,
        digest TEXT NOT NULL, outcome TEXT NOT NULL, result TEXT NOT NULL, UNIQUE (suite, key)
      ) STRICT;
      PRAGMA user_version = ${version};
    `);
  }).immediate();
}

function store(db: Database.Database, file: string): EvalStore {
  const begin = db.prepare('INSERT INTO suites (suite, started_at, mode, finished) VALUES (?, ?, ?, ?)');
  const prune = db.prepare('DELETE FROM suites WHERE id NOT IN (SELECT id FROM suites ORDER BY id DESC LIMIT ?)');
  const add = db.prepare(
    `INSERT INTO results (suite, key, digest, outcome, result) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (suite, key) DO UPDATE SET digest = excluded.digest, outcome = excluded.outcome, result = excluded.result`,
  );
  const finish = db.prepare('UPDATE suites SET finished = 1 WHERE suite = ?');
  const latest = db.prepare(
    'SELECT suite, started_at AS startedAt, mode, finished FROM suites ORDER BY id DESC LIMIT 1',
  );
  const results = db.prepare('SELECT key, digest, outcome, result FROM results WHERE suite = ? ORDER BY id');
  const last = db.prepare('SELECT key, outcome, max(id) FROM results GROUP BY key');
  const lastRuns = db.prepare(`
    SELECT run, key, digest, outcome, before, started_at AS startedAt FROM (
      SELECT r.id AS run, key, digest, outcome, lag(outcome) OVER runs AS before, started_at,
        r.id = max(r.id) OVER (PARTITION BY key) AS latest
      FROM results r JOIN suites s USING (suite) WHERE substr(key, 1, length(@start)) = @start
      WINDOW runs AS (PARTITION BY key ORDER BY r.id)
    ) WHERE latest
  `);
  const resultOf = db.prepare('SELECT result FROM results WHERE id = ?').pluck();
  const lastResult = db.prepare('SELECT result FROM results WHERE key = ? ORDER BY id DESC LIMIT 1').pluck();
  return {
    begin: ({ suite, startedAt, mode, finished }) =>
      guard(file, () => {
        db.transaction(() => {
          begin.run(suite, startedAt, mode, finished ? 1 : 0);
          prune.run(kept);
        }).immediate();
      }),
    add: (suite, { key, digest, outcome, result }) =>
      guard(file, () => void add.run(suite, key, digest, outcome, result)),
    finish: (suite) => guard(file, () => void finish.run(suite)),
    latest: () =>
      guard(file, () => {
        const row = latest.get() as (Omit<StoredSuite, 'finished'> & { readonly finished: number }) | undefined;
        return row && { ...row, finished: row.finished === 1 };
      }),
    results: (suite) => guard(file, () => results.all(suite) as StoredResult[]),
    lastOutcomes: () =>
      guard(file, () => {
        const rows = last.all() as { readonly key: string; readonly outcome: string }[];
        return new Map(rows.map(({ key, outcome }) => [key, outcome]));
      }),
    lastRuns: (app) => guard(file, () => lastRuns.all({ start: `${app}/` }) as LastRun[]),
    resultOf: (run) => guard(file, () => resultOf.get(run) as string | undefined),
    lastResult: (key) => guard(file, () => lastResult.get(key) as string | undefined),
    close: () => db.close(),
  };
}

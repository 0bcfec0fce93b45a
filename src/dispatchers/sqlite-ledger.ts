import type { Database } from 'better-sqlite3';
import { actionTable } from '../core/action-table.ts';
import type { ActionContext, Applied } from '../core/ports.ts';

/** An action that was applied, as the target database keeps it. */
interface LedgerRow {
  readonly key: string;
  readonly planId: string;
  readonly index: number;
  /** What the action did, as JSON. */
  readonly result: string;
}

/** Makes the table when it is not there. Without row ids it has no index beside it that would show. */
export function makeLedger(db: Database): void {
  db.exec(`CREATE TABLE IF NOT EXISTS ${actionTable} (
    key TEXT PRIMARY KEY NOT NULL,
    plan_id TEXT NOT NULL,
    idx INTEGER NOT NULL,
    applied_at TEXT NOT NULL,
    result TEXT NOT NULL
  ) WITHOUT ROWID`);
}

/** What was done under a key; undefined when nothing was. */
export function recorded(db: Database, key: string): Applied | undefined {
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(actionTable);
  if (table === undefined) return undefined;
  const result = db.prepare<[string], string>(`SELECT result FROM ${actionTable} WHERE key = ?`).pluck().get(key);
  return result === undefined ? undefined : (JSON.parse(result) as Applied);
}

export function recordOf({ key, planId, index }: ActionContext, applied: Applied): LedgerRow {
  return { key, planId, index, result: JSON.stringify(applied) };
}

export function writeRecord(db: Database, { key, planId, index, result }: LedgerRow): void {
  db.prepare(
    `INSERT INTO ${actionTable} (key, plan_id, idx, applied_at, result)
     VALUES (?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), ?)`,
  ).run(key, planId, BigInt(index), result);
}

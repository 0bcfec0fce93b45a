import type { Database } from 'better-sqlite3';

/** Facts about the whole catalog. */
export interface Meta {
  /** `complete`, or `unfinished` while entries are being changed. */
  readonly index?: string;
  /** How many entries there are, and how many terms they hold together. */
  readonly entries?: string;
  readonly tokens?: string;
  /** What the target's files were like when it was last looked at. */
  readonly files?: string;
  /** `PRAGMA schema_version` of the target, as it was then. */
  readonly schema?: string;
  /** Which tables the workspace exposes, and what the app's files say of them. */
  readonly exposed?: string;
  readonly declared?: string;
  /** What the app's files say, with the names that the target has, as JSON. */
  readonly resolved?: string;
}

export function readMeta(db: Database): Meta {
  return Object.fromEntries(db.prepare<[], [string, string]>('SELECT key, value FROM meta').raw().all());
}

export function writeMeta(db: Database, meta: Meta): void {
  const put = db.prepare(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  for (const [key, value] of Object.entries(meta)) put.run(key, value);
}

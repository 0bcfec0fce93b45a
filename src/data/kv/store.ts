import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import type { ResultOrigin, StoredResult } from '../../core/results.ts';
import { guardState, openStateDatabase } from '../state-database.ts';
import type { Cell, Layout, LayoutKind } from './layout.ts';

/**
 * The schema of kv.db, one entry a version. An entry is never edited once it has been released: a change is a new
 * entry at the end. Beside these there is one table `r_<number>` for each stored value.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE results (
    -- A number is never given twice, so that an old handle never means a new value.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT NOT NULL,
    run_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    tool TEXT NOT NULL,
    call TEXT NOT NULL,
    kind TEXT NOT NULL,
    columns TEXT NOT NULL,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    cut INTEGER NOT NULL,
    stored_at INTEGER NOT NULL
  );
  CREATE INDEX results_by_session ON results (session);
  `,
];

/** A stored value as the database has it. */
export interface Entry extends Omit<StoredResult, 'kind'> {
  readonly number: number;
  readonly kind: LayoutKind;
  /** Milliseconds since 1970. */
  readonly storedMs: number;
}

/** What is stored with a value. */
export interface EntryOrigin extends ResultOrigin {
  readonly session: string;
  readonly storedMs: number;
}

/** How many bytes of JSON may be kept of one value, and of all values together. */
export interface KvLimits {
  readonly maxBytes: number;
  readonly maxTotalBytes: number;
}

/** The large values of one workspace. Everything here throws HarnessError when the disk or the file fails. */
export interface Kv {
  readonly file: string;
  /** Stores as many rows as fit, and makes room by removing the oldest values. Other work goes on in between. */
  insert(layout: Layout, origin: EntryOrigin, limits: KvLimits): Promise<Entry>;
  get(number: number): Entry | undefined;
  /** Whether a number has ever been given. */
  wasGiven(number: number): boolean;
  /** Rows from `offset`, in order. */
  rows(entry: Entry, offset: number, limit: number): readonly (readonly Cell[])[];
  /** Oldest first. */
  list(session?: string): readonly Entry[];
  /** @returns how many were removed */
  remove(entries: readonly Entry[]): number;
  /** Gives the space of what was removed back to the disk. */
  shrink(): void;
  /** Waits for what is being stored. */
  close(): Promise<void>;
}

/** Opens kv.db, and creates it where it may. @throws HarnessError when it cannot, or its version is another. */
export function openKv(file: string, ensureSchema: boolean): Kv {
  const what = { file, name: 'the kv database', migrations, ensureSchema, remedy };
  const db = openStateDatabase(what);
  const { get, all, ofSession, last } = guardState(what, () => statementsOf(db));
  const entry = (row: unknown) => (row === undefined ? undefined : entryOf(row as EntryRow));
  /** Settles when what is being stored is stored. */
  let line: Promise<unknown> = Promise.resolve();
  return {
    file,
    insert: (layout, origin, limits) => {
      const turn = line
        .then(() => insert(db, layout, origin, limits))
        .catch((thrown) => guardState(what, raise(thrown)));
      line = turn.catch(() => undefined);
      return turn;
    },
    get: (number) => guardState(what, () => entry(get.get(number))),
    wasGiven: (number) => guardState(what, () => number <= (last.get() ?? 0)),
    rows: ({ table }, offset, limit) =>
      guardState(what, () =>
        db.prepare(`SELECT * FROM ${table} WHERE _rowid_ > ? ORDER BY _rowid_ LIMIT ?`).raw().all(offset, limit),
      ) as Cell[][],
    list: (session) =>
      guardState(what, () =>
        (session === undefined ? all.all() : ofSession.all(session)).map((row) => entryOf(row as EntryRow)),
      ),
    remove: (entries) =>
      guardState(what, () => {
        db.transaction(() => removeEntries(db, entries)).immediate();
        // A bounded piece of work for each opening; the rest follows next time.
        db.pragma(`incremental_vacuum(${pagesAtOnce})`);
        return entries.length;
      }),
    shrink: () =>
      guardState(what, () => {
        db.pragma('incremental_vacuum');
        db.pragma('wal_checkpoint(TRUNCATE)');
      }),
    close: async () => {
      await line;
      db.close();
    },
  };
}

function statementsOf(db: Database) {
  return {
    get: db.prepare('SELECT * FROM results WHERE number = ?'),
    all: db.prepare('SELECT * FROM results ORDER BY number'),
    ofSession: db.prepare('SELECT * FROM results WHERE session = ? ORDER BY number'),
    last: db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'results'").pluck(),
  };
}

const remedy = 'move the file away: it holds only large values of earlier sessions';

const pagesAtOnce = 25_000;

function raise(thrown: unknown): () => never {
  return () => {
    throw thrown;
  };
}

interface EntryRow {
  readonly number: number;
  readonly session: string;
  readonly run_id: string;
  readonly agent: string;
  readonly tool: string;
  readonly call: string;
  readonly kind: LayoutKind;
  readonly columns: string;
  readonly rows: number;
  readonly bytes: number;
  readonly cut: number;
  readonly stored_at: number;
}

function entryOf({ number, run_id, columns, cut, stored_at, ...row }: EntryRow): Entry {
  return {
    ...row,
    number,
    result: `r-${number}`,
    table: `r_${number}`,
    runId: run_id,
    columns: JSON.parse(columns) as string[],
    cut: cut === 1,
    storedMs: stored_at,
    storedAt: new Date(stored_at).toISOString(),
  };
}

async function insert(db: Database, layout: Layout, origin: EntryOrigin, limits: KvLimits): Promise<Entry> {
  db.exec('BEGIN IMMEDIATE');
  try {
    const { columns, kind } = layout;
    const { session, runId, agent, tool, call, storedMs } = origin;
    const names = JSON.stringify(columns.map((column) => column.name));
    const { lastInsertRowid } = db
      .prepare(
        `INSERT INTO results (session, run_id, agent, tool, call, kind, columns, rows, bytes, cut, stored_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?)`,
      )
      .run(session, runId, agent, tool, call, kind, names, storedMs);
    const number = Number(lastInsertRowid);
    const declared = columns.map(({ name, type }) => `"${name.replaceAll('"', '""')}" ${type}`.trim());
    db.exec(`CREATE TABLE r_${number} (${declared.join(', ')})`);
    const { rows, bytes } = await insertRows(db, number, layout, limits.maxBytes);
    db.prepare('UPDATE results SET rows = ?, bytes = ?, cut = ? WHERE number = ?').run(
      rows,
      bytes,
      layout.cut || rows < layout.rows ? 1 : 0,
      number,
    );
    removeEntries(db, oldest(db, number, limits.maxTotalBytes));
    db.exec('COMMIT');
    return entryOf(db.prepare('SELECT * FROM results WHERE number = ?').get(number) as EntryRow);
  } catch (thrown) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw thrown;
  }
}

/** Nothing else of this process waits for longer than this. */
const sliceMs = 15;

async function insertRows(db: Database, number: number, layout: Layout, maxBytes: number) {
  const statement = db.prepare(`INSERT INTO r_${number} VALUES (${layout.columns.map(() => '?').join(', ')})`);
  let bytes = Buffer.byteLength(JSON.stringify(layout.columns.map((column) => column.name)));
  let rows = 0;
  let since = performance.now();
  for (; rows < layout.rows; rows++) {
    const row = layout.row(rows);
    if (bytes + row.bytes + 1 > maxBytes) break;
    bytes += row.bytes + 1;
    statement.run(row.cells);
    if (performance.now() - since < sliceMs) continue;
    await nextTurn();
    since = performance.now();
  }
  return { rows, bytes };
}

/** The oldest values that have to go so that all others fit. */
function oldest(db: Database, kept: number, maxTotalBytes: number): readonly Pick<Entry, 'number'>[] {
  const total = Number(db.prepare('SELECT sum(bytes) FROM results').pluck().get());
  let excess = total - maxTotalBytes;
  if (excess <= 0) return [];
  const gone: Pick<Entry, 'number'>[] = [];
  const others = db.prepare('SELECT number, bytes FROM results WHERE number <> ? ORDER BY number');
  for (const row of others.all(kept) as { readonly number: number; readonly bytes: number }[]) {
    if (excess <= 0) break;
    gone.push(row);
    excess -= row.bytes;
  }
  return gone;
}

function removeEntries(db: Database, entries: readonly Pick<Entry, 'number'>[]): void {
  const forget = db.prepare('DELETE FROM results WHERE number = ?');
  for (const { number } of entries) {
    db.exec(`DROP TABLE IF EXISTS r_${number}`);
    forget.run(number);
  }
}

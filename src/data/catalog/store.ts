import type { Database } from 'better-sqlite3';
import type { KeyInfo, Note, TableInfo, TableProfile } from '../../core/catalog.ts';
import type { Json } from '../../core/json.ts';
import type { Redactor } from '../../core/redact.ts';

/** A table as the catalog keeps it. */
export interface StoredTable {
  readonly info: TableInfo;
  readonly fingerprint: string;
  readonly profile: TableProfile | null;
  /** The fingerprint that the table had when it was profiled. */
  readonly profiled: string | null;
}

/** What the catalog knows of the target database, and what agents noted. Names are found in any case. */
export interface CatalogStore {
  /** Names of all tables, sorted. */
  names(): readonly string[];
  table(name: string): StoredTable | undefined;
  /** An earlier profile stays until there is a new one. */
  putTable(info: TableInfo, fingerprint: string): void;
  /** @param profile null when the table, as it was with this fingerprint, could not be profiled */
  putProfile(table: string, profile: TableProfile | null, fingerprint: string): void;
  removeTable(name: string): void;
  keys(): readonly KeyInfo[];
  keysOf(table: string): readonly KeyInfo[];
  /** Replaces all keys that the target database tells. */
  putKeys(keys: readonly KeyInfo[]): void;
  /** What agents noted: of one table, or all. Oldest first. */
  notes(table?: string): readonly Note[];
  /** Puts a note in the place of the one that it is about the same as, if there is one. */
  putNote(note: Note): 'new' | 'replaced' | 'unchanged';
}

/** @param redactor removes secrets from values and notes before they are kept; names stay, or nothing would be found */
export function catalogStore(db: Database, redactor: Redactor): CatalogStore {
  const tables = tableStore(db);
  const notes = noteStore(db);
  return {
    ...tables,
    ...keyStore(db),
    ...notes,
    putProfile: (table, profile, fingerprint) =>
      tables.putProfile(table, profile && cleanProfile(profile, redactor), fingerprint),
    putNote: (note) => notes.putNote(redactor.json(note as unknown as Json) as unknown as Note),
  };
}

function cleanProfile(profile: TableProfile, redactor: Redactor): TableProfile {
  const clean = redactor.json(profile as unknown as Json) as unknown as TableProfile;
  if (clean === profile) return profile;
  const columns = clean.columns.map((column, at) => ({
    ...column,
    column: profile.columns[at]?.column ?? column.column,
  }));
  return { ...clean, table: profile.table, columns };
}

interface TableRow {
  readonly info: string;
  readonly fingerprint: string;
  readonly profile: string | null;
  readonly profiled: string | null;
}

function tableStore(db: Database): Pick<CatalogStore, 'names' | 'table' | 'putTable' | 'putProfile' | 'removeTable'> {
  const names = db.prepare<[], string>('SELECT name FROM tables ORDER BY name').pluck();
  const table = db.prepare<[string], TableRow>(
    'SELECT info, fingerprint, profile, profiled FROM tables WHERE name = ?',
  );
  const put = db.prepare(
    `INSERT INTO tables (name, info, fingerprint) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET name = excluded.name, info = excluded.info, fingerprint = excluded.fingerprint`,
  );
  const putProfile = db.prepare('UPDATE tables SET profile = ?, profiled = ? WHERE name = ?');
  const remove = db.prepare('DELETE FROM tables WHERE name = ?');
  return {
    names: () => names.all(),
    table(name) {
      const row = table.get(name);
      if (row === undefined) return undefined;
      const { info, fingerprint, profile, profiled } = row;
      return { info: JSON.parse(info), fingerprint, profile: profile === null ? null : JSON.parse(profile), profiled };
    },
    putTable: (info, fingerprint) => void put.run(info.name, JSON.stringify(info), fingerprint),
    putProfile: (name, profile, fingerprint) =>
      void putProfile.run(profile && JSON.stringify(profile), fingerprint, name),
    removeTable: (name) => void remove.run(name),
  };
}

function keyStore(db: Database): Pick<CatalogStore, 'keys' | 'keysOf' | 'putKeys'> {
  const all = db.prepare<[], string>('SELECT info FROM keys ORDER BY key').pluck();
  const of = db
    .prepare<[string, string], string>('SELECT info FROM keys WHERE from_table = ? OR to_table = ? ORDER BY key')
    .pluck();
  const clear = db.prepare('DELETE FROM keys');
  const insert = db.prepare('INSERT INTO keys (from_table, to_table, info) VALUES (?, ?, ?)');
  const parse = (text: string): KeyInfo => JSON.parse(text);
  return {
    keys: () => all.all().map(parse),
    keysOf: (table) => of.all(table, table).map(parse),
    putKeys: (keys) => {
      clear.run();
      for (const key of keys) insert.run(key.from.table, key.to.table, JSON.stringify(key));
    },
  };
}

interface NoteRow {
  readonly note: number;
  readonly kind: Note['kind'];
  readonly table: string | null;
  readonly column: string | null;
  readonly name: string | null;
  readonly text: string;
  readonly sql: string | null;
  readonly reads: string | null;
  readonly by: string;
  readonly at: string;
}

/** An agent's description of the same thing, and its metric of the same name, is replaced; the rest is added. */
const sameNote = `kind = @kind AND "table" IS @table AND "column" IS @column AND
  name IS @name AND (kind IN ('description', 'metric') OR text = @text COLLATE NOCASE)`;

function noteStore(db: Database): Pick<CatalogStore, 'notes' | 'putNote'> {
  const all = db.prepare<[], NoteRow>('SELECT * FROM notes ORDER BY note');
  const of = db.prepare<[string], NoteRow>('SELECT * FROM notes WHERE "table" = ? ORDER BY note');
  const same = db.prepare<[NoteValues], NoteRow>(`SELECT * FROM notes WHERE ${sameNote}`);
  const remove = db.prepare<[NoteValues]>(`DELETE FROM notes WHERE ${sameNote}`);
  const insert = db.prepare<[NoteValues]>(
    `INSERT INTO notes (kind, "table", "column", name, text, sql, reads, by, at)
     VALUES (@kind, @table, @column, @name, @text, @sql, @reads, @by, @at)`,
  );
  return {
    notes: (table) => (table === undefined ? all.all() : of.all(table)).map(noteOf),
    putNote: db.transaction((note: Note) => {
      const { kind, table = null, column = null, name = null, text, sql = null, by, at = '' } = note;
      const reads = note.reads ? JSON.stringify(note.reads) : null;
      const values = { kind, table, column, name, text, sql, reads, by, at };
      const earlier = same.get(values);
      if (earlier?.text === text && earlier.sql === sql) return 'unchanged';
      remove.run(values);
      insert.run(values);
      return earlier === undefined ? 'new' : 'replaced';
    }),
  };
}

type NoteValues = Omit<NoteRow, 'note'>;

function noteOf({ kind, table, column, name, text, sql, reads, by, at }: NoteRow): Note {
  return {
    kind,
    text,
    by,
    at,
    ...(table !== null && { table }),
    ...(column !== null && { column }),
    ...(name !== null && { name }),
    ...(sql !== null && { sql }),
    ...(reads !== null && { reads: JSON.parse(reads) }),
  };
}

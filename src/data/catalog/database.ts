import type { Database } from 'better-sqlite3';
import { guardState, openStateDatabase } from '../state-database.ts';

/** `notes` is the only table that cannot be made again from the target database. */
const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE tables (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    info TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    profile TEXT,
    profiled TEXT
  );
  CREATE TABLE keys (
    key INTEGER PRIMARY KEY,
    from_table TEXT NOT NULL COLLATE NOCASE,
    to_table TEXT NOT NULL COLLATE NOCASE,
    info TEXT NOT NULL
  );
  CREATE INDEX keys_from ON keys (from_table);
  CREATE INDEX keys_to ON keys (to_table);
  CREATE TABLE notes (
    note INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    "table" TEXT COLLATE NOCASE,
    "column" TEXT COLLATE NOCASE,
    name TEXT COLLATE NOCASE,
    text TEXT NOT NULL,
    sql TEXT,
    reads TEXT,
    by TEXT NOT NULL,
    at TEXT NOT NULL
  );
  CREATE INDEX notes_by_table ON notes ("table");
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL COLLATE NOCASE,
    shown TEXT NOT NULL,
    terms TEXT NOT NULL
  );
  CREATE INDEX entries_by_source ON entries (source);
  CREATE TABLE terms (id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE, entries INTEGER NOT NULL);
  CREATE VIRTUAL TABLE words USING fts5 (
    name, synonyms, description, context, vals,
    content = '', contentless_delete = 1, tokenize = 'ascii'
  );
  CREATE VIRTUAL TABLE parts USING fts5 (
    term, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram'
  );
  `,
];

export interface CatalogFile {
  /** Absolute path, or `:memory:`. */
  readonly file: string;
  /** Create and migrate its tables; otherwise they must be there. */
  readonly ensureSchema: boolean;
}

const naming = {
  name: 'the catalog',
  remedy: 'move the file away: all of it but what agents annotated is made again',
};

/** Opens catalog.db. @throws HarnessError when it cannot be opened or is of another version. */
export function openCatalogDatabase(file: CatalogFile): Database {
  return openStateDatabase({ ...file, ...naming, migrations });
}

/** Run `work` on catalog.db; what SQLite or the disk refuses becomes an error that says what to look at. */
export function guardCatalog<T>(file: string, work: () => T): T {
  return guardState({ file, ...naming }, work);
}

import type { SearchHit, SearchResult } from '../core/catalog.ts';
import type { QueryResult } from '../core/ports.ts';

/** What a page may ask about the workspace's target database. What is asked changes nothing. */
export interface CatalogPort {
  /** Whether there is anything to ask, and whether it is as the database is now. Looked up anew each time. */
  state(): CatalogState;
  /** All tables, each as an entry that was found. */
  tables(): Promise<readonly SearchHit[]>;
  /** What agents find with the same words. Entries best first. */
  search(query: string): Promise<SearchResult>;
  /** @throws when there is no such table */
  table(name: string): Promise<TableDetails>;
  /** Some rows, read as agents read them; secrets are left out. @throws when they cannot be read */
  sample(table: string): Promise<QueryResult>;
  /** Profiles what has changed, or one table, and brings the index up to date. @returns what was done, in words */
  update(table?: string): Promise<string>;
  close(): void;
}

export interface CatalogState {
  /** `none`: it has not been made yet. `stale`: the database, or what the app says of it, has changed since. */
  readonly is: 'none' | 'stale' | 'current';
  /** When it was last written, in milliseconds since 1970. */
  readonly at?: number;
}

/** Everything that is known of a table, in words. */
export interface TableDetails {
  readonly name: string;
  readonly kind: string;
  readonly description: string;
  /** `about 1,200 rows`; empty where they were not counted. */
  readonly rows: string;
  /** What the figures are of, or that there are none. */
  readonly profiled: string;
  /** Why it cannot be read. */
  readonly problem?: string;
  readonly columns: readonly ColumnDetails[];
  /** Keys from it and to it, one each. */
  readonly joins: readonly string[];
  /** Rules, metrics and synonyms, with who said so. */
  readonly notes: readonly NoteDetails[];
}

export interface ColumnDetails {
  readonly name: string;
  readonly type: string;
  /** `key, not null`; empty where nothing holds. */
  readonly marks: string;
  readonly description: string;
  /** What its values are like; empty where that is not known. */
  readonly figures: string;
}

export interface NoteDetails {
  /** `rule for country`, `metric revenue`. */
  readonly title: string;
  readonly text: string;
  readonly by: string;
}

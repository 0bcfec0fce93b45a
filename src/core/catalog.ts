import type { Json } from './json.ts';

/** What a catalog holds entries of, in the order in which they are preferred where all else is equal. */
export const entryKinds = ['table', 'metric', 'rule', 'join', 'column', 'value'] as const;

export type EntryKind = (typeof entryKinds)[number];

/** A table, a view or a virtual table of the target database. */
export interface TableInfo {
  readonly name: string;
  readonly kind: 'table' | 'view' | 'virtual';
  readonly columns: readonly ColumnInfo[];
  readonly indexes: readonly IndexInfo[];
  /** Null when they were not counted: a view may never come to an end. */
  readonly rows: RowCount | null;
  /** Why it cannot be read. */
  readonly problem?: string;
}

export interface ColumnInfo {
  readonly name: string;
  /** As it was declared; empty where nothing was. */
  readonly type: string;
  readonly notNull: boolean;
  /** Place in the primary key, from 1; 0 when it is not part of it. */
  readonly primaryKey: number;
  readonly generated: boolean;
}

export interface IndexInfo {
  readonly name: string;
  readonly unique: boolean;
  /** Null stands for an expression. */
  readonly columns: readonly (string | null)[];
}

/** A number of rows. `about` when counting them all would take too long. */
export interface RowCount {
  readonly count: number;
  readonly about: boolean;
}

/** Columns of one table whose values are those of a key of another. */
export interface KeyInfo {
  readonly from: KeyEnd;
  readonly to: KeyEnd;
  /**
   * `foreign-key`: the database declares it. `catalog`: the app's files do. `inferred`: names, types and a sample of
   * the values say so.
   */
  readonly origin: 'foreign-key' | 'catalog' | 'inferred';
  /** From 0 to 1; 1 for what somebody declared. */
  readonly confidence: number;
  readonly description?: string;
}

export interface KeyEnd {
  readonly table: string;
  /** As many, and in the same order, as at the other end. */
  readonly columns: readonly string[];
}

/** What the rows of a table are like. Of a large table only a sample of rows was looked at. */
export interface TableProfile {
  readonly table: string;
  readonly rows: RowCount;
  /** Rows that were looked at; all of them when it is equal to the count. */
  readonly looked: number;
  readonly sampled: boolean;
  /** What the smallest and largest values are of. */
  readonly rangesOf: 'all rows' | 'the sample';
  readonly columns: readonly ColumnProfile[];
}

/** What the values of a column are like, among the rows that were looked at. */
export interface ColumnProfile {
  readonly column: string;
  readonly nulls: number;
  /** How many different values there are, in the whole table where that can be said. */
  readonly distinct: RowCount;
  /** Smallest and largest; absent without values, and for blobs. Long texts are cut. */
  readonly min?: Json;
  readonly max?: Json;
  /** Values that come most often, with how often. Empty where none comes twice in a large column. */
  readonly frequent: readonly ValueCount[];
  /** Forms of texts, such as `AA-9999`: A and a stand for letters, 9 for digits, + for more of the same. */
  readonly shapes: readonly ValueCount[];
  /** Mean length of texts in characters; absent without texts. */
  readonly averageLength?: number;
  /** Storage classes with how often, where there is more than one. */
  readonly types?: Readonly<Record<string, number>>;
}

export interface ValueCount {
  readonly value: Json;
  readonly count: number;
}

/** What people or agents have said of a table, a column or the whole database. */
export interface Note {
  readonly kind: 'description' | 'synonym' | 'rule' | 'metric';
  /** Absent for a metric, and for a rule for the whole database. */
  readonly table?: string;
  readonly column?: string;
  /** The description, the synonym, the rule, or what a metric means (which may be empty). */
  readonly text: string;
  /** Of a metric. A synonym with a name is a metric's. */
  readonly name?: string;
  /** Of a metric: one SELECT that computes it, and the tables that it reads. */
  readonly sql?: string;
  readonly reads?: readonly string[];
  /** `catalog` for the app's files, else the agent that said it. */
  readonly by: string;
  /** ISO 8601 in UTC; absent for the app's files. */
  readonly at?: string;
}

/** Everything known about a table. */
export interface TableDescription {
  readonly info: TableInfo;
  readonly profile: TableProfile | null;
  readonly keys: readonly KeyInfo[];
  /** Of the table, its columns, and metrics that read it. What the app's files say hides what agents said of the same. */
  readonly notes: readonly Note[];
}

export interface SearchRequest {
  readonly query: string;
  /** Default: all. */
  readonly kinds?: readonly EntryKind[];
  readonly limit: number;
}

export interface SearchResult {
  /** Best first. */
  readonly hits: readonly SearchHit[];
  /** Words of the query that no entry holds. */
  readonly unknown: readonly string[];
}

/** An entry that was found. */
export interface SearchHit {
  readonly kind: EntryKind;
  /** A table, `table.column`, a metric's name, a rule's text, the two ends of a join, or a value. */
  readonly name: string;
  readonly table?: string;
  readonly column?: string;
  readonly description?: string;
  readonly synonyms?: readonly string[];
  /** Of a column: its type. Of a metric: its SQL. Of a join: its ON clause. Of a value: how often it comes. */
  readonly detail?: string;
}

/** A way from one table to another. */
export interface JoinPath {
  /** In order; the first and the last are those that were asked for. */
  readonly tables: readonly string[];
  /** `FROM "a" JOIN "b" ON …`, ready to use. */
  readonly sql: string;
  readonly keys: readonly KeyInfo[];
  /** Product of the confidences of its keys. */
  readonly confidence: number;
}

/** A new note. */
export type NoteDraft = Omit<Note, 'at' | 'reads'>;

/** What was done with a new note. `hidden`: what the app's files say of the same thing stands before it. */
export interface NoteOutcome {
  readonly stored: 'new' | 'replaced' | 'unchanged';
  readonly hidden: boolean;
}

/**
 * What a workspace knows about its target database. Names are found in any case; hidden tables do not exist for it.
 * All of it throws ToolFailure: `unknown-table` and `unknown-column` with the nearest name, `catalog-unavailable`.
 */
export interface Catalog {
  search(request: SearchRequest): Promise<SearchResult>;
  describe(table: string): Promise<TableDescription>;
  /** The table with its exact name, and the exact names of `columns`. */
  resolve(
    table: string,
    columns?: readonly string[],
  ): Promise<{ readonly table: string; readonly columns: readonly string[] }>;
  /** Shortest first, at most three; none when there is no way. */
  joins(from: string, to: string): Promise<readonly JoinPath[]>;
  /** The profile of a table, made now where there is none or it is out of date. */
  profile(table: string): Promise<TableProfile>;
  /** Stores a note. @throws ToolFailure also when a metric's SQL is refused. */
  annotate(note: NoteDraft): Promise<NoteOutcome>;
}

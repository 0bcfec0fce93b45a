import type { Json, JsonObject } from './json.ts';

/** One row that differs. */
export interface RowChange {
  readonly table: string;
  /** Its primary key's columns; `rowid` where there is none. */
  readonly key: JsonObject;
  readonly change: 'inserted' | 'updated' | 'deleted';
  /** Columns that differ; all columns of a row that is new or gone. */
  readonly columns: Readonly<Record<string, { readonly before?: Json; readonly after?: Json }>>;
}

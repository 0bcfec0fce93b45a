import type { KeyInfo, TableInfo, TableProfile } from '../../core/catalog.ts';
import type { SqlFailure } from '../sql-protocol.ts';
import type { Inspected } from './inspect.ts';

/**
 * What the host asks the child process that reads the target database for the catalog: `inspect` all tables and keys,
 * `profile` one table, `check` a metric's SQL without running it, or the `version` of the schema.
 */
export type CatalogRequest = { readonly timeoutMs: number } & (
  | { readonly kind: 'inspect' }
  | { readonly kind: 'profile'; readonly table: TableInfo }
  | { readonly kind: 'check'; readonly sql: string }
  | { readonly kind: 'version' }
);

/** One line of the child. Any number of parts, then one that ends the request. */
export type CatalogLine = CatalogPart | CatalogEnd;

export type CatalogPart =
  | { readonly table: Inspected }
  | { readonly key: KeyInfo }
  /** A table or view that is there and not exposed. */
  | { readonly hidden: string }
  /** Rows that have been looked at so far. */
  | { readonly looked: number };

export type CatalogEnd =
  | { readonly done: 'inspect'; readonly version: number }
  | { readonly done: 'version'; readonly version: number }
  | { readonly done: 'profile'; readonly profile: TableProfile }
  /** The tables that it reads, and those of them that are not exposed. */
  | { readonly done: 'check'; readonly tables: readonly string[]; readonly hidden: readonly string[] }
  | SqlFailure;

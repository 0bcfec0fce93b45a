import type { QueryLimits, QueryResult } from '../core/ports.ts';

/**
 * What the host and the child process that runs SQL say to each other: JSON, one value a line. The first line to
 * the child is `ChildSettings`; then each `SqlRequest` is answered by arrays of rows and one `SqlEnd`.
 */
export interface ChildSettings {
  /** Absolute path of the database. */
  readonly file: string;
  /** Names of the tables that may be read; null for all. */
  readonly tables: readonly string[] | null;
  /** Resident memory at which the child ends itself. */
  readonly memoryBytes: number;
  /** What the requests ask for: to run agents' SQL, or what `catalog/child-protocol.ts` says. Default: sql. */
  readonly work?: 'sql' | 'catalog';
}

export interface SqlRequest {
  readonly sql: string;
  readonly limits: QueryLimits;
  /** Milliseconds after which the child ends itself. */
  readonly timeoutMs: number;
  /** Names of the tables that this statement may read, in place of those of the settings. */
  readonly tables?: readonly string[];
}

/** What comes after the rows; or, whatever rows came before, what a ToolFailure is made from. */
export type SqlEnd = Omit<QueryResult, 'rows'> | SqlFailure;

export interface SqlFailure {
  readonly error: { readonly code: string; readonly message: string };
}

/**
 * Why the child ended itself: the last thing it writes, to the pipe that the host keeps open as a sign of life.
 * `worn`: between two statements, because what the last one left behind would be held against the next one.
 */
export type Verdict = 'timeout' | 'memory' | 'worn';

/** File descriptors of the child. */
export const channels = { requests: 0, answers: 1, host: 3 } as const;

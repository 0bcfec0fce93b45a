import type { Problem } from './errors.ts';
import { type Handle, handlesIn } from './handles.ts';
import { type Json, pointer } from './json.ts';

/** What a stored value is: rows of texts and numbers under columns, any other JSON value, or one text. */
export type ResultKind = 'table' | 'json' | 'text';

/** Which call of which run gave a value. */
export interface ResultOrigin {
  readonly runId: string;
  readonly agent: string;
  readonly tool: string;
  readonly call: string;
}

/** Everything about a stored value but the value. */
export interface StoredResult extends ResultOrigin {
  /** Its handle: `r-12`. Never given twice in a workspace. */
  readonly result: string;
  readonly session: string;
  readonly kind: ResultKind;
  /** The SQL table that holds it: `r_12`. */
  readonly table: string;
  /** Of that table; `data` alone for what is no table. */
  readonly columns: readonly string[];
  /** Rows of a table, or items of a list; 1 for any other value. */
  readonly rows: number;
  /** Of the value as JSON, or of a text in UTF-8. */
  readonly bytes: number;
  /** Only the beginning was kept, because the rest did not fit. */
  readonly cut: boolean;
  /** ISO 8601 in UTC. */
  readonly storedAt: string;
}

/** A part of a stored value. */
export interface ReadRequest {
  readonly result: string;
  /** Rows, items or characters to leave out; default 0. */
  readonly offset?: number;
  /** Rows, items or characters to give at most; default 100 rows or items. Fewer are given when they do not fit. */
  readonly limit?: number;
  /** JSON Pointer into the value; a table counts as a list of objects. */
  readonly path?: string;
}

export interface ResultSearch {
  readonly result: string;
  /** Text to find, in any case. */
  readonly query: string;
  readonly limit: number;
}

/**
 * Values too large for a conversation, as one session of one workspace sees them. Whatever speaks of a handle throws
 * ToolFailure `unknown-result`, `foreign-result` or `expired-result` when it stands for nothing here.
 */
export interface Results {
  /**
   * Store what a tool answered, if it is large. @returns what the model is shown: the value itself, or a handle with
   * a preview. The tool has run, so this does not fail: what cannot be stored becomes a preview that says so.
   */
  admit(value: Json, origin: ResultOrigin): Promise<Json>;
  /**
   * The value that a handle stands for; a table is a list of objects, one a row.
   * @param session the session that the handle must belong to; default: this one
   * @throws ToolFailure also `cut-result` when only its beginning was kept, and `unknown-path`
   */
  resolve(handle: Handle, session?: string): Promise<Json>;
  /** A part that fits into the conversation. @throws ToolFailure also `unknown-path`. */
  read(request: ReadRequest): Promise<Json>;
  search(request: ResultSearch): Promise<Json>;
  /** Run one SELECT over the tables of this session's stored values. @throws ToolFailure as TargetDatabase does. */
  query(sql: string, signal: AbortSignal): Promise<Json>;
}

/** Where handles may stand in a value of some schema, and what the values behind them must fit. */
export interface Acceptance {
  /** Whether a handle may stand at a place: keys and indexes from the root of the value. */
  accepts(path: readonly (string | number)[]): boolean;
  /** All problems of the whole, with values in the place of handles. */
  check(value: Json): readonly Problem[];
}

/** One problem for each handle that stands where a value itself has to. */
export function misplacedHandles(value: Json, accepts: Acceptance | undefined): readonly Problem[] {
  const misplaced = handlesIn(value).filter(({ place }) => !accepts?.accepts(place));
  return misplaced.map(({ place }) => ({
    code: 'misplaced-result',
    severity: 'error',
    message: 'a stored result cannot stand here; give the value itself',
    pointer: pointer(place),
  }));
}

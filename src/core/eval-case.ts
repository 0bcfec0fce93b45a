import type { EvalCase } from '../generated/config.ts';
import type { Place } from './errors.ts';

/** An eval case that was read and checked, with where it is written. */
export interface LoadedCase {
  readonly id: string;
  /** Absolute path of its file. */
  readonly file: string;
  /** Where a part of the case is written: its own place for the empty path, the template's for a row. */
  locate(path: readonly (string | number)[]): Place | undefined;
  /** Absolute real path of the table whose row it was made from, where that is a file of its own. */
  readonly rows?: string;
  /** Defaults are filled in. */
  readonly definition: EvalCase;
  /** Absolute path of the cassette that plays it, whether it exists or not: `<file's folder>/<id>.cassette.yaml`. */
  readonly cassette: string;
}

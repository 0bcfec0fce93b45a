import type { Problem } from '../core/errors.ts';
import { type Json, pointer } from '../core/json.ts';
import { withoutKeys } from './pasted-key.ts';
import { placeOf, type Source } from './source.ts';
import type { Path } from './words.ts';

/** Something wrong at a place in a value, before it is known where that value was written. */
export interface Finding {
  readonly code: string;
  readonly severity?: 'error' | 'warning';
  readonly message: string;
  readonly hint?: string | undefined;
  readonly path: Path;
  /** Whether a reader should look at the key or at the value. Default: the value. */
  readonly at?: 'key' | 'value';
}

/** A file, or a definition inside another file, and what messages call it. */
export interface Part {
  readonly source: Source;
  /** Where the definition stands in its file; empty for a whole file. */
  readonly base: Path;
  /** `agent "planner"` */
  readonly subject: string;
  /** As it was written, and with defaults where the check filled them in. */
  readonly value: Json;
}

/** The problem that a finding is where nobody can look at the source. */
export function problemOf(finding: Finding): Problem {
  return {
    code: finding.code,
    severity: finding.severity ?? 'error',
    message: finding.message,
    pointer: pointer(finding.path),
    ...(finding.hint === undefined ? {} : { hint: finding.hint }),
  };
}

/** The problem that a finding in a part is, with its place. */
export function locate(part: Part, finding: Finding): Problem {
  const path = [...part.base, ...finding.path];
  return withoutKeys({
    ...problemOf({ ...finding, path }),
    place: placeOf(part.source, path, finding.at ?? 'value'),
  });
}

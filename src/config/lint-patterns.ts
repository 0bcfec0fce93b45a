import type { Report } from './draft.ts';
import type { Part } from './finding.ts';
import { patternFault, patternHint } from './lint-schema.ts';
import { loadPatterns } from './patterns.ts';
import type { Path } from './words.ts';

/** A pattern that somebody wrote, to be tried on RE2 once all of them are known. */
export interface PatternAt {
  readonly part: Part;
  readonly path: Path;
  readonly pattern: string;
  /** What messages call the thing that has the pattern. */
  readonly subject: string;
}

/** Reports the patterns that are not RE2. */
export async function checkPatterns(patterns: readonly PatternAt[], report: Report): Promise<void> {
  // Loading RE2 costs as much as loading YAML: only for an app that has patterns.
  if (patterns.length === 0) return;
  const patternOf = await loadPatterns();
  // Cases that were made from rows have the same patterns again and again.
  const reasons = new Map<string, string | undefined>();
  for (const { part, path, pattern, subject } of patterns) {
    if (!reasons.has(pattern)) reasons.set(pattern, patternFault(pattern, patternOf));
    const reason = reasons.get(pattern);
    if (reason === undefined) continue;
    const message = `the pattern of ${subject} cannot be used: ${reason}`;
    report(part, { code: 'bad-regexp', message, hint: patternHint, path });
  }
}

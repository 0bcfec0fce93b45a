import type { PatternMaker } from '../core/condition.ts';

/**
 * Loads RE2, whose patterns take time linear in the text and cannot blow up.
 * @returns a maker that throws an `Error` with the reason when a pattern is not RE2
 */
export async function loadPatterns(): Promise<PatternMaker> {
  const { RE2JS } = await import('re2js');
  return (pattern) => {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.test(text);
  };
}

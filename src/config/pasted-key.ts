import type { Problem } from '../core/errors.ts';

/** What keys of well-known services begin with. */
const known = /\b(?:sk|pk|rk|ghp|gho|ghs|github_pat|glpat|hf|npm|xox[abpr]|AKIA|AIza)[-_]?[A-Za-z0-9_-]{12,}/g;

/** A long value of letters and digits below a name that says what it is. */
const named =
  /(?:key|token|secret|password|authorization)[a-z]*["']?\s*[:=]\s*["']?(?:bearer\s+)?([A-Za-z0-9_./+=-]{12,})/gi;

/** A problem without the key that somebody has pasted where only its name belongs: problems are printed and logged. */
export function withoutKeys(problem: Problem): Problem {
  const { place, message } = problem;
  const found = place ? keysIn(place.source) : [];
  const keys = [...new Set([...found, ...keysIn(message)])];
  if (keys.length === 0) return problem;
  const masked = { ...problem, message: mask(message, keys) };
  return place ? { ...masked, place: { ...place, source: mask(place.source, keys) } } : masked;
}

function keysIn(text: string): string[] {
  const values = [...text.matchAll(named)].map(([, value = '']) => value);
  const likely = values.filter((value) => /\d/.test(value) && /[a-z]/.test(value));
  return [...likely, ...(text.match(known) ?? [])];
}

/** As long as it was, so that places in the line stay right. */
function mask(text: string, keys: readonly string[]): string {
  return keys.reduce((rest, key) => rest.replaceAll(key, '*'.repeat(key.length)), text);
}

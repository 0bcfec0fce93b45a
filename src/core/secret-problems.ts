import type { Problem } from './errors.ts';
import { isObject, type Json, pointer } from './json.ts';
import type { Redactor } from './redact.ts';

type Path = readonly (string | number)[];

/**
 * Where a value holds a secret, or the `[secret NAME]` that stands for one. Of what is written down, then approved, then
 * run, the first would be in the record, and the second would run in the place of what it stands for.
 */
export function secretProblems(value: Json, redactor: Redactor, path: Path = []): Problem[] {
  if (typeof value === 'string') return problemsOf(value, redactor, path);
  if (Array.isArray(value)) return value.flatMap((item, index) => secretProblems(item, redactor, [...path, index]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const ofKey = problemsOf(key, redactor, path);
    // A path that names a secret would tell it.
    return ofKey.length > 0 ? ofKey : secretProblems(member, redactor, [...path, key]);
  });
}

function problemsOf(text: string, redactor: Redactor, path: Path): Problem[] {
  const mark = redactor.mark(redactor.text(text));
  if (mark === undefined) return [];
  return [{ code: 'secret', severity: 'error', message: `${mark} cannot stand here`, pointer: pointer(path) }];
}

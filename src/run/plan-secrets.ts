import { type Problem, ToolFailure } from '../core/errors.ts';
import { isObject, type Json, type JsonObject, pointer } from '../core/json.ts';
import type { Recorder } from './recorder.ts';

/**
 * What is approved is what is stored, and what is executed: with a name in the place of a secret it would be another
 * plan, and with the secret it would be written down.
 * @throws ToolFailure `secret-in-plan`, which tells where
 */
export function refuseSecrets(
  recorder: Recorder,
  plan: { readonly planId: string; readonly body: JsonObject; readonly specName: string },
): void {
  const clean = recorder.redacted(plan);
  if (clean === plan) return;
  const problems = changesIn(plan.body, clean.body, ['body']);
  throw new ToolFailure(
    'secret-in-plan',
    'a plan is stored, shown and approved as it is, so it cannot hold a secret; leave it out: a dispatcher has its own',
    problems.length > 0 ? problems : [problemAt(['planId'], clean.planId)],
  );
}

type Path = readonly (string | number)[];

/** Where a value and its redacted copy differ. */
function changesIn(value: Json, clean: Json, path: Path): Problem[] {
  if (value === clean) return [];
  if (Array.isArray(value) && Array.isArray(clean)) {
    return value.flatMap((item, index) => changesIn(item, clean[index] ?? null, [...path, index]));
  }
  if (!isObject(value) || !isObject(clean)) return [problemAt(path, typeof clean === 'string' ? clean : '')];
  const renamed = Object.keys(clean).find((key) => !Object.hasOwn(value, key));
  if (renamed !== undefined) return [problemAt(path, renamed)];
  return Object.entries(value).flatMap(([key, member]) => changesIn(member, clean[key] ?? null, [...path, key]));
}

function problemAt(path: Path, clean: string): Problem {
  const mark = /\[secret [^\]]*\]/.exec(clean)?.[0] ?? 'a secret';
  return { code: 'secret', severity: 'error', message: `${mark} cannot stand here`, pointer: pointer(path) };
}

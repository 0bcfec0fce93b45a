import { loadCompiler } from '../config/compile.ts';
import type { Json, JsonSchema } from '../core/json.ts';
import type { Check } from '../core/ports.ts';

const compile = await loadCompiler();

/** The guard of a plan's type, by the same check that `storePlan` makes. Generated code calls this. */
export function planGuard<T>(schema: JsonSchema): (value: unknown) => value is T {
  let check: Check | undefined;
  return (value): value is T => {
    const checked = check ?? compile(schema);
    check = checked;
    return checked(value as Json).length === 0;
  };
}

import { loadCompiler } from '../config/compile.ts';
import { plainSchema } from '../core/accepts.ts';
import type { Json, JsonSchema } from '../core/json.ts';
import type { Check } from '../core/ports.ts';

const compile = await loadCompiler();

/** The guard of a plan's type, by the same check that `storePlan` makes. Generated code calls this. */
export function planGuard<T>(schema: JsonSchema): (value: unknown) => value is T {
  let check: Check | undefined;
  return (value): value is T => {
    // A value of the plan's type has no handles left in it.
    const checked = check ?? compile(plainSchema(schema));
    check = checked;
    return checked(value as Json).length === 0;
  };
}

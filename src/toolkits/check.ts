import type { JsonSchema } from '../core/json.ts';
import type { Check, CompileSchema } from '../core/ports.ts';

/** A check that is compiled when it is first needed: most runs use few of their tools, and compiling is slow. */
export function lazyCheck(compile: CompileSchema, schema: JsonSchema): Check {
  let check: Check | undefined;
  return (value) => {
    check ??= compile(schema);
    return check(value);
  };
}

import type { ErrorObject } from 'ajv';
import { HarnessError, messageOf, type Problem } from '../core/errors.ts';
import type { Json, JsonSchema } from '../core/json.ts';
import type { Check, CompileSchema } from '../core/ports.ts';
import { problemOf } from './finding.ts';
import { loadPatterns } from './patterns.ts';
import { prepareSchema, resolveIn } from './prepare-schema.ts';
import { explain } from './schema-unions.ts';

/**
 * Loads the compiler of the schemas that users write: plan schemas and the inputs of tools. Nothing else of Harness
 * needs it; our own schemas were compiled when Harness was built.
 *
 * What it compiles has gone through `harness validate`, so it is not checked against the meta-schema again. Values
 * are never changed: no defaults are filled in.
 */
export async function loadCompiler(): Promise<CompileSchema> {
  const [{ createAjv }, patternOf] = await Promise.all([import('./ajv.ts'), loadPatterns()]);
  const ajv = createAjv(patternOf);
  const known = new WeakMap<JsonSchema, Check>();
  return (schema) => {
    const before = known.get(schema);
    if (before) return before;
    const check = guard(compileWith(schema, (prepared) => ajv.compile(prepared)));
    known.set(schema, check);
    return check;
  };
}

interface Validate {
  (value: unknown): unknown;
  errors?: ErrorObject[] | null;
}

function compileWith(schema: JsonSchema, compile: (prepared: JsonSchema) => Validate): Validate {
  try {
    return compile(prepareSchema(schema, resolveIn(schema)));
  } catch (error) {
    throw new HarnessError('invalid-files', `a JSON Schema cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

/** Data that is nested so deep that the check runs out of stack is wrong, like any other that does not fit. */
function guard(validate: Validate): Check {
  return (value: Json): readonly Problem[] => {
    try {
      if (validate(value)) return [];
    } catch (error) {
      if (!(error instanceof RangeError) && !(error instanceof TypeError)) throw error;
      const message =
        error instanceof RangeError ? 'the value is nested too deep' : 'the value has members that cannot be compared';
      return [problemOf({ code: 'invalid-value', message, path: [] })];
    }
    return explain(validate.errors ?? [], undefined).map(problemOf);
  };
}

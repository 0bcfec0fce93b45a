import { acceptsAt, acceptsResults, plainSchema } from '../core/accepts.ts';
import type { JsonSchema } from '../core/json.ts';
import type { CompileSchema } from '../core/ports.ts';
import type { Acceptance } from '../core/results.ts';
import { lazyCheck } from './check.ts';

/** Where stored results may stand in values of a schema; undefined when they may nowhere. */
export function acceptanceOf(schema: JsonSchema, compile: CompileSchema): Acceptance | undefined {
  if (!acceptsResults(schema)) return undefined;
  return { accepts: (place) => acceptsAt(schema, place), check: lazyCheck(compile, plainSchema(schema)) };
}

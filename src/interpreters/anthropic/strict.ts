import { isObject, type Json, type JsonSchema } from '../../core/json.ts';

/** What a strict schema may say. Anything else would have to be left out, and then the model could break it. */
const allowed = new Set([
  'type',
  'description',
  'title',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'const',
  'anyOf',
  'default',
]);

/** Whether a tool's input schema can be sent as a strict one without a change of its meaning. */
export function isStrict(schema: Json): boolean {
  if (!isObject(schema)) return false;
  if (Object.keys(schema).some((word) => !allowed.has(word))) return false;
  if (schema.type === 'object' && !isClosed(schema)) return false;
  return innerSchemas(schema).every(isStrict);
}

/** Every member is named and no other may come. */
function isClosed({ additionalProperties }: JsonSchema): boolean {
  return additionalProperties === false;
}

function innerSchemas({ properties, items, anyOf }: JsonSchema): readonly Json[] {
  return [
    ...(isObject(properties) ? Object.values(properties) : []),
    ...(items === undefined ? [] : [items]),
    ...(Array.isArray(anyOf) ? anyOf : []),
  ];
}

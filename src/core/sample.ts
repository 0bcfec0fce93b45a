import { isObject, type Json, type JsonSchema } from './json.ts';

/**
 * A small value that a JSON Schema accepts, as far as its types, constants, bounds and required members tell: patterns
 * and formats are not looked at.
 */
export function sampleOf(schema: Json | undefined, root: Json | undefined = schema): Json {
  if (!isObject(schema)) return null;
  if (typeof schema.$ref === 'string') return sampleOf(resolve(schema.$ref, root), root);
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? null;
  if (schema.default !== undefined) return schema.default;
  const choice = [schema.anyOf, schema.oneOf].find(Array.isArray);
  if (choice?.[0] !== undefined && schema.type === undefined) return sampleOf(choice[0], root);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  return byType[String(type)]?.(schema, root) ?? null;
}

const byType: { readonly [type: string]: (schema: JsonSchema, root: Json | undefined) => Json } = {
  string: ({ minLength }) => 'x'.repeat(Math.max(1, typeof minLength === 'number' ? minLength : 1)),
  number: ({ minimum, exclusiveMinimum }) => least(minimum, exclusiveMinimum),
  integer: ({ minimum, exclusiveMinimum }) => Math.ceil(least(minimum, exclusiveMinimum)),
  boolean: () => false,
  array: ({ items, minItems }, root) =>
    Array.from({ length: typeof minItems === 'number' ? minItems : 0 }, () => sampleOf(items, root)),
  object: ({ properties, required }, root) => {
    const members = isObject(properties) ? properties : {};
    const names = Array.isArray(required) ? required.map(String) : [];
    return Object.fromEntries(names.map((name) => [name, sampleOf(members[name], root)]));
  },
};

function least(minimum: Json | undefined, exclusive: Json | undefined): number {
  if (typeof minimum === 'number') return minimum;
  return typeof exclusive === 'number' ? exclusive + 1 : 1;
}

/** `#/$defs/name` of the same document. */
function resolve(ref: string, root: Json | undefined): Json | undefined {
  let at: Json | undefined = root;
  for (const key of ref.replace(/^#\/?/, '').split('/')) {
    if (key !== '') at = isObject(at) ? at[key.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  }
  return at;
}

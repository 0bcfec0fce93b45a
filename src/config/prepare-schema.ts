import { handleMark, handleSchema, marked, unmarked } from '../core/accepts.ts';
import { isObject, type Json, type JsonObject, type JsonSchema } from '../core/json.ts';

/** Finds the schema a `$ref` names, or nothing. */
export type Resolve = (ref: string) => JsonSchema | undefined;

/**
 * A copy of a schema that accepts the same values, but whose errors can be told apart:
 *
 * - A `oneOf` of objects with a constant `kind` (or the property that `discriminator` names) gets a
 *   `discriminator`, so that only the branch that was meant is checked, and an `enum` of its kinds.
 * - Every other `oneOf` and `anyOf` gets a branch before each branch that nothing fits. The errors of these
 *   mark where in Ajv's flat list the errors of the next branch begin.
 * - Where a handle may stand, what looks like one is checked as a handle, and everything else as the value.
 */
export function prepareSchema(schema: JsonSchema, resolve: Resolve): JsonSchema {
  // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
  if (marked(schema)) return { if: handleMark, then: handleSchema, else: prepareSchema(unmarked(schema), resolve) };
  const copy: Record<string, Json> = {};
  for (const [keyword, value] of Object.entries(schema)) copy[keyword] = prepareKeyword(keyword, value, resolve);
  const tags = isObjects(schema.oneOf) ? tagsOf(schema, schema.oneOf, resolve) : undefined;
  if (tags === undefined) {
    for (const union of ['oneOf', 'anyOf']) {
      const branches = copy[union];
      if (Array.isArray(branches)) copy[union] = branches.flatMap((branch) => [false, branch]);
    }
    return copy;
  }
  const properties = isObject(copy.properties) ? copy.properties : {};
  const required = Array.isArray(copy.required) ? copy.required : [];
  return {
    ...copy,
    type: 'object',
    required: [...new Set([...required, tags.name])],
    properties: { ...properties, [tags.name]: { enum: tags.values } },
    discriminator: { propertyName: tags.name },
  };
}

const maps = new Set(['properties', '$defs']);
const lists = new Set(['oneOf', 'anyOf']);
const schemas = new Set(['items', 'additionalProperties', 'propertyNames']);

function prepareKeyword(keyword: string, value: Json, resolve: Resolve): Json {
  const inner = (each: Json): Json => (isObject(each) ? prepareSchema(each, resolve) : each);
  if (maps.has(keyword) && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inner(each)]));
  }
  if (lists.has(keyword) && Array.isArray(value)) return value.map(inner);
  return schemas.has(keyword) ? inner(value) : value;
}

interface Tags {
  readonly name: string;
  readonly values: readonly string[];
}

/** The property whose constant tells the branches apart, when every branch requires it with a value of its own. */
function tagsOf(schema: JsonSchema, branches: readonly JsonSchema[], resolve: Resolve): Tags | undefined {
  if (schema.type !== undefined && schema.type !== 'object') return undefined;
  const named = isObject(schema.discriminator) ? schema.discriminator.propertyName : 'kind';
  const name = typeof named === 'string' ? named : 'kind';
  const values = branches.map((branch) => tagOf(schema, branch, name, resolve)).filter((value) => value !== undefined);
  return new Set(values).size === branches.length ? { name, values } : undefined;
}

function tagOf(schema: JsonSchema, branch: JsonSchema, name: string, resolve: Resolve): string | undefined {
  const target = follow(branch, resolve);
  if (target === undefined || !(requires(schema, name) || requires(target, name))) return undefined;
  const property = isObject(target.properties) ? target.properties[name] : undefined;
  const value = isObject(property) ? property.const : undefined;
  // Ajv keeps the tags in a plain object, where `constructor` is always taken.
  return typeof value === 'string' && value !== '' && !(value in {}) ? value : undefined;
}

function requires(schema: JsonObject, name: string): boolean {
  return Array.isArray(schema.required) && schema.required.includes(name);
}

function isObjects(value: Json | undefined): value is readonly JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every(isObject);
}

/** The schema that a chain of `$ref`s ends at; undefined when it ends nowhere. */
export function follow(schema: JsonSchema, resolve: Resolve): JsonSchema | undefined {
  const seen = new Set<JsonSchema>();
  let here: JsonSchema | undefined = schema;
  while (here !== undefined && typeof here.$ref === 'string') {
    if (seen.has(here)) return undefined;
    seen.add(here);
    here = resolve(here.$ref);
  }
  return here;
}

/** Resolves `#/$defs/name` in a schema. */
export function resolveIn(root: JsonSchema): Resolve {
  return (ref) => {
    const name = definitionName(ref);
    if (name === undefined || !isObject(root.$defs) || !Object.hasOwn(root.$defs, name)) return undefined;
    const target = root.$defs[name];
    return isObject(target) ? target : undefined;
  };
}

/** The name in `#/$defs/name`, or undefined for any other reference. */
export function definitionName(ref: string): string | undefined {
  const name = /^#\/\$defs\/([^/]+)$/.exec(ref)?.[1];
  if (name === undefined) return undefined;
  try {
    return decodeURIComponent(name).replace(/~1/g, '/').replace(/~0/g, '~');
  } catch {
    return undefined;
  }
}

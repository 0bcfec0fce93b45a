import { handleKey, type Place } from './handles.ts';
import { isObject, type Json, type JsonSchema } from './json.ts';
import type { Role } from './roles.ts';

/** The keyword that lets a handle stand for a value: `x-accepts: result`. */
const acceptsKeyword = 'x-accepts';

/** The form of a handle. */
export const handleSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: [handleKey],
  properties: {
    [handleKey]: {
      type: 'string',
      pattern: '^r-[1-9][0-9]{0,15}$',
      description: 'the handle of a stored result, such as r-12',
    },
    path: { type: 'string', pattern: '^(/.*)?$', description: 'a JSON Pointer into it, such as /items' },
  },
};

/** What tells a handle from other values. */
export const handleMark: JsonSchema = { type: 'object', required: [handleKey] };

export function marked(schema: JsonSchema): boolean {
  return schema[acceptsKeyword] === 'result';
}

/** The same schema without its own mark. */
export function unmarked(schema: JsonSchema): JsonSchema {
  const { [acceptsKeyword]: _mark, ...rest } = schema;
  return rest;
}

/** Whether a handle may stand anywhere in a value of this schema. */
export function acceptsResults(schema: JsonSchema): boolean {
  return marked(schema) || innerSchemas(schema).some(acceptsResults);
}

/**
 * Whether an agent gets the tools that read stored results: one with tools, which may answer with a handle, and a
 * planner whose plans may hold one. All others only hand a handle on.
 * @param tools how many tools its toolkits give it
 */
export function readsResults(role: Role | undefined, tools: number, plans: readonly JsonSchema[]): boolean {
  return tools > 0 || (role === 'planner' && plans.some(acceptsResults));
}

/** The schema of values in which no handles are left. */
export function plainSchema(schema: JsonSchema): JsonSchema {
  return unmarked(mapInner(schema, plainSchema));
}

/** The schema as a model is shown it: the form of a handle beside that of the value. */
export function offeredSchema(schema: JsonSchema): JsonSchema {
  const plain = unmarked(mapInner(schema, offeredSchema));
  return marked(schema) ? { anyOf: [plain, offer] } : plain;
}

/** Names of members that begin with `$` are not accepted everywhere, so the form is told in words. */
const offer: JsonSchema = {
  type: 'object',
  required: [handleKey],
  description:
    'Or a stored result in its place, without repeating it: {"$result": "r-12"}. With "path", a JSON Pointer, a part ' +
    'of it: {"$result": "r-12", "path": "/items"}. A table stands for a list of objects, one for each row.',
};

/** Whether a handle may stand at a place in a value of this schema. */
export function acceptsAt(root: JsonSchema, place: Place): boolean {
  let found = forms(root, root);
  for (const part of place)
    found = found.flatMap((schema) => member(schema, part)).flatMap((each) => forms(each, root));
  return found.some(marked);
}

/** A schema with all that must or may hold for the same value: what it refers to, and its branches. */
function forms(schema: JsonSchema, root: JsonSchema, seen: readonly JsonSchema[] = []): JsonSchema[] {
  if (seen.includes(schema)) return [];
  const trail = [...seen, schema];
  const target = typeof schema.$ref === 'string' ? definition(root, schema.$ref) : undefined;
  const branches = [schema.oneOf, schema.anyOf].flatMap((list) => (Array.isArray(list) ? list.filter(isObject) : []));
  return [schema, ...[...(target ? [target] : []), ...branches].flatMap((each) => forms(each, root, trail))];
}

function definition(root: JsonSchema, ref: string): JsonSchema | undefined {
  const definitions = isObject(root.$defs) ? root.$defs : {};
  // Written as a part of a URI or not: both are read elsewhere.
  const name = Object.keys(definitions).find((each) => refsTo(each).includes(ref));
  const target = name === undefined ? undefined : definitions[name];
  return isObject(target) ? target : undefined;
}

function refsTo(name: string): readonly string[] {
  const escaped = name.replace(/~/g, '~0').replace(/\//g, '~1');
  return [escaped, encodeURIComponent(escaped)].map((part) => `#/$defs/${part}`);
}

function member(schema: JsonSchema, part: string | number): JsonSchema[] {
  if (typeof part === 'number') return isObject(schema.items) ? [schema.items] : [];
  const { properties, additionalProperties } = schema;
  const own = isObject(properties) && Object.hasOwn(properties, part) ? properties[part] : additionalProperties;
  return isObject(own) ? [own] : [];
}

const maps = ['properties', '$defs'];
const lists = ['oneOf', 'anyOf'];
const singles = ['items', 'additionalProperties'];

function innerSchemas(schema: JsonSchema): JsonSchema[] {
  const inner: Json[] = [
    ...maps.flatMap((word) => Object.values(isObject(schema[word]) ? schema[word] : {})),
    ...lists.flatMap((word) => (Array.isArray(schema[word]) ? schema[word] : [])),
    ...singles.flatMap((word) => schema[word] ?? []),
  ];
  return inner.filter(isObject);
}

function mapInner(schema: JsonSchema, change: (inner: JsonSchema) => JsonSchema): JsonSchema {
  const changed = (value: Json): Json => (isObject(value) ? change(value) : value);
  return Object.fromEntries(
    Object.entries(schema).map(([word, value]) => {
      if (maps.includes(word) && isObject(value)) {
        return [word, Object.fromEntries(Object.entries(value).map(([name, each]) => [name, changed(each)]))];
      }
      if (lists.includes(word) && Array.isArray(value)) return [word, value.map(changed)];
      return [word, singles.includes(word) ? changed(value) : value];
    }),
  );
}

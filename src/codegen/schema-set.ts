import { HarnessError } from '../core/errors.ts';

/** A JSON Schema, or a part of one, as data. */
export interface SchemaNode {
  readonly [key: string]: unknown;
}

/** Schemas by document name: what stands before `#` in a `$ref`. */
export type SchemaSet = Readonly<Record<string, SchemaNode>>;

/** A schema with where it stands. `path` holds the parts of its JSON Pointer; none for a whole document. */
export interface Located {
  readonly document: string;
  readonly path: readonly string[];
  readonly schema: SchemaNode;
}

export function isNode(value: unknown): value is SchemaNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members of an array of schemas, none when there is no such array. */
export function nodesOf(value: unknown): readonly SchemaNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/**
 * What a `$ref` points at. Only documents of the set are known: nothing is ever fetched.
 * @throws HarnessError `invalid-files` when there is nothing there.
 */
export function resolve(schemas: SchemaSet, document: string, ref: string): Located {
  const [before = '', fragment = ''] = ref.split('#', 2);
  const name = before || document;
  const path = fragment.split('/').slice(1).map(unescapePart);
  let found: unknown = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  for (const part of path) {
    found = isNode(found) && Object.hasOwn(found, part) ? found[part] : undefined;
  }
  if (isNode(found)) return { document: name, path, schema: found };
  throw new HarnessError('invalid-files', `no schema at $ref "${ref}" in "${document}"`);
}

/** Follows `$ref` until there is none. @throws HarnessError `invalid-files` when they lead in a circle. */
export function follow(schemas: SchemaSet, start: Located): Located {
  const seen = new Set<SchemaNode>();
  let here = start;
  while (typeof here.schema.$ref === 'string') {
    if (seen.has(here.schema)) {
      throw new HarnessError('invalid-files', `$ref "${here.schema.$ref}" in "${here.document}" leads back to itself`);
    }
    seen.add(here.schema);
    here = resolve(schemas, here.document, here.schema.$ref);
  }
  return here;
}

function unescapePart(part: string): string {
  const pointer = part.replace(/~1/g, '/').replace(/~0/g, '~');
  try {
    return decodeURIComponent(pointer);
  } catch {
    return pointer;
  }
}

import { commentOf } from './comment.ts';
import { literal } from './literal.ts';
import { follow, isNode, type Located, nodesOf, resolve, type SchemaNode, type SchemaSet } from './schema-set.ts';

/**
 * What the TypeScript printer is given: only keywords it prints rightly, and no `$ref`. `tsType` is printed as it
 * stands.
 */
export interface View {
  title?: string;
  description?: string;
  tsType?: string;
  type?: 'string' | 'number' | 'boolean' | 'null' | 'array' | 'object';
  items?: View;
  properties?: Record<string, View>;
  required?: string[];
  additionalProperties?: false | View;
  anyOf?: View[];
  allOf?: View[];
}

export interface ViewOptions {
  readonly schemas: SchemaSet;
  /** Members with a `default` are always there, because the checker fills them in. */
  readonly defaultsAreFilled: boolean;
  /** The text that stands for a type with a name of its own; undefined when it has none. */
  readonly reference: (place: Located) => string | undefined;
}

/** The view of a schema at a place of use: a reference where it has a name of its own, else its body. */
function viewOf(options: ViewOptions, place: Located): View {
  const { schema, document } = place;
  if (typeof schema.$ref !== 'string') {
    const reference = options.reference(place);
    return reference === undefined ? bodyOf(options, place) : { tsType: reference };
  }
  const target = resolve(options.schemas, document, schema.$ref);
  const reference = options.reference(target);
  const view = reference === undefined ? viewOf(options, target) : { tsType: reference };
  const comment = commentOf(schema);
  return comment === undefined ? view : { ...view, description: comment };
}

/** The view of a schema's own content. */
export function bodyOf(options: ViewOptions, place: Located): View {
  const comment = commentOf(place.schema);
  const view = typeof place.schema.$ref === 'string' ? viewOf(options, place) : contentOf(options, place);
  return comment === undefined ? view : { ...view, description: comment };
}

function contentOf(options: ViewOptions, place: Located): View {
  const { schema } = place;
  if (schema.const !== undefined) return literals([schema.const]);
  if (Array.isArray(schema.enum)) return literals(schema.enum);
  const parts = [...shapesOf(options, place), ...unionsOf(options, place)];
  if (parts.length > 1) return { allOf: parts };
  return parts[0] ?? { tsType: 'unknown' };
}

/** The view by `type`; several types make a union. */
function shapesOf(options: ViewOptions, place: Located): View[] {
  const words = typesOf(place.schema).map((word) => (word === 'integer' ? 'number' : word));
  const views = [...new Set(words)].flatMap((word) => shapeOf(options, place, word));
  return views.length > 1 ? [{ anyOf: views }] : views;
}

function typesOf(schema: SchemaNode): readonly unknown[] {
  if (schema.type !== undefined) return [schema.type].flat();
  if (isNode(schema.properties) || schema.additionalProperties !== undefined) return ['object'];
  return isNode(schema.items) ? ['array'] : [];
}

function shapeOf(options: ViewOptions, place: Located, word: unknown): View[] {
  const { schema } = place;
  switch (word) {
    case 'object':
      // A bare `type: object` beside a union says nothing more than the union does.
      return isNode(schema.properties) || !hasUnion(schema) ? [objectView(options, place)] : [];
    case 'array':
      return [{ type: 'array', items: partOrUnknown(options, place, schema.items) }];
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return [{ type: word }];
    default:
      return [];
  }
}

function unionsOf(options: ViewOptions, place: Located): View[] {
  const views = [place.schema.oneOf, place.schema.anyOf].map(nodesOf).flatMap((union): View[] => {
    if (union.length === 0 || union.every(onlyRequires)) return [];
    return [{ anyOf: union.map((member) => part(options, place, member)) }];
  });
  return [...views, ...nodesOf(place.schema.allOf).map((member) => part(options, place, member))];
}

function objectView(options: ViewOptions, place: Located): View {
  const { schema } = place;
  const declared = isNode(schema.properties) ? schema.properties : {};
  const rest = schema.additionalProperties;
  const others = partOrUnknown(options, place, rest);
  const required = requiredNames(options, schema, declared);
  const properties: Record<string, View> = Object.create(null);
  for (const name of propertyNames(options, place, declared)) {
    properties[name] = partOrUnknown(options, place, declared[name]);
  }
  for (const name of required) properties[name] ??= others;
  const open = isNode(rest) || rest === true || (rest === undefined && Object.keys(properties).length === 0);
  return { type: 'object', properties, required, additionalProperties: open ? others : false };
}

function requiredNames(options: ViewOptions, schema: SchemaNode, declared: SchemaNode): string[] {
  const stated = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const filled = Object.entries(declared).filter(([, member]) => isNode(member) && member.default !== undefined);
  return [...stated, ...(options.defaultsAreFilled ? filled.map(([name]) => name) : [])].sort();
}

/** Constant members first, then by name, so that the order in which a file has its keys does not matter. */
function propertyNames(options: ViewOptions, place: Located, declared: SchemaNode): string[] {
  const rank = (name: string): string => {
    const member = declared[name];
    const constant = isNode(member) && follow(options.schemas, { ...place, schema: member }).schema.const !== undefined;
    return `${constant ? 0 : 1}${name}`;
  };
  return Object.keys(declared).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

function part(options: ViewOptions, place: Located, schema: SchemaNode): View {
  return viewOf(options, { document: place.document, path: [...place.path, ''], schema });
}

function partOrUnknown(options: ViewOptions, place: Located, schema: unknown): View {
  return isNode(schema) ? part(options, place, schema) : { tsType: 'unknown' };
}

/** Whether a schema has a union that says more than which properties must be there. */
function hasUnion(schema: SchemaNode): boolean {
  return [schema.oneOf, schema.anyOf, schema.allOf].flatMap(nodesOf).some((member) => !onlyRequires(member));
}

function onlyRequires(schema: SchemaNode): boolean {
  return Object.keys(schema).every((keyword) => ['required', 'not', 'description', 'title'].includes(keyword));
}

function literals(values: readonly unknown[]): View {
  const texts = [...new Set(values.map((value) => literal(value)))];
  return { tsType: texts.length === 1 ? texts.join('') : `(${texts.join(' | ')})` };
}

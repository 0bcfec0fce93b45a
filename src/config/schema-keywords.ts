import { isObject, type JsonSchema } from '../core/json.ts';
import { quote } from './words.ts';

/** Words of JSON Schema that a plan schema cannot use, and what to write instead. */
const foreign: Readonly<Record<string, string>> = {
  prefixItems: 'use an object with named members',
  additionalItems: 'use items',
  unevaluatedItems: 'use items',
  contains: 'use items',
  minContains: 'use items with minItems',
  maxContains: 'use items with maxItems',
  if: 'use oneOf, with a constant member that tells the forms apart',
  // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
  then: 'use oneOf, with a constant member that tells the forms apart',
  else: 'use oneOf, with a constant member that tells the forms apart',
  dependentSchemas: 'use oneOf, with a constant member that tells the forms apart',
  dependentRequired: 'use oneOf, with a constant member that tells the forms apart',
  dependencies: 'use oneOf, with a constant member that tells the forms apart',
  allOf: 'write the members of all parts into one object',
  not: 'say what is allowed: enum, pattern, minimum',
  patternProperties: 'use additionalProperties',
  propertyNames: 'use properties with the names that are allowed',
  unevaluatedProperties: 'use additionalProperties: false',
  definitions: 'use $defs',
  $id: 'leave it out; the name in app.yaml is the name of the plan',
  $anchor: 'use $defs, and $ref to "#/$defs/…"',
  $dynamicRef: 'use $defs, and $ref to "#/$defs/…"',
  $dynamicAnchor: 'use $defs, and $ref to "#/$defs/…"',
  $recursiveRef: 'use $defs, and $ref to "#/$defs/…"',
  $recursiveAnchor: 'use $defs, and $ref to "#/$defs/…"',
  $vocabulary: 'leave it out',
  $comment: 'use a YAML comment',
  readOnly: 'say it in description',
  writeOnly: 'say it in description',
  deprecated: 'say it in description',
  contentEncoding: 'say it in description',
  contentMediaType: 'say it in description',
  contentSchema: 'say it in description',
};

const titles = new Set(['PlanSchema', 'ObjectSchema', 'Schema']);

/** Whether this is one of our schemas of schemas. */
export function isMetaSchema(schema: JsonSchema): boolean {
  return typeof schema.title === 'string' && titles.has(schema.title) && isObject(schema.properties);
}

/** What to say of a keyword that is JSON Schema, but cannot stand where it does. Nothing for any other key. */
export function aboutForeignKeyword(
  key: string,
  meta: JsonSchema,
  name: string,
): { readonly code: string; readonly message: string; readonly hint: string } | undefined {
  const code = 'unsupported-keyword';
  const hint = Object.hasOwn(foreign, key) ? foreign[key] : undefined;
  if (hint !== undefined) {
    const message = `${quote(key)} is JSON Schema, but cannot be expressed as a TypeScript interface, in ${name}`;
    return { code, message, hint };
  }
  if (meta.title === 'Schema' || !everywhereElse.has(key)) return undefined;
  const message = `${quote(key)} cannot stand at the top of ${name}`;
  return { code, message, hint: 'the top is one object; use it in a member' };
}

/** Words that may be used inside a schema, but not at its top. */
const everywhereElse = new Set(
  `$ref oneOf anyOf const enum items minItems maxItems uniqueItems minLength maxLength pattern format minimum maximum
  exclusiveMinimum exclusiveMaximum multipleOf minProperties maxProperties default discriminator`.split(/\s+/),
);

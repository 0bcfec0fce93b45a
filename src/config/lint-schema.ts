import type { PatternMaker } from '../core/condition.ts';
import { messageOf } from '../core/errors.ts';
import { isObject, type Json, type JsonObject, type JsonSchema } from '../core/json.ts';
import { nearest, suggest } from '../core/nearest.ts';
import { itemsAt, objectAt, textAt, textsAt } from './draft.ts';
import type { Finding } from './finding.ts';
import { definitionName, follow, resolveIn } from './prepare-schema.ts';
import { label, type Path, quote, within } from './words.ts';

/** A schema inside a user's schema, with where it stands. */
export interface SchemaAt {
  readonly schema: JsonSchema;
  readonly path: Path;
}

/**
 * What is wrong with a user's schema beyond its keywords: references that lead nowhere or in a circle, bounds without
 * the type they belong to, members that are required but not allowed.
 */
export function lintSchema(root: JsonSchema, subject: string): readonly Finding[] {
  const findings = schemasIn({ schema: root, path: [] }).flatMap((at) => [
    ...lintReference(at, root, subject),
    ...lintTypes(at, subject),
    ...lintRequired(at, subject),
    ...lintDiscriminator(at, root, subject),
  ]);
  return [...findings, ...lintCircles(root, subject)];
}

/** The schema itself and every schema inside it, in the order in which they are written. */
function schemasIn(at: SchemaAt): readonly SchemaAt[] {
  const { schema, path } = at;
  const inner = (value: Json | undefined, ...way: (string | number)[]): readonly SchemaAt[] =>
    isObject(value) ? schemasIn({ schema: value, path: [...path, ...way] }) : [];
  return [
    at,
    ...['properties', '$defs'].flatMap((word) =>
      Object.entries(objectAt(schema, word)).flatMap(([name, value]) => inner(value, word, name)),
    ),
    ...['items', 'additionalProperties'].flatMap((word) => inner(schema[word], word)),
    ...['oneOf', 'anyOf'].flatMap((word) =>
      itemsAt(schema, word).flatMap(([index, value]) => inner(value, word, index)),
    ),
  ];
}

function lintReference({ schema, path }: SchemaAt, root: JsonSchema, subject: string): readonly Finding[] {
  const ref = schema.$ref;
  // References out of the schema were refused by its schema.
  if (typeof ref !== 'string' || definitionName(ref) === undefined || resolveIn(root)(ref) !== undefined) return [];
  const names = Object.keys(objectAt(root, '$defs'));
  const wanted = definitionName(ref) ?? '';
  const found = nearest(wanted, names);
  const hint = found === undefined ? suggest(wanted, names) : `did you mean ${quote(`#/$defs/${found}`)}?`;
  const message = `no definition ${quote(wanted)} for the reference in ${label(path, subject)}`;
  return [{ code: 'unknown-ref', message, hint, path: [...path, '$ref'] }];
}

/** The type that each bound belongs to; without it, the bound says nothing about a value of another type. */
const typed: Readonly<Record<string, readonly string[]>> = {
  properties: ['object'],
  required: ['object'],
  additionalProperties: ['object'],
  minProperties: ['object'],
  maxProperties: ['object'],
  items: ['array'],
  minItems: ['array'],
  maxItems: ['array'],
  uniqueItems: ['array'],
  minLength: ['string'],
  maxLength: ['string'],
  pattern: ['string'],
  format: ['string'],
  minimum: ['number', 'integer'],
  maximum: ['number', 'integer'],
  exclusiveMinimum: ['number', 'integer'],
  exclusiveMaximum: ['number', 'integer'],
  multipleOf: ['number', 'integer'],
};

function lintTypes({ schema, path }: SchemaAt, subject: string): readonly Finding[] {
  // A branch that does nothing but require a member leaves the type to the schema around it.
  if (Object.keys(schema).every((word) => word === 'required')) return [];
  const types = [schema.type].flat();
  const wrong = Object.keys(schema).find((word) => {
    const belongs = Object.hasOwn(typed, word) ? typed[word] : undefined;
    return belongs !== undefined && !belongs.some((type) => types.includes(type));
  });
  if (wrong === undefined) return [];
  const type = typed[wrong]?.[0] ?? '';
  const message = `${quote(wrong)} needs type: ${type} beside it, in ${label(path, subject)}`;
  return [{ code: 'missing-type', message, path: [...path, wrong], at: 'key' }];
}

function lintRequired({ schema, path }: SchemaAt, subject: string): readonly Finding[] {
  if (schema.additionalProperties !== false) return [];
  const names = Object.keys(objectAt(schema, 'properties'));
  return textsAt(schema, 'required').flatMap(([index, name]) => {
    if (names.includes(name)) return [];
    const message = `${quote(name)} is required but not among the properties${within(path, subject)}`;
    return [{ code: 'unknown-property', message, hint: suggest(name, names), path: [...path, 'required', index] }];
  });
}

function lintDiscriminator({ schema, path }: SchemaAt, root: JsonSchema, subject: string): readonly Finding[] {
  const name = textAt(schema.discriminator, 'propertyName');
  if (name === undefined) return [];
  const branches = itemsAt(schema, 'oneOf').map(([, branch]) => branch);
  const values = branches.map((branch) => {
    const target = isObject(branch) ? follow(branch, resolveIn(root)) : undefined;
    const required = textsAt(target, 'required').some(([, each]) => each === name);
    return required ? textAt(objectAt(objectAt(target, 'properties'), name), 'const') : undefined;
  });
  const told = values.every((value) => value !== undefined) && new Set(values).size === values.length;
  if (branches.length > 0 && told) return [];
  const message = `"discriminator" needs a oneOf whose members each require a constant ${quote(name)} of their own`;
  return [
    { code: 'bad-discriminator', message: `${message}, in ${label(path, subject)}`, path: [...path, 'discriminator'] },
  ];
}

/** References that come back to where they started without going into a member or an item. */
function lintCircles(root: JsonSchema, subject: string): readonly Finding[] {
  const definitions = objectAt(root, '$defs');
  const done = new Set<string>();
  const findings: Finding[] = [];
  const visit = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name);
    if (start >= 0) {
      const circle = [...trail.slice(start), name].map((each) => `#/$defs/${each}`).join(' → ');
      const message = `the definition refers to itself in ${subject}: ${circle}`;
      findings.push({ code: 'circular-ref', message, path: ['$defs', name], at: 'key' });
      return;
    }
    if (done.has(name) || !Object.hasOwn(definitions, name)) return;
    for (const next of sameValue(definitions[name])) visit(next, [...trail, name]);
    done.add(name);
  };
  for (const name of Object.keys(definitions)) visit(name, []);
  return findings;
}

/** Names of the definitions that must also hold for a value that a schema holds for. */
function sameValue(schema: Json | undefined): readonly string[] {
  if (!isObject(schema)) return [];
  const own = typeof schema.$ref === 'string' ? definitionName(schema.$ref) : undefined;
  const branches = ['oneOf', 'anyOf'].flatMap((word) =>
    itemsAt(schema, word).flatMap(([, branch]) => sameValue(branch)),
  );
  return own === undefined ? branches : [own, ...branches];
}

export const patternHint = 'patterns are RE2: no lookahead, lookbehind or backreferences';

/** Why RE2 refuses a pattern; undefined when it does not. */
export function patternFault(pattern: string, patternOf: PatternMaker): string | undefined {
  try {
    patternOf(pattern);
    return undefined;
  } catch (error) {
    return messageOf(error).replace(/^error parsing regexp: /, '');
  }
}

export function patternsIn(root: JsonObject): readonly { readonly path: Path; readonly pattern: string }[] {
  return schemasIn({ schema: root, path: [] }).flatMap(({ schema, path }) =>
    typeof schema.pattern === 'string' ? [{ path, pattern: schema.pattern }] : [],
  );
}

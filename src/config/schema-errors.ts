import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { nearest, suggest } from '../core/nearest.ts';
import type { RawError } from '../generated/validators.js';
import type { Finding } from './finding.ts';
import { aboutForeignKeyword, isMetaSchema } from './schema-keywords.ts';
import { clip, label, listed, type Path, quote, show, typeNouns, typeOf, within } from './words.ts';

/** A finding, with what it says about keys, so that one slip that shows twice is reported once. */
export interface SchemaFinding extends Finding {
  /** Any of these keys would have done. */
  readonly wants?: readonly string[];
  /** The key that this unknown key was probably meant to be. */
  readonly meant?: string;
  /** A key of the same object whose absence this finding speaks of too. */
  readonly covers?: string;
}

/** What one error says. Nothing for errors that only repeat another. */
export function explainError(error: RawError, path: Path, subject: string | undefined): SchemaFinding | undefined {
  if (error.propertyName !== undefined) return badName(error, path, subject);
  const explain = explainers[error.keyword];
  if (explain) return explain(error, path, subject);
  // The enum that stands beside every discriminator says the same with its values; a branch has said what is wrong.
  if (['discriminator', 'propertyNames', 'if'].includes(error.keyword)) return undefined;
  return { code: 'invalid-value', message: `${label(path, subject)} ${error.message ?? 'does not fit'}`, path };
}

type Explain = (error: RawError, path: Path, subject: string | undefined) => SchemaFinding;

const explainers: Readonly<Record<string, Explain>> = {
  additionalProperties: unknownKey,
  required: missingKey,
  dependentRequired: dependentKey,
  type: (error, path, subject) => wrongType([error.params.type].flat().map(String), error.data, path, subject),
  enum: (error, path, subject) => unknownValue(error.params.allowedValues, error.data, path, subject),
  const: (error, path, subject) => unknownValue([error.params.allowedValue], error.data, path, subject),
  minimum: limit,
  maximum: limit,
  exclusiveMinimum: limit,
  exclusiveMaximum: limit,
  multipleOf: (error, path, subject) => ({
    code: 'out-of-range',
    message: `${label(path, subject)} must be a multiple of ${show(error.schema)}, but is ${show(error.data)}`,
    path,
  }),
  minLength: (error, path, subject) => count('too-short', error, path, subject, 'character'),
  maxLength: (error, path, subject) => count('too-long', error, path, subject, 'character'),
  minItems: (error, path, subject) => count('too-few', error, path, subject, 'item'),
  maxItems: (error, path, subject) => count('too-many', error, path, subject, 'item'),
  minProperties: (error, path, subject) => count('too-few', error, path, subject, 'key'),
  maxProperties: (error, path, subject) => count('too-many', error, path, subject, 'key'),
  uniqueItems: duplicateItem,
  pattern: mismatch,
  format: (error, path, subject) => ({
    code: 'bad-format',
    message: `${label(path, subject)} must be of the format ${error.schema}, but is ${show(error.data)}`,
    path,
  }),
};

function unknownKey(error: RawError, path: Path, subject: string | undefined): SchemaFinding {
  return aboutUnknownKey(String(error.params.additionalProperty), error, path, subject);
}

function aboutUnknownKey(key: string, error: RawError, path: Path, subject: string | undefined): SchemaFinding {
  const present = isObject(error.data) ? error.data : {};
  // What has a default is always there, because it was filled in.
  const absent = Object.entries(propertiesOf(error))
    .filter(([name, schema]) => !Object.hasOwn(present, name) || (isObject(schema) && schema.default !== undefined))
    .map(([name]) => name);
  const finding = { path: [...path, key], at: 'key' } as const;
  if (isObject(error.parentSchema) && isMetaSchema(error.parentSchema)) {
    const about = aboutForeignKeyword(key, error.parentSchema, label(path, subject));
    if (about) return { ...finding, ...about };
  }
  const meant = nearest(key, absent);
  return {
    ...finding,
    code: 'unknown-key',
    message: `unknown key ${quote(key)}${within(path, subject)}`,
    hint: suggest(key, absent),
    ...(meant === undefined ? {} : { meant }),
  };
}

function missingKey(error: RawError, path: Path, subject: string | undefined): SchemaFinding {
  const key = String(error.params.missingProperty);
  const properties = propertiesOf(error);
  const slip = misspelled(key, error);
  if (slip !== undefined) return aboutUnknownKey(slip, error, path, subject);
  const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
  return {
    code: 'missing-key',
    message: `missing key ${quote(key)}${within(path, subject)}`,
    hint: isObject(schema) ? (oneOfThese(schema) ?? describe(schema)) : undefined,
    path,
    at: 'key',
    wants: [key],
  };
}

/**
 * Where the missing key would have told which keys are allowed beside it, no key is reported as unknown, so that its
 * misspelling has to be looked for here.
 */
function misspelled(missing: string, { data, parentSchema }: RawError): string | undefined {
  if (!isObject(data) || !isObject(parentSchema) || !isObject(parentSchema.discriminator)) return undefined;
  return Object.keys(data).find((key) => nearest(key, [missing]) === missing);
}

function oneOfThese(schema: JsonObject): string | undefined {
  return Array.isArray(schema.enum) ? `expected one of: ${schema.enum.map(String).join(', ')}` : undefined;
}

function dependentKey(error: RawError, path: Path, subject: string | undefined): SchemaFinding {
  const key = String(error.params.property);
  const missing = String(error.params.missingProperty);
  return {
    code: 'missing-key',
    message: `${quote(key)} needs ${quote(missing)} beside it${within(path, subject)}`,
    path: [...path, key],
    at: 'key',
    covers: missing,
  };
}

function badName(error: RawError, path: Path, subject: string | undefined): SchemaFinding {
  const name = error.propertyName ?? '';
  return {
    code: 'bad-name',
    message: `${quote(name)} cannot be a name${within(path, subject)}`,
    hint: describe(error.parentSchema),
    path: [...path, name],
    at: 'key',
  };
}

export function wrongType(
  types: readonly string[],
  data: unknown,
  path: Path,
  subject: string | undefined,
): SchemaFinding {
  const actual = typeOf(data as Json);
  const but = actual === 'boolean' ? String(data) : typeNouns([actual]);
  return { code: 'wrong-type', message: `${label(path, subject)} must be ${typeNouns(types)}, but is ${but}`, path };
}

function unknownValue(allowed: unknown, data: unknown, path: Path, subject: string | undefined): SchemaFinding {
  const values = Array.isArray(allowed) ? allowed : [];
  const finding = { code: 'unknown-value', path };
  if (path.at(-1) === '$schema') {
    const message = `the dialect ${show(data)} is not read${within(path.slice(0, -1), subject)}`;
    return { ...finding, code: 'unsupported-dialect', message, hint: `write ${values.map(String).join(' or ')}` };
  }
  const texts = values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  const message = `unknown value ${show(data)} for ${label(path, subject)}`;
  return { ...finding, message, hint: suggest(typeof data === 'string' ? data : JSON.stringify(data), texts) };
}

const comparisons: Readonly<Record<string, string>> = {
  '>=': 'at least',
  '<=': 'at most',
  '>': 'more than',
  '<': 'less than',
};

function limit(error: RawError, path: Path, subject: string | undefined): SchemaFinding {
  const bound = `${comparisons[String(error.params.comparison)] ?? ''} ${show(error.params.limit)}`;
  const message = `${label(path, subject)} must be ${bound}, but is ${show(error.data)}`;
  return { code: 'out-of-range', message, path };
}

function count(
  code: string,
  error: RawError,
  path: Path,
  subject: string | undefined,
  noun: 'character' | 'item' | 'key',
): SchemaFinding {
  const bound = Number(error.params.limit);
  const name = label(path, subject);
  if (error.keyword.startsWith('min') && bound === 1) return { code, message: `${name} must not be empty`, path };
  const least = error.keyword.startsWith('min') ? 'at least' : 'at most';
  return { code, message: `${name} must have ${least} ${bound} ${noun}${bound === 1 ? '' : 's'}`, path };
}

function mismatch(error: RawError, path: Path, subject: string | undefined): SchemaFinding {
  if (path.at(-1) === '$ref') {
    const message = `the reference ${show(error.data)}${within(path.slice(0, -1), subject)} leaves this schema`;
    return { code: 'unsupported-ref', message, hint: 'refer to "#/$defs/…" of the same schema', path };
  }
  const message = `${label(path, subject)} must match ${clip(String(error.schema), 80)}, but is ${show(error.data)}`;
  return { code: 'bad-pattern', message, hint: describe(error.parentSchema), path };
}

function duplicateItem(error: RawError, path: Path, subject: string | undefined): SchemaFinding {
  const index = Math.max(Number(error.params.i), Number(error.params.j));
  const item = Array.isArray(error.data) ? error.data[index] : undefined;
  return {
    code: 'duplicate-item',
    message: `${show(item)} is there twice${within(path, subject)}`,
    path: [...path, index],
  };
}

function propertiesOf({ parentSchema }: RawError): JsonObject {
  return isObject(parentSchema) && isObject(parentSchema.properties) ? parentSchema.properties : {};
}

function describe(schema: unknown): string | undefined {
  const text = isObject(schema) ? schema.description : undefined;
  return typeof text === 'string' && text !== '' ? `expected: ${clip(text, 160)}` : undefined;
}

/** What a value lacks of which any would do, or has too many of. */
export function oneOfKeys(
  keys: readonly string[],
  data: unknown,
  path: Path,
  subject: string | undefined,
): SchemaFinding {
  const present = keys.filter((key) => isObject(data) && Object.hasOwn(data, key));
  const name = label(path, subject);
  const second = present[1];
  if (second !== undefined) {
    const message = `${name} takes only one of ${listed(keys)}`;
    return { code: 'conflicting-keys', message, path: [...path, second], at: 'key' };
  }
  return { code: 'missing-key', message: `${name} needs one of ${listed(keys)}`, path, at: 'key', wants: keys };
}

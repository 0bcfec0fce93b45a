import { isCondition, isOperator, type Operator, operators } from '../core/condition.ts';
import { isObject, type Json, type JsonObject, type JsonSchema } from '../core/json.ts';
import { suggest } from '../core/nearest.ts';
import { objectAt } from './draft.ts';
import type { Finding } from './finding.ts';
import type { Resolve } from './prepare-schema.ts';
import { formsOf, typesOf } from './schema-forms.ts';
import { isOfType, type Path, quote, show, typeNouns } from './words.ts';

/** A pattern in a condition, to be tried on RE2. */
export interface PatternUse {
  readonly path: Path;
  readonly pattern: string;
}

interface Lint {
  readonly findings: Finding[];
  readonly patterns: PatternUse[];
  readonly resolve: Resolve;
  /** What messages call the rule. */
  readonly subject: string;
}

/** What is known of a value: it fits one of these schemas. Undefined: nothing is known. */
type Shapes = readonly JsonSchema[] | undefined;

/**
 * What is wrong with the `when` of a rule, and its patterns.
 * @param shape schema of the arguments or of the plan body that the rule speaks of, where it is known
 */
export function lintCondition(
  when: JsonObject,
  path: Path,
  subject: string,
  shape: JsonSchema | undefined,
  resolve: Resolve,
): { readonly findings: readonly Finding[]; readonly patterns: readonly PatternUse[] } {
  const lint: Lint = { findings: [], patterns: [], resolve, subject };
  if (isCondition(when)) {
    const hint = 'name a member first: { sql: { matches: … } }';
    blame(lint, `${quote(Object.keys(when)[0] ?? '')} stands where the name of a member belongs`, path, hint);
  } else {
    lintWhen(lint, when, path, shape && forms(lint, shape));
  }
  return lint;
}

function lintWhen(lint: Lint, when: Json, path: Path, shapes: Shapes): void {
  if (!isObject(when)) {
    lintEqual(lint, when, path, shapes);
    return;
  }
  const words = Object.keys(when);
  const stranger = words.find((word) => !isOperator(word));
  if (words.length === 0) {
    blame(lint, 'an empty condition holds for everything', path);
  } else if (stranger === undefined) {
    for (const [word, operand] of Object.entries(when)) {
      lintOperator(lint, word as Operator, operand, [...path, word], shapes);
    }
  } else if (words.some(isOperator)) {
    blame(lint, `${quote(stranger)} is not a condition`, [...path, stranger], suggest(stranger, operators), 'key');
  } else {
    lintMembers(lint, when, path, shapes);
  }
}

function lintMembers(lint: Lint, when: JsonObject, path: Path, shapes: Shapes): void {
  const objects = shapes?.filter((shape) => typesOf(shape)?.includes('object') ?? true);
  const types = typesOfAll(shapes);
  if (objects?.length === 0 && types) {
    const word = Object.keys(when)[0] ?? '';
    const hint = suggest(word, operators);
    blame(
      lint,
      `${quote(word)} is not a condition, and ${typeNouns(types)} has no members`,
      [...path, word],
      hint,
      'key',
    );
    return;
  }
  for (const [name, inner] of Object.entries(when)) {
    const members = objects?.flatMap((shape) => membersOf(lint, shape, name));
    if (objects && members?.length === 0) unknownMember(lint, name, [...path, name], objects);
    else lintWhen(lint, inner, [...path, name], members?.includes(undefined) ? undefined : (members as Shapes));
  }
}

/** What is known of a member of a shape: nothing when the shape cannot have it, undefined when it may be anything. */
function membersOf(lint: Lint, shape: JsonSchema, name: string): readonly (JsonSchema | undefined)[] {
  const properties = objectAt(shape, 'properties');
  const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (isObject(own)) return forms(lint, own);
  const others = shape.additionalProperties;
  if (isObject(others)) return forms(lint, others);
  return others === false || Object.keys(properties).length > 0 ? [] : [undefined];
}

function unknownMember(lint: Lint, name: string, path: Path, shapes: readonly JsonSchema[]): void {
  const known = [...new Set(shapes.flatMap((shape) => Object.keys(objectAt(shape, 'properties'))))];
  const open = shapes.some((shape) => shape.additionalProperties !== false);
  lint.findings.push({
    code: 'unknown-member',
    severity: open ? 'warning' : 'error',
    message: `unknown member ${quote(name)} in ${lint.subject}`,
    hint: suggest(name, known),
    path,
    at: 'key',
  });
}

/** The types that an operator can judge; any for those that are absent. */
const judged: Readonly<Partial<Record<Operator, readonly string[]>>> = {
  matches: ['string'],
  lt: ['number', 'integer'],
  lte: ['number', 'integer'],
  gt: ['number', 'integer'],
  gte: ['number', 'integer'],
  any: ['array'],
  all: ['array'],
};

function lintOperator(lint: Lint, word: Operator, operand: Json, path: Path, shapes: Shapes): void {
  const wanted = judged[word];
  const types = typesOfAll(shapes);
  if (wanted && types && !types.some((type) => wanted.includes(type))) {
    const message = `${quote(word)} judges ${typeNouns(wanted.slice(0, 1))}, but the member is ${typeNouns(types)}`;
    blame(lint, message, path, undefined, 'key');
    return;
  }
  operands[word](lint, operand, path, shapes, word);
}

type LintOperand = (lint: Lint, operand: Json, path: Path, shapes: Shapes, word: Operator) => void;

const lintItems: LintOperand = (lint, operand, path, shapes) => lintWhen(lint, operand, path, itemsOf(lint, shapes));

const lintBound: LintOperand = (lint, operand, path, _shapes, word) => {
  if (typeof operand !== 'number') blame(lint, `${quote(word)} takes a number, not ${show(operand)}`, path);
};

const operands: Readonly<Record<Operator, LintOperand>> = {
  any: lintItems,
  all: lintItems,
  lt: lintBound,
  lte: lintBound,
  gt: lintBound,
  gte: lintBound,
  equals: lintEqual,
  oneOf: (lint, operand, path, shapes) => {
    if (Array.isArray(operand) && operand.length > 0) for (const each of operand) lintEqual(lint, each, path, shapes);
    else blame(lint, `"oneOf" takes a list of values, not ${show(operand)}`, path);
  },
  matches: (lint, operand, path) => {
    if (typeof operand === 'string') lint.patterns.push({ path, pattern: operand });
    else blame(lint, `"matches" takes a pattern, not ${show(operand)}`, path);
  },
};

function lintEqual(lint: Lint, value: Json, path: Path, shapes: Shapes): void {
  const types = typesOfAll(shapes);
  if (types === undefined || types.some((type) => isOfType(value, type))) return;
  blame(lint, `the member is ${typeNouns(types)} and never equals ${show(value)}`, path);
}

function itemsOf(lint: Lint, shapes: Shapes): Shapes {
  const items = shapes?.filter((shape) => typesOf(shape)?.includes('array') ?? true).map((shape) => shape.items);
  return items?.every(isObject) ? items.flatMap((item) => forms(lint, item)) : undefined;
}

/** A schema as the schemas without references and unions that it comes down to. */
function forms({ resolve }: Lint, schema: JsonSchema): readonly JsonSchema[] {
  return formsOf(schema, resolve).map((form) => form.schema);
}

function typesOfAll(shapes: Shapes): readonly string[] | undefined {
  if (shapes === undefined || shapes.length === 0) return undefined;
  const types = shapes.map(typesOf);
  return types.every((each) => each !== undefined) ? [...new Set(types.flat())] : undefined;
}

function blame(lint: Lint, what: string, path: Path, hint?: string, at: 'key' | 'value' = 'value'): void {
  lint.findings.push({ code: 'bad-condition', message: `${what}, in ${lint.subject}`, hint, path, at });
}

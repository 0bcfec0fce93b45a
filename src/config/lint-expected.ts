import { handleKey } from '../core/handles.ts';
import { canonical, isObject, type Json, type JsonObject } from '../core/json.ts';
import { nearest, suggest } from '../core/nearest.ts';
import type { Finding } from './finding.ts';
import type { PatternUse } from './lint-condition.ts';
import {
  allowedValues,
  areOpen,
  type Form,
  type Forms,
  itemForms,
  memberForms,
  memberNames,
  ofType,
  typesOf,
} from './schema-forms.ts';
import { isOfType, label, type Path, quote, show, typeNouns } from './words.ts';

/** What is wrong with expected arguments or an expected payload, and the patterns in them. */
export interface Linted {
  readonly findings: readonly Finding[];
  readonly patterns: readonly PatternUse[];
}

interface Lint {
  readonly findings: Finding[];
  readonly patterns: PatternUse[];
  /** What messages call the case. */
  readonly subject: string;
}

/** Words that make an object a test of the value; see src/core/args-match.ts. */
const words = ['any', 'matches', 'oneOf', 'anyOrder', 'near'] as const;
type Word = (typeof words)[number];

/**
 * Finds members that what is expected to come cannot have, values that it never equals, and tests that are none.
 * @param path where `expected` stands in the part that is checked
 */
export function lintExpected(expected: Json, path: Path, forms: Forms, subject: string): Linted {
  const lint: Lint = { findings: [], patterns: [], subject };
  lintValue(lint, expected, path, forms);
  return lint;
}

function lintValue(lint: Lint, expected: Json, path: Path, known: Forms): void {
  // Of a schema that could not be read, nothing is known.
  const forms = known?.length === 0 ? undefined : known;
  if (Array.isArray(expected)) lintList(lint, expected, path, forms);
  else if (!isObject(expected)) lintScalar(lint, expected, path, forms);
  else if (isTest(expected, forms)) lintTest(lint, expected, path, forms);
  // What a handle stands for is not known.
  else if (!Object.hasOwn(expected, handleKey)) lintObject(lint, expected, path, forms);
}

/** Whether an object consists of words of tests, none of which is the name of a member. */
function isTest(expected: JsonObject, forms: Forms): boolean {
  const keys = Object.keys(expected);
  const members = memberNames(forms ?? []);
  const isWord = (key: string) => (words as readonly string[]).includes(key) || key === 'within';
  return keys.length > 0 && keys.every(isWord) && !keys.some((key) => members.includes(key));
}

function lintTest(lint: Lint, expected: JsonObject, path: Path, forms: Forms): void {
  const keys = Object.keys(expected);
  const word = words.find((each) => Object.hasOwn(expected, each));
  if (word === undefined || keys.length > (word === 'near' ? 2 : 1)) {
    blame(lint, path, path, 'a test has one word', `write one of ${words.join(', ')}`);
    return;
  }
  const { fits, form, type } = operands[word];
  const operand = expected[word] as Json;
  if (!fits(operand, expected)) {
    blame(lint, path, [...path, word], `${quote(word)} is not used like this`, form);
    return;
  }
  const types = typesOfAll(forms);
  if (
    type !== undefined &&
    types &&
    !types.some((each) => each === type || (each === 'integer' && type === 'number'))
  ) {
    const what = `${quote(word)} tests ${typeNouns([type])}, but ${label(path, lint.subject)} is ${typeNouns(types)}`;
    lint.findings.push({ code: 'bad-matcher', message: what, path: [...path, word], at: 'key' });
    return;
  }
  if (word === 'matches') lint.patterns.push({ path: [...path, word], pattern: String(operand) });
  const inner = word === 'anyOrder' ? itemForms(ofType(forms, 'array')) : forms;
  if (!Array.isArray(operand)) return;
  for (const [index, each] of operand.entries()) lintValue(lint, each, [...path, word, index], inner);
}

interface Operand {
  /** What the word takes. */
  readonly form: string;
  /** The type that it tests; any when absent. */
  readonly type?: string;
  fits(operand: Json, expected: JsonObject): boolean;
}

const operands: Readonly<Record<Word, Operand>> = {
  any: { form: 'write { any: true }', fits: (operand) => operand === true },
  matches: { form: 'write { matches: "^p-" }', type: 'string', fits: (operand) => typeof operand === 'string' },
  oneOf: { form: 'write { oneOf: [1, 2] }', fits: (operand) => Array.isArray(operand) && operand.length > 0 },
  anyOrder: { form: 'write { anyOrder: [1, 2] }', type: 'array', fits: (operand) => Array.isArray(operand) },
  near: {
    form: 'write { near: 6.5, within: 0.01 }',
    type: 'number',
    fits: (operand, { within }) => typeof operand === 'number' && typeof within === 'number' && within >= 0,
  },
};

function lintObject(lint: Lint, expected: JsonObject, path: Path, forms: Forms): void {
  const objects = ofType(forms, 'object');
  if (objects?.length === 0) {
    const [first = ''] = Object.keys(expected);
    neverEquals(lint, expected, path, forms, nearest(first, words) === undefined ? undefined : suggest(first, words));
    return;
  }
  const meant = objects && narrow(lint, expected, path, objects);
  if (objects && meant === undefined) return;
  for (const [name, value] of Object.entries(expected)) {
    const members = memberForms(meant, name);
    if (members?.length === 0 && meant) unknownMember(lint, name, path, meant);
    else lintValue(lint, value, [...path, name], members);
  }
}

/** The forms whose constants are as expected, such as that of the kind; undefined, and reported, when none is. */
function narrow(lint: Lint, expected: JsonObject, path: Path, forms: readonly Form[]): readonly Form[] | undefined {
  let left = forms;
  for (const [name, value] of Object.entries(expected)) {
    if (typeof value !== 'string') continue;
    const constantOf = (form: Form) => {
      const values = allowedValues(memberForms([form], name) ?? []);
      return values?.length === 1 ? values[0] : undefined;
    };
    const kept = left.filter((form) => [undefined, value].includes(constantOf(form) as string | undefined));
    if (kept.length === 0) {
      const known = left.map(constantOf).filter((each) => typeof each === 'string');
      unknownValue(lint, value, [...path, name], known);
      return undefined;
    }
    left = kept;
  }
  return left;
}

function unknownMember(lint: Lint, name: string, path: Path, forms: readonly Form[]): void {
  const known = memberNames(forms);
  lint.findings.push({
    code: 'unknown-member',
    severity: areOpen(forms) ? 'warning' : 'error',
    message: `unknown member ${quote(name)} in ${label(path, lint.subject)}`,
    hint:
      nearest(name, known) === undefined && nearest(name, words) !== undefined
        ? suggest(name, words)
        : suggest(name, known),
    path: [...path, name],
    at: 'key',
  });
}

function lintList(lint: Lint, expected: readonly Json[], path: Path, forms: Forms): void {
  const lists = ofType(forms, 'array');
  if (lists?.length === 0) neverEquals(lint, expected, path, forms, undefined);
  else for (const [index, item] of expected.entries()) lintValue(lint, item, [...path, index], itemForms(lists));
}

function lintScalar(lint: Lint, expected: Json, path: Path, forms: Forms): void {
  const types = typesOfAll(forms);
  if (types && !types.some((type) => isOfType(expected, type))) neverEquals(lint, expected, path, forms, undefined);
  const allowed = forms && forms.length > 0 ? allowedValues(forms) : undefined;
  if (allowed === undefined || allowed.some((value) => canonical(value) === canonical(expected))) return;
  unknownValue(lint, expected, path, allowed);
}

function unknownValue(lint: Lint, value: Json, path: Path, known: readonly Json[]): void {
  const texts = known.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
  const hint = suggest(typeof value === 'string' ? value : JSON.stringify(value), texts);
  const message = `unknown value ${show(value)} for ${label(path, lint.subject)}`;
  lint.findings.push({ code: 'unknown-value', message, hint, path });
}

function neverEquals(lint: Lint, value: Json, path: Path, forms: Forms, hint: string | undefined): void {
  const types = typesOfAll(forms) ?? [];
  const message = `${label(path, lint.subject)} is ${typeNouns(types)} and never equals ${show(value)}`;
  lint.findings.push({ code: 'wrong-type', message, hint, path });
}

function typesOfAll(forms: Forms): readonly string[] | undefined {
  if (forms === undefined || forms.length === 0) return undefined;
  const types = forms.map(({ schema }) => typesOf(schema));
  return types.every((each) => each !== undefined) ? [...new Set(types.flat())] : undefined;
}

function blame(lint: Lint, path: Path, at: Path, what: string, hint: string): void {
  lint.findings.push({ code: 'bad-matcher', message: `${what}, in ${label(path, lint.subject)}`, hint, path: at });
}

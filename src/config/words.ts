import type { Json } from '../core/json.ts';

/** Keys and indexes from the root of a value to a part of it. */
export type Path = readonly (string | number)[];

/** A name or a value as messages show it: in quotes, on one line, short. */
export function quote(text: string): string {
  return JSON.stringify(clip(text, 60));
}

/** Text of at most `length` characters; what is cut off is marked. */
export function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** A value as messages show it. */
export function show(value: unknown): string {
  return typeof value === 'string' ? quote(value) : clip(JSON.stringify(value) ?? 'nothing', 60);
}

/** `"maxSteps" of agent "planner"`; the subject itself where the path is empty. */
export function label(path: Path, subject: string | undefined): string {
  if (path.length === 0) return subject ?? 'the value';
  return subject === undefined ? quote(dotted(path)) : `${quote(dotted(path))} of ${subject}`;
}

/** ` in agent "planner"`, ` in "targetDatabase" of workspace "acme"`; nothing where there is nothing to say. */
export function within(path: Path, subject: string | undefined): string {
  return path.length === 0 && subject === undefined ? '' : ` in ${label(path, subject)}`;
}

/** `actions[0].newPrice` */
export function dotted(path: Path): string {
  const text = path.map((part) => (/^\d+$/.test(String(part)) ? `[${part}]` : `.${part}`)).join('');
  return text.startsWith('.') ? text.slice(1) : text;
}

/** `"a", "b" and "c"` */
export function listed(names: readonly string[], last: 'and' | 'or' = 'and'): string {
  const quoted = names.map(quote);
  if (quoted.length < 2) return quoted.join('');
  return `${quoted.slice(0, -1).join(', ')} ${last} ${quoted.at(-1)}`;
}

const nouns: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

/** `an integer`, `a string or a list` for JSON Schema type words. */
export function typeNouns(types: readonly string[]): string {
  return [...new Set(types)].map((type) => nouns[type] ?? type).join(' or ');
}

/** The JSON Schema type word of a value; a whole number is an `integer`. */
export function typeOf(value: Json | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** Whether a value is of a JSON Schema type. */
export function isOfType(value: Json | undefined, type: string): boolean {
  const actual = typeOf(value);
  return actual === type || (actual === 'integer' && type === 'number');
}

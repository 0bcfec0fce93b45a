import { isObject, type Json, type JsonObject } from '../core/json.ts';
import type { Path } from './words.ts';

/** `{{name}}` in a text of a template. */
export interface Placeholder {
  readonly name: string;
  /** Of the text that holds it. */
  readonly path: Path;
  /** Whether the text is nothing else, so that the value takes its place as it is. */
  readonly alone: boolean;
}

const pattern = /\{\{([^{}]*)\}\}/g;

/** The placeholders of all texts of a template. */
export function placeholdersOf(template: Json): readonly Placeholder[] {
  return textsOf(template, []).flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map((match) => ({
      name: (match[1] ?? '').trim(),
      path,
      alone: match[0].length === text.length,
    })),
  );
}

/** Where a template has "{{" that begins no placeholder: in a text, or in a key. */
export function strayBraces(template: Json): readonly { readonly path: Path; readonly at: 'key' | 'value' }[] {
  const texts = textsOf(template, []).filter(({ text }) => text.replace(pattern, '').includes('{{'));
  return [
    ...texts.map(({ path }) => ({ path, at: 'value' as const })),
    ...keysOf(template, []).flatMap((path) =>
      String(path.at(-1)).includes('{{') ? [{ path, at: 'key' as const }] : [],
    ),
  ];
}

/** A copy of a template with the values of a row, which must have them all, in place of the placeholders. */
export function fill(template: Json, row: JsonObject): Json {
  if (typeof template === 'string') return fillText(template, row);
  if (Array.isArray(template)) return template.map((item) => fill(item, row));
  if (!isObject(template)) return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, fill(value, row)]));
}

function fillText(text: string, row: JsonObject): Json {
  if (!text.includes('{{')) return text;
  const alone = /^\{\{([^{}]*)\}\}$/.exec(text)?.[1];
  if (alone !== undefined) return structuredClone(row[alone.trim()]) as Json;
  return text.replace(pattern, (_, name: string) => String(row[name.trim()]));
}

function textsOf(value: Json, path: Path): readonly { readonly path: Path; readonly text: string }[] {
  if (typeof value === 'string') return value.includes('{{') ? [{ path, text: value }] : [];
  return membersOf(value).flatMap(([key, inner]) => textsOf(inner, [...path, key]));
}

function keysOf(value: Json, path: Path): readonly Path[] {
  return membersOf(value).flatMap(([key, inner]) => [[...path, key], ...keysOf(inner, [...path, key])]);
}

function membersOf(value: Json): readonly (readonly [string | number, Json])[] {
  if (Array.isArray(value)) return [...value.entries()];
  return isObject(value) ? Object.entries(value) : [];
}

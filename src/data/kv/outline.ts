import { isObject, type Json } from '../../core/json.ts';

/**
 * A value cut down to about `chars` characters of JSON, so that a reader sees what it is like: long texts, lists and
 * objects end with a word about what is left out.
 */
export function outline(value: Json, chars: number): Json {
  for (const detail of details) {
    const cut = trim(value, detail, 0);
    if (JSON.stringify(cut).length <= chars) return cut;
  }
  return about(value);
}

/** A text of at most `chars` characters, with a word about what is left out. No character is split. */
export function clipText(text: string, chars: number): string {
  if (text.length <= chars) return text;
  return `${slice(text, 0, chars)}… (${count(text.length, 'character')} in all)`;
}

/** Part of a text whose ends split no character. */
export function slice(text: string, start: number, end: number): string {
  return text.slice(whole(text, start), whole(text, end));
}

/** The nearest place at or before `at` that is between two characters. */
export function whole(text: string, at: number): number {
  return /[\udc00-\udfff]/.test(text.charAt(at)) && /[\ud800-\udbff]/.test(text.charAt(at - 1)) ? at - 1 : at;
}

interface Detail {
  readonly items: number;
  readonly text: number;
  readonly depth: number;
}

const details: readonly Detail[] = [
  { items: 50, text: 1000, depth: 8 },
  { items: 20, text: 300, depth: 6 },
  { items: 10, text: 120, depth: 4 },
  { items: 5, text: 60, depth: 3 },
  { items: 3, text: 40, depth: 2 },
  { items: 2, text: 30, depth: 1 },
];

function trim(value: Json, detail: Detail, depth: number): Json {
  if (typeof value === 'string') return clipText(value, detail.text);
  if (Array.isArray(value)) {
    if (depth >= detail.depth && value.length > 0) return about(value);
    const shown = value.slice(0, detail.items).map((item) => trim(item, detail, depth + 1));
    const left = value.length - shown.length;
    return left > 0 ? [...shown, `… ${count(left, 'more item')}`] : shown;
  }
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  if (depth >= detail.depth && keys.length > 0) return about(value);
  const shown = keys
    .slice(0, detail.items)
    .map((key) => [clipText(key, detail.text), trim(value[key] as Json, detail, depth + 1)]);
  const left = keys.length - shown.length;
  if (left > 0) shown.push(['…', count(left, 'more member')]);
  return Object.fromEntries(shown);
}

/** A value in a few words. */
function about(value: Json): string {
  if (Array.isArray(value)) return `[… ${count(value.length, 'item')}]`;
  if (isObject(value)) return `{… ${count(Object.keys(value).length, 'member')}}`;
  return clipText(String(value), 30);
}

/** `1 row`, `12,000 rows` */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}

import { isObject, type Json } from './json.ts';

/** A value that must never be shown or stored, and the name that stands for it. */
export interface Secret {
  readonly name: string;
  readonly value: string;
}

/** Puts names in the place of secrets. */
export interface Redactor {
  /** A text in which each secret, as it is or encoded, has become `[secret NAME]`. */
  text(text: string): string;
  /** The same for every text in a value, keys of objects included. What holds no secret is the same object. */
  json<T extends Json>(value: T): T;
}

/** Anything shorter is no key, and stands in too many texts by chance. */
const shortest = 6;

/**
 * Removes known secrets from what is shown or stored: as they are, in URLs, in JSON texts and in base64 at any place
 * of a longer text. A secret that comes in pieces is only found in the whole.
 */
export function redactor(secrets: readonly Secret[]): Redactor {
  const names = new Map<string, string>();
  for (const { name, value } of secrets) {
    if (value.length < shortest) continue;
    for (const form of formsOf(value)) if (!names.has(form)) names.set(form, name);
  }
  if (names.size === 0) return { text: (text) => text, json: (value) => value };
  // Where one form contains another, the longer one goes first.
  const longestFirst = [...names.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(escapePattern).join('|'), 'g');
  const redact = (text: string) => text.replace(pattern, (form) => `[secret ${names.get(form)}]`);
  return { text: redact, json: (value) => walk(value, redact) as typeof value };
}

function formsOf(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const url = encodeURIComponent(value);
  return [value, json, url, ...base64Forms(value)].filter((form) => form.length >= shortest);
}

/** In base64 a text looks different at each of three offsets; its ends depend on what stands beside it. */
function base64Forms(value: string): readonly string[] {
  const bytes = new TextEncoder().encode(value);
  const forms = [0, 1, 2].map((offset) => {
    const text = btoa(String.fromCharCode(...new Uint8Array(offset), ...bytes)).replace(/=+$/, '');
    const start = offset === 0 ? 0 : offset + 1;
    const end = (offset + bytes.length) % 3 === 0 ? text.length : text.length - 1;
    return text.slice(start, end);
  });
  const safe = forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  return [...forms, ...safe];
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

function walk(value: Json, redact: (text: string) => string): Json {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => walk(item, redact));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (!isObject(value)) return value;
  let changed = false;
  const members = Object.entries(value).map(([key, member]): [string, Json] => {
    const entry: [string, Json] = [redact(key), walk(member, redact)];
    if (entry[0] !== key || entry[1] !== member) changed = true;
    return entry;
  });
  return changed ? Object.fromEntries(members) : value;
}

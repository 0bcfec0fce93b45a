import { isObject, type Json } from './json.ts';

/** A value that must never be shown or stored, and the name that stands for it. */
export interface Secret {
  readonly name: string;
  readonly value: string;
}

/** Puts names in the place of secrets. What it has done it leaves alone when it meets it again. */
export interface Redactor {
  /** A text in which each secret, as it is or encoded, has become `[secret NAME]`. */
  text(text: string): string;
  /** The same for every text in a value, keys of objects included. What holds no secret is the same object. */
  json<T extends Json>(value: T): T;
  /** The same for a text that comes in pieces, over the ends of pieces. */
  stream(): RedactedStream;
  /** The first `[secret NAME]` in a text that stands for a known secret. */
  mark(text: string): string | undefined;
}

/** Holds back the end of what has come while it may be the beginning of a secret. */
export interface RedactedStream {
  /** @returns what can be shown by now; empty when all of it has to wait. */
  push(piece: string): string;
  /** The rest. Then a new text may begin. */
  end(): string;
}

/** Anything shorter is no key, and stands in too many texts by chance. */
export const shortestSecret = 6;

/** What a secret looks like in some encoding. */
interface Form {
  readonly name: string;
  readonly text: string;
}

/**
 * Removes known secrets from what is shown or stored: as they are, in URLs, in JSON texts, in base64 at any place of a
 * longer text, and line by line where they have several. Of a long secret its beginning is enough, because texts are
 * cut.
 * @param names of further secrets, whose values are not known here
 */
export function redactor(secrets: readonly Secret[], names: readonly string[] = []): Redactor {
  const forms = allForms(secrets);
  const marks = [...new Set([...secrets.map(({ name }) => name), ...names])].map(markOf);
  const mark = (text: string) => marks.find((each) => text.includes(each));
  if (forms.length === 0) return { text: (text) => text, json: (value) => value, stream: plainStream, mark };
  const find = finder(forms);
  const text = (whole: string) => replaced(whole, find);
  return { text, json: (value) => walk(value, text) as typeof value, stream: () => streamed(forms, find), mark };
}

function plainStream(): RedactedStream {
  return { push: (piece) => piece, end: () => '' };
}

function allForms(secrets: readonly Secret[]): readonly Form[] {
  const names = new Map<string, string>();
  for (const { name, value } of secrets) {
    if (value.length < shortestSecret) continue;
    for (const form of formsOf(value)) if (!names.has(form)) names.set(form, name);
  }
  return [...names].map(([text, name]) => ({ name, text }));
}

function formsOf(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const url = encodeURIComponent(value);
  const forms = [value, json, url, ...base64Forms(value)].filter((form) => form.length >= shortestSecret);
  return [...forms, ...linesOf(value)];
}

/** A key of several lines is indented, or shown line by line. Its first and last line are the same in all such keys. */
function linesOf(value: string): readonly string[] {
  if (!value.includes('\n')) return [];
  const lines = value.split('\n').map((line) => line.trim());
  return lines.filter((line) => line.length >= shortestLine && !line.startsWith('-----'));
}

const shortestLine = 16;

/** In base64 a text looks different at each of three offsets; its ends depend on what stands beside it. */
function base64Forms(value: string): readonly string[] {
  const bytes = new TextEncoder().encode(value);
  const forms = [0, 1, 2].map((offset) => {
    let binary = '\0'.repeat(offset);
    for (const byte of bytes) binary += String.fromCharCode(byte);
    const text = btoa(binary).replace(/=+$/, '');
    const start = offset === 0 ? 0 : offset + 1;
    const end = (offset + bytes.length) % 3 === 0 ? text.length : text.length - 1;
    return text.slice(start, end);
  });
  const safe = forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  return [...forms, ...safe];
}

/** How much of a form has to be there to be recognised. */
function leastOf({ length }: string): number {
  return length < 2 * leastBeginning ? length : Math.max(leastBeginning, Math.ceil(length / 3));
}

const leastBeginning = 16;

/** A secret in a text. */
interface Found {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/** Where the first secret stands at or after a place. */
type Find = (text: string, from: number) => Found | undefined;

function finder(forms: readonly Form[]): Find {
  const begins = [...new Set(forms.map(({ text }) => text.slice(0, leastOf(text))))];
  // Where one beginning contains another, the longer one goes first.
  begins.sort((a, b) => b.length - a.length);
  const marks = [...new Set(forms.map(({ name }) => markOf(name)))];
  const pattern = new RegExp([...marks, ...begins].map(escapePattern).join('|'), 'g');
  const known = new Set(marks);
  return (text, from) => {
    pattern.lastIndex = from;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      if (known.has(match[0])) continue;
      return longest(text, match.index, match[0], forms);
    }
    return undefined;
  };
}

/** As much of a form as there is. */
function longest(text: string, start: number, begin: string, forms: readonly Form[]): Found {
  let best: Found = { start, end: start, name: '' };
  for (const form of forms) {
    if (!form.text.startsWith(begin)) continue;
    let length = begin.length;
    while (length < form.text.length && text[start + length] === form.text[length]) length += 1;
    if (start + length > best.end) best = { start, end: start + length, name: form.name };
  }
  return best;
}

function markOf(name: string): string {
  return `[secret ${name}]`;
}

function replaced(text: string, find: Find): string {
  let found = find(text, 0);
  if (found === undefined) return text;
  const parts: string[] = [];
  let at = 0;
  for (; found; found = find(text, at)) {
    parts.push(text.slice(at, found.start), markOf(found.name));
    at = found.end;
  }
  return parts.join('') + text.slice(at);
}

function streamed(forms: readonly Form[], find: Find): RedactedStream {
  let held = '';
  return {
    push(piece) {
      held += piece;
      const safe = safeLength(held, forms, find);
      const shown = replaced(held.slice(0, safe), find);
      held = held.slice(safe);
      return shown;
    },
    end() {
      const rest = replaced(held, find);
      held = '';
      return rest;
    },
  };
}

/** How much of a text no further piece can make part of a secret. */
function safeLength(text: string, forms: readonly Form[], find: Find): number {
  let from = 0;
  for (;;) {
    const open = openFrom(text, from, forms);
    const found = find(text, from);
    if (found === undefined || found.start >= open) return open;
    from = found.end;
  }
}

/** Where the text's end begins that may be the beginning of a secret; its length where there is none. */
function openFrom(text: string, from: number, forms: readonly Form[]): number {
  let open = text.length;
  for (const form of forms) {
    for (let at = Math.max(from, text.length - form.text.length + 1); at < open; at++) {
      if (text[at] === form.text[0] && form.text.startsWith(text.slice(at))) open = at;
    }
  }
  return open;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

/** What is nested deeper is not stored as it is, by anybody. */
const deepest = 1000;

function walk(value: Json, redact: (text: string) => string, depth = 0): Json {
  if (typeof value === 'string') return redact(value);
  if (depth > deepest) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => walk(item, redact, depth + 1));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (!isObject(value)) return value;
  let changed = false;
  const members = Object.entries(value).map(([key, member]): [string, Json] => {
    const entry: [string, Json] = [redact(key), walk(member, redact, depth + 1)];
    if (entry[0] !== key || entry[1] !== member) changed = true;
    return entry;
  });
  return changed ? Object.fromEntries(members) : value;
}

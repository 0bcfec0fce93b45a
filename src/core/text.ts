/**
 * Text from a model, a tool or a file, made safe to print: control characters, escape sequences and marks that
 * change the writing direction become visible, and so do halves of characters. New lines and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(unsafe, (mark) => `\\u${(mark.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

/** The same on one line. */
export function visibleLine(text: string): string {
  return visible(text).replace(/\r?\n/g, '⏎').replace(/\t/g, ' ');
}

/** At most the first `length` characters; no character is cut in half. */
export function beginning(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

import { StringDecoder } from 'node:string_decoder';

/** What was typed: a run of characters, a paste, or one key by its name (`enter`, `ctrl+c`, `alt+up`). */
export type Key =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'paste'; readonly text: string }
  | { readonly kind: 'key'; readonly name: string };

/** Takes a terminal's input apart. Reads may be merged or torn anywhere. */
export interface KeyReader {
  push(chunk: Uint8Array): readonly Key[];
  /** Whether an escape waits for what may follow it. */
  waiting(): boolean;
  /** Nothing followed: what waits was the key itself. */
  flush(): readonly Key[];
}

const pasteStart = '\u001b[200~';
const pasteEnd = '\u001b[201~';

export function keyReader(): KeyReader {
  const decoder = new StringDecoder('utf8');
  let buffer = '';
  let paste: string[] | undefined;

  const readPaste = (parts: string[]): Key | undefined => {
    // The end mark may be torn too: its beginning stays in the buffer.
    const end = buffer.indexOf(pasteEnd);
    if (end === -1) {
      const keep = tornEnd(buffer);
      parts.push(buffer.slice(0, buffer.length - keep));
      buffer = buffer.slice(buffer.length - keep);
      return undefined;
    }
    parts.push(buffer.slice(0, end));
    buffer = buffer.slice(end + pasteEnd.length);
    paste = undefined;
    return { kind: 'paste', text: parts.join('').replace(/\r\n?/g, '\n') };
  };

  /** What comes first in the buffer; undefined when its end has not come yet. */
  const step = (last: boolean): Token | undefined => {
    if (paste) {
      const key = readPaste(paste);
      return key && { length: 0, key };
    }
    if (!buffer.startsWith(pasteStart)) return nextToken(buffer, last);
    paste = [];
    return { length: pasteStart.length };
  };

  const read = (last: boolean): Key[] => {
    const keys: Key[] = [];
    while (buffer !== '') {
      const token = step(last);
      if (!token) break;
      buffer = buffer.slice(token.length);
      if (token.key) keys.push(token.key);
    }
    return keys;
  };

  return {
    push: (chunk) => {
      buffer += decoder.write(Buffer.from(chunk));
      return read(false);
    },
    waiting: () => buffer.startsWith('\u001b') && !paste,
    flush: () => read(true),
  };
}

function tornEnd(text: string): number {
  for (let length = Math.min(pasteEnd.length - 1, text.length); length > 0; length--) {
    if (pasteEnd.startsWith(text.slice(-length))) return length;
  }
  return 0;
}

interface Token {
  readonly length: number;
  readonly key?: Key;
}

const named = (length: number, name: string): Token => ({ length, key: { kind: 'key', name } });

/** The first key of a text; undefined when its end has not come yet. @param last nothing more will come */
function nextToken(text: string, last: boolean): Token | undefined {
  if (text.startsWith('\u001b')) return escapeToken(text, last);
  const code = text.charCodeAt(0);
  if (code < 32 || code === 127) return named(1, controlName(code));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they end a run of characters
  const [run = ''] = /^[^\u0000-\u001f\u007f]+/.exec(text) ?? [];
  return { length: run.length, key: { kind: 'text', text: run } };
}

function controlName(code: number): string {
  if (code === 13) return 'enter';
  if (code === 9) return 'tab';
  if (code === 127 || code === 8) return 'backspace';
  if (code === 0) return 'ctrl+space';
  return code < 27 ? `ctrl+${String.fromCharCode(code + 96)}` : `ctrl+${String.fromCharCode(code + 64)}`;
}

function escapeToken(text: string, last: boolean): Token | undefined {
  if (text.length === 1) return last ? named(1, 'esc') : undefined;
  const second = text[1] ?? '';
  if (second === '\u001b') return named(1, 'esc');
  if (second === '[') return csiToken(text, last);
  if (second === 'O') return ss3Token(text, last);
  const [character = ''] = text.slice(1);
  const code = character.charCodeAt(0);
  return named(1 + character.length, `alt+${code < 32 || code === 127 ? controlName(code) : character}`);
}

/** Arrows of a terminal in application mode. */
function ss3Token(text: string, last: boolean): Token | undefined {
  if (text.length < 3) return last ? named(2, 'alt+O') : undefined;
  return named(3, finals[text[2] ?? ''] ?? 'unknown');
}

function csiToken(text: string, last: boolean): Token | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
  const match = /^\u001b\[([0-9;:<=>?]*)[ -/]*([@-~])/.exec(text);
  if (match) return named(match[0].length, csiName(match[1] ?? '', match[2] ?? ''));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  const partial = /^\u001b\[[0-9;:<=>? -/]*$/.test(text);
  if (partial && !last) return undefined;
  return text.length === 2 ? named(2, 'alt+[') : { length: 2 };
}

function csiName(parameters: string, final: string): string {
  const [first = '', second = '', third = ''] = parameters.split(';');
  // xterm's modifyOtherKeys: 27;modifiers;code.
  if (final === '~' && first === '27') return modified(byCode(Number(third)), second);
  if (final === '~') return modified(tildes[first] ?? 'unknown', second);
  if (final === 'u') return modified(byCode(Number(first)), second);
  if (final === 'Z') return 'shift+tab';
  return modified(finals[final] ?? 'unknown', second);
}

function byCode(code: number): string {
  if (code === 27) return 'esc';
  if (code < 32 || code === 127) return controlName(code);
  return Number.isInteger(code) && code <= 0x10ffff ? String.fromCodePoint(code) : 'unknown';
}

function modified(name: string, parameter: string): string {
  const bits = Math.max(0, Number(parameter.split(':')[0] || '1') - 1);
  return `${bits & 4 ? 'ctrl+' : ''}${bits & 2 ? 'alt+' : ''}${bits & 1 ? 'shift+' : ''}${name}`;
}

const finals: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
};

const tildes: Readonly<Record<string, string>> = {
  '1': 'home',
  '3': 'delete',
  '4': 'end',
  '5': 'pageup',
  '6': 'pagedown',
  '7': 'home',
  '8': 'end',
};

/**
 * A piece of SQL text. `word`: a keyword or a bare name. `name`: quoted by "…", `…` or […]. `string`: quoted
 * by '…'. White space and comments are left out.
 */
export interface Token {
  readonly kind: 'word' | 'name' | 'string' | 'semicolon' | 'other';
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** One statement of a SQL text, without its semicolon. */
export interface Statement {
  readonly start: number;
  readonly end: number;
  /** The text that SQLite gets. */
  readonly text: string;
  /** Its first words in capitals, at most three. */
  readonly words: readonly string[];
}

/** The tokens of a SQL text as SQLite splits them. Never fails: what is not closed ends with the text. */
export function* tokens(sql: string): Generator<Token> {
  for (let start = afterBlank(sql, 0); start < sql.length; ) {
    const token = tokenAt(sql, start);
    yield token;
    start = afterBlank(sql, token.end);
  }
}

/** What a token names: quotes are taken off, doubled ones halved. */
export function nameOf(sql: string, token: Token): string {
  const text = sql.slice(token.start, token.end);
  if (token.kind !== 'name' && token.kind !== 'string') return text;
  const closing = closings[text[0] as string] as string;
  const inner = text.slice(1, text.length > 1 && text.endsWith(closing) ? -1 : undefined);
  return closing === ']' ? inner : inner.replaceAll(closing + closing, closing);
}

/**
 * The statements of a SQL text. A trigger ends where SQLite's own shell ends it: at the `END` that follows a
 * semicolon. Empty statements are left out.
 */
export function* statements(sql: string): Generator<Statement> {
  let draft: Draft | undefined;
  for (const token of tokens(sql)) {
    if (token.kind === 'semicolon' && (draft === undefined || isComplete(draft))) {
      if (draft) yield finished(sql, draft);
      draft = undefined;
    } else {
      draft ??= { start: token.start, end: token.end, words: [], last: '' };
      extend(draft, sql, token);
    }
  }
  if (draft) yield finished(sql, draft);
}

/** A statement that is being read. */
interface Draft {
  readonly start: number;
  end: number;
  readonly words: string[];
  /** What was read last, as far as the end of a trigger depends on it. */
  last: '' | ';' | '; END';
}

function extend(draft: Draft, sql: string, token: Token): void {
  draft.end = token.end;
  const open = draft.words.length < firstWords;
  if (!open && !isTrigger(draft.words)) return;
  const word = token.kind === 'word' ? sql.slice(token.start, token.end).toUpperCase() : '';
  if (open && word !== '') draft.words.push(word);
  if (token.kind === 'semicolon') draft.last = ';';
  else draft.last = draft.last === ';' && word === 'END' ? '; END' : '';
}

function isComplete(draft: Draft): boolean {
  return !isTrigger(draft.words) || draft.last === '; END';
}

function finished(sql: string, { start, end, words }: Draft): Statement {
  return { start, end, text: sql.slice(start, end), words };
}

const firstWords = 3;

const closings: Readonly<Record<string, string>> = { "'": "'", '"': '"', '`': '`', '[': ']' };

function isTrigger(words: readonly string[]): boolean {
  if (words[0] !== 'CREATE') return false;
  return words[1] === 'TRIGGER' || ((words[1] === 'TEMP' || words[1] === 'TEMPORARY') && words[2] === 'TRIGGER');
}

function tokenAt(sql: string, start: number): Token {
  const first = sql[start] as string;
  const closing = closings[first];
  if (closing !== undefined) {
    return { kind: first === "'" ? 'string' : 'name', start, end: afterQuoted(sql, closing, start) };
  }
  if (first === ';') return { kind: 'semicolon', start, end: start + 1 };
  if (isWordStart(first)) return { kind: 'word', start, end: afterWord(sql, start) };
  return { kind: 'other', start, end: isDigit(first) ? afterWord(sql, start) : start + 1 };
}

/** The place after white space and comments. */
function afterBlank(sql: string, from: number): number {
  let at = from;
  for (; at < sql.length; ) {
    const first = sql[at] as string;
    if (isSpace(first)) at += 1;
    else if (first === '-' && sql[at + 1] === '-') at = after(sql, '\n', at);
    else if (first === '/' && sql[at + 1] === '*') at = after(sql, '*/', at + 2);
    else break;
  }
  return at;
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\n' || character === '\t' || character === '\r' || character === '\f';
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

function isWordStart(character: string): boolean {
  const letter = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
  return letter || character === '_' || character >= '\x80';
}

function afterWord(sql: string, start: number): number {
  let at = start + 1;
  for (; at < sql.length; at++) {
    const character = sql[at] as string;
    if (!isWordStart(character) && !isDigit(character) && character !== '$') break;
  }
  return at;
}

/** The place after the next `mark`, or the end of the text. */
function after(sql: string, mark: string, from: number): number {
  const found = sql.indexOf(mark, from);
  return found === -1 ? sql.length : found + mark.length;
}

/** The place after a quoted token that opens at `start`. A doubled closing quote stands for itself, `]` does not. */
function afterQuoted(sql: string, closing: string, start: number): number {
  let at = after(sql, closing, start + 1);
  while (closing !== ']' && sql[at] === closing) at = after(sql, closing, at + 1);
  return at;
}

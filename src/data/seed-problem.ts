import type { Database } from 'better-sqlite3';
import type { Place, Problem } from '../core/errors.ts';
import { suggest } from '../core/nearest.ts';
import { nameOf, type Statement, type Token, tokens } from '../core/sql-text.ts';

/** A part of a seed. */
export interface Span {
  readonly file: string;
  /** The whole text of the file. */
  readonly sql: string;
  readonly start: number;
  readonly end: number;
}

export function seedProblem(message: string, span: Span, hint?: string): Problem {
  const place = placeOf(span);
  return { code: 'invalid-sql', severity: 'error', message, pointer: '', ...(hint && { hint }), place };
}

/** What SQLite said of a statement, at the name that it blames, or else at the start of the statement. */
export function sqliteProblem(message: string, span: Span, statement: Statement, db: Database): Problem {
  const blamed = blamedName(message);
  const token = blamed === undefined ? undefined : onlyToken(statement.text, blamed);
  const exact = token && { start: span.start + token.start, end: span.start + token.end };
  return seedProblem(message, { ...span, ...exact }, hintFor(message, db));
}

const blames = [
  /^near "(.+)": syntax error$/s,
  /^unrecognized token: "(.+)"$/s,
  /^no such (?:table|column|index|view|trigger|function|module): (?:\w+\.)?(\S+)/,
  /has no column named (.+)$/,
  /^(?:table|view|index|trigger) (\S+) already exists$/,
];

function blamedName(message: string): string | undefined {
  for (const pattern of blames) {
    const found = pattern.exec(message)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The token that is or names `blamed`, when there is exactly one. */
function onlyToken(sql: string, blamed: string): Token | undefined {
  const wanted = blamed.toLowerCase();
  const found: Token[] = [];
  for (const token of tokens(sql)) {
    const name = token.kind === 'string' ? sql.slice(token.start, token.end) : nameOf(sql, token);
    if (name.toLowerCase() === wanted) found.push(token);
  }
  return found.length === 1 ? found[0] : undefined;
}

function hintFor(message: string, db: Database): string | undefined {
  if (message === 'FOREIGN KEY constraint failed') {
    return 'insert the rows that others refer to first, or start the seed with PRAGMA foreign_keys = OFF;';
  }
  const table = /^no such table: (?:\w+\.)?(\S+)$/.exec(message)?.[1];
  if (table === undefined) return undefined;
  const names = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").pluck().all();
  return suggest(table, names);
}

/** The part of a span that is on its first line. */
function placeOf({ file, sql, start, end }: Span): Place {
  const lineStart = sql.lastIndexOf('\n', start - 1) + 1;
  const newline = sql.indexOf('\n', start);
  const source = sql.slice(lineStart, newline === -1 ? sql.length : newline).replace(/\r$/, '');
  let line = 1;
  for (let at = sql.indexOf('\n'); at !== -1 && at < lineStart; at = sql.indexOf('\n', at + 1)) line += 1;
  const column = start - lineStart + 1;
  const endColumn = Math.max(column + 1, Math.min(end - lineStart, source.length) + 1);
  return { file, line, column, endColumn, source };
}

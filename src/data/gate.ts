import { tokens } from '../core/sql-text.ts';
import { refused } from './refusal.ts';

/** The longest statement that agents may send, in bytes. */
const maxSqlBytes = 64 * 1024;

/** What the gate looks at once SQLite has understood the statement. */
export interface Prepared {
  /** It answers with rows. */
  readonly reader: boolean;
  /** It writes to no database file. */
  readonly readonly: boolean;
}

/**
 * Lets only the text of one SELECT, WITH or VALUES through, before SQLite sees it. SQLite cuts a text at NUL, so
 * what comes behind would go unseen.
 * @throws ToolFailure `query-refused`
 */
export function gateText(sql: string): void {
  if (sql.includes('\0')) throw refused('the statement contains a NUL character');
  if (Buffer.byteLength(sql) > maxSqlBytes) throw refused(`the statement is longer than ${maxSqlBytes / 1024} KiB`);
  const [first] = tokens(sql);
  if (first === undefined) throw refused('there is no statement');
  const word = sql.slice(first.start, first.end);
  if (!allowed.includes(word.toUpperCase())) throw refused(`the statement starts with ${quote(word)}`);
}

/**
 * Lets only a statement through that answers with rows and writes nothing.
 * @throws ToolFailure `query-refused`
 */
export function gateStatement(statement: Prepared): void {
  if (!statement.readonly) throw refused('the statement would write');
  if (!statement.reader) throw refused('the statement answers with no rows');
}

const allowed = ['SELECT', 'WITH', 'VALUES'];

function quote(word: string): string {
  return `"${word.length > 40 ? `${word.slice(0, 40)}…` : word}"`;
}

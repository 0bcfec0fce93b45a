import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { HarnessError, messageOf, type Problem } from '../core/errors.ts';
import { nameOf, type Statement, statements, tokens } from '../core/sql-text.ts';
import { newFile, onDisk } from './new-file.ts';
import { type Span, seedProblem, sqliteProblem } from './seed-problem.ts';

/**
 * Create a database from a file of SQL statements, once: when the database is there already, nothing happens. It is
 * made in memory and then put in its place as a whole, so that an error or a kill leaves nothing half-made behind.
 * The SQL is not trusted: it can create and fill tables of this database and do nothing else.
 * @returns false when the database was there already.
 * @throws HarnessError `invalid-seed` with the place of the first statement that fails; `disk-unavailable`
 */
export function createFromSeed(seedFile: string, targetFile: string): boolean {
  if (existsSync(targetFile)) return false;
  const bytes = databaseOf(seedFile);
  const file = newFile(targetFile);
  try {
    onDisk(targetFile, () => writeFileSync(file.path, bytes, { flag: 'wx' }));
    return file.publish();
  } finally {
    file.discard();
  }
}

/** 512 MiB: more is not a seed, and would fill the memory. */
const maxPages = 131_072;

function databaseOf(seedFile: string): Buffer {
  const sql = readSeed(seedFile);
  const db = new Sqlite(':memory:');
  try {
    db.pragma(`max_page_count = ${maxPages}`);
    for (const statement of statements(sql)) run(db, statement, sql, seedFile);
    if (db.inTransaction) {
      const span = { file: seedFile, sql, start: sql.trimEnd().length - 1, end: sql.length };
      throw invalidSeed(seedProblem('the seed ends inside a transaction', span, 'end it with COMMIT;'));
    }
    return db.serialize();
  } finally {
    db.close();
  }
}

function readSeed(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (thrown) {
    throw new HarnessError('invalid-seed', `cannot read the seed ${file}: ${messageOf(thrown)}`, { cause: thrown });
  }
  let sql: string;
  try {
    sql = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw new HarnessError('invalid-seed', `the seed ${file} is not UTF-8 text`, { cause: thrown });
  }
  const nul = sql.indexOf('\0');
  if (nul === -1) return sql;
  throw invalidSeed(seedProblem('the seed contains a NUL character', { file, sql, start: nul, end: nul + 1 }));
}

function run(db: Database, statement: Statement, sql: string, file: string): void {
  const span: Span = { file, sql, start: statement.start, end: statement.end };
  const refusal = refusalOf(statement);
  if (refusal !== undefined) throw invalidSeed(seedProblem(refusal, span, allowedHint));
  let reads = false;
  try {
    // `prepare` takes one statement only, so nothing that was not looked at can run.
    const prepared = db.prepare(statement.text);
    reads = prepared.reader && prepared.readonly && statement.words[0] !== 'PRAGMA';
    if (!prepared.reader) prepared.run();
    else if (!reads) prepared.all();
  } catch (thrown) {
    throw invalidSeed(sqliteProblem(messageOf(thrown), span, statement, db));
  }
  if (reads) throw invalidSeed(seedProblem('a query is not allowed in a seed', span, allowedHint));
}

function invalidSeed(problem: Problem): HarnessError {
  return new HarnessError('invalid-seed', `the seed ${basename(problem.place?.file ?? '')} has an error`, {
    problems: [problem],
  });
}

const allowedWords = new Set(
  (
    'CREATE INSERT REPLACE UPDATE DELETE WITH ALTER DROP BEGIN COMMIT END ROLLBACK SAVEPOINT RELEASE ' +
    'ANALYZE REINDEX PRAGMA'
  ).split(' '),
);

/** The settings that `sqlite3 .dump` writes and that stay inside the database. */
const allowedPragmas = new Set(['foreign_keys', 'user_version', 'application_id', 'encoding']);

const allowedHint =
  'a seed creates and fills tables: CREATE, INSERT, REPLACE, UPDATE, DELETE, ALTER, DROP, ANALYZE, REINDEX, ' +
  'transactions, and PRAGMA foreign_keys, user_version, application_id, encoding';

/** Why a statement is not run at all. */
function refusalOf({ text, words }: Statement): string | undefined {
  const [first, second] = tokens(text);
  const word = words[0] ?? '';
  if (first?.kind !== 'word' || !allowedWords.has(word)) {
    return `${first ? text.slice(first.start, first.end) : text} is not allowed in a seed`;
  }
  if (word !== 'PRAGMA') return undefined;
  const name = second?.kind === 'word' ? nameOf(text, second).toLowerCase() : '';
  return allowedPragmas.has(name) ? undefined : `PRAGMA ${name} is not allowed in a seed`;
}

import type { Database } from 'better-sqlite3';
import { authorize, type Schema, schemaReader } from './authorize.ts';
import { gateStatement, gateText } from './gate.ts';
import { identityOf, openReadOnly } from './read-only.ts';
import { unavailable } from './refusal.ts';
import { writeRows } from './rows-json.ts';
import { type Names, queryFailure } from './sql-failure.ts';
import type { ChildSettings, SqlEnd, SqlRequest } from './sql-protocol.ts';

/**
 * Answers requests by lines of JSON, as `sql-protocol.ts` says. The database is opened when the first request needs it.
 */
export function queryRunner(settings: ChildSettings, write: WriteLine): (request: SqlRequest) => void {
  const always = settings.tables && lowerCase(settings.tables);
  let session: Session | undefined;
  const currentSession = (file: string): Session => {
    const found = identityOf(file);
    if ('wrong' in found) throw unavailable(found.wrong);
    if (session?.identity === found.identity) return session;
    // Another file has taken the place of the one that is open.
    session?.db.close();
    session = undefined;
    const db = openReadOnly(file);
    session = { ...found, db, readSchema: schemaReader(db) };
    return session;
  };
  return (request) => {
    try {
      gateText(request.sql);
      const current = currentSession(settings.file);
      const allowed = request.tables ? lowerCase(request.tables) : always;
      const end = inTransaction(current.db, () => answer(current, request, allowed, write));
      write(JSON.stringify(end));
    } catch (thrown) {
      const { code, message } = queryFailure(thrown, request.sql);
      write(JSON.stringify({ error: { code, message } } satisfies SqlEnd));
    }
  };
}

type WriteLine = (json: string) => void;

function lowerCase(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}

interface Session {
  readonly db: Database;
  readonly identity: string;
  readonly readSchema: () => Schema;
}

/** The schema, the program that is checked and the rows are of the same moment. */
function inTransaction<T>(db: Database, work: () => T): T {
  db.exec('BEGIN');
  try {
    return work();
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK');
  }
}

function answer(session: Session, request: SqlRequest, allowed: Names['allowed'], write: WriteLine): SqlEnd {
  const started = performance.now();
  const { sql, limits } = request;
  const { db } = session;
  const schema = session.readSchema();
  try {
    const statement = db.prepare(sql);
    gateStatement(statement);
    const tables = authorize(db, sql, schema, allowed);
    const { columns, truncated } = writeRows(statement, limits, write);
    const elapsedMs = Math.round((performance.now() - started) * 1000) / 1000;
    return { columns, tables, elapsedMs, ...(truncated && { truncated }) };
  } catch (thrown) {
    throw queryFailure(thrown, sql, { db, schema, allowed });
  }
}

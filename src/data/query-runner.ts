import type { Database } from 'better-sqlite3';
import { authorize, type Schema, schemaReader } from './authorize.ts';
import { gateStatement, gateText } from './gate.ts';
import { identityOf, openReadOnly } from './read-only.ts';
import { unavailable } from './refusal.ts';
import { rowsJson } from './rows-json.ts';
import { queryFailure } from './sql-failure.ts';
import type { ChildSettings, SqlRequest } from './sql-protocol.ts';

/** Turns requests into answers, as JSON text. The database is opened when the first request needs it. */
export function queryRunner(settings: ChildSettings): (request: SqlRequest) => string {
  const allowed = settings.tables && new Set(settings.tables.map((table) => table.toLowerCase()));
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
      return inTransaction(current.db, () => answer(current, request, allowed));
    } catch (thrown) {
      const { code, message } = queryFailure(thrown, request.sql);
      return JSON.stringify({ error: { code, message } });
    }
  };
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

function answer(session: Session, { sql, limits }: SqlRequest, allowed: ReadonlySet<string> | null): string {
  const started = performance.now();
  const { db } = session;
  const schema = session.readSchema();
  try {
    const statement = db.prepare(sql);
    gateStatement(statement);
    const tables = authorize(db, sql, schema, allowed);
    const { columns, rows, truncated } = rowsJson(statement, limits);
    const elapsedMs = Math.round((performance.now() - started) * 1000) / 1000;
    const rest = JSON.stringify({ columns, truncated, tables, elapsedMs });
    return `{"rows":${rows},${rest.slice(1)}`;
  } catch (thrown) {
    throw queryFailure(thrown, sql, { db, schema, allowed });
  }
}

import Sqlite from 'better-sqlite3';
import type { App } from '../config/app.ts';
import { HarnessError, type Problem } from '../core/errors.ts';
import { schemaReader } from '../data/authorize.ts';
import { queryFailure } from '../data/sql-failure.ts';
import { catalogProblems } from './catalog.ts';
import { throwAwayWorkspace, workspaceOf } from './workspace.ts';

/**
 * What in the app's files names something that the target database of its default workspace does not have. Nothing is
 * left on disk. A target database that cannot be read is not its matter.
 */
export async function targetProblems(app: App): Promise<readonly Problem[]> {
  const workspace = throwAwayWorkspace(app, app.defaultWorkspace);
  try {
    const file = workspaceOf(app, app.defaultWorkspace).databaseFile ?? (await workspace.pristine.target());
    return [...(await catalogProblems(app, file)), ...statementProblems(app, file)];
  } catch (thrown) {
    if (thrown instanceof HarnessError) return thrown.problems;
    throw thrown;
  } finally {
    await workspace.close();
  }
}

/** The dispatcher's statements that SQLite does not understand. */
function statementProblems({ dispatcher, locateDispatcher }: App, file: string): Problem[] {
  if (dispatcher.kind !== 'sqlite') return [];
  return Object.entries(dispatcher.actions).flatMap(([kind, { sql }]): Problem[] => {
    const wrong = wrongWith(sql, file);
    if (wrong === undefined) return [];
    const message = `the SQL of action "${kind}" of the dispatcher is wrong: ${wrong}`;
    return [{ code: 'invalid-sql', severity: 'error', message, ...locateDispatcher(['actions', kind, 'sql']) }];
  });
}

function wrongWith(sql: string, file: string): string | undefined {
  let db: Sqlite.Database | undefined;
  try {
    db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 1000 });
    const schema = schemaReader(db)();
    try {
      db.prepare(sql);
      return undefined;
    } catch (thrown) {
      const { code, message } = queryFailure(thrown, sql, { db, schema, allowed: null });
      return code === 'query-failed' ? message : undefined;
    }
  } catch {
    // It cannot be read as a database: whoever uses it is told.
    return undefined;
  } finally {
    db?.close();
  }
}

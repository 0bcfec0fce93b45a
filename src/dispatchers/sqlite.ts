import type { Database } from 'better-sqlite3';
import { messageOf, ToolFailure } from '../core/errors.ts';
import type { Action } from '../core/plan.ts';
import type { ActionContext, Applied, Dispatcher } from '../core/ports.ts';
import type { SqliteAction, SqliteDispatcher } from '../generated/config.ts';
import type { DispatcherEnv } from './env.ts';
import { makeLedger, recorded, recordOf, writeRecord } from './sqlite-ledger.ts';
import { openTarget, writeOnce } from './sqlite-target.ts';
import { summaryOf, valuesOf } from './sqlite-values.ts';

/**
 * Changes the workspace's target database by one statement for each kind of action. The action's key is written in the
 * same transaction, so that a key is applied once, and whoever comes later can tell whether it was.
 */
export function sqlite(config: SqliteDispatcher, env: Pick<DispatcherEnv, 'targetFile'>): Dispatcher {
  return {
    async apply(action, context) {
      const statement = Object.hasOwn(config.actions, action.kind) ? config.actions[action.kind] : undefined;
      if (!statement) throw new ToolFailure('action-failed', `the dispatcher has no statement for ${action.kind}`);
      return writeOnce(await fileOf(env), action.kind, {
        work: (db) => applyTo(db, statement, action, context),
        look: (db) => recorded(db, context.key),
      });
    },
    async lookup(key) {
      const db = openTarget(await env.targetFile());
      try {
        return recorded(db, key);
      } finally {
        db.close();
      }
    },
  };
}

/** Nothing has been tried where there is no file. */
async function fileOf(env: Pick<DispatcherEnv, 'targetFile'>): Promise<string> {
  try {
    return await env.targetFile();
  } catch (thrown) {
    throw new ToolFailure('action-failed', messageOf(thrown));
  }
}

/** To be called in a transaction, which anything that is thrown ends. */
function applyTo(db: Database, { sql, rows, summary }: SqliteAction, action: Action, context: ActionContext): Applied {
  makeLedger(db);
  const before = recorded(db, context.key);
  if (before) return before;
  const { changes } = db.prepare(sql).run(valuesOf(sql, action));
  if (rows !== undefined && changes !== rows) {
    const would = changes === 0 ? 'it finds no row to change' : `it would change ${counted(changes)}`;
    throw new ToolFailure('action-failed', `${would}, and must change ${rows}`);
  }
  const applied = {
    entitiesAffected: changes,
    summary: summary === undefined ? `${action.kind}: ${counted(changes)} changed` : summaryOf(summary, action),
    details: { changes },
  };
  writeRecord(db, recordOf(context, applied));
  return applied;
}

function counted(rows: number): string {
  return `${rows} ${rows === 1 ? 'row' : 'rows'}`;
}

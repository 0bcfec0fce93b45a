import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { App } from '../../config/app.ts';
import { isActionTable } from '../../core/action-table.ts';
import type { Runtime } from '../../runtime/build.ts';
import { stateFolder, workspaceOf } from '../../runtime/workspace.ts';
import type { Mention } from '../../ui/controller.ts';

/** Files beyond these are not offered. */
const mostFiles = 300;

/** What a prompt can name: agents, tables of the target database, plans, files of the app. */
export function mentionsOf(app: App, { workspace, store }: Runtime): readonly Mention[] {
  const agents = Object.keys(app.agents).map((name) => ({ name, what: 'agent' }));
  const tables = tablesOf(app, workspace).map((name) => ({ name, what: 'table' }));
  const plans = store.plans().map(({ planId, status }) => ({ name: planId, what: `plan, ${status}` }));
  const files = filesOf(app.dir).map((name) => ({ name, what: 'file' }));
  return [...agents, ...tables, ...plans, ...files];
}

/** Names only, of tables that the workspace's agents may see. A database that is not there yet has none. */
function tablesOf(app: App, workspace: string): string[] {
  const { databaseFile, dataEnvironment } = workspaceOf(app, workspace);
  const { file, tables } = dataEnvironment.targetDatabase;
  const path = databaseFile ?? join(stateFolder(app, workspace), file);
  if (!existsSync(path)) return [];
  try {
    const db = new Sqlite(path, { readonly: true, timeout: 100 });
    try {
      const sql = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'";
      const names = db.prepare<[], string>(sql).pluck().all();
      return names.filter((name) => !isActionTable(name) && (tables?.includes(name) ?? true)).sort();
    } finally {
      db.close();
    }
  } catch {
    // What cannot be read is not offered; whoever queries it is told why.
    return [];
  }
}

function filesOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/(?:^|\/)(?:node_modules|\.[^/]+)(?:\/|$)/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort()
    .slice(0, mostFiles);
}

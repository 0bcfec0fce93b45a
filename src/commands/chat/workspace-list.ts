import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../../config/app.ts';
import { messageOf } from '../../core/errors.ts';
import { isObject, type Json } from '../../core/json.ts';
import { peekRecords } from '../../runtime/records.ts';
import { stateFolder, workspaceOf } from '../../runtime/workspace.ts';
import type { WorkspaceGlance, WorkspaceList } from '../../ui/workspace-list.ts';

/** The workspaces of an app, with how they are when somebody looks. */
export function workspaceList(app: App): WorkspaceList {
  return {
    app: app.name,
    workspaces: Object.entries(app.workspaces).map(([name, { displayName = '', description = '' }]) => ({
      name,
      displayName,
      description,
    })),
    last: lastWorkspace(app),
    look: (workspace) => glance(app, workspace),
  };
}

function glance(app: App, workspace: string): WorkspaceGlance {
  const { catalog } = workspaceOf(app, workspace).dataEnvironment;
  const catalogAt = changedAt(join(stateFolder(app, workspace), catalog.file));
  const known = { data: dataOf(app, workspace), ...(catalogAt !== undefined && { catalogAt }) };
  try {
    return { ...known, ...recordOf(app, workspace) };
  } catch (thrown) {
    // One workspace that cannot be read leaves the others to be chosen.
    return { ...known, pending: 0, fault: messageOf(thrown) };
  }
}

function recordOf(app: App, workspace: string): Pick<WorkspaceGlance, 'lastRun' | 'pending'> {
  const [record] = peekRecords(app, workspace);
  if (!record) return { pending: 0 };
  try {
    const [run] = record.store.runs({ limit: 1 });
    const pending = record.store.approvals({ pending: true }).length;
    if (!run) return { pending };
    const { startedAt, status, prompt } = run;
    return { pending, lastRun: { at: Date.parse(startedAt), status, prompt } };
  } finally {
    record.store.close();
  }
}

function dataOf(app: App, workspace: string): WorkspaceGlance['data'] {
  const { seedFile, databaseFile, dataEnvironment } = workspaceOf(app, workspace);
  const own = join(stateFolder(app, workspace), dataEnvironment.targetDatabase.file);
  const at = changedAt(seedFile === undefined ? (databaseFile ?? own) : own);
  if (at !== undefined) return { at };
  return seedFile === undefined ? 'missing' : 'seed';
}

/** When a database was last written: what is newest may stand in its log. */
function changedAt(file: string): number | undefined {
  const times = [file, `${file}-wal`].flatMap((each) => {
    const found = statSync(each, { throwIfNoEntry: false });
    return found && (each === file || found.size > 0) ? [found.mtimeMs] : [];
  });
  return times.length === 0 ? undefined : Math.max(...times);
}

/** The workspace that was chosen last; the app's default where none was, or it is gone. */
function lastWorkspace(app: App): string {
  try {
    const kept: Json = JSON.parse(readFileSync(choiceFile(app), 'utf8'));
    const name = isObject(kept) ? kept.workspace : undefined;
    if (typeof name === 'string' && Object.hasOwn(app.workspaces, name)) return name;
  } catch {
    // Nothing has been chosen yet, or somebody wrote something else into the file.
  }
  return app.defaultWorkspace;
}

/** Keeps the choice for the next time. One that cannot be kept is asked for again. */
export function rememberWorkspace(app: App, workspace: string): void {
  if (Object.keys(app.workspaces).length < 2) return;
  try {
    mkdirSync(stateFolder(app, '.'), { recursive: true });
    writeFileSync(choiceFile(app), `${JSON.stringify({ workspace })}\n`, { mode: 0o600 });
  } catch {
    // A folder that cannot be written is told when the workspace is opened.
  }
}

/** No workspace has a dot in its name. */
function choiceFile(app: App): string {
  return join(stateFolder(app, '.'), 'chat.json');
}

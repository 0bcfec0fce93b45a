import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../config/app.ts';
import { type OpenCatalog, openCatalog } from '../data/catalog/catalog.ts';
import type { Progress } from '../data/catalog/refresh.ts';
import { workspaceCatalog } from './catalog.ts';
import { redactorOf } from './keys.ts';
import { systemClock } from './ports.ts';
import { openWorkspace, stateFolder, workspaceOf } from './workspace.ts';

export interface CatalogWork {
  readonly app: App;
  /** Name of the workspace. */
  readonly workspace: string;
  /** What the process is doing, for others that wait for the workspace. */
  readonly command: string;
  onWait(holder: string): void;
  progress(progress: Progress): void;
}

/** Work that changes the catalog of a workspace. Holds the workspace meanwhile. */
export async function changeCatalog<T>(work: CatalogWork, change: (catalog: OpenCatalog) => Promise<T>): Promise<T> {
  const { app, command, onWait, progress } = work;
  const workspace = await openWorkspace({ app, name: work.workspace, command, onWait });
  const opened = workspaceCatalog({
    app,
    workspace,
    clock: systemClock,
    redactor: redactorOf(app),
    progress,
  });
  try {
    return await change(await opened.catalog());
  } finally {
    await opened.close();
    await workspace.close();
  }
}

/**
 * Reads the catalog of a workspace as it was last indexed, also while another process is at work in it. Where there is
 * none yet it is made first.
 */
export async function readCatalog<T>(
  work: CatalogWork,
  read: (catalog: OpenCatalog, current: boolean) => Promise<T>,
): Promise<T> {
  const opened = openMadeCatalog(work.app, work.workspace);
  if (opened) {
    try {
      return await read(opened, opened.isCurrent());
    } finally {
      await opened.close();
    }
  }
  return changeCatalog(work, async (made) => {
    await made.update();
    return read(made, true);
  });
}

/**
 * The catalog of a workspace as it was last indexed, for reading; also while another process is at work in it. It is
 * never brought up to date.
 * @returns undefined where there is none yet, or none that can be asked
 */
export function openMadeCatalog(app: App, workspace: string): OpenCatalog | undefined {
  const { databaseFile, dataEnvironment } = workspaceOf(app, workspace);
  const { catalog, targetDatabase } = dataEnvironment;
  const dir = stateFolder(app, workspace);
  const file = join(dir, catalog.file);
  if (!existsSync(file)) return undefined;
  const opened = openCatalog({
    file,
    ensureSchema: catalog.ensureSchema,
    target: databaseFile ?? join(dir, targetDatabase.file),
    tables: targetDatabase.tables,
    declaration: app.catalog,
    keepCurrent: false,
    redactor: redactorOf(app),
    now: systemClock.now,
  });
  if (opened.isUsable()) return opened;
  // Nothing was asked of it, so nothing can fail.
  void opened.close();
  return undefined;
}

import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { App } from '../config/app.ts';
import { messageOf } from '../core/errors.ts';
import { openCatalog } from '../data/catalog/catalog.ts';
import { identityOf, openReadOnly } from '../data/read-only.ts';
import { holderNow } from '../store/lock.ts';
import { stateVersion } from '../store/migrations.ts';
import { reader } from '../store/read.ts';
import { systemClock } from './ports.ts';
import { stateFolder, workspaceOf } from './workspace.ts';

/** How a workspace is, found without changing it. */
export interface WorkspaceHealth {
  readonly workspace: string;
  /** Absolute path of its state. */
  readonly folder: string;
  /** Whether there is any state yet. */
  readonly used: boolean;
  /** Of all its files. */
  readonly bytes: number;
  readonly writable: boolean;
  /** The process that runs agents in it now; null when none does. */
  readonly lockedBy: string | null;
  /** Of state.db; null where there is none. */
  readonly schemaVersion: number | null;
  /** The newest version that this Harness reads. */
  readonly newestVersion: number;
  /** `made at first use` while there is only its seed. */
  readonly target: 'reachable' | 'made at first use' | 'unreachable';
  readonly catalog: 'current' | 'out of date' | 'made at first use' | 'unusable';
  /** What was thrown, by what was looked at. */
  readonly faults: Readonly<Partial<Record<'state' | 'target' | 'catalog' | 'lock', string>>>;
}

/** Looks at one workspace. Nothing is created, and nobody who works in it is disturbed. */
export async function workspaceHealth(app: App, workspace: string): Promise<WorkspaceHealth> {
  const folder = stateFolder(app, workspace);
  const used = existsSync(folder);
  const faults: Partial<Record<keyof WorkspaceHealth['faults'], string>> = {};
  const look = <T>(what: keyof WorkspaceHealth['faults'], work: () => T, otherwise: T): T => {
    try {
      return work();
    } catch (thrown) {
      faults[what] = messageOf(thrown);
      return otherwise;
    }
  };
  const lockedBy = look('lock', () => holderNow(folder) ?? null, null);
  const schemaVersion = look('state', () => versionOf(join(folder, 'state.db')), null);
  const target = look('target', () => targetOf(app, workspace), 'unreachable');
  let catalog: WorkspaceHealth['catalog'] = 'unusable';
  try {
    catalog = await catalogOf(app, workspace);
  } catch (thrown) {
    faults.catalog = messageOf(thrown);
  }
  return {
    workspace,
    folder,
    used,
    bytes: used ? bytesBelow(folder) : 0,
    writable: isWritable(folder),
    lockedBy,
    schemaVersion,
    newestVersion: stateVersion,
    target,
    catalog,
    faults,
  };
}

function versionOf(file: string): number | null {
  if (!existsSync(file)) return null;
  const db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 1000 });
  try {
    const version = Number(db.pragma('user_version', { simple: true }));
    // What cannot be asked was written by another build, whatever it says of itself.
    if (version === stateVersion) reader(db);
    return version;
  } finally {
    db.close();
  }
}

/** The file that agents read: the app's own where there is no seed. */
function targetFile(app: App, workspace: string): string {
  const { databaseFile, seedFile, dataEnvironment } = workspaceOf(app, workspace);
  const own = join(stateFolder(app, workspace), dataEnvironment.targetDatabase.file);
  return seedFile === undefined ? (databaseFile ?? own) : own;
}

/** @throws when it cannot be read as a database */
function targetOf(app: App, workspace: string): WorkspaceHealth['target'] {
  const file = targetFile(app, workspace);
  if (!existsSync(file) && workspaceOf(app, workspace).seedFile !== undefined) return 'made at first use';
  const found = identityOf(file);
  if ('wrong' in found) throw new Error(found.wrong);
  const db = openReadOnly(file);
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return 'reachable';
  } finally {
    db.close();
  }
}

async function catalogOf(app: App, workspace: string): Promise<WorkspaceHealth['catalog']> {
  const { catalog, targetDatabase } = workspaceOf(app, workspace).dataEnvironment;
  const file = join(stateFolder(app, workspace), catalog.file);
  if (!existsSync(file)) return 'made at first use';
  const opened = openCatalog({
    file,
    ensureSchema: false,
    target: targetFile(app, workspace),
    tables: targetDatabase.tables,
    declaration: app.catalog,
    keepCurrent: false,
    now: systemClock.now,
  });
  try {
    return opened.isUsable() && opened.isCurrent() ? 'current' : 'out of date';
  } finally {
    await opened.close();
  }
}

function bytesBelow(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const sizes = entries.filter((entry) => entry.isFile()).map((entry) => sizeOf(join(entry.parentPath, entry.name)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** A file may be gone by now. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Whether a folder, or the nearest one above it that is there, can be written. */
function isWritable(folder: string): boolean {
  let at = folder;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  try {
    accessSync(at, constants.W_OK);
    return statSync(at).isDirectory();
  } catch {
    return false;
  }
}

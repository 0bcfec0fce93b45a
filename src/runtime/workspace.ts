import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App, WorkspaceDefinition } from '../config/app.ts';
import { HarnessError } from '../core/errors.ts';
import { suggest } from '../core/nearest.ts';
import type { Store, TargetDatabase } from '../core/ports.ts';
import type { RowChange } from '../core/row-change.ts';
import { rowChanges } from '../data/row-changes.ts';
import { openSandbox } from '../data/sandbox.ts';
import { type TargetSource, targetCopy, targetFile } from '../data/target.ts';
import { lockWorkspace, type WorkspaceLock } from '../store/lock.ts';
import { type MemoryStores, memoryStores } from '../store/memory.ts';
import { openStore } from '../store/open.ts';

/** One tenant of an app, open for runs. */
export interface Workspace {
  readonly name: string;
  readonly store: Store;
  /** Absolute path of a file in its state folder; the folder exists afterwards. */
  stateFile(name: string): string;
  /** Absolute path of its target database, which is made when it is first asked for. */
  targetFile(): Promise<string>;
  /** Its target database, opened when it is first asked for. */
  database(): Promise<TargetDatabase>;
  close(): Promise<void>;
}

export interface WorkspaceRequest {
  readonly app: App;
  readonly name: string;
  /** What the process is doing, for others that wait for the workspace. */
  readonly command: string;
  onWait?(holder: string): void;
}

/** How long a second process waits for a workspace that is in use. */
const lockWaitMs = 3000;

/** `.harness/<app>/<workspace>` of the project. */
export function stateFolder(app: App, workspace: string): string {
  return join(app.root, '.harness', app.name, workspace);
}

export function workspaceOf(app: App, name: string): WorkspaceDefinition {
  const definition = Object.hasOwn(app.workspaces, name) ? app.workspaces[name] : undefined;
  if (definition) return definition;
  const hint = suggest(name, Object.keys(app.workspaces));
  throw new HarnessError(
    'unknown-name',
    `app "${app.name}" has no workspace "${name}"`,
    hint === undefined ? {} : { hint },
  );
}

/** Absolute path of a workspace's target database, which is made when it is not there yet. The workspace must be held. */
export function targetFileOf(app: App, name: string): Promise<string> {
  return targetFile(target(workspaceOf(app, name), stateFolder(app, name)));
}

/** Opens a workspace and holds it until it is closed. @throws HarnessError `workspace-busy`, `invalid-seed`, … */
export async function openWorkspace(request: WorkspaceRequest): Promise<Workspace> {
  const { app, name, command, onWait } = request;
  const definition = workspaceOf(app, name);
  const dir = stateFolder(app, name);
  const lock = await lockWorkspace({ dir, workspace: name, command, waitMs: lockWaitMs, ...(onWait && { onWait }) });
  try {
    const database = await targetFile(target(definition, dir));
    return assemble({
      name,
      definition,
      store: openStore(join(dir, 'state.db')),
      stateFile: (file) => join(dir, file),
      prepared: async () => database,
      lock,
    });
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

export interface ThrowAwayOptions {
  /** Keep a copy of its target database as it was made, for `rowChanges`. */
  readonly trackRows?: boolean;
  readonly stores?: MemoryStores;
}

export interface ThrowAwayWorkspace extends Workspace {
  /** Rows of its target database that are not as they were when it was made; none where nobody asked for it. */
  rowChanges(): Promise<readonly RowChange[]>;
}

/**
 * A workspace that leaves nothing behind. Nothing is created before a run needs it.
 */
export function throwAwayWorkspace(
  app: App,
  name: string,
  { trackRows = false, stores = memoryStores() }: ThrowAwayOptions = {},
): ThrowAwayWorkspace {
  const definition = workspaceOf(app, name);
  let dir: string | undefined;
  let original: { readonly path: string; readonly copy: string } | undefined;
  const folder = () => {
    dir ??= temporaryFolder();
    return dir;
  };
  const workspace = assemble({
    name,
    definition,
    store: stores.take(),
    stateFile: (file) => join(folder(), file),
    prepared: async () => {
      const path = await targetCopy(target(definition, folder()));
      if (trackRows) {
        original = { path, copy: `${path}.original` };
        copyFileSync(original.path, original.copy);
      }
      return path;
    },
  });
  return {
    ...workspace,
    rowChanges: async () => (original ? rowChanges(original.copy, original.path) : []),
    close: async () => {
      await workspace.close();
      if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
}

function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'harness-'));
  } catch (thrown) {
    throw new HarnessError('disk-unavailable', `no temporary folder can be made in ${tmpdir()}`, {
      hint: 'check its permissions and the space on its disk, or set TMPDIR',
      cause: thrown,
    });
  }
}

function target(definition: WorkspaceDefinition, dir: string): TargetSource {
  const { seedFile, databaseFile, dataEnvironment } = definition;
  return { dir, file: dataEnvironment.targetDatabase.file, seedFile, databaseFile };
}

interface Parts {
  readonly name: string;
  readonly definition: WorkspaceDefinition;
  readonly store: Store;
  readonly lock?: WorkspaceLock;
  stateFile(file: string): string;
  prepared(): Promise<string>;
}

function assemble({ name, definition, store, lock, stateFile, prepared }: Parts): Workspace {
  const { tables } = definition.dataEnvironment.targetDatabase;
  let file: Promise<string> | undefined;
  let database: Promise<TargetDatabase> | undefined;
  const targetFile = () => {
    file ??= prepared();
    return file;
  };
  return {
    name,
    store,
    stateFile: (file) => {
      const path = stateFile(file);
      mkdirSync(join(path, '..'), { recursive: true });
      return path;
    },
    targetFile,
    database: () => {
      database ??= targetFile().then((path) => openSandbox({ file: path, ...(tables && { tables }) }));
      return database;
    },
    close: async () => {
      await (await database?.catch(() => undefined))?.close();
      store.close();
      lock?.release();
    },
  };
}

import { constants, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { App, WorkspaceDefinition } from '../config/app.ts';
import { HarnessError } from '../core/errors.ts';
import { suggest } from '../core/nearest.ts';
import type { Store, TargetDatabase } from '../core/ports.ts';
import type { RowChange } from '../core/row-change.ts';
import { onDisk } from '../data/new-file.ts';
import { rowChanges } from '../data/row-changes.ts';
import { openSandbox } from '../data/sandbox.ts';
import { type TargetSource, targetFile } from '../data/target.ts';
import { lockWorkspace, type WorkspaceLock } from '../store/lock.ts';
import { type MemoryStores, memoryStores } from '../store/memory.ts';
import { openStore } from '../store/open.ts';
import { type Loan, type Pristine, pristineOf, temporaryFolder } from './pristine.ts';

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
  /** How long to wait while it is in use, in milliseconds. Default: 3000. */
  readonly waitMs?: number;
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
  const { app, name, command, waitMs = lockWaitMs, onWait } = request;
  const definition = workspaceOf(app, name);
  const dir = stateFolder(app, name);
  const lock = await lockWorkspace({ dir, workspace: name, command, waitMs, ...(onWait && { onWait }) });
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
  /** Tell which rows of its target database change. */
  readonly trackRows?: boolean;
  readonly stores?: MemoryStores;
  /** What it starts from, where others start from the same. Default: one of its own. */
  readonly pristine?: Pristine;
}

export interface ThrowAwayWorkspace extends Workspace {
  readonly pristine: Pristine;
  /** Whether somebody asked for a target database to write to. Until then it has none of its own. */
  isChanged(): boolean;
  /** Rows of its target database that are not as they were when it was made; none where nobody asked for it. */
  rowChanges(): Promise<readonly RowChange[]>;
}

/**
 * A workspace that leaves nothing behind. Nothing is created before a run needs it, and nothing of its own before
 * something is written.
 */
export function throwAwayWorkspace(app: App, name: string, options: ThrowAwayOptions = {}): ThrowAwayWorkspace {
  const { trackRows = false, stores = memoryStores() } = options;
  const definition = workspaceOf(app, name);
  const pristine = options.pristine ?? pristineOf(app, definition);
  const store = stores.take();
  let dir: string | undefined;
  const folder = () => {
    dir ??= temporaryFolder();
    return dir;
  };
  const target = ownTarget(definition, pristine, folder);
  return {
    name,
    store,
    pristine,
    stateFile: (file) => madeFolder(join(folder(), file)),
    targetFile: target.file,
    isChanged: target.isChanged,
    database: async () => target.database,
    rowChanges: async () =>
      trackRows && target.isChanged() ? rowChanges(await pristine.target(), await target.file()) : [],
    close: async () => {
      target.close();
      store.close();
      if (!options.pristine) await pristine.close();
      if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
}

interface OwnTarget {
  /** A copy of its own, made when it is first asked for. */
  file(): Promise<string>;
  isChanged(): boolean;
  /** Reads the copy, where there is one. */
  readonly database: TargetDatabase;
  close(): void;
}

function ownTarget({ dataEnvironment }: WorkspaceDefinition, pristine: Pristine, folder: () => string): OwnTarget {
  const { file: name, tables } = dataEnvironment.targetDatabase;
  let copy: Promise<string> | undefined;
  let own: TargetDatabase | undefined;
  let loan: Promise<Loan> | undefined;
  const file = () => {
    copy ??= pristine.target().then((from) => {
      const to = madeFolder(join(folder(), basename(name)));
      onDisk(to, () => copyFileSync(from, to, constants.COPYFILE_FICLONE));
      return to;
    });
    return copy;
  };
  const reader = async (): Promise<TargetDatabase> => {
    if (copy) {
      const path = await copy;
      own ??= openSandbox({ file: path, ...(tables && { tables }) });
      return own;
    }
    loan ??= pristine.lend();
    return (await loan).database;
  };
  const close = () => {
    own?.close();
    loan?.then(({ giveBack }) => giveBack()).catch(() => undefined);
  };
  return {
    file,
    isChanged: () => copy !== undefined,
    database: { query: async (sql, limits, signal) => (await reader()).query(sql, limits, signal), close },
    close,
  };
}

function madeFolder(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  return path;
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
    stateFile: (file) => madeFolder(stateFile(file)),
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

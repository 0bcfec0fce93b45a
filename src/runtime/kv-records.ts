import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../config/app.ts';
import { HarnessError } from '../core/errors.ts';
import { type Entry, type Kv, openKv } from '../data/kv/store.ts';
import { lockWorkspace } from '../store/lock.ts';
import { stateFolder, workspaceOf } from './workspace.ts';

/** The stored results of one workspace, of all its sessions. */
export interface KvRecords {
  readonly workspace: string;
  readonly kv: Kv;
}

/** The stored results of one workspace, or of all that have any. @throws HarnessError */
export function openKvRecords(app: App, workspace?: string): readonly KvRecords[] {
  const names = workspace === undefined ? Object.keys(app.workspaces) : [workspace];
  return names.flatMap((name) => {
    const { file, ensureSchema } = workspaceOf(app, name).dataEnvironment.kv;
    const path = join(stateFolder(app, name), file);
    return existsSync(path) ? [{ workspace: name, kv: openKv(path, ensureSchema) }] : [];
  });
}

/** Removes stored results. Waits until no run is at work in the workspace. @throws HarnessError `workspace-busy` */
export async function removeResults(app: App, { workspace, kv }: KvRecords, entries: readonly Entry[]): Promise<void> {
  const dir = stateFolder(app, workspace);
  const lock = await lockWorkspace({ dir, workspace, command: 'harness kv clear', waitMs: 3000 });
  try {
    kv.remove(entries);
    kv.shrink();
  } finally {
    lock.release();
  }
}

/** One stored result by its handle. @throws HarnessError `unknown-name` when none or more than one has it. */
export function findResult(handle: string, records: readonly KvRecords[]): KvRecords & { readonly entry: Entry } {
  const found = records.flatMap((record) => {
    const entry = record.kv.get(Number(/^r-(\d{1,15})$/.exec(handle)?.[1]));
    return entry ? [{ ...record, entry }] : [];
  });
  const [only] = found;
  if (only && found.length === 1) return only;
  const places = found.map(({ workspace }) => workspace).join(', ');
  throw new HarnessError('unknown-name', only ? `${handle} is in ${places}` : `there is no stored result "${handle}"`, {
    hint: only ? 'name the workspace with -w' : 'harness kv list',
  });
}

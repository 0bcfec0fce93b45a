import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { HarnessError } from '../core/errors.ts';

/** Held by the one process that runs agents in a workspace. Reading the workspace needs no lock. */
export interface WorkspaceLock {
  release(): void;
}

export interface LockRequest {
  /** The workspace's state folder. */
  readonly dir: string;
  readonly workspace: string;
  /** What the holder is doing, for the one who waits: `harness chat`. */
  readonly command: string;
  /** How long to wait for another holder, in milliseconds. */
  readonly waitMs: number;
  onWait?(holder: string): void;
}

/**
 * Takes the workspace. The lock is SQLite's own file lock on an empty database, which the system drops when its
 * process dies, however it dies: there are no stale locks to guess about.
 * @throws HarnessError `workspace-busy` with who holds it.
 */
export async function lockWorkspace(request: LockRequest): Promise<WorkspaceLock> {
  const deadline = Date.now() + request.waitMs;
  let told = false;
  for (;;) {
    const lock = tryLock(request);
    if (lock) return lock;
    const holder = holderOf(request.dir);
    if (Date.now() >= deadline) {
      throw new HarnessError('workspace-busy', `workspace "${request.workspace}" is in use by ${holder}`, {
        hint: 'wait until it has finished, or use another workspace with -w',
      });
    }
    if (!told) request.onWait?.(holder);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The lock if it is free now, else undefined. @throws HarnessError `disk-unavailable`. */
export function tryLock({ dir, command }: Pick<LockRequest, 'dir' | 'command'>): WorkspaceLock | undefined {
  let db: Database.Database | undefined;
  try {
    mkdirSync(dir, { recursive: true });
    db = new Database(join(dir, 'lock.db'), { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
    writeFileSync(join(dir, holderFile), `${JSON.stringify({ pid: process.pid, command, since: Date.now() })}\n`);
    const held = db;
    return { release: () => held.close() };
  } catch (thrown) {
    db?.close();
    if (thrown instanceof Database.SqliteError && thrown.code.startsWith('SQLITE_BUSY')) return undefined;
    throw new HarnessError('disk-unavailable', `the state folder cannot be written: ${dir}`, {
      hint: 'check its permissions and the space on its disk',
      cause: thrown,
    });
  }
}

/** Who holds a workspace now; undefined when nobody does. Takes nothing and writes nothing. */
export function holderNow(dir: string): string | undefined {
  const file = join(dir, 'lock.db');
  if (!existsSync(file)) return undefined;
  const db = new Database(file, { timeout: 0, fileMustExist: true });
  try {
    db.exec('BEGIN EXCLUSIVE');
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Database.SqliteError && thrown.code.startsWith('SQLITE_BUSY')) return holderOf(dir);
    throw thrown;
  } finally {
    db.close();
  }
}

const holderFile = 'holder.json';

function holderOf(dir: string): string {
  try {
    const { pid, command, since } = JSON.parse(readFileSync(join(dir, holderFile), 'utf8')) as Record<string, unknown>;
    const time = new Date(Number(since)).toTimeString().slice(0, 8);
    return `process ${String(pid)} (${String(command)}, since ${time})`;
  } catch {
    // The holder is about to write it, or the file was removed by hand: the lock itself is what counts.
    return 'another process';
  }
}

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HarnessError, messageOf } from '../core/errors.ts';

/**
 * A file that is being made beside the place where it will be. Its name tells which process makes it, so that a
 * later one can clean up after a process that died.
 */
export interface NewFile {
  /** Where to write. */
  readonly path: string;
  /**
   * Put it in its place, durably and at once. False when another file is there already: that one stays.
   * @throws HarnessError `disk-unavailable`
   */
  publish(): boolean;
  /** Remove it if it has not been published. */
  discard(): void;
}

/** @throws HarnessError `disk-unavailable` when the folder cannot be made or read. */
export function newFile(target: string): NewFile {
  const folder = dirname(target);
  const path = join(folder, `${basename(target)}.${process.pid}.${randomBytes(4).toString('hex')}.new`);
  onDisk(target, () => {
    mkdirSync(folder, { recursive: true });
    removeLeftovers(target);
  });
  return {
    path,
    publish: () => onDisk(target, () => publish(path, target)),
    discard: () => {
      for (const ending of ['', '-journal', '-wal', '-shm']) rmSync(path + ending, { force: true });
    },
  };
}

/** Turns what the disk refuses into the error that people are told. */
export function onDisk<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof HarnessError) throw thrown;
    throw new HarnessError('disk-unavailable', `cannot write ${file}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function publish(path: string, target: string): boolean {
  sync(path);
  try {
    // A link, unlike a rename, never takes the place of a file that another process has just put there.
    linkSync(path, target);
    unlinkSync(path);
  } catch (thrown) {
    if (existsSync(target)) return false;
    if (!withoutLinks.has(codeOf(thrown))) throw thrown;
    renameSync(path, target);
  }
  sync(dirname(target));
  return true;
}

/** What file systems that know no hard links answer with. */
const withoutLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL']);

function sync(path: string): void {
  // Windows cannot open a folder, and needs no sync of it.
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function removeLeftovers(target: string): void {
  const start = `${basename(target)}.`;
  for (const name of readdirSync(dirname(target))) {
    const [, pid] = name.startsWith(start) ? (leftover.exec(name.slice(start.length)) ?? []) : [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(dirname(target), name), { force: true });
  }
}

const leftover = /^(\d+)\.[0-9a-f]{8}\.new(?:-journal|-wal|-shm)?$/;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: it is alive and somebody else's.
    return codeOf(thrown) === 'EPERM';
  }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
}

import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { HarnessError, messageOf } from '../core/errors.ts';

/**
 * Writes a whole file: a reader sees what was there before or all of the new text, never a part.
 * @param file absolute path; folders are made
 * @throws HarnessError `disk-unavailable`
 */
export function replaceFile(file: string, text: string): void {
  throughTemporary(file, text, (temporary) => renameSync(temporary, file));
}

/** The same for a file that must not exist yet. @returns false when it exists, which it then does unchanged */
export function createFile(file: string, text: string): boolean {
  return throughTemporary(file, text, (temporary) => {
    try {
      // Unlike a rename, a link never takes the place of a file.
      linkSync(temporary, file);
      return true;
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false;
      throw thrown;
    }
  });
}

function throughTemporary<T>(file: string, text: string, place: (temporary: string) => T): T {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const handle = openSync(temporary, 'w');
    try {
      writeSynced(handle, text);
      return place(temporary);
    } finally {
      rmSync(temporary, { force: true });
    }
  } catch (thrown) {
    throw new HarnessError('disk-unavailable', `cannot write ${file}: ${messageOf(thrown)}`, {
      hint: 'check its permissions and the space on its disk',
      cause: thrown,
    });
  }
}

function writeSynced(handle: number, text: string): void {
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

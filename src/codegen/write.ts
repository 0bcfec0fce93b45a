import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { HarnessError, messageOf } from '../core/errors.ts';

/** `stale`: the file is missing or has another content, and it was left so because only a check was asked for. */
export type WriteOutcome = 'written' | 'unchanged' | 'stale';

/**
 * Makes the file hold the text, or with `check` only tells whether it does. A reader sees the old file or the new
 * one, never a part.
 * @throws HarnessError `disk-unavailable` when it cannot be read or written.
 */
export function compareOrWrite(file: string, text: string, check: boolean): WriteOutcome {
  if (read(file) === text) return 'unchanged';
  if (check) return 'stale';
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new HarnessError('disk-unavailable', `cannot write ${file}: ${messageOf(error)}`, { cause: error });
  }
  return 'written';
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new HarnessError('disk-unavailable', `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

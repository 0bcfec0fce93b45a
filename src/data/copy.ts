import { writeFileSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { HarnessError, messageOf } from '../core/errors.ts';
import { newFile, onDisk } from './new-file.ts';
import { identityOf } from './read-only.ts';
import { unavailableReason } from './sql-failure.ts';

/**
 * Copy a database as it is at one moment, also while another process writes to it, and also what is still in its
 * write-ahead log. The copy is one file. Like a seed it appears as a whole or not at all.
 * @returns false when the target was there already.
 * @throws HarnessError `invalid-files` when the source cannot be read as a database; `disk-unavailable`
 */
export async function copyDatabase(from: string, to: string): Promise<boolean> {
  const file = newFile(to);
  try {
    onDisk(to, () => writeFileSync(file.path, '', { flag: 'wx' }));
    await backup(from, file.path);
    return file.publish();
  } catch (thrown) {
    if (thrown instanceof HarnessError) throw thrown;
    throw copyError(from, thrown);
  } finally {
    file.discard();
  }
}

async function backup(from: string, to: string): Promise<void> {
  const found = identityOf(from);
  if ('wrong' in found) throw new Error(found.wrong);
  const source = new Sqlite(from, { readonly: true, fileMustExist: true, timeout: 1000 });
  try {
    await source.backup(to, { progress: () => pagesAtOnce });
  } finally {
    source.close();
  }
  const copy = new Sqlite(to);
  // A database in WAL mode would need files beside it.
  copy.pragma('journal_mode = DELETE');
  copy.close();
}

/** Other work of this process goes on between two portions. */
const pagesAtOnce = 2000;

function copyError(from: string, thrown: unknown): HarnessError {
  const code = thrown instanceof Sqlite.SqliteError ? thrown.code : '';
  const reason = unavailableReason(code) ?? messageOf(thrown);
  const message = `cannot copy the database ${from}: ${reason}`;
  return new HarnessError(code === 'SQLITE_FULL' ? 'disk-unavailable' : 'invalid-files', message, { cause: thrown });
}

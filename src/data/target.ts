import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { actionTable } from '../core/action-table.ts';
import { HarnessError } from '../core/errors.ts';
import { copyDatabase } from './copy.ts';
import { createFromSeed } from './seed.ts';

/** Where a workspace's target database comes from. */
export interface TargetSource {
  /** The workspace's state folder. */
  readonly dir: string;
  /** The name that the workspace gives the database. */
  readonly file: string;
  /** Absolute path of the SQL that creates it, if it is created by the harness. */
  readonly seedFile: string | undefined;
  /** Absolute path of a database that exists already, if there is no seed. */
  readonly databaseFile: string | undefined;
}

/**
 * The workspace's target database, created from its seed the first time. A database without a seed is the
 * customer's own and stays where it is.
 * @returns its absolute path. @throws HarnessError `invalid-seed`, `invalid-files`, `disk-unavailable`.
 */
export async function targetFile(source: TargetSource): Promise<string> {
  const { dir, file, seedFile, databaseFile } = source;
  if (seedFile === undefined) return existing(databaseFile ?? file);
  const target = join(dir, file);
  createFromSeed(seedFile, target);
  return target;
}

/** The same for a throw-away workspace: a database of its own, whatever the run does. */
export async function targetCopy(source: TargetSource): Promise<string> {
  if (source.seedFile !== undefined) return targetFile(source);
  const copy = join(source.dir, 'target.db');
  await copyDatabase(existing(source.databaseFile ?? source.file), copy);
  forgetActions(copy);
  return copy;
}

/** What has been applied to the original says nothing about the copy: a script that is played again has the same keys. */
function forgetActions(file: string): void {
  const db = new Sqlite(file);
  try {
    db.exec(`DROP TABLE IF EXISTS ${actionTable}`);
  } finally {
    db.close();
  }
}

function existing(file: string): string {
  if (existsSync(file)) return file;
  throw new HarnessError('invalid-files', `the target database does not exist: ${file}`, {
    hint: 'correct `targetDatabase.file`, or give a seed that creates it',
  });
}

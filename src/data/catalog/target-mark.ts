import { statSync } from 'node:fs';

/**
 * What the files of a database are like: something else after any write to it. Cheap enough to look at before every
 * question. Undefined when there is no such file.
 */
export function targetMark(file: string): string | undefined {
  const main = markOf(file);
  // What has been written and not yet been put into the database itself is in its log.
  return main && `${main} ${markOf(`${file}-wal`) ?? ''}`;
}

function markOf(file: string): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stats && `${stats.ino}:${stats.size}:${stats.mtimeNs}`;
}

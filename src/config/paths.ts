import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve, sep, win32 } from 'node:path';
import { nearest } from '../core/nearest.ts';
import { quote } from './words.ts';

/** A path that a user wrote, resolved; or what is wrong with it. */
export type Resolved =
  | { readonly path: string }
  | { readonly code: 'unsafe-path' | 'missing-file'; readonly message: string; readonly hint?: string };

/**
 * The real path of the regular file that `written` names, seen from `folder`. It may not leave `boundary` (a real
 * path), neither by its text nor through a symbolic link.
 */
export function resolveFile(written: string, folder: string, boundary: string): Resolved {
  const unsafe = unsafeText(written);
  if (unsafe !== undefined) return { code: 'unsafe-path', message: `the path ${quote(written)} ${unsafe}` };
  const path = resolve(folder, written);
  const leaves = `the path ${quote(written)} leaves the folder ${quote(basename(boundary))}`;
  if (!isInside(path, boundary)) return { code: 'unsafe-path', message: leaves };
  const real = realPath(path);
  if (real === undefined) return missing(written, path, boundary);
  if (!isInside(real, boundary)) return { code: 'unsafe-path', message: `${leaves} through a symbolic link` };
  const kind = kindOf(real);
  if (kind === 'file') return { path: real };
  if (kind === 'folder') return { code: 'missing-file', message: `${quote(written)} is a folder, not a file` };
  return { code: 'unsafe-path', message: `${quote(written)} is not a regular file` };
}

/** Whether `path` lies in `folder`; both absolute. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function unsafeText(written: string): string | undefined {
  if (written.includes('\0')) return 'contains a NUL character';
  if (/^[a-z][a-z0-9+.-]+:/i.test(written)) return 'is a URL; give a file name';
  if (isAbsolute(written) || win32.isAbsolute(written)) return 'is absolute; give it relative to this file';
  if (written.trim() !== written || written === '') return 'begins or ends with a space, or is empty';
  return undefined;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** What stands at a path: nothing that can be read, a folder, a regular file, or a device, a pipe and the like. */
export function kindOf(path: string): 'file' | 'folder' | 'other' | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (stats.isFile()) return 'file';
  return stats.isDirectory() ? 'folder' : 'other';
}

function missing(written: string, path: string, boundary: string): Resolved {
  const folder = realPath(dirname(path));
  const readable = folder !== undefined && (folder === boundary || isInside(folder, boundary));
  const name = readable
    ? nearest(
        basename(path),
        names(folder).filter((name) => name !== basename(path)),
      )
    : undefined;
  const message = `there is no file ${quote(written)}`;
  if (name === undefined) return { code: 'missing-file', message };
  const better = written.slice(0, written.length - basename(path).length) + name;
  return { code: 'missing-file', message, hint: `did you mean ${quote(better)}?` };
}

/** Names in a folder, sorted; none when it cannot be read. */
export function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

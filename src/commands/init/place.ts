import {
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { replaceFile } from '../../config/write-file.ts';
import { HarnessError, messageOf } from '../../core/errors.ts';
import { visibleLine } from '../../core/text.ts';
import { appAround } from '../select.ts';
import { filesIn } from './templates.ts';

/** What stands in a folder without being anybody's work yet. */
const gitFiles = new Set(['.git', '.gitignore', '.gitattributes', '.gitkeep']);

/**
 * Whether a project can be made in a folder.
 * @param force also where the folder holds files
 * @throws HarnessError `invalid-usage` which says why not
 */
export function checkFolder(folder: string, force: boolean): void {
  const around = appAround(dirname(folder));
  if (around !== undefined) {
    throw new HarnessError('invalid-usage', `${folder} is a part of the app ${around}`, {
      hint: 'name a folder outside of it',
    });
  }
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw new HarnessError('invalid-usage', `${folder} is a file`);
  const held = readdirSync(folder).filter((name) => !gitFiles.has(name));
  if (force || held.length === 0) return;
  const shown = held.slice(0, 8).map(visibleLine).join(', ');
  const more = held.length > 8 ? ` and ${held.length - 8} more` : '';
  throw new HarnessError('invalid-usage', `${folder} is not empty: it holds ${shown}${more}`, {
    hint: 'name another folder; --force adds the app to what is there and changes none of it',
  });
}

/** Refuses to make an app where there are files of one. @throws HarnessError `invalid-usage` */
export function checkApp(folder: string, name: string): void {
  const taken = [`apps/${name}`, `evals/${name}`, `.harness/${name}`].find((path) => existsSync(join(folder, path)));
  if (taken === undefined) return;
  throw new HarnessError('invalid-usage', `${join(folder, taken)} is there already`, {
    hint: 'choose another name for the app: --name',
  });
}

/** What became of the files of a project. Paths in it, with `/`. */
export interface Placed {
  readonly made: readonly string[];
  /** Files that were there before, and were left as they were. */
  readonly kept: readonly string[];
  /** Files that were there before, to which lines were added. */
  readonly extended: readonly string[];
}

/** A project that is being made beside its place: there it appears as a whole, or not at all. */
export interface Draft {
  /** Where to write it. */
  readonly folder: string;
  /** @throws HarnessError */
  place(): Placed;
  /** Leaves nothing behind but what has been placed. */
  discard(): void;
}

/** @param folder of the project, absolute @throws HarnessError `disk-unavailable` */
export function openDraft(folder: string): Draft {
  const exists = existsSync(folder);
  // Inside a folder that is there, since what holds that one may be another disk, or not be ours to write in.
  const holder = exists ? folder : dirname(folder);
  return onDisk(holder, () => {
    const first = mkdirSync(holder, { recursive: true });
    const temporary = mkdtempSync(join(holder, '.harness-init-'));
    // A temporary folder is its owner's alone; a project is like any other folder.
    const from = join(temporary, basename(folder));
    mkdirSync(from);
    const discard = () => {
      rmSync(temporary, { recursive: true, force: true });
      if (first !== undefined) removeEmpty(holder, first);
    };
    const place = () => onDisk(folder, () => (exists ? add(from, folder) : move(from, folder)));
    return { folder: from, place, discard };
  });
}

function move(from: string, to: string): Placed {
  const made = filesIn(from);
  renameSync(from, to);
  return { made, kept: [], extended: [] };
}

/** Adds files to a folder; should one of them fail, none is added. */
function add(from: string, to: string): Placed {
  const files = filesIn(from);
  const kept = files.filter((file) => existsSync(join(to, file)));
  const made: string[] = [];
  const folders: string[] = [];
  try {
    for (const file of files) {
      if (kept.includes(file)) continue;
      const first = mkdirSync(dirname(join(to, file)), { recursive: true });
      if (first !== undefined) folders.push(first);
      copyFileSync(join(from, file), join(to, file), constants.COPYFILE_EXCL);
      made.push(file);
    }
  } catch (thrown) {
    for (const file of made) rmSync(join(to, file), { force: true });
    for (const folder of folders.reverse()) rmSync(folder, { recursive: true, force: true });
    throw thrown;
  }
  const extended = kept.filter((file) => file === '.gitignore' && addLines(join(from, file), join(to, file)));
  const same = (file: string) => readFileSync(join(from, file)).equals(readFileSync(join(to, file)));
  return { made, kept: kept.filter((file) => file !== '.gitignore' && !same(file)), extended };
}

/** Adds the lines that a file does not have. @returns whether there were any */
function addLines(from: string, to: string): boolean {
  const text = readFileSync(to, 'utf8');
  const there = new Set(text.split('\n').map((line) => line.trim().replace(/^\/|\/$/g, '')));
  const lines = readFileSync(from, 'utf8').split('\n');
  const missing = lines.filter((line) => line !== '' && !line.startsWith('#') && !there.has(line.replace(/\/$/, '')));
  if (missing.length === 0) return false;
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  replaceFile(to, `${before}${missing.join('\n')}\n`);
  return true;
}

/** Removes folders that were made, from the innermost outwards. */
function removeEmpty(from: string, to: string): void {
  try {
    for (let at = from; at.length >= to.length; at = dirname(at)) rmdirSync(at);
  } catch {
    // Somebody else has put something there.
  }
}

function onDisk<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof HarnessError) throw thrown;
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : '';
    if (code === 'ENOTEMPTY' || code === 'EEXIST') {
      throw new HarnessError('invalid-usage', `${file} has been filled by somebody else meanwhile; nothing was made`);
    }
    throw new HarnessError('disk-unavailable', `cannot write ${file}: ${messageOf(thrown)}`, {
      hint: 'check its permissions and the space on its disk',
      cause: thrown,
    });
  }
}

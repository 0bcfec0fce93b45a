import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';

/** Looks for changes of files, also of those that are not there yet. */
export interface FileWatch {
  /** What is looked at from now on. Changes of what was looked at before are still told, also those since it was told. */
  look(files: readonly string[], folders: readonly string[]): void;
  /** `by events`, or `every second` where the system cannot tell. */
  how(): string;
  close(): void;
}

/** Editors write a file in several steps; all of them count as one change. Milliseconds. */
const quietMs = 150;
/** Where the system tells of no changes, the files are looked at so often. */
const pollMs = 1000;

/**
 * Files are compared by size and time, so that it does not matter how an editor writes them: in place, or by putting a
 * new file in the place of the old one. In the folders, files with the endings of an app's files are found too.
 * @param changed told the files that were changed, made or removed; absolute paths
 */
export function watchFiles(changed: (files: readonly string[]) => void): FileWatch {
  const state: State = { files: [], folders: [], known: new Map(), watchers: new Map(), polling: false };
  let timer: NodeJS.Timeout | undefined;
  const check = () => {
    timer = undefined;
    listen(state, soon);
    const now = stamps(state);
    const names = [...new Set([...now.keys(), ...state.known.keys()])];
    const differing = names.filter((file) => now.get(file) !== state.known.get(file));
    state.known = now;
    if (state.polling) soon(pollMs);
    if (differing.length > 0) changed(differing.sort());
  };
  const soon = (ms = quietMs) => {
    clearTimeout(timer);
    timer = setTimeout(check, ms);
    timer.unref();
  };
  return {
    look: (files, folders) => {
      const before = { files: new Set(state.files), folders: new Set(state.folders), known: state.known };
      state.files = files;
      state.folders = [...new Set([...folders, ...files.map((file) => dirname(file))])];
      listen(state, soon);
      const now = stamps(state);
      const isNew = (file: string) => !before.files.has(file) && !before.folders.has(dirname(file));
      const isGone = (file: string) => state.folders.includes(dirname(file)) && inodeOf(file) === undefined;
      const kept = [...before.known].filter(([file]) => now.has(file) || isGone(file));
      state.known = new Map([...kept, ...[...now].filter(([file]) => isNew(file))]);
      soon(state.polling ? pollMs : quietMs);
    },
    how: () => (state.polling ? 'looked at every second' : 'watched'),
    close: () => {
      clearTimeout(timer);
      for (const { watcher } of state.watchers.values()) watcher.close();
      state.watchers.clear();
    },
  };
}

interface State {
  files: readonly string[];
  folders: readonly string[];
  /** Size and time of each file. */
  known: ReadonlyMap<string, string>;
  readonly watchers: Map<string, { readonly watcher: FSWatcher; readonly inode: number }>;
  /** Some folder cannot be watched. */
  polling: boolean;
}

/** Watches each folder that is there; one that was made anew is another one. */
function listen(state: State, soon: () => void): void {
  const { watchers, folders } = state;
  for (const [folder, { watcher, inode }] of watchers) {
    if (folders.includes(folder) && inodeOf(folder) === inode) continue;
    watcher.close();
    watchers.delete(folder);
  }
  for (const folder of folders) {
    const inode = inodeOf(folder);
    if (inode === undefined || watchers.has(folder)) continue;
    try {
      const watcher = watch(folder, () => soon());
      watcher.on('error', () => {
        state.polling = true;
        soon();
      });
      watcher.unref();
      watchers.set(folder, { watcher, inode });
    } catch {
      state.polling = true;
    }
  }
}

function inodeOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.ino;
}

/** Longer lists of files are not those of an app. */
const mostFiles = 2000;

function stamps({ files, folders }: State): ReadonlyMap<string, string> {
  const found = folders.flatMap((folder) => namesIn(folder).map((name) => join(folder, name)));
  const all = [...new Set([...files, ...found.slice(0, mostFiles)])];
  return new Map(
    all.flatMap((file) => {
      const stats = statSync(file, { throwIfNoEntry: false });
      return stats?.isFile() ? [[file, `${stats.size} ${stats.mtimeMs}`] as const] : [];
    }),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^[^.#~].*\.(ya?ml|md|txt)$/.test(name));
  } catch {
    return [];
  }
}

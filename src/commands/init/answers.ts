import { basename } from 'node:path';

/** What a person decides about the project that is to be made. */
export interface Answers {
  /** Absolute path of the project's folder. */
  readonly folder: string;
  /** The app's name. */
  readonly name: string;
  /** Absolute path of the SQLite file that the app starts from; without one it gets a sample shop. */
  readonly database: string | undefined;
}

/** What is wrong with a name for an app; undefined when nothing is. */
export function wrongName(name: string): string | undefined {
  if (/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name)) return undefined;
  return 'a letter, then letters, digits, hyphens and underscores; at most 64';
}

/** A name for the app in a folder. */
export function nameFor(folder: string): string {
  const name = basename(folder)
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z]+|-+$/g, '')
    .slice(0, 64);
  return name === '' ? 'my-app' : name;
}

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { HarnessError } from '../core/errors.ts';
import { suggest } from '../core/nearest.ts';

/** Absolute folders of the apps that a command works on. */
export type Apps = readonly string[];

/**
 * The apps that a word on the command line means: a folder, or a name under `apps/`; without a word the app of the
 * current folder, or all under `apps/`. @throws HarnessError `unknown-name`.
 */
export function selectApps(word: string | undefined, cwd = process.cwd()): Apps {
  if (word !== undefined) {
    const found = findApp(word, cwd);
    if (found !== undefined) return [found];
    throw noSuchApp(word, cwd);
  }
  const here = appAround(cwd);
  if (here !== undefined) return [here];
  const all = appsBelow(projectRoot(cwd));
  if (all.length > 0) return all;
  throw new HarnessError('unknown-name', 'there is no app here', {
    hint: 'name a folder that holds an app.yaml, or go to a project with apps/<name>/app.yaml',
  });
}

/** The same for commands that work on one app. */
export function selectApp(word: string | undefined, cwd = process.cwd()): string {
  const apps = selectApps(word, cwd);
  const [only] = apps;
  if (only !== undefined && apps.length === 1) return only;
  const names = apps.map((dir) => basename(dir)).join(', ');
  throw new HarnessError('unknown-name', `there are ${apps.length} apps: ${names}`, { hint: 'name one of them' });
}

/** The folder of the app that a word names, if it names one. */
export function findApp(word: string, cwd = process.cwd()): string | undefined {
  const asPath = resolve(cwd, word);
  if (isApp(asPath)) return asPath;
  if (basename(asPath) === 'app.yaml' && existsSync(asPath)) return dirname(asPath);
  if (word.includes('/') || word.includes('\\')) return undefined;
  const named = join(projectRoot(cwd), 'apps', word);
  return isApp(named) ? named : undefined;
}

/** The folder of the app that a file or folder belongs to. */
export function appAround(path: string): string | undefined {
  for (let at = resolve(path); ; at = dirname(at)) {
    if (isApp(at)) return at;
    if (dirname(at) === at) return undefined;
  }
}

function noSuchApp(word: string, cwd: string): HarnessError {
  const names = appsBelow(projectRoot(cwd)).map((dir) => basename(dir));
  const asPath = resolve(cwd, word);
  if (existsSync(asPath) && statSync(asPath).isDirectory()) {
    return new HarnessError('unknown-name', `${relative(cwd, asPath) || '.'} holds no app.yaml`, listHint(word, names));
  }
  return new HarnessError('unknown-name', `there is no app "${word}"`, listHint(word, names));
}

function listHint(word: string, names: readonly string[]): { hint?: string } {
  const hint = suggest(word, names);
  return hint === undefined ? {} : { hint };
}

/** The nearest folder upwards that holds `apps/`; the current folder where there is none. */
function projectRoot(cwd: string): string {
  for (let at = resolve(cwd); ; at = dirname(at)) {
    if (appsBelow(at).length > 0) return at;
    if (dirname(at) === at) return cwd;
  }
}

function appsBelow(root: string): string[] {
  const folder = join(root, 'apps');
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter(isApp);
}

function isApp(folder: string): boolean {
  return existsSync(join(folder, 'app.yaml'));
}

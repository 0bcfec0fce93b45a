import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from '../config/app.ts';
import { loadApp } from '../config/load.ts';
import { readSettings } from '../config/settings.ts';
import { type ExitCode, exits, HarnessError, messageOf } from '../core/errors.ts';
import { shortestSecret } from '../core/redact.ts';
import { version } from '../core/version.ts';
import { unreadable } from '../dispatchers/module.ts';
import type { WorkspaceHealth } from '../runtime/health.ts';
import { dispatcherVariables, envFileOf, hasKey, secretNames, secretsOf } from '../runtime/keys.ts';
import { modelsInUse } from '../runtime/models.ts';
import { print, printJson } from './console.ts';
import { printDoctor } from './doctor-report.ts';
import { hideSecrets } from './load.ts';
import { selectApps } from './select.ts';

export interface DoctorOptions {
  readonly json?: boolean;
}

/** What `harness doctor` found. Values of keys are not in it. */
export interface Examination {
  readonly harness: string;
  readonly node: string;
  /** Null when the native module does not load. */
  readonly sqlite: string | null;
  readonly temporary: { readonly folder: string; readonly writable: boolean; readonly freeBytes: number | null };
  /** The person's settings of the chat. */
  readonly settings: { readonly file: string; readonly found: boolean };
  readonly apps: readonly AppReport[];
  readonly problems: readonly Trouble[];
}

export interface AppReport {
  readonly dir: string;
  /** Null when its files are wrong. */
  readonly name: string | null;
  readonly freeBytes: number | null;
  readonly providers: readonly ProviderReport[];
  readonly secrets: readonly { readonly name: string; readonly set: boolean }[];
  /** `ignored` by git; null where there is no git repository. */
  readonly envFile: { readonly file: string; readonly found: boolean; readonly ignored: boolean | null };
  readonly workspaces: readonly WorkspaceHealth[];
}

export interface ProviderReport {
  readonly name: string;
  readonly kind: string;
  /** Host and port of its endpoint. */
  readonly host: string;
  /** The variable that holds its key; null for a server that needs none. */
  readonly keyName: string | null;
  readonly keySet: boolean;
  /** Whether agents use it. */
  readonly used: boolean;
}

/** Something that is not as it should be, and what to do. */
export interface Trouble {
  readonly where: string;
  readonly message: string;
  readonly hint: string;
  /** The exit code that it leads to. */
  readonly exit: 1 | 3;
}

/** `harness doctor [app]`: whether everything that runs need is there. Changes nothing. */
export async function doctor(word: string | undefined, options: DoctorOptions): Promise<ExitCode> {
  const sqlite = await sqliteVersion();
  const temporary = temporaryFolder();
  const apps: Examined[] = [];
  for (const dir of foldersOf(word)) apps.push(await examineApp(dir, sqlite.version !== null));
  const settings = settingsReport();
  const problems = [
    ...sqlite.problems,
    ...temporary.problems,
    ...settings.problems,
    ...apps.flatMap((app) => app.problems),
  ];
  const found: Examination = {
    harness: version,
    node: process.version,
    sqlite: sqlite.version,
    temporary: temporary.report,
    settings: settings.report,
    apps: apps.map(({ report }) => report),
    problems,
  };
  if (options.json) printJson(found);
  else for (const line of printDoctor(found)) print(line);
  if (problems.some(({ exit }) => exit === exits.infrastructure)) return exits.infrastructure;
  return problems.length > 0 ? exits.failed : exits.ok;
}

/** Without an app there is still a machine to look at. */
function foldersOf(word: string | undefined): readonly string[] {
  try {
    return selectApps(word);
  } catch (thrown) {
    if (word === undefined && thrown instanceof HarnessError) return [];
    throw thrown;
  }
}

function settingsReport(): { readonly report: Examination['settings']; readonly problems: readonly Trouble[] } {
  const { file, found, problems } = readSettings(process.env);
  const troubles = problems.map(({ message, place, hint = 'until then the defaults hold' }): Trouble => {
    const line = place ? `:${place.line}:${place.column}` : '';
    return { where: `settings ${file}${line}`, message, hint, exit: 1 };
  });
  return { report: { file, found }, problems: troubles };
}

async function sqliteVersion(): Promise<{ readonly version: string | null; readonly problems: readonly Trouble[] }> {
  try {
    const { default: Sqlite } = await import('better-sqlite3');
    const db = new Sqlite(':memory:');
    const found = db.prepare('SELECT sqlite_version()').pluck().get();
    db.close();
    return { version: String(found), problems: [] };
  } catch (thrown) {
    const message = `better-sqlite3 does not load: ${messageOf(thrown)}`;
    const hint = 'npm rebuild better-sqlite3';
    return { version: null, problems: [{ where: 'installation', message, hint, exit: 3 }] };
  }
}

function temporaryFolder(): { readonly report: Examination['temporary']; readonly problems: readonly Trouble[] } {
  const folder = tmpdir();
  let writable = true;
  try {
    rmSync(mkdtempSync(join(folder, 'harness-')), { recursive: true });
  } catch {
    writable = false;
  }
  const freeBytes = freeOf(folder);
  const hint = 'check its permissions and the space on its disk, or set TMPDIR';
  const where = 'temporary folder';
  const problems: Trouble[] = writable
    ? little(freeBytes, where)
    : [{ where, message: `${folder} cannot be written`, hint, exit: 3 }];
  return { report: { folder, writable, freeBytes }, problems };
}

function freeOf(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

/** A run of some size may need as much for its stored results, and a target database for its copy. */
const enoughBytes = 100_000_000;

function little(free: number | null, where: string): Trouble[] {
  if (free === null || free >= enoughBytes) return [];
  return [{ where, message: `only ${Math.round(free / 1e6)} MB are free`, hint: 'free some space', exit: 3 }];
}

interface Examined {
  readonly report: AppReport;
  readonly problems: readonly Trouble[];
}

async function examineApp(dir: string, withDatabases: boolean): Promise<Examined> {
  const { app, problems } = await loadApp(dir);
  hideSecrets(dir, app);
  const freeBytes = freeOf(dir);
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  if (!app || errors > 0) {
    const envFile = { file: join(dir, '.env'), found: false, ignored: null };
    const message = `the files have ${errors === 1 ? 'an error' : `${errors} errors`}`;
    return {
      report: { dir, name: null, freeBytes, providers: [], secrets: [], envFile, workspaces: [] },
      problems: [{ where: dir, message, hint: 'harness validate', exit: 1 }],
    };
  }
  const workspaces = withDatabases ? await examineWorkspaces(app) : [];
  const report: AppReport = {
    dir,
    name: app.name,
    freeBytes,
    providers: providersOf(app),
    secrets: app.secrets.map((name) => ({ name, set: secretsOf(app, process.env).some((each) => each.name === name) })),
    envFile: envReport(app),
    workspaces,
  };
  const troubles = [
    ...keyTroubles(app, report),
    ...dispatcherTroubles(app),
    ...envTroubles(app, report.envFile),
    ...little(freeBytes, app.name),
    ...workspaces.flatMap((each) => workspaceTroubles(app, each)),
  ];
  return { report, problems: troubles };
}

/** What looks into databases is loaded only where they can be opened. */
async function examineWorkspaces(app: App): Promise<WorkspaceHealth[]> {
  const { workspaceHealth } = await import('../runtime/health.ts');
  const all: WorkspaceHealth[] = [];
  for (const name of Object.keys(app.workspaces)) all.push(await workspaceHealth(app, name));
  return all;
}

function providersOf(app: App): ProviderReport[] {
  const used = new Set(modelsInUse(app).flatMap((name) => app.models[name]?.provider ?? []));
  return Object.entries(app.providers).map(([name, { kind, baseUrl, apiKeyEnv, auth }]) => ({
    name,
    kind,
    host: hostOf(baseUrl ?? (process.env.ANTHROPIC_BASE_URL || 'https://api.anthropic.com')),
    keyName: auth === 'none' ? null : apiKeyEnv,
    keySet: hasKey(app, name, process.env),
    used: used.has(name),
  }));
}

/** The rest of a URL may hold what is not to be shown. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'no URL';
}

function keyTroubles(app: App, { providers, secrets }: AppReport): Trouble[] {
  const missing = providers.filter(({ used, keySet }) => used && !keySet);
  const short = secretsOf(app, process.env).filter(({ value }) => value.length < shortestSecret);
  const unset = secrets.filter(({ set }) => !set);
  const known = new Set(secretsOf(app, process.env).map(({ name }) => name));
  const dispatching = dispatcherVariables(app).filter((name) => !known.has(name));
  const write = (name: string) => `export ${name}=…, or write ${name}=… into ${envFileOf(app)}`;
  return [
    ...missing.map(({ name, keyName }): Trouble => {
      const message = `provider "${name}" needs ${keyName}, which is not set`;
      return { where: app.name, message, hint: write(keyName ?? ''), exit: 1 };
    }),
    ...dispatching.map((name): Trouble => {
      const message = `the dispatcher needs ${name}, which is not set`;
      return { where: app.name, message, hint: write(name), exit: 1 };
    }),
    ...unset.map(({ name }): Trouble => {
      const message = `${name}, one of the app's secrets, is not set: it cannot be kept out of what is stored`;
      return { where: app.name, message, hint: write(name), exit: 1 };
    }),
    ...short.map(({ name }): Trouble => {
      const message = `the value of ${name} is too short to be told from other text`;
      return { where: app.name, message, hint: `use at least ${shortestSecret} characters`, exit: 1 };
    }),
  ];
}

/** A module is not loaded to look at it: that would run the app's code. */
function dispatcherTroubles({ name, dispatcher, dispatcherFiles }: App): Trouble[] {
  if (dispatcher.kind !== 'module') return [];
  const { file } = dispatcher;
  const unread = unreadable(dispatcherFiles[file] ?? file, file);
  return unread ? [{ where: `${name}: the dispatcher`, ...unread, exit: 1 }] : [];
}

function envReport(app: App): AppReport['envFile'] {
  const file = envFileOf(app);
  const git = (...args: string[]) => spawnSync('git', ['-C', app.root, ...args], { stdio: 'ignore' }).status;
  if (git('rev-parse', '--is-inside-work-tree') !== 0) return { file, found: existsSync(file), ignored: null };
  // A file that is committed already is not ignored, whatever .gitignore says.
  const ignored = git('check-ignore', '-q', '.env') === 0 && git('ls-files', '--error-unmatch', '.env') !== 0;
  return { file, found: existsSync(file), ignored };
}

function envTroubles(app: App, { file, found, ignored }: AppReport['envFile']): Trouble[] {
  if (!found || ignored !== false || secretNames(app).length === 0) return [];
  const message = `git does not ignore ${file}, so that its keys may be committed`;
  return [
    { where: app.name, message, hint: 'write .env into .gitignore; if it was committed, change the keys', exit: 1 },
  ];
}

function workspaceTroubles(app: App, health: WorkspaceHealth): Trouble[] {
  const { workspace, folder, writable, schemaVersion, newestVersion, faults } = health;
  const where = `${app.name}/${workspace}`;
  const troubles: Trouble[] = [];
  const add = (message: string, hint: string) => troubles.push({ where, message, hint, exit: 3 });
  if (!writable) add(`${folder} cannot be written`, 'check the permissions of the folder');
  if (schemaVersion !== null && schemaVersion > newestVersion) {
    add(`its state has version ${schemaVersion}, and this Harness reads up to ${newestVersion}`, 'update Harness');
  }
  if (faults.state !== undefined) {
    add(`its state cannot be read: ${faults.state}`, 'restore state.db from a backup, or move it away');
  }
  if (faults.target !== undefined) {
    add(`its target database cannot be read: ${faults.target}`, `check dataEnvironment of workspace "${workspace}"`);
  }
  if (faults.catalog !== undefined) add(`its catalog cannot be used: ${faults.catalog}`, 'harness catalog index');
  if (faults.lock !== undefined) add(`its lock cannot be read: ${faults.lock}`, `check ${folder}`);
  return troubles;
}

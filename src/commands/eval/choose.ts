import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import type { App } from '../../config/app.ts';
import { loadPatterns } from '../../config/patterns.ts';
import { digestOf, digestOfBytes } from '../../core/digest.ts';
import { HarnessError, messageOf } from '../../core/errors.ts';
import type { LoadedCase } from '../../core/eval-case.ts';
import type { Json } from '../../core/json.ts';
import { suggest } from '../../core/nearest.ts';
import { type Redactor, redactor } from '../../core/redact.ts';
import { takeTurns } from '../../core/turns.ts';
import { caseKey } from '../../evals/baseline.ts';
import { secretsOf } from '../../runtime/keys.ts';
import { type PreparedApp, prepareApp } from '../../runtime/prepare.ts';
import { loadForUse } from '../load.ts';
import { appAround, findApp, selectApps } from '../select.ts';
import { changedSince } from './changed.ts';
import type { EvalOptions, Shard } from './options.ts';

/** A case that was chosen, with what it runs on. */
export interface SuiteCase {
  readonly app: App;
  readonly prepared: PreparedApp;
  readonly loaded: LoadedCase;
  /** `app/id`. */
  readonly key: string;
  /** Changes with the case, its cassette and its app. */
  readonly digest: string;
  /** Path from the project's folder, with `/`. */
  readonly file: string;
}

/** What was chosen, and from what. */
export interface Choice {
  readonly cases: readonly SuiteCase[];
  /** Keys of all cases of the chosen apps. */
  readonly all: readonly string[];
  /** The project's folder: that of the first app. */
  readonly root: string;
  /** Removes the secrets of all of the apps. */
  readonly redact: Redactor;
}

/**
 * The cases that words and options choose. A word is an app, a file of cases, or the id of a case.
 * @param lastOutcomes of earlier suites, for `--failed`
 * @throws HarnessError when nothing is chosen: a suite of nothing must not pass
 */
export async function chooseCases(
  words: readonly string[],
  options: EvalOptions,
  lastOutcomes: (root: string) => ReadonlyMap<string, string>,
): Promise<Choice> {
  const { apps, files, ids } = sortWords(words);
  const all: SuiteCase[] = [];
  for (const dir of apps) all.push(...(await casesOf(dir)));
  if (all.length === 0) throw new HarnessError('unknown-name', 'there are no eval cases', { hint: noCasesHint(apps) });
  checkWords(files, ids, all);
  const root = all[0]?.app.root ?? process.cwd();
  let cases = all.filter(({ loaded, key }) => {
    if (files.length === 0 && ids.length === 0) return true;
    return files.includes(loaded.file) || ids.includes(loaded.id) || ids.includes(key);
  });
  if (options.filter !== undefined) cases = await filtered(cases, options.filter);
  cases = tagged(cases, options.tag ?? [], all);
  if (options.failed) cases = failedBefore(cases, lastOutcomes(root));
  if (cases.length === 0) throw new HarnessError('invalid-usage', 'the options choose no case; nothing was run');
  if (options.changed !== undefined) cases = changedSince(cases, root, options.changed);
  if (options.shard) cases = cases.filter(({ key }) => isInShard(key, options.shard));
  const secrets = [...new Set(all.map(({ app }) => app))].flatMap((app) => secretsOf(app, process.env));
  return { cases, all: all.map(({ key }) => key), root, redact: redactor(secrets) };
}

/** Removes what the trials shared. None may be at work any more. */
export async function closeApps({ cases }: Pick<Choice, 'cases'>): Promise<void> {
  for (const prepared of new Set(cases.map((each) => each.prepared))) await prepared.close();
}

interface Words {
  /** Absolute folders. */
  readonly apps: readonly string[];
  /** Absolute paths. */
  readonly files: readonly string[];
  readonly ids: readonly string[];
}

function sortWords(words: readonly string[]): Words {
  const apps = words.flatMap((word) => findApp(word) ?? []);
  const others = words.filter((word) => findApp(word) === undefined);
  const files = others.filter((word) => /\.ya?ml$/.test(word)).map((word) => resolve(word));
  const ids = others.filter((word) => !/\.ya?ml$/.test(word));
  return { apps: apps.length > 0 ? apps : appsFor(files), files, ids };
}

/** Files under `evals/<app>` belong to that app; without apps and files all apps are meant. */
export function appsFor(files: readonly string[]): readonly string[] {
  const named = files.flatMap((file) => {
    const parts = file.split(sep);
    const at = parts.lastIndexOf('evals');
    const root = parts.slice(0, at).join(sep);
    const app = at < 0 ? undefined : findApp(resolve(root, 'apps', parts[at + 1] ?? ''));
    return app ?? appAround(file) ?? [];
  });
  return named.length > 0 ? [...new Set(named)] : selectApps(undefined);
}

async function casesOf(dir: string): Promise<SuiteCase[]> {
  const { app, cases } = await loadForUse(dir);
  if (cases.length === 0) return [];
  const prepared = await prepareApp(app);
  const base = appDigest(app);
  const turn = takeTurns();
  const chosen: SuiteCase[] = [];
  for (const loaded of cases) {
    await turn();
    const key = caseKey({ app: app.name, id: loaded.id });
    const file = relative(app.root, loaded.file).split(sep).join('/');
    chosen.push({ app, prepared, loaded, key, digest: caseDigest(loaded, base), file });
  }
  return chosen;
}

/** Everything of the app that a run depends on, wherever its folder is. */
function appDigest({ dir: _dir, root: _root, workspaces, catalog, ...app }: App): string {
  const seeds = Object.values(workspaces).flatMap(({ seedFile }) =>
    seedFile !== undefined && existsSync(seedFile) ? [digestOfBytes(readFileSync(seedFile))] : [],
  );
  const definitions = Object.values(workspaces).map(({ seedFile: _seed, databaseFile: _file, ...rest }) => rest);
  return digestOf(JSON.parse(JSON.stringify({ app, definitions, entries: catalog.entries, seeds })) as Json);
}

function caseDigest({ definition, cassette }: LoadedCase, app: string): string {
  const recorded = definition.script === undefined && existsSync(cassette) ? digestOfBytes(readFileSync(cassette)) : '';
  return digestOfBytes(`${app} ${recorded} ${JSON.stringify(definition)}`);
}

function checkWords(files: readonly string[], ids: readonly string[], all: readonly SuiteCase[]): void {
  for (const file of files) {
    if (all.some(({ loaded }) => loaded.file === file)) continue;
    throw new HarnessError('unknown-name', `${relative(process.cwd(), file)} holds no eval case of an app`, {
      hint: 'eval cases are in evals/<app>/',
    });
  }
  for (const id of ids) {
    if (all.some(({ loaded, key }) => loaded.id === id || key === id)) continue;
    const hint = suggest(
      id,
      all.map(({ loaded }) => loaded.id),
    );
    throw new HarnessError('unknown-name', `there is no eval case "${id}"`, hint === undefined ? {} : { hint });
  }
}

function noCasesHint(apps: readonly string[]): string {
  return apps.length === 1
    ? 'put one into evals/<app>/, or make one: harness eval add <run>'
    : 'put one into evals/<app>/';
}

async function filtered(cases: readonly SuiteCase[], pattern: string): Promise<SuiteCase[]> {
  const makeTest = await loadPatterns();
  let test: (text: string) => boolean;
  try {
    test = makeTest(pattern);
  } catch (thrown) {
    throw new HarnessError('invalid-usage', `--filter is no regular expression (RE2): ${messageOf(thrown)}`);
  }
  const found = cases.filter(({ key }) => test(key));
  if (found.length > 0) return found;
  const ids = cases.map(({ loaded }) => loaded.id);
  throw new HarnessError('invalid-usage', `--filter ${JSON.stringify(pattern)} chooses none of ${cases.length} cases`, {
    hint: suggest(pattern, ids) ?? 'see them: harness eval --list',
  });
}

/** Cases with any of the tags. */
function tagged(cases: SuiteCase[], tags: readonly string[], all: readonly SuiteCase[]): SuiteCase[] {
  const known = [...new Set(all.flatMap(({ loaded }) => loaded.definition.tags))].sort();
  for (const tag of tags) {
    if (known.includes(tag)) continue;
    const hint = suggest(tag, known) ?? (known.length > 0 ? `tags: ${known.join(', ')}` : 'no case has tags');
    throw new HarnessError('unknown-name', `no eval case has the tag "${tag}"`, { hint });
  }
  if (tags.length === 0) return cases;
  return cases.filter(({ loaded }) => loaded.definition.tags.some((tag) => tags.includes(tag)));
}

function failedBefore(cases: readonly SuiteCase[], outcomes: ReadonlyMap<string, string>): SuiteCase[] {
  const failed = cases.filter(({ key }) => !['passed', undefined].includes(outcomes.get(key)));
  if (failed.length > 0) return failed;
  const message = outcomes.size === 0 ? 'no eval case has run here yet' : 'no chosen case failed when it last ran';
  throw new HarnessError('invalid-usage', `--failed chooses nothing: ${message}`);
}

/** The same for the same key on every machine, whatever other cases there are. */
function isInShard(key: string, shard: Shard | undefined): boolean {
  if (!shard) return true;
  return createHash('sha256').update(key).digest().readUInt32BE(0) % shard.of === shard.index - 1;
}

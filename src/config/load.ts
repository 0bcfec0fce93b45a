import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Problem } from '../core/errors.ts';
import type { LoadedCase } from '../core/eval-case.ts';
import type { Json } from '../core/json.ts';
import { takeTurns } from '../core/turns.ts';
import type { App, LoadedScript } from './app.ts';
import { assemble, readAttachments } from './assemble.ts';
import { calibrationReader } from './calibration-file.ts';
import { caseOf } from './case-part.ts';
import { readCaseFile, readCases, reportTwins } from './cases.ts';
import { readDefinitions } from './definitions.ts';
import { type Definitions, type Draft, memberAt } from './draft.ts';
import type { Part } from './finding.ts';
import { sortProblems } from './frame.ts';
import { link } from './link.ts';
import { linkCase } from './link-cases.ts';
import type { KnownModels } from './link-known-models.ts';
import { linkSmoke } from './link-scripts.ts';
import { checkPatterns } from './lint-patterns.ts';
import { isInside, kindOf, resolveFile } from './paths.ts';
import { createReader } from './reader.ts';
import { createCollector } from './report.ts';
import { readScript, readScripts, scriptOf } from './scripts.ts';
import { placeOf, type Source } from './source.ts';
import { takeInventory } from './tools.ts';
import { quote } from './words.ts';

/** The version of the file format that is read. */
const format = 1;

export interface LoadedApp {
  /** Absent when there are errors. */
  readonly app?: App;
  readonly scripts: readonly LoadedScript[];
  /** Eval cases, in the order of the files; none when there are errors. */
  readonly cases: readonly LoadedCase[];
  /** In the order of the files; warnings too. */
  readonly problems: readonly Problem[];
  /** The files that it was loaded from, as far as they are known. Absolute paths. */
  readonly files: readonly string[];
}

/**
 * Loads an app with everything that belongs to it, and reports all problems of all files.
 * @param evals whether its eval cases are looked at @param known what is known of models, where they are to be looked at
 */
export async function loadApp(
  dir: string,
  { evals = true, known = {} }: { readonly evals?: boolean; readonly known?: KnownModels } = {},
): Promise<LoadedApp> {
  const folder = realFolder(dir);
  if (folder === undefined) return failed(`there is no folder "${dir}"`);
  const file = resolveFile('app.yaml', folder, folder);
  if (!('path' in file)) return failed(`there is no app in "${dir}": ${file.message}`);
  const reader = createReader();
  const source = reader.yaml(file.path);
  if (source === undefined) return { scripts: [], cases: [], problems: reader.problems(), files: reader.files() };
  const newer = newerFormat(source);
  if (newer) return { scripts: [], cases: [], problems: [newer], files: reader.files() };

  const { report, problems } = createCollector();
  const draft = readDefinitions({ ...source, file: join(folder, 'app.yaml') }, reader, report);
  const attachments = readAttachments(draft, reader, report);
  const root = rootOf(folder);
  const smoke = readScripts(join(folder, 'smoke'), folder, reader, report);
  const files = { boundary: root, reader, report, turn: takeTurns() };
  const cases = evals ? await readCases(join(root, 'evals', basename(folder)), files) : [];
  await link(draft, { smoke: smoke.parts, cases }, files, known);

  const all = sortProblems([...reader.problems(), ...problems, ...smoke.problems]);
  const found = { problems: all, files: reader.files() };
  if (all.some((problem) => problem.severity === 'error')) return { scripts: [], cases: [], ...found };
  const app = assemble(draft, root, attachments);
  return { app, scripts: smoke.parts.map(scriptOf), cases: cases.map(caseOf), ...found };
}

/** Loads a script that was named on the command line, for an app that is fit to run. */
export async function loadScriptFile(
  file: string,
  app: App,
): Promise<{ readonly script?: LoadedScript; readonly problems: readonly Problem[] }> {
  const path = resolve(file);
  if (kindOf(path) !== 'file') {
    return { problems: failed(`there is no script "${file}"`).problems };
  }
  const reader = createReader();
  const { report, problems } = createCollector();
  const part = readScript(path, reader, report);
  if (part) {
    const draft = draftOf(app);
    linkSmoke(part, { draft, inventory: takeInventory(draft) }, report);
  }
  const all = sortProblems([...reader.problems(), ...problems]);
  if (!part || all.some((problem) => problem.severity === 'error')) return { problems: all };
  return { script: scriptOf(part), problems: all };
}

/** Loads the cases of a file that was named on the command line, for an app that is fit to run. */
export async function loadCaseFile(
  file: string,
  app: App,
): Promise<{ readonly cases: readonly LoadedCase[]; readonly problems: readonly Problem[] }> {
  const path = resolve(file);
  if (kindOf(path) !== 'file') {
    return { cases: [], problems: failed(`there is no file "${file}" of eval cases`).problems };
  }
  const reader = createReader();
  const { report, problems } = createCollector();
  const real = realpathSync(path);
  const root = isInside(real, app.root) ? app.root : dirname(real);
  const files = { boundary: root, reader, report, turn: takeTurns() };
  const cases = await readCaseFile(real, files);
  reportTwins(cases, report);
  const draft = draftOf(app);
  const names = { draft, inventory: takeInventory(draft), root, calibration: calibrationReader(files) };
  const patterns = cases.flatMap(({ part }) => linkCase(part, names, report));
  await checkPatterns(patterns, report);
  const all = sortProblems([...reader.problems(), ...problems]);
  if (all.some((problem) => problem.severity === 'error')) return { cases: [], problems: all };
  return { cases: cases.map(caseOf), problems: all };
}

function realFolder(dir: string): string | undefined {
  try {
    const real = realpathSync(dir);
    return kindOf(real) === 'folder' ? real : undefined;
  } catch {
    return undefined;
  }
}

/** The folder that holds `apps/`, `evals/` and `.harness/`: an app outside of `apps/` is a project of its own. */
function rootOf(folder: string): string {
  const parent = dirname(folder);
  return basename(parent) === 'apps' ? dirname(parent) : folder;
}

function failed(message: string): LoadedApp {
  const problem = { code: 'missing-file', severity: 'error', message, pointer: '' } as const;
  return { scripts: [], cases: [], problems: [problem], files: [] };
}

/** Files of a later format may hold anything, so that nothing else is said about them. */
function newerFormat(source: Source): Problem | undefined {
  const version = memberAt(source.value, 'harness');
  if (typeof version !== 'number' || !(version > format)) return undefined;
  return {
    code: 'newer-format',
    severity: 'error',
    message: `the app is written for format ${version}; this Harness reads format ${format}`,
    hint: 'update Harness',
    pointer: '/harness',
    place: placeOf(source, ['harness'], 'value'),
  };
}

/** A draft with the definitions of an app that was loaded; nothing can be reported about them any more. */
function draftOf(app: App): Draft {
  const spot = { key: undefined, value: [0, 0] as const, members: undefined };
  const source: Source = { file: join(app.dir, 'app.yaml'), text: '', value: null, spot };
  const partOf = (subject: string, value: unknown): Part => ({ source, base: [], subject, value: value as Json });
  const all = (values: Readonly<Record<string, unknown>>): Definitions =>
    new Map(
      Object.entries(values).map(([name, value]) => [name, { name, path: [], part: partOf(quote(name), value) }]),
    );
  const { agents, plans, toolkits, providers, workspaces } = app;
  return {
    app: partOf('the app', { models: app.models, entry: app.entry }),
    folder: app.dir,
    agents: all(agents),
    plans: all(plans),
    toolkits: all(toolkits),
    providers: all(providers),
    workspaces: all(workspaces),
    dispatcher: undefined,
    catalog: undefined,
  };
}

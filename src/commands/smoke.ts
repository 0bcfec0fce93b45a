import { basename, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { App, LoadedScript } from '../config/app.ts';
import { loadScriptFile } from '../config/load.ts';
import { type ExitCode, exits, HarnessError } from '../core/errors.ts';
import { fold } from '../core/fold.ts';
import type { Json } from '../core/json.ts';
import { suggest } from '../core/nearest.ts';
import { visible } from '../core/text.ts';
import { agentsOf, callsOf } from '../core/trajectory.ts';
import { type Unmet, unmet } from '../evals/expectation.ts';
import { leftover } from '../interpreters/scripted.ts';
import { scriptedApprover } from '../run/approvers.ts';
import { openRuntime, type Runtime } from '../runtime/build.ts';
import { type PreparedApp, prepareApp } from '../runtime/prepare.ts';
import { colourOn, type Paint, palette, print, printJson } from './console.ts';
import { interruptible } from './interrupt.ts';
import { invalidFiles, loadForUse, noteProblems } from './load.ts';
import { appAround, findApp, selectApps } from './select.ts';

export interface SmokeOptions {
  readonly json?: boolean;
}

/** What came of one smoke script. */
export interface SmokeReport {
  readonly app: string;
  readonly script: string;
  readonly passed: boolean;
  readonly agents: readonly string[];
  readonly calls: readonly string[];
  readonly durationMs: number;
  readonly unmet: readonly Unmet[];
}

/** `harness smoke [app] [script…]`: scripted runs in throw-away workspaces, each held to its expectations. */
export async function smoke(words: readonly string[], options: SmokeOptions): Promise<ExitCode> {
  const apps = words.flatMap((word) => findApp(word) ?? []);
  const wanted = words.filter((word) => findApp(word) === undefined);
  const dirs = () => (apps.length > 0 ? apps : selectApps(undefined));
  const chosen = await chooseScripts(wanted, dirs, apps.length > 0);
  let running: Runtime | undefined;
  // Nothing of a throw-away workspace stays behind, also when its run is not waited for.
  const abort = interruptible('the run stops at the next safe place', async () => running?.close());
  const paint = palette(colourOn(process.stdout));
  const playing = {
    signal: abort.signal,
    opened: (runtime: Runtime) => {
      running = runtime;
    },
    ended: (report: SmokeReport) => {
      if (!options.json) for (const line of smokeLines(report, paint)) print(line);
    },
  };
  const reports = await playScripts(chosen, playing).finally(abort.done);
  const failed = reports.filter((report) => !report.passed).length;
  if (options.json) printJson({ scripts: reports, passed: reports.length - failed, failed });
  else print(smokeTotals(reports));
  return failed > 0 ? exits.failed : exits.ok;
}

/** `1 passed, 0 failed`. */
export function smokeTotals(reports: readonly SmokeReport[]): string {
  const failed = reports.filter((report) => !report.passed).length;
  return `${reports.length - failed} passed, ${failed} failed`;
}

/** A script with the app that it belongs to. */
export interface ChosenScript {
  readonly app: App;
  readonly script: LoadedScript;
}

export interface Playing {
  readonly signal: AbortSignal;
  /** Told of each runtime, as soon as it is there. */
  opened?(runtime: Runtime): void;
  /** Told what came of each script. */
  ended(report: SmokeReport): void;
}

/** Runs scripts one after another. @throws HarnessError `interrupted`, or what is wrong with the files */
export async function playScripts(chosen: readonly ChosenScript[], playing: Playing): Promise<readonly SmokeReport[]> {
  const reports: SmokeReport[] = [];
  const prepared = new Map<App, PreparedApp>();
  try {
    for (const { app, script } of chosen) {
      const ready = prepared.get(app) ?? (await prepareApp(app));
      prepared.set(app, ready);
      const report = await runScript(ready, script, playing);
      reports.push(report);
      playing.ended(report);
      if (playing.signal.aborted) throw new HarnessError('interrupted', 'interrupted');
    }
  } finally {
    for (const ready of prepared.values()) await ready.close();
  }
  return reports;
}

/**
 * Scripts by their names, or their files.
 * @param dirs the apps whose scripts are meant @param all all of their scripts, also where a file is named
 * @throws HarnessError when there are none
 */
export async function chooseScripts(
  wanted: readonly string[],
  dirs: () => readonly string[],
  all: boolean,
): Promise<readonly ChosenScript[]> {
  const files = wanted.filter((word) => /\.ya?ml$/.test(word));
  const names = wanted.filter((word) => !files.includes(word));
  const chosen: ChosenScript[] = [];
  for (const file of files) chosen.push(await chooseFile(file));
  if (files.length > 0 && names.length === 0 && !all) return chosen;
  const scripts: ChosenScript[] = [];
  for (const dir of dirs()) {
    const loaded = await loadForUse(dir);
    scripts.push(...loaded.scripts.map((script) => ({ app: loaded.app, script })));
  }
  const known = scripts.map((each) => each.script.name);
  for (const name of names) if (!known.includes(name)) throw unknownScript(name, known);
  chosen.push(...scripts.filter((each) => names.length === 0 || names.includes(each.script.name)));
  if (chosen.length > 0) return chosen;
  throw new HarnessError('unknown-name', 'there are no smoke scripts', {
    hint: "put one into the app's smoke/ folder",
  });
}

async function chooseFile(file: string): Promise<ChosenScript> {
  const dir = appAround(resolve(file, '..'));
  if (dir === undefined)
    throw new HarnessError('unknown-name', `${file} belongs to no app`, { hint: "keep it in an app's smoke/ folder" });
  const { app } = await loadForUse(dir);
  const { script, problems } = await loadScriptFile(resolve(file), app);
  const errors = problems.filter((problem) => problem.severity === 'error');
  if (!script || errors.length > 0) throw invalidFiles(errors);
  noteProblems(problems);
  return { app, script };
}

function unknownScript(name: string, known: readonly string[]): HarnessError {
  const hint = suggest(name, known);
  return new HarnessError('unknown-name', `there is no smoke script "${name}"`, hint === undefined ? {} : { hint });
}

async function runScript(
  prepared: PreparedApp,
  { name, script }: LoadedScript,
  { signal, opened }: Playing,
): Promise<SmokeReport> {
  const started = performance.now();
  const { app } = prepared;
  const runtime = await openRuntime(app, {
    throwAway: true,
    prepared,
    workspace: script.workspace ?? app.defaultWorkspace,
    interpreter: { kind: 'scripted', input: script.script },
    ...(script.approvals && { approver: scriptedApprover(script.approvals) }),
  });
  opened?.(runtime);
  try {
    const result = await runtime.run({ prompt: script.prompt, agent: script.agent ?? app.entry, signal });
    if (result.cause?.exit === exits.interrupted) throw result.cause;
    // Wrong files (a seed, for one) are not the script's fault, and are told with their place.
    if (result.cause?.exit === exits.invalid) throw result.cause;
    const events = runtime.store.events(result.runId);
    const problems = [...unmet(script.expect, { ...result, events })];
    if (result.status === 'done') {
      const left = leftover(script.script, fold(events).stepsOfAgent);
      problems.push(...left.map((message) => ({ what: 'script', message, differences: [] })));
    }
    return {
      app: basename(app.dir),
      script: name,
      passed: problems.length === 0,
      agents: agentsOf(events),
      calls: callsOf(events).map((call) => call.tool),
      durationMs: Math.round(performance.now() - started),
      unmet: problems,
    };
  } finally {
    await runtime.close();
  }
}

/** What came of a script, and each expectation that it did not meet. */
export function smokeLines(
  { app, script, passed, agents, calls, durationMs, unmet: problems }: SmokeReport,
  paint: Readonly<Record<'green' | 'red', Paint>>,
): string[] {
  const mark = passed ? paint.green('✓') : paint.red('✗');
  const count = `${calls.length} ${calls.length === 1 ? 'call' : 'calls'}`;
  const lines = [`${mark} ${app}/${script}  ${agents.join(' → ')}  ${count}  ${durationMs} ms`];
  for (const { what, message, differences } of problems) {
    const [first = '', ...rest] = visible(message).split('\n');
    lines.push(`    ${paint.red(what)}: ${first}`, ...rest.map((line) => `      ${line}`));
    for (const { path, expected, actual } of differences) {
      if (path !== '') lines.push(`      ${path}`);
      lines.push(`        ${paint.green(`expected  ${shown(expected)}`)}`);
      lines.push(`        ${paint.red(`actual    ${shown(actual)}`)}`);
    }
  }
  return lines;
}

function shown(value: Json | undefined): string {
  return value === undefined ? '(nothing)' : visible(JSON.stringify(value));
}

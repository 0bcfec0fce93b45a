import { relative } from 'node:path';
import type { App } from '../config/app.ts';
import { formatProblem, sortProblems } from '../config/frame.ts';
import { loadApp } from '../config/load.ts';
import { type ExitCode, exits, type Problem } from '../core/errors.ts';
import { knownModels } from '../interpreters/models.ts';
import { colourOn, palette, print, printJson } from './console.ts';
import { interruptible } from './interrupt.ts';
import { hideSecrets } from './load.ts';
import { selectApps } from './select.ts';

export interface ValidateOptions {
  readonly json?: boolean;
}

/** `harness validate [app]`: every problem of every file, at once. */
export async function validate(word: string | undefined, options: ValidateOptions): Promise<ExitCode> {
  const reports: Report[] = [];
  // What is said about a target database is checked in a throw-away workspace, of which nothing stays behind.
  const abort = interruptible('the app at hand is checked to its end');
  try {
    for (const dir of selectApps(word)) {
      reports.push({ dir, ...(await checked(dir)) });
      abort.check();
    }
  } finally {
    abort.done();
  }
  const problems = reports.flatMap((report) => report.problems);
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.length - errors;
  if (options.json) {
    const apps = reports.map(({ dir, app, problems: found }) => ({
      dir: shown(dir),
      name: app?.name,
      problems: found.map(asData),
    }));
    printJson({ apps, errors, warnings });
  } else {
    for (const report of reports) printReport(report);
    if (problems.length > 0) print(`${counted(errors, 'error')}, ${counted(warnings, 'warning')}`);
  }
  return errors > 0 ? exits.invalid : exits.ok;
}

/** What the files say about the target database is checked against it: that is what it takes to know its names. */
async function checked(dir: string): Promise<Omit<Report, 'dir'>> {
  const loaded = await loadApp(dir, { known: knownModels });
  hideSecrets(dir, loaded.app);
  if (!loaded.app || !speaksOfTarget(loaded.app)) return loaded;
  const { targetProblems } = await import('../runtime/target-problems.ts');
  const found = await targetProblems(loaded.app);
  if (found.length === 0) return loaded;
  return { scripts: [], cases: [], problems: sortProblems([...loaded.problems, ...found]) };
}

function speaksOfTarget({ catalog, dispatcher }: App): boolean {
  return catalog.entries.length > 0 || dispatcher.kind === 'sqlite';
}

interface Report {
  readonly dir: string;
  readonly app?: App | undefined;
  readonly scripts: readonly unknown[];
  readonly cases: readonly unknown[];
  readonly problems: readonly Problem[];
}

function printReport({ dir, app, scripts, cases, problems }: Report): void {
  const colour = colourOn(process.stdout);
  for (const problem of problems) print(`${formatProblem(problem, { cwd: process.cwd(), colour })}\n`);
  if (!app) return;
  const parts = [
    counted(Object.keys(app.agents).length, 'agent'),
    counted(Object.keys(app.plans).length, 'plan schema'),
    counted(Object.keys(app.toolkits).length, 'toolkit'),
    counted(Object.keys(app.workspaces).length, 'workspace'),
    counted(scripts.length, 'smoke script'),
    counted(cases.length, 'eval case'),
  ];
  print(`${palette(colour).green('✓')} ${shown(dir)}: ${parts.join(', ')}`);
}

function asData({ place, ...problem }: Problem): object {
  if (!place) return problem;
  const { file, line, column, endColumn, source } = place;
  return { ...problem, file: shown(file), line, column, endColumn, source };
}

function shown(path: string): string {
  return relative(process.cwd(), path) || '.';
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

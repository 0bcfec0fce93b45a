import type { App, LoadedScript } from '../config/app.ts';
import { formatProblem } from '../config/frame.ts';
import { loadApp } from '../config/load.ts';
import { HarnessError, type Problem } from '../core/errors.ts';
import type { LoadedCase } from '../core/eval-case.ts';
import { envBeside, secretsOf } from '../runtime/keys.ts';
import { colourOn, likelySecrets, neverPrint, note } from './console.ts';

/** An app that is fit to run, with its smoke scripts and eval cases. */
export interface Loaded {
  readonly app: App;
  readonly scripts: readonly LoadedScript[];
  readonly cases: readonly LoadedCase[];
}

/**
 * Loads an app for any command but `validate`.
 * @param evals whether its eval cases have to be right, too
 * @throws HarnessError `invalid-files` with all problems
 */
export async function loadForUse(dir: string, { evals = true } = {}): Promise<Loaded> {
  const { app, scripts, cases, problems } = await loadApp(dir, { evals });
  hideSecrets(dir, app);
  const errors = problems.filter((problem) => problem.severity === 'error');
  if (!app || errors.length > 0) throw invalidFiles(errors);
  return { app, scripts, cases };
}

/** What is printed from now on holds no secret of this app; where its files are wrong, nothing that looks like one. */
export function hideSecrets(dir: string, app: App | undefined): void {
  neverPrint(app ? secretsOf(app, process.env) : likelySecrets(envBeside(dir)));
}

export function invalidFiles(problems: readonly Problem[]): HarnessError {
  const count = problems.length === 1 ? 'an error' : `${problems.length} errors`;
  return new HarnessError('invalid-files', `the files have ${count}; nothing was run`, { problems });
}

/** Every problem in the form of a compiler. */
export function noteProblems(problems: readonly Problem[]): void {
  const colour = colourOn(process.stderr);
  for (const problem of problems) note(`${formatProblem(problem, { cwd: process.cwd(), colour })}\n`);
}

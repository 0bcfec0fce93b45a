import { relative, resolve } from 'node:path';
import { replaceFile } from '../../config/write-file.ts';
import { HarnessError, messageOf } from '../../core/errors.ts';
import type { SuiteReport } from '../../evals/report.ts';
import { reporters } from '../../evals/reporters/registry.ts';
import { colourOn, lineWidth, note } from '../console.ts';
import type { EvalOptions, ReportTarget } from './options.ts';

/** Where the results go: to stdout as text unless the command line says otherwise. */
export function targetsOf({ json, report }: EvalOptions): readonly ReportTarget[] {
  const targets: ReportTarget[] = [...(report ?? []), ...(json ? [{ kind: 'json' as const }] : [])];
  const onStdout = targets.some(({ file }) => file === undefined);
  return onStdout ? targets : [{ kind: 'terminal' }, ...targets];
}

/** @throws HarnessError `disk-unavailable` when a file cannot be written; the other reports are written */
export function writeReports(
  report: SuiteReport,
  targets: readonly ReportTarget[],
  { root, linesShown }: { readonly root: string; readonly linesShown: boolean },
): void {
  const problems: string[] = [];
  for (const { kind, file } of targets) {
    const colour = file === undefined && colourOn(process.stdout);
    const text = reporters[kind](report, {
      colour,
      width: lineWidth(),
      root: relative(process.cwd(), root),
      linesShown: linesShown && file === undefined,
    });
    if (file === undefined) process.stdout.write(text);
    else {
      try {
        replaceFile(resolve(file), text);
        note(`wrote ${file}`);
      } catch (thrown) {
        problems.push(`${file}: ${messageOf(thrown)}`);
      }
    }
  }
  if (problems.length === 0) return;
  throw new HarnessError('disk-unavailable', `a report cannot be written: ${problems.join('; ')}`);
}

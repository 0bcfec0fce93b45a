import { type ExitCode, exits } from '../../core/errors.ts';
import { caseKey } from '../../evals/baseline.ts';
import type { SuiteReport } from '../../evals/report.ts';

/**
 * What a suite ends with: 4 when a budget of the whole suite ended it, 1 when a gating case failed (or, with a
 * baseline, regressed) or too many mutants survived, 3 when something could not be judged, 4 when a case ran into
 * its own limits.
 */
export function exitOf(report: Omit<SuiteReport, 'exit'>): ExitCode {
  if (report.stopped !== undefined) return exits.budget;
  const { cases, baseline, mutation } = report;
  const gating = cases.filter(({ gate }) => gate);
  const failed = gating.some((each) =>
    baseline ? baseline.regressed.includes(caseKey(each)) : each.outcome === 'failed',
  );
  if (failed) return exits.failed;
  if (mutation && mutation.wanted !== null && mutation.score < mutation.wanted) return exits.failed;
  if (gating.some(({ outcome }) => outcome === 'error')) return exits.infrastructure;
  const over = baseline ? [] : gating.filter(({ outcome }) => outcome === 'budget');
  return over.length > 0 ? exits.budget : exits.ok;
}

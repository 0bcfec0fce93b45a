import type { CaseResult, Outcome, Totals, TrialResult } from '../../evals/report.ts';
import { caseStats } from '../../evals/statistics.ts';
import type { SuiteCase } from './choose.ts';

/** What its trials make of a case. */
export function caseResult(chosen: SuiteCase, trials: readonly TrialResult[]): CaseResult {
  const { loaded, app, file, digest } = chosen;
  const { description, tags, gate, input, passRate } = loaded.definition;
  const stats = caseStats(
    trials.map(({ outcome }) => outcome),
    passRate,
  );
  return {
    app: app.name,
    id: loaded.id,
    ...(description !== undefined && { description }),
    tags,
    file,
    line: loaded.locate([])?.line ?? 1,
    digest,
    gate,
    outcome: outcomeOf(trials, stats.passRate ?? 0, passRate),
    input,
    stats,
    trials,
  };
}

function outcomeOf(trials: readonly TrialResult[], passRate: number, wanted: number): Outcome {
  if (trials.some(({ outcome }) => outcome === 'error')) return 'error';
  if (passRate >= wanted) return 'passed';
  return trials.some(({ outcome }) => outcome === 'failed') ? 'failed' : 'budget';
}

/** @param chosen how many cases were to run */
export function totalsOf(cases: readonly CaseResult[], chosen: number): Totals {
  const having = (outcome: Outcome) => cases.filter((each) => each.outcome === outcome).length;
  const trials = cases.flatMap((each) => each.trials);
  const costs = trials.map(({ costUsd }) => costUsd);
  return {
    cases: chosen,
    passed: having('passed'),
    failed: having('failed'),
    errors: having('error'),
    budget: having('budget'),
    notRun: chosen - cases.length,
    trials: trials.length,
    tokens: trials.reduce((sum, { tokens }) => sum + tokens, 0),
    costUsd: costs.reduce<number | null>((sum, cost) => (sum === null || cost === null ? null : sum + cost), 0),
  };
}

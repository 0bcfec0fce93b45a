import { counted } from '../brief.ts';
import type { EvalCaseFacts, EvalLast, EvalStanding, EvalView } from '../eval-desk.ts';
import { safeLine } from '../lines.ts';
import { totalsOf } from './totals.ts';

/** The same in words, for a reader that speaks. */
export function plainLines(view: EvalView, cases: readonly EvalCaseFacts[]): string[] {
  const { passed, failed } = totalsOf(view.cases, view.last);
  const { baseline, problems } = view;
  return [
    ...problems,
    `${counted(view.cases.length, 'case')}: ${passed} passed, ${failed} did not pass.`,
    ...(baseline
      ? [`In the baseline ${safeLine(baseline.file, 60)} ${baseline.passed} of ${baseline.cases} passed.`]
      : []),
    ...cases.map((facts) => `${safeLine(facts.id, 60)}: ${stateOf(facts, view.last.get(facts.key))}`),
  ];
}

const standings: { readonly [K in EvalStanding]: string } = {
  regressed: 'a new failure',
  fixed: 'fixed',
  known: 'known to fail',
  flaky: 'flaky',
  added: 'a new case',
};

function stateOf({ plays }: EvalCaseFacts, last: EvalLast | undefined): string {
  if (!last) return plays === 'model' ? 'has not run, and needs a model' : 'has not run';
  const { outcome, trials, standing, stale, planned, executed } = last;
  const passed = trials.filter((each) => each === 'passed').length;
  return [
    outcome === 'budget' ? 'over its limits' : outcome,
    ...(trials.length > 1 ? [`${passed} of ${trials.length} trials`] : []),
    ...(planned ? [`planned ${planned.met} of ${planned.wanted}`] : []),
    ...(executed ? [`executed ${executed.met} of ${executed.wanted}`] : []),
    ...(standing ? [standings[standing]] : []),
    ...(stale ? ['changed since'] : []),
  ].join(', ');
}

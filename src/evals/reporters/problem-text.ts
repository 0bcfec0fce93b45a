import { visible } from '../../core/text.ts';
import { diffText } from '../diff-text.ts';
import type { CaseResult, TrialResult } from '../report.ts';
import { caseName, counted, errorText, failingTrials, trialNumbers, trialsText } from './wording.ts';

/** Everything that went wrong with a case, as text. */
export function problemText(result: CaseResult): string {
  const repeated = result.stats.trials > 1;
  const ways = failingTrials(result).flatMap(({ numbers, trial, failed }) => [
    ...(repeated ? [trialNumbers(numbers)] : []),
    ...(trial.error || trial.outcome === 'budget' ? [`${trial.outcome}: ${errorText(trial)}`] : []),
    ...failed.flatMap(({ name, message, diff }) => [
      visible(`${name}: ${message}`),
      ...diffText(diff).map((line) => `  ${line}`),
    ]),
    callsText(trial),
  ]);
  const head = repeated ? [trialsText(result.stats)] : [];
  return [`${caseName(result)}  ${visible(result.file)}:${result.line}`, ...head, ...ways].join('\n');
}

function callsText({ calls }: TrialResult): string {
  return visible(`${counted(calls.length, 'call')}: ${calls.map(({ tool }) => tool).join(', ') || 'none'}`);
}

import { dollars } from '../../core/amounts.ts';
import { visible, visibleLine } from '../../core/text.ts';
import { caseKey } from '../baseline.ts';
import type { CaseResult, CaseStats, CheckResult, SuiteReport, Totals, TrialResult } from '../report.ts';

/** `app/id`: how every report and every list of a baseline names a case. */
export function caseName({ app, id }: { readonly app: string; readonly id: string }): string {
  return visibleLine(caseKey({ app, id }));
}

export function placeOf({ file, line }: CaseResult): string {
  return `${visibleLine(file)}:${line}`;
}

/** `2 passed, 0 failed`, and what else there is. */
export function totalsText({ passed, failed, errors, budget, notRun }: Totals): string {
  const parts = [`${passed} passed`, `${failed} failed`];
  if (errors > 0) parts.push(counted(errors, 'error'));
  if (budget > 0) parts.push(`${budget} over budget`);
  if (notRun > 0) parts.push(`${notRun} not run`);
  return parts.join(', ');
}

export function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}

/** `7/10 trials, pass@1 0.70, pass^10 0.00, 95 % 0.40–0.89`; errors are named, since they are not in it. */
export function trialsText({ judged, passed, errors, interval, passAtK, passHatK }: CaseStats): string {
  const at = passAtK[0];
  const hat = passHatK.at(-1);
  return [
    `${passed}/${judged} trials`,
    ...(at ? [`pass@${at.k} ${at.value.toFixed(2)}`] : []),
    ...(hat && hat.k > 1 ? [`pass^${hat.k} ${hat.value.toFixed(2)}`] : []),
    ...(interval ? [`95 % ${interval[0].toFixed(2)}–${interval[1].toFixed(2)}`] : []),
    ...(errors > 0 ? [counted(errors, 'error')] : []),
  ].join(', ');
}

/** `12 ms`, `1.2 s`, `3 min 20 s`. */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export function secondsOf({ trials }: CaseResult): number {
  return trials.reduce((sum, trial) => sum + trial.seconds, 0);
}

/** `1,234 tokens`, `$0.0123`; nothing for what cost nothing. */
export function usageTexts({
  tokens,
  costUsd,
}: {
  readonly tokens: number;
  readonly costUsd: number | null;
}): string[] {
  if (tokens === 0 && (costUsd === 0 || costUsd === null)) return [];
  return [`${tokens.toLocaleString('en-US')} tokens`, costText(costUsd)];
}

function costText(costUsd: number | null): string {
  return costUsd === null ? 'unknown cost' : dollars(costUsd);
}

/** Tokens and cost of all trials of a case; the cost is unknown as soon as one of them is. */
export function usageOf({ trials }: CaseResult): { readonly tokens: number; readonly costUsd: number | null } {
  const tokens = trials.reduce((sum, trial) => sum + trial.tokens, 0);
  const known = trials.every((trial) => trial.costUsd !== null);
  return { tokens, costUsd: known ? trials.reduce((sum, trial) => sum + (trial.costUsd ?? 0), 0) : null };
}

/** What a line about a case says after its name: `3 calls  12 ms`, or its trials. */
export function caseFacts(result: CaseResult): string[] {
  const [first] = result.trials;
  const repeated = result.stats.trials > 1;
  const outcome = result.outcome === 'error' || result.outcome === 'budget' ? [outcomeText(result)] : [];
  const done = repeated ? [trialsText(result.stats)] : first ? [counted(first.calls.length, 'call')] : [];
  return [...outcome, ...done, ...usageTexts(usageOf(result)), duration(secondsOf(result))];
}

/** `error provider-fault`: the outcome, with why where it has a code. */
function outcomeText({ outcome, trials }: CaseResult): string {
  const code = trials.find((trial) => trial.outcome === outcome)?.error?.code;
  return visibleLine(code === undefined ? outcome : `${outcome} ${code}`);
}

/** Trials of a case that went wrong in the same way. */
export interface Failing {
  /** Their numbers, from 1. */
  readonly numbers: readonly number[];
  readonly trial: TrialResult;
  readonly failed: readonly CheckResult[];
}

/** The trials of a case that did not pass, most frequent first; equal ones once. */
export function failingTrials({ trials }: CaseResult): Failing[] {
  const groups = new Map<string, { numbers: number[]; trial: TrialResult; failed: readonly CheckResult[] }>();
  for (const trial of trials) {
    if (trial.outcome === 'passed') continue;
    const failed = trial.checks.filter((check) => !check.pass);
    const key = JSON.stringify([trial.outcome, trial.error?.message, failed]);
    const group = groups.get(key);
    if (group) group.numbers.push(trial.trial);
    else groups.set(key, { numbers: [trial.trial], trial, failed });
  }
  return [...groups.values()].sort((left, right) => right.numbers.length - left.numbers.length);
}

/** `trial 3`, `trials 1, 4, 7`. */
export function trialNumbers(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 10).join(', ');
  const more = numbers.length > 10 ? ` and ${numbers.length - 10} more` : '';
  return `${numbers.length === 1 ? 'trial' : 'trials'} ${shown}${more}`;
}

/** `provider-fault: the model did not answer`; nothing for a trial without an error. */
export function errorText({ error, outcome }: TrialResult): string | undefined {
  if (error !== undefined) return visible(`${error.code}: ${error.message}`);
  return outcome === 'budget' ? 'a limit of the case was reached' : undefined;
}

/** Why a case that did not pass does not fail the suite, as its exit code has it; nothing when it does, or passed. */
export function excuse({ baseline }: SuiteReport, result: CaseResult): string | undefined {
  if (result.outcome === 'passed') return undefined;
  if (!result.gate) return 'does not gate';
  const name = caseKey(result);
  // A baseline judges what was judged; an error says nothing about the case.
  if (baseline && result.outcome !== 'error') {
    if (baseline.regressed.includes(name)) return undefined;
    if (baseline.knownFailing.includes(name)) return 'known failing';
    if (baseline.flaky.includes(name)) return 'flaky';
    if (baseline.added.includes(name)) return 'new';
  }
  return undefined;
}

/** `shard 1/2`, `15 trials`, `8,400 tokens`, `$0.0280`, `1.3 s`: what there is to say about a suite besides its totals. */
export function suiteFacts({ totals, shard, seconds }: SuiteReport): string[] {
  return [
    ...(shard ? [`shard ${shard.index}/${shard.of}`] : []),
    ...(totals.trials === totals.cases - totals.notRun ? [] : [counted(totals.trials, 'trial')]),
    ...usageTexts(totals),
    duration(seconds),
  ];
}

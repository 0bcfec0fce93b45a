import { existsSync } from 'node:fs';
import { relative, sep } from 'node:path';
import type { LoadedCase } from '../../core/eval-case.ts';
import { type Baseline, caseKey, type Standing, standingOf } from '../../evals/baseline.ts';
import { diffLines } from '../../evals/diff-text.ts';
import type { CaseResult, CheckResult, TrialResult } from '../../evals/report.ts';
import { errorText, secondsOf, usageOf } from '../../evals/reporters/wording.ts';
import { type CallPair, type CallSide, trajectoryPairs } from '../../evals/trajectory-pairs.ts';
import type { EvalCaseFacts, EvalFailure, EvalLast, EvalPair, EvalShare, EvalTrial } from '../../ui/eval-desk.ts';
import type { SuiteCase } from '../eval/choose.ts';

/** What is written about a case. */
export function factsOfCase({ key, file, loaded }: SuiteCase): EvalCaseFacts {
  const { script, tags, description = '', input, expectedTrajectory, trajectoryMode, repeat } = loaded.definition;
  const recorded = existsSync(loaded.cassette) ? 'cassette' : 'model';
  return {
    key,
    id: loaded.id,
    file,
    path: loaded.file,
    line: loaded.locate([])?.line ?? 1,
    tags,
    description,
    input,
    plays: script === undefined ? recorded : 'script',
    mode: expectedTrajectory === undefined ? undefined : trajectoryMode,
    trials: repeat,
  };
}

export interface LastFacts {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly baseline: Baseline | undefined;
  /** The outcome of the run before; null where there was none. */
  readonly before: string | null;
}

/** What came of a case, in short. */
export function lastOf(chosen: SuiteCase, result: CaseResult, { at, baseline, before }: LastFacts): EvalLast {
  const { outcome, trials, gate, digest } = result;
  const calls = trials.flatMap(({ checks }) => checks.filter(({ name }) => name === 'expectedTrajectory'));
  const standing = baseline ? standingOf(baseline.cases[caseKey(result)], result) : changeFrom(before, outcome);
  return {
    outcome,
    at,
    trials: trials.map((trial) => trial.outcome),
    trajectory: calls.length === 0 ? undefined : calls.every(({ pass }) => pass),
    planned: shareOf('plannedActions', chosen.loaded, trials),
    executed: shareOf('executedActions', chosen.loaded, trials),
    ...usageOf(result),
    seconds: secondsOf(result),
    standing: standing === 'knownFailing' ? 'known' : standing,
    stale: digest !== chosen.digest,
    gate,
  };
}

/** Without a baseline a case is held against its run before. */
function changeFrom(before: string | null, outcome: string): Standing | undefined {
  if (before === null || before === 'error' || outcome === 'error') return undefined;
  if (outcome === 'passed') return before === 'passed' ? undefined : 'fixed';
  return before === 'passed' ? 'regressed' : 'knownFailing';
}

function shareOf(
  name: 'plannedActions' | 'executedActions',
  { definition }: LoadedCase,
  trials: readonly TrialResult[],
): EvalShare | undefined {
  const wanted = definition.structuredGroundTruth?.[name]?.length;
  const checks = trials.flatMap((trial) => trial.checks.filter((check) => check.name === name));
  if (wanted === undefined || checks.length === 0) return undefined;
  const unmet = checks.map(
    ({ diff }) => new Set(diff.flatMap(({ expectedAt }) => (expectedAt === undefined ? [] : [expectedAt]))).size,
  );
  return { met: Math.max(0, wanted - Math.max(...unmet)), wanted, pass: checks.every(({ pass }) => pass) };
}

/** All that is known of the trials of a case. @param chosen the case as it is written now */
export function trialsOf(chosen: SuiteCase, result: CaseResult): EvalTrial[] {
  return result.trials.map((trial) => {
    const { outcome, answer, seconds, costUsd, tokens, checks, events } = trial;
    const failed = checks.filter(({ pass }) => !pass);
    return {
      number: trial.trial,
      outcome,
      error: errorText(trial),
      answer,
      seconds,
      costUsd,
      tokens,
      calls: trial.calls.map(({ tool, ok }) => `${tool}${ok === false ? ' (failed)' : ''}`),
      trajectory: checks.length === 0 ? undefined : trajectoryPairs(chosen.loaded.definition, trial)?.map(pairText),
      failed: failed.map((check) => failureOf(chosen, check)),
      held: checks.length - failed.length,
      events,
    };
  });
}

function pairText({ expected, actual, state }: CallPair): EvalPair {
  return {
    expected: expected && sideText(expected, expected.agent),
    actual: actual && sideText(actual, actual.agent),
    state,
  };
}

function sideText({ tool, ok }: CallSide, agent: string | undefined): string {
  return `${tool}${agent === undefined ? '' : ` by ${agent}`}${ok === false ? ' (failed)' : ''}`;
}

/** Values longer than this are cut also where they are shown whole. Characters. */
const mostOfValue = 20_000;

function failureOf({ loaded, app }: SuiteCase, { name, path, message, diff }: CheckResult): EvalFailure {
  const place = path.length === 0 ? undefined : loaded.locate(path);
  return {
    name,
    place: place === undefined ? '' : `${relative(app.root, place.file).split(sep).join('/')}:${place.line}`,
    message,
    diff: diffLines(diff),
    whole: diffLines(diff, mostOfValue),
  };
}

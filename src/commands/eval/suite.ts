import { performance } from 'node:perf_hooks';
import { version } from '../../core/version.ts';
import { type Baseline, bless, caseKey, compareWith } from '../../evals/baseline.ts';
import type { CaseResult, SuiteReport, TrialResult } from '../../evals/report.ts';
import { runSuite, type SuiteEnd } from '../../evals/suite.ts';
import type { EvalStore } from '../../store/evals.ts';
import { existingBaseline, readBaseline, writeBaseline } from './baseline-file.ts';
import type { Begun } from './begin.ts';
import type { Choice, SuiteCase } from './choose.ts';
import { exitOf } from './exit.ts';
import { mutate } from './mutate.ts';
import type { EvalOptions } from './options.ts';
import { playTrial } from './play.ts';
import { type Mode, type Players, playersFor } from './players.ts';
import type { SuiteProgress } from './progress.ts';
import { redactedMutation, redactedResult } from './redacted.ts';
import { caseResult, totalsOf } from './result.ts';

/** A suite that is about to run, or to go on. */
export interface SuiteStart extends Begun {
  readonly mode: Mode;
  readonly store: EvalStore;
  readonly ready: Ready;
  /** Whether every trial's events are wanted in the report; those that did not pass always are. */
  readonly traces: boolean;
  /** Shows how far it is. @param names `app/id` of the cases that will run */
  progress(names: readonly string[]): SuiteProgress;
  readonly signal: AbortSignal;
}

/** What a suite needs besides its cases. Making it finds what is wrong before anything runs. */
export interface Ready {
  readonly players: Players;
  /** What `--baseline` compares with. */
  readonly before: Baseline | undefined;
}

/** @throws HarnessError for cases that cannot be played, missing keys, and a baseline that cannot be read */
export function makeReady(choice: Choice, { baseline, bless }: EvalOptions, mode: Mode): Ready {
  return {
    players: playersFor(choice.cases, mode),
    before: baseline === undefined || bless ? undefined : readBaseline(baseline, choice.all),
  };
}

/** Runs the chosen cases, stores each as soon as it has ended, and reports on all of them. */
export async function playSuite(choice: Choice, options: EvalOptions, start: SuiteStart): Promise<SuiteReport> {
  const began = performance.now();
  const end = await playCases(choice, options, start);
  // A key may have been set after they were stored.
  const kept = start.kept.map((each) => redactedResult(each, choice.redact));
  const done = [...kept, ...end.results];
  const place = new Map(choice.cases.map(({ key }, at) => [key, at]));
  const cases = done.sort((left, right) => (place.get(caseKey(left)) ?? 0) - (place.get(caseKey(right)) ?? 0));
  const mutants = { wanted: options.mutationScore ?? null, signal: start.signal };
  const mutation = options.mutate
    ? { mutation: redactedMutation(await mutate(choice.cases, cases, mutants), choice.redact) }
    : {};
  const baseline =
    start.ready.before && options.baseline !== undefined
      ? compareWith(start.ready.before, options.baseline, cases)
      : undefined;
  const report = {
    format: 1 as const,
    harness: version,
    suite: start.suite,
    startedAt: start.startedAt,
    seconds: (performance.now() - began) / 1000,
    mode: start.mode,
    totals: totalsOf(cases, choice.cases.length),
    cases: cases.map((each) => (start.traces ? each : withoutTraces(each))),
    ...(baseline && { baseline }),
    ...mutation,
    ...(options.shard && { shard: options.shard }),
    ...(end.stopped !== undefined && { stopped: end.stopped }),
  };
  if (options.bless && options.baseline !== undefined && end.stopped === undefined) {
    keepBaseline(options.baseline, choice, cases);
  }
  return { ...report, exit: exitOf(report) };
}

async function playCases(choice: Choice, options: EvalOptions, start: SuiteStart): Promise<SuiteEnd> {
  const { store, suite, signal, ready } = start;
  const known = new Set(start.kept.map(caseKey));
  const open = choice.cases.filter(({ key }) => !known.has(key));
  const progress = start.progress(open.map(({ key }) => key));
  try {
    return await runSuite<SuiteCase>({
      cases: open.map((chosen) => ({ case: chosen, trials: options.repeat ?? chosen.loaded.definition.repeat })),
      concurrency: options.concurrency ?? (start.mode === 'offline' ? 4 : 2),
      limits: limitsOf(options),
      signal,
      async play(chosen, trial, ending) {
        const player = ready.players(chosen);
        progress.trial?.(chosen.key, trial);
        const result = await playTrial(chosen, trial, player, ending);
        if (!ending.aborted) {
          player.keep?.(result);
          progress.trial?.(chosen.key, trial, result.outcome);
        }
        return result;
      },
      finish(chosen, trials) {
        const result = redactedResult(caseResult(chosen, trials), choice.redact);
        const { outcome, digest } = result;
        const kept = start.traces ? result : withoutTraces(result);
        store.add(suite, { key: chosen.key, digest, outcome, result: JSON.stringify(kept) });
        progress.case(result);
        return options.mutate ? result : kept;
      },
    });
  } finally {
    progress.done();
  }
}

function limitsOf({ maxCost, maxTokens, maxSeconds }: EvalOptions) {
  return {
    ...(maxCost !== undefined && { costUsd: maxCost }),
    ...(maxTokens !== undefined && { tokens: maxTokens }),
    ...(maxSeconds !== undefined && { seconds: maxSeconds }),
  };
}

/** What passed is not looked into, and would fill the memory. */
function withoutTraces(result: CaseResult): CaseResult {
  const trials = result.trials.map(
    (trial): TrialResult => (trial.outcome === 'passed' ? { ...trial, events: [] } : trial),
  );
  return { ...result, trials };
}

function keepBaseline(file: string, choice: Choice, cases: readonly CaseResult[]): void {
  const whole = choice.cases.length === choice.all.length;
  const earlier = existingBaseline(file, choice.all);
  const meta = { harness: version, blessedAt: new Date().toISOString() };
  writeBaseline(file, bless(earlier, cases, meta, whole));
}

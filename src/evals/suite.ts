import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { type Meter, reachedLimit, type TrialLimits } from './limits.ts';
import type { CaseResult, TrialResult } from './report.ts';

/** One case with how often it is tried. */
export interface Planned<C> {
  readonly case: C;
  readonly trials: number;
}

export interface SuiteRequest<C> {
  readonly cases: readonly Planned<C>[];
  /** Trials at a time. */
  readonly concurrency: number;
  /** What all trials together may use. */
  readonly limits: Omit<TrialLimits, 'steps'> & { readonly seconds?: number };
  /** Ends everything; no trial begins after it. */
  readonly signal: AbortSignal;
  /** @throws what ends the whole suite: wrong files, a disk that is full */
  play(chosen: C, trial: number, signal: AbortSignal): Promise<TrialResult>;
  /** Puts a case's trials together; told of each case as soon as its last trial has ended. */
  finish(chosen: C, trials: readonly TrialResult[]): CaseResult;
}

export interface SuiteEnd {
  /** In the order in which the cases were given. */
  readonly results: readonly CaseResult[];
  /** Why not all cases ran: a limit of the suite. */
  readonly stopped?: string;
}

/**
 * Plays all trials of all cases, some at a time. A case whose trials did not all run has no result.
 * @throws what `play` throws, when nothing runs any more
 */
export async function runSuite<C>(request: SuiteRequest<C>): Promise<SuiteEnd> {
  const { cases, concurrency, limits } = request;
  const jobs = cases.flatMap((planned, place) =>
    Array.from({ length: planned.trials }, (_, trial) => ({ planned, place, trial: trial + 1 })),
  );
  const ending = new AbortController();
  const state: State<C> = {
    jobs: jobs.values(),
    trials: cases.map(() => []),
    results: new Map(),
    used: { steps: 0, tokens: 0, costUsd: 0 },
    started: performance.now(),
    ending,
    signal: AbortSignal.any([request.signal, ending.signal]),
  };
  const timer = deadline(limits.seconds, ending);
  await Promise.all(Array.from({ length: Math.min(concurrency, jobs.length) }, () => work(request, state)));
  clearTimeout(timer);
  if (state.broken) throw state.broken.thrown;
  const { results } = state;
  const stopped = state.stopped ?? (results.size < cases.length ? lateBy(limits.seconds, state.started) : undefined);
  const inOrder = [...results].sort(([left], [right]) => left - right).map(([, result]) => result);
  return { results: inOrder, ...(stopped !== undefined && { stopped }) };
}

interface State<C> {
  readonly jobs: Iterator<Job<C>>;
  /** By the case's place. */
  readonly trials: readonly TrialResult[][];
  readonly results: Map<number, CaseResult>;
  used: Meter;
  readonly started: number;
  readonly ending: AbortController;
  readonly signal: AbortSignal;
  stopped?: string;
  broken?: { readonly thrown: unknown };
}

interface Job<C> {
  readonly planned: Planned<C>;
  readonly place: number;
  readonly trial: number;
}

async function work<C>(request: SuiteRequest<C>, state: State<C>): Promise<void> {
  let turn = performance.now();
  for (let next = state.jobs.next(); !next.done && mayGoOn(request, state); next = state.jobs.next()) {
    try {
      await tryOnce(request, state, next.value);
      // Scripted trials never wait for anything: without this no signal and no timer would be heard.
      if (performance.now() - turn > turnMs) {
        await setImmediate();
        turn = performance.now();
      }
    } catch (thrown) {
      state.broken ??= { thrown };
      state.ending.abort();
    }
  }
}

/** How long a worker goes on without letting others have their turn. */
const turnMs = 10;

function mayGoOn<C>({ limits }: SuiteRequest<C>, state: State<C>): boolean {
  const reached = reachedLimit(limits, state.used) ?? lateBy(limits.seconds, state.started);
  if (reached !== undefined) state.stopped ??= reached;
  return reached === undefined && !state.signal.aborted;
}

async function tryOnce<C>(request: SuiteRequest<C>, state: State<C>, { planned, place, trial }: Job<C>): Promise<void> {
  const result = await request.play(planned.case, trial, state.signal);
  // What an end of the suite cut off says nothing about the case.
  if (state.signal.aborted) return;
  state.used = add(state.used, result);
  const trials = state.trials[place] ?? [];
  trials.push(result);
  if (trials.length < planned.trials) return;
  trials.sort((left, right) => left.trial - right.trial);
  state.results.set(place, request.finish(planned.case, trials));
}

function deadline(seconds: number | undefined, ending: AbortController): NodeJS.Timeout | undefined {
  return seconds === undefined ? undefined : setTimeout(() => ending.abort(), seconds * 1000);
}

function lateBy(seconds: number | undefined, started: number): string | undefined {
  if (seconds === undefined || performance.now() - started < seconds * 1000) return undefined;
  return `the limit of ${seconds} seconds is reached`;
}

function add(used: Meter, { steps, tokens, costUsd }: TrialResult): Meter {
  return {
    steps: used.steps + steps,
    tokens: used.tokens + tokens,
    costUsd: used.costUsd === null || costUsd === null ? null : used.costUsd + costUsd,
  };
}

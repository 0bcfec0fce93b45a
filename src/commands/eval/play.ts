import { dirname, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { exits, HarnessError } from '../../core/errors.ts';
import type { Event } from '../../core/event.ts';
import { fold } from '../../core/fold.ts';
import type { Interpreter } from '../../core/ports.ts';
import { agentsOf, callsOf } from '../../core/trajectory.ts';
import { evaluate } from '../../evals/evaluate.ts';
import type { Judge } from '../../evals/judge.ts';
import { type Meter, metered, type PriceOf } from '../../evals/limits.ts';
import type { CheckResult, TrialResult } from '../../evals/report.ts';
import type { Trial } from '../../evals/trial.ts';
import { scriptedApprover } from '../../run/approvers.ts';
import type { RunResult } from '../../run/run.ts';
import { openRuntime, type Runtime } from '../../runtime/build.ts';
import type { SuiteCase } from './choose.ts';

/** What takes the steps of one trial. */
export interface Player {
  readonly interpreter: Interpreter;
  /** A fault of the provider that is part of the script is an outcome; any other one says nothing about the case. */
  readonly scripted: boolean;
  /** Absent where steps cost nothing. */
  readonly priceOf?: PriceOf;
  readonly judge?: Judge;
  /** What its judge has used so far. */
  judgeMeter?(): Meter;
  /** One sentence for each agent whose steps were not all used. */
  leftover(stepsOfAgent: ReadonlyMap<string, number>): readonly string[];
}

/**
 * Plays one trial in a throw-away workspace and holds it to what the case asserts.
 * @throws HarnessError when the app's files are wrong, or everything was interrupted
 */
export async function playTrial(
  chosen: SuiteCase,
  number: number,
  player: Player,
  signal: AbortSignal,
): Promise<TrialResult> {
  const started = performance.now();
  const { definition } = chosen.loaded;
  const { interpreter, meter } = metered(player.interpreter, definition.limits ?? defaultLimits, player.priceOf);
  const seconds = definition.limits?.seconds ?? defaultLimits.seconds;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), seconds * 1000);
  const since = () => (performance.now() - started) / 1000;
  let runtime: Runtime | undefined;
  try {
    runtime = await openRuntime(chosen.app, {
      throwAway: true,
      trackRows: definition.assert?.some(({ kind }) => kind === 'rows') ?? false,
      workspace: definition.workspace ?? chosen.app.defaultWorkspace,
      prepared: chosen.prepared,
      interpreter,
      approver: scriptedApprover(definition.approvals ?? 'approve'),
    });
    const agent = definition.agent ?? chosen.app.entry;
    const ending = AbortSignal.any([signal, late.signal]);
    const events: Event[] = [];
    const sink = { event: (event: Event) => void events.push(event) };
    const result = await runtime.run({ prompt: definition.input, agent, signal: ending, sink });
    if (result.cause?.exit === exits.invalid) throw result.cause;
    const trial = await trialOf(runtime, { ...result, events }, player, { ...meter(), seconds: since() });
    const base = { trial: number, ...summary(trial) };
    const given = gaveUp(result, player, late.signal.aborted ? seconds : undefined);
    if (given) return { ...base, ...given, checks: [] };
    const checks = await judged(chosen, trial, player, signal);
    const outcome = checks.every(({ pass }) => pass) ? 'passed' : 'failed';
    return { ...base, outcome, checks, ...together(trial.usage, player.judgeMeter?.()) };
  } catch (thrown) {
    return broken(thrown, number, { ...meter(), ...together(meter(), player.judgeMeter?.()) }, since());
  } finally {
    clearTimeout(timer);
    await runtime?.close();
  }
}

/** What a trial may use where its case says nothing. */
const defaultLimits = { steps: 200, seconds: 300 };

async function trialOf(
  runtime: Runtime,
  { status, answer, error, events }: RunResult & Pick<Trial, 'events'>,
  player: Player,
  usage: Trial['usage'],
): Promise<Trial> {
  return {
    status,
    answer,
    ...(error && { error }),
    events,
    changes: await runtime.rowChanges(),
    leftover: status === 'done' ? player.leftover(fold(events).stepsOfAgent) : [],
    usage,
  };
}

/** @param signal ends what a judge is being asked: the person who pressed Ctrl-C does not wait for a verdict */
async function judged(
  { app, prepared, loaded }: SuiteCase,
  trial: Trial,
  { judge }: Player,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  try {
    return await evaluate(loaded.definition, trial, {
      pattern: prepared.patterns,
      compile: prepared.compile,
      planChecks: prepared.planChecks,
      module: (file) => resolve(dirname(loaded.file), file),
      ...(judge && { judge: { vote: (request) => judge.vote(request, signal) } }),
    });
  } catch (thrown) {
    if (signal.aborted) throw new HarnessError('interrupted', 'interrupted', { cause: thrown });
    if (thrown instanceof HarnessError) throw thrown;
    throw new Error(`app "${app.name}", case "${loaded.id}"`, { cause: thrown });
  }
}

/** What a trial came to cost, with its judges. Their steps are not the run's. */
function together(run: Omit<Meter, 'steps'>, judge: Meter | undefined): Omit<Meter, 'steps'> {
  const { tokens, costUsd } = run;
  if (judge === undefined) return { tokens, costUsd };
  const known = costUsd !== null && judge.costUsd !== null;
  return { tokens: tokens + judge.tokens, costUsd: known ? costUsd + judge.costUsd : null };
}

type Summary = Omit<TrialResult, 'trial' | 'outcome' | 'checks' | 'error'>;

function summary({ answer, events, usage }: Trial): Summary {
  const calls = callsOf(events).map(({ agent, tool, outcome }) => ({ agent, tool, ok: outcome?.ok ?? null }));
  return { answer, agents: agentsOf(events), calls, ...usage, events };
}

/** Why a trial cannot be judged: a limit of the case, or something that is not the app's doing. */
function gaveUp(
  { status, cause }: RunResult,
  player: Player,
  lateAfter: number | undefined,
): Pick<TrialResult, 'outcome' | 'error'> | undefined {
  if (lateAfter !== undefined && status === 'interrupted') {
    return { outcome: 'budget', error: { code: 'too-late', message: `the limit of ${lateAfter} seconds is reached` } };
  }
  if (status === 'budget' && cause) return { outcome: 'budget', error: { code: cause.code, message: cause.message } };
  const elsewhere = cause?.exit === exits.infrastructure && !player.scripted;
  return elsewhere ? { outcome: 'error', error: { code: cause.code, message: cause.message } } : undefined;
}

/** The disk, a tool server or the provider failed before there was a run to judge. */
function broken(thrown: unknown, trial: number, used: Meter, seconds: number): TrialResult {
  if (!(thrown instanceof HarnessError) || thrown.exit === exits.invalid) throw thrown;
  const nothing = { answer: '', agents: [], calls: [], events: [], checks: [] };
  const error = { code: thrown.code, message: thrown.message };
  return { trial, outcome: 'error', error, ...nothing, ...used, seconds };
}

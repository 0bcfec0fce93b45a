import type { Retry } from '../../core/step.ts';
import type { Fault } from './faults.ts';
import { type Gate, waitFor } from './gate.ts';

/** How often and how long a step is tried. */
export interface RetryRules {
  /** Tries after the first. */
  readonly maxRetries: number;
  /** The same for an overloaded provider, where another model can take the step. */
  readonly maxRetriesOverloaded: number;
  /** From 0 to 1. */
  random(): number;
}

/** Most milliseconds that a provider may ask to wait: a person is waiting too. */
const longestAskedFor = 60_000;
const firstDelay = 500;
const longestDelay = 30_000;

/** Milliseconds before the try after `attempt`; undefined when there is none. */
export function delayAfter(attempt: number, fault: Fault, rules: RetryRules): number | undefined {
  const most = fault.kind === 'overloaded' ? rules.maxRetriesOverloaded : rules.maxRetries;
  if (!fault.passes || attempt > most) return undefined;
  if (fault.afterMs !== undefined) {
    // Those who were told the same time do not all come back at once.
    return fault.afterMs > longestAskedFor ? undefined : Math.round(fault.afterMs + rules.random() * 250);
  }
  const grown = Math.min(longestDelay, firstDelay * 2 ** (attempt - 1));
  return Math.round(grown * (0.75 + rules.random() / 2));
}

/**
 * Works until a try succeeds, with growing pauses between tries.
 * @param faultOf what went wrong in a try
 * @param retried told of each failed try that is followed by another
 * @throws what `giveUp` makes of the last fault, or the signal's reason
 */
export async function withRetries<T>(steps: {
  readonly rules: RetryRules;
  readonly gate: Gate;
  readonly signal: AbortSignal;
  attempt(): Promise<T>;
  faultOf(thrown: unknown): Fault;
  giveUp(fault: Fault, attempts: number): Error;
  retried?: ((retry: Omit<Retry, 'used'>) => void) | undefined;
}): Promise<T> {
  const { rules, signal } = steps;
  for (let attempt = 1; ; attempt++) {
    try {
      await steps.gate.pass(signal);
      return await steps.attempt();
    } catch (thrown) {
      signal.throwIfAborted();
      const fault = steps.faultOf(thrown);
      const delayMs = delayAfter(attempt, fault, rules);
      if (delayMs === undefined) throw steps.giveUp(fault, attempt);
      steps.retried?.({ attempt, delayMs, error: { code: fault.kind, message: fault.message } });
      if (fault.kind === 'rate_limited') steps.gate.close(delayMs);
      else await waitFor(delayMs, signal);
    }
  }
}

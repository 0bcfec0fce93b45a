import { limitReached } from '../core/budget.ts';
import { HarnessError } from '../core/errors.ts';
import { unused } from '../core/meter.ts';
import type { Interpreter } from '../core/ports.ts';
import type { Usage } from '../core/step.ts';
import type { Limits } from '../generated/config.ts';

/** What one trial may use. */
export interface TrialLimits {
  readonly steps?: number;
  readonly tokens?: number;
  readonly costUsd?: number;
}

/** What was used so far. */
export interface Meter {
  readonly steps: number;
  /** In and out. */
  readonly tokens: number;
  /** US dollars; null when a price is unknown. */
  readonly costUsd: number | null;
}

/** US dollars of one step of a model; null when its price is unknown. */
export type PriceOf = (model: string, usage: Usage) => number | null;

/**
 * The same interpreter, with a meter. No step is asked for once a limit is reached: the run ends as `budget`.
 * @param priceOf absent where steps cost nothing
 */
export function metered(
  inner: Interpreter,
  limits: TrialLimits,
  priceOf?: PriceOf,
): { readonly interpreter: Interpreter; readonly meter: () => Meter } {
  let steps = 0;
  let tokens = 0;
  let costUsd: number | null = 0;
  const interpreter: Interpreter = {
    ...(inner.kind !== undefined && { kind: inner.kind }),
    ...(inner.summarizes === false && { summarizes: false }),
    async next(view, signal, listeners) {
      const reached = reachedLimit(limits, { steps, tokens, costUsd });
      if (reached !== undefined) throw new HarnessError('budget-reached', reached);
      steps += 1;
      const step = await inner.next(view, signal, listeners);
      if (step.usage) {
        tokens += step.usage.input + step.usage.output;
        if (priceOf && view.model && costUsd !== null) costUsd = sum(costUsd, priceOf(view.model.id, step.usage));
      }
      return step;
    },
  };
  return { interpreter, meter: () => ({ steps, tokens, costUsd }) };
}

function sum(total: number, more: number | null): number | null {
  return more === null ? null : total + more;
}

/** One sentence about the limit that is reached; undefined while there is something left of all. */
export function reachedLimit(limits: TrialLimits, used: Meter): string | undefined {
  const { steps, tokens, costUsd } = limits;
  const kept: Limits = {
    ...(steps !== undefined && { steps }),
    ...(tokens !== undefined && { tokens }),
    ...(costUsd !== undefined && { costUsd }),
  };
  const reached = limitReached(kept, { ...used, seconds: 0 }, unused);
  switch (reached?.kind) {
    case 'steps':
      return `the limit of ${reached.limit} steps is reached`;
    case 'tokens':
      return `the limit of ${reached.limit} tokens is reached: ${reached.used} were used`;
    case 'costUsd':
      return reached.used === null
        ? `the limit of ${reached.limit} US dollars cannot be kept: the price of a model is unknown`
        : `the limit of ${reached.limit} US dollars is reached`;
    default:
      return undefined;
  }
}

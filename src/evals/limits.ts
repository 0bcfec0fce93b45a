import { HarnessError } from '../core/errors.ts';
import type { Interpreter } from '../core/ports.ts';
import type { Usage } from '../core/step.ts';

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
    async next(view, signal, listeners) {
      const reached = reachedLimit(limits, { steps, tokens, costUsd });
      if (reached !== undefined) throw new HarnessError('step-limit', reached);
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
  if (steps !== undefined && used.steps >= steps) return `the limit of ${steps} steps is reached`;
  if (tokens !== undefined && used.tokens >= tokens) {
    return `the limit of ${tokens} tokens is reached: ${used.tokens} were used`;
  }
  if (costUsd === undefined) return undefined;
  if (used.costUsd === null)
    return `the limit of ${costUsd} US dollars cannot be kept: the price of a model is unknown`;
  return used.costUsd >= costUsd ? `the limit of ${costUsd} US dollars is reached` : undefined;
}

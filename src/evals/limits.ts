import { dollars } from '../core/amounts.ts';
import { limitReached } from '../core/budget.ts';
import { HarnessError } from '../core/errors.ts';
import { unused } from '../core/meter.ts';
import type { Interpreter, StepListeners } from '../core/ports.ts';
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
 * The same interpreter, with a meter. No step is asked for once a limit is reached: the run ends as `budget`. Tries that
 * failed count, as far as the provider told what they took.
 * @param priceOf absent where steps cost nothing
 */
export function metered(
  inner: Interpreter,
  limits: TrialLimits,
  priceOf?: PriceOf,
): { readonly interpreter: Interpreter; readonly meter: () => Meter } {
  let used: Meter = { steps: 0, tokens: 0, costUsd: 0 };
  const add = (model: string | undefined, usage: Usage | undefined) => {
    if (!usage) return;
    const cost = priceOf && model !== undefined ? priceOf(model, usage) : 0;
    const costUsd = used.costUsd === null || cost === null ? null : used.costUsd + cost;
    used = { ...used, tokens: used.tokens + usage.input + usage.output, costUsd };
  };
  const counting = (listeners: StepListeners): StepListeners => ({
    ...listeners,
    retried: (retry) => {
      add(retry.used?.model, retry.used?.usage);
      listeners.retried?.(retry);
    },
    failed: (last) => {
      add(last.used?.model, last.used?.usage);
      listeners.failed?.(last);
    },
  });
  const interpreter: Interpreter = {
    ...(inner.kind !== undefined && { kind: inner.kind }),
    ...(inner.summarizes === false && { summarizes: false }),
    async next(view, signal, listeners = {}) {
      const reached = reachedLimit(limits, used);
      if (reached !== undefined) throw new HarnessError('budget-reached', reached);
      used = { ...used, steps: used.steps + 1 };
      const step = await inner.next(view, signal, counting(listeners));
      add(step.model ?? view.model?.id, step.usage);
      return step;
    },
  };
  return { interpreter, meter: () => used };
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
        ? `the limit of ${dollars(reached.limit)} cannot be kept: the price of a model is unknown`
        : `the limit of ${dollars(reached.limit)} is reached`;
    default:
      return undefined;
  }
}

import type { Event } from './event.ts';
import type { Usage } from './step.ts';

/** Prices one step, in dollars; undefined where the model's price is not known. `at` is ISO 8601. */
export type PriceStep = (model: string, usage: Usage, at: string) => number | undefined;

/** What steps have used. */
export interface Spent extends Usage {
  readonly steps: number;
  /** Part of the input that was read from the prompt cache, 0 to 1; 0 where there was no input. */
  readonly cachedShare: number;
  /** Dollars; null when the price or the tokens of any step are unknown. */
  readonly cost: number | null;
  /** Models of steps whose cost is not known, sorted. */
  readonly unpriced: readonly string[];
}

/** What was used in all, and by each agent. Events of several runs may be given together. */
export interface Spending {
  readonly total: Spent;
  readonly agents: Readonly<Record<string, Spent>>;
}

const nothing: Spent = {
  steps: 0,
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  cachedShare: 0,
  cost: 0,
  unpriced: [],
};

/**
 * Adds up the steps that models took, and what failed tries of them took as far as providers told it. Others, such as
 * those of a script, are not counted.
 */
export function spendingOf(events: Iterable<Event>, priceOf: PriceStep): Spending {
  let total = nothing;
  const agents: Record<string, Spent> = Object.create(null);
  for (const event of events) {
    const took = modelCall(event);
    if (took === undefined) continue;
    const { agent, at } = event;
    const { model, usage, steps } = took;
    const step = { model, usage, steps, cost: usage && priceOf(model, usage, at) };
    total = plus(total, step);
    agents[agent] = plus(agents[agent] ?? nothing, step);
  }
  return { total, agents };
}

/** Whether no model took anything. A try that failed takes something without a step. */
export function isNothing({ steps, input, output }: Spent): boolean {
  return steps === 0 && input === 0 && output === 0;
}

/** What an event tells of a model that was asked; nothing where none was. */
export function modelCall({ type, data }: Event): ModelCall | undefined {
  if (type === 'provider.retried' || type === 'provider.failed') return data.used && { ...data.used, steps: 0 };
  if (type === 'context.compacted') {
    const { model, usage } = data.asked ?? {};
    return model === undefined ? undefined : { model, usage, steps: 1 };
  }
  if (type !== 'step.finished' || data.step.model === undefined) return undefined;
  return { model: data.step.model, usage: data.step.usage, steps: 1 };
}

export interface ModelCall {
  readonly model: string;
  /** 0 for a try that failed: it is part of a step. */
  readonly steps: 0 | 1;
  readonly usage: Usage | undefined;
}

interface Priced extends ModelCall {
  readonly cost: number | undefined;
}

function plus(spent: Spent, { model, usage, steps, cost }: Priced): Spent {
  const input = spent.input + (usage?.input ?? 0);
  const cacheRead = spent.cacheRead + (usage?.cacheRead ?? 0);
  return {
    steps: spent.steps + steps,
    input,
    output: spent.output + (usage?.output ?? 0),
    cacheRead,
    cacheWrite: spent.cacheWrite + (usage?.cacheWrite ?? 0),
    cachedShare: input === 0 ? 0 : cacheRead / input,
    cost: spent.cost === null || cost === undefined ? null : spent.cost + cost,
    unpriced: cost !== undefined ? spent.unpriced : [...new Set([...spent.unpriced, model])].sort(),
  };
}

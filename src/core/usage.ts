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

/** Adds up the steps that models took. Others, such as those of a script, are not counted. */
export function spendingOf(events: Iterable<Event>, priceOf: PriceStep): Spending {
  let total = nothing;
  const agents: Record<string, Spent> = Object.create(null);
  for (const { type, agent, at, data } of events) {
    if (type !== 'step.finished' || data.step.model === undefined) continue;
    const { model, usage } = data.step;
    const step = { model, usage, cost: usage && priceOf(model, usage, at) };
    total = plus(total, step);
    agents[agent] = plus(agents[agent] ?? nothing, step);
  }
  return { total, agents };
}

interface Priced {
  readonly model: string;
  readonly usage: Usage | undefined;
  readonly cost: number | undefined;
}

function plus(spent: Spent, { model, usage, cost }: Priced): Spent {
  const input = spent.input + (usage?.input ?? 0);
  const cacheRead = spent.cacheRead + (usage?.cacheRead ?? 0);
  return {
    steps: spent.steps + 1,
    input,
    output: spent.output + (usage?.output ?? 0),
    cacheRead,
    cacheWrite: spent.cacheWrite + (usage?.cacheWrite ?? 0),
    cachedShare: input === 0 ? 0 : cacheRead / input,
    cost: spent.cost === null || cost === undefined ? null : spent.cost + cost,
    unpriced: cost !== undefined ? spent.unpriced : [...new Set([...spent.unpriced, model])].sort(),
  };
}

import type { Usage } from '../core/step.ts';

/** Dollars for a million tokens. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  /** Writing to the prompt cache, for five minutes. */
  readonly cacheWrite: number;
  readonly cacheRead: number;
}

export interface Price extends Rates {
  /** Date from which it holds, where that is known. A step before it has no known price. */
  readonly since?: string;
  /** Where a request has more tokens than `above`, all of it costs `times` as much. */
  readonly long?: { readonly above: number; readonly times: number };
}

/** What is known about a model of a provider. Tokens. */
export interface ModelFacts {
  readonly contextWindow: number;
  readonly maxOutputTokens: number;
  /** Oldest first. */
  readonly prices: readonly Price[];
}

/** The day on which these facts were collected. A provider may have changed them since. */
export const factsAsOf = '2026-11-10';

const million = 1_000_000;

/** What is written to the prompt cache for an hour costs so many times as much as plain input, with every model. */
const hourTimes = 2;

/** By the provider's name for the model. What is not here is unknown, never free. */
export const knownModels: Readonly<Record<string, ModelFacts>> = {
  'claude-opus-5-5': {
    contextWindow: million,
    maxOutputTokens: 128_000,
    prices: [{ input: 4, output: 20, cacheWrite: 5, cacheRead: 0.2 }],
  },
  'claude-sonnet-5-5': {
    contextWindow: million,
    maxOutputTokens: 128_000,
    prices: [{ since: '2026-10-07', input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.1 }],
  },
  'claude-haiku-5-5': {
    contextWindow: million,
    maxOutputTokens: 128_000,
    prices: [{ input: 0.1, output: 0.5, cacheWrite: 0.125, cacheRead: 0.01, long: { above: 100_000, times: 5 } }],
  },
  'claude-fable-5-2': {
    contextWindow: million,
    maxOutputTokens: 128_000,
    prices: [{ input: 8, output: 40, cacheWrite: 10, cacheRead: 0.2 }],
  },
};

/** What is known about a model; undefined for one that is not known here. */
export function factsOf(id: string): ModelFacts | undefined {
  return Object.hasOwn(knownModels, id) ? knownModels[id] : undefined;
}

/** The price that holds at a time (ISO 8601); undefined where none is known. */
export function priceAt(id: string, at: string): Price | undefined {
  return factsOf(id)?.prices.findLast(({ since }) => since === undefined || since <= at.slice(0, 10));
}

/** What one step costs, in dollars; undefined where that is not known. */
export function costOf(id: string, usage: Usage, at: string): number | undefined {
  const price = priceAt(id, at);
  if (price === undefined) return undefined;
  const { input, output, cacheRead, cacheWrite, cacheWriteHour = 0 } = usage;
  const plain = Math.max(0, input - cacheRead - cacheWrite);
  const written = (cacheWrite - cacheWriteHour) * price.cacheWrite + cacheWriteHour * price.input * hourTimes;
  const dollars = plain * price.input + output * price.output + cacheRead * price.cacheRead + written;
  const times = price.long !== undefined && input > price.long.above ? price.long.times : 1;
  return (dollars * times) / million;
}

import type { PriceOf } from '../../evals/limits.ts';
import { costOf } from '../../interpreters/models.ts';

/** What a step costs today. */
export const priceOf: PriceOf = (model, usage) => costOf(model, usage, new Date().toISOString()) ?? null;

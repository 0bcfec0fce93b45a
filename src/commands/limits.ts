import type { Limits } from '../generated/config.ts';

/** The part of a command line that says what a run may use. */
export interface LimitOptions {
  readonly maxSteps?: number;
  readonly maxTokens?: number;
  readonly maxCost?: number;
  readonly maxSeconds?: number;
}

export function limitsOf({ maxSteps, maxTokens, maxCost, maxSeconds }: LimitOptions): Limits {
  return {
    ...(maxSteps !== undefined && { steps: maxSteps }),
    ...(maxTokens !== undefined && { tokens: maxTokens }),
    ...(maxCost !== undefined && { costUsd: maxCost }),
    ...(maxSeconds !== undefined && { seconds: maxSeconds }),
  };
}

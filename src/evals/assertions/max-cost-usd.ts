import type { Judgement } from './assertion.ts';
import { beyond } from './limit.ts';

export const maxCostUsd: Judgement<'maxCostUsd'> = ({ value }, { trial }) => {
  const { costUsd } = trial.usage;
  if (costUsd !== null) return beyond('US dollars', costUsd, value);
  return {
    message: `the cost is not known, since a price or a number of tokens is missing; at most ${value} US dollars allowed`,
  };
};

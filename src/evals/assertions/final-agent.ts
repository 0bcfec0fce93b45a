import { agentsOf } from '../../core/trajectory.ts';
import type { Judgement } from './assertion.ts';

export const finalAgent: Judgement<'finalAgent'> = ({ value }, { trial }) => {
  const last = agentsOf(trial.events).at(-1);
  if (last === value) return undefined;
  return {
    message:
      last === undefined ? `no agent started, not even "${value}"` : `the last agent is "${last}", not "${value}"`,
    diff: [{ kind: 'differs', subject: 'final agent', expected: value, ...(last !== undefined && { actual: last }) }],
  };
};

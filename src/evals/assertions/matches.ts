import type { Judgement } from './assertion.ts';

export const matches: Judgement<'matches'> = ({ value }, { trial: { answer }, tools }) => {
  if (tools.pattern(value)(answer)) return undefined;
  return {
    message: `the answer does not match ${JSON.stringify(value)}`,
    diff: [{ kind: 'differs', subject: 'answer', expected: { matches: value }, actual: answer }],
  };
};

import type { Judgement } from './assertion.ts';
import { includes } from './contains.ts';

export const notContains: Judgement<'notContains'> = ({ value, ignoreCase }, { trial: { answer } }) => {
  if (!includes(answer, value, ignoreCase)) return undefined;
  return {
    message: `the answer contains ${JSON.stringify(value)}, which it may not`,
    diff: [{ kind: 'unexpected', subject: 'answer', actual: answer }],
  };
};

import type { Judgement } from './assertion.ts';

export const contains: Judgement<'contains'> = ({ value, ignoreCase }, { trial: { answer } }) => {
  if (includes(answer, value, ignoreCase)) return undefined;
  return {
    message: `the answer does not contain ${JSON.stringify(value)}`,
    diff: [{ kind: 'differs', subject: 'answer', expected: value, actual: answer }],
  };
};

export function includes(text: string, part: string, ignoreCase: boolean): boolean {
  return ignoreCase ? text.toLowerCase().includes(part.toLowerCase()) : text.includes(part);
}

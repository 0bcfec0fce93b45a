import { canonical, type Json } from '../../core/json.ts';
import { type Difference, missingFrom } from '../../core/match.ts';
import { valueDiff } from '../diff.ts';
import { answerJson } from './answer-json.ts';
import type { Judgement } from './assertion.ts';

export const equals: Judgement<'equals'> = (assertion, { trial: { answer } }) => {
  const expected = assertion.value as Json;
  if (typeof expected === 'string') {
    if (answer.trim() === expected.trim()) return undefined;
    const diff = [{ kind: 'differs', subject: 'answer', expected, actual: answer } as const];
    return { message: 'the answer is another text', diff };
  }
  const found = answerJson(answer);
  if ('unmet' in found) return found.unmet;
  if (canonical(found.value) === canonical(expected)) return undefined;
  return { message: 'the answer is other JSON', diff: valueDiff('answer', unequal(expected, found.value)) };
};

/** What is missing from the actual value, and what it has beyond the expected one. */
function unequal(expected: Json, actual: Json): Difference[] {
  const beyond = missingFrom(expected, actual).filter((difference) => difference.actual === undefined);
  return [
    ...missingFrom(actual, expected),
    ...beyond.map((difference) => ({ path: difference.path, expected: undefined, actual: difference.expected })),
  ];
}

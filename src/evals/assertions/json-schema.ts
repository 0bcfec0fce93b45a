import type { JsonSchema } from '../../core/json.ts';
import { count } from '../check.ts';
import { answerJson } from './answer-json.ts';
import type { Judgement } from './assertion.ts';

/** So many problems are told; the rest are counted. */
const told = 3;

export const jsonSchema: Judgement<'jsonSchema'> = ({ schema }, { trial: { answer }, tools }) => {
  const found = answerJson(answer);
  if ('unmet' in found) return found.unmet;
  const problems = tools.compile(schema as JsonSchema)(found.value);
  if (problems.length === 0) return undefined;
  const list = problems.slice(0, told).map(({ pointer, message }) => `at ${pointer || '/'}: ${message}`);
  if (problems.length > told) list.push(count(problems.length - told, 'more problem'));
  return {
    message: `the answer does not fit the schema: ${list.join('; ')}`,
    diff: [{ kind: 'unexpected', subject: 'answer', actual: found.value }],
  };
};

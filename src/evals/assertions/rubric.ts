import { HarnessError } from '../../core/errors.ts';
import { isEnough, votesNeeded } from '../judge.ts';
import type { Judgement } from './assertion.ts';

export const rubric: Judgement<'rubric'> = async (assertion, { trial, definition, index, tools }) => {
  const { value, model, votes, threshold } = assertion;
  const { judge } = tools;
  if (!judge) {
    throw new HarnessError(
      'no-judge',
      `assert[${index}] rubric of case "${definition.id}" has no judge and no recorded verdicts`,
      {
        hint: 'run it with --live, or record its verdicts with --record',
      },
    );
  }
  const request = {
    assertion: index,
    rubric: value,
    input: definition.input,
    answer: trial.answer,
    ...(model !== undefined && { model }),
  };
  const verdicts = await Promise.all(
    Array.from({ length: votes }, (_, vote) => judge.vote({ ...request, index: vote })),
  );
  const passes = verdicts.filter((verdict) => verdict.pass).length;
  if (isEnough(passes, { votes, threshold })) return undefined;
  const reasons = verdicts.map(({ pass, reason }) => `${pass ? 'pass' : 'fail'} (${reason})`);
  return {
    message: `${passes} of ${votes} votes pass, ${votesNeeded({ votes, threshold })} needed: ${reasons.join(', ')}`,
    diff: [{ kind: 'differs', subject: 'answer', expected: value, actual: trial.answer }],
  };
};

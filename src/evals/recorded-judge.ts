import { staleCassette } from '../core/cassette.ts';
import { digestOf } from '../core/digest.ts';
import { type Redactor, redactor as redactorOf } from '../core/redact.ts';
import type { Cassette, RecordedVerdict } from '../generated/config.ts';
import type { Judge, VoteRequest } from './judge.ts';

/** A judge that is listened to, for the case's cassette. */
export interface JudgeRecording {
  readonly judge: Judge;
  /** By assertion and vote. */
  verdicts(): readonly RecordedVerdict[];
}

export function recordingJudge(inner: Judge, redactor: Redactor = redactorOf([])): JudgeRecording {
  const verdicts: RecordedVerdict[] = [];
  return {
    judge: {
      async vote(request, signal) {
        const verdict = await inner.vote(request, signal);
        const { pass, reason } = verdict;
        const { assertion, index: vote } = request;
        verdicts.push({
          assertion,
          vote,
          pass,
          reason: redactor.text(reason),
          request: requestDigest(request, redactor),
        });
        return verdict;
      },
    },
    verdicts: () => verdicts.toSorted((a, b) => a.assertion - b.assertion || a.vote - b.vote),
  };
}

/** Says again what was recorded, of the very same answer to the very same rubric. */
export function recordedJudge(cassette: Cassette, redactor: Redactor = redactorOf([])): Judge {
  return {
    async vote(request) {
      const { assertion, index } = request;
      const found = cassette.verdicts?.find((each) => each.assertion === assertion && each.vote === index);
      const what = `vote ${index + 1} on assert[${assertion}] rubric`;
      if (!found) throw staleCassette(cassette, `${what} is not in it`);
      if (found.request !== requestDigest(request, redactor)) {
        throw staleCassette(cassette, `${what} was on another rubric, input, answer or model`);
      }
      return { pass: found.pass, reason: found.reason };
    },
  };
}

function requestDigest(
  { model = null, rubric, input, answer }: Omit<VoteRequest, 'model'> & { model?: string | null },
  redactor: Redactor,
) {
  return digestOf(redactor.json({ model, rubric, input, answer }));
}

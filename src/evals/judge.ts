import type { Judged, Verdict } from '../core/judge-prompt.ts';

/** One vote of a judging model on one answer. */
export interface VoteRequest extends Judged {
  /** Place of the rubric among the case's assertions, from 0. */
  readonly assertion: number;
  /** Which vote, from 0. */
  readonly index: number;
  /** One of the app's models; absent: the entry agent's. */
  readonly model?: string;
}

/** Whoever judges answers by a rubric: a live model, or verdicts that were recorded. */
export interface Judge {
  /**
   * @param signal ends what is being asked
   * @throws HarnessError when there is no verdict: a trial without one is an error, never passed or failed.
   */
  vote(request: VoteRequest, signal?: AbortSignal): Promise<Verdict>;
}

/** How votes are counted. */
export interface Counting {
  readonly votes: number;
  /** Share of votes that must pass. */
  readonly threshold: number;
}

/** Votes that must pass. A share such as 0.07 of 100 votes is not a whole number in floating point. */
export function votesNeeded({ votes, threshold }: Counting): number {
  return Math.ceil(threshold * votes - 1e-9);
}

export function isEnough(passes: number, counting: Counting): boolean {
  return passes >= votesNeeded(counting);
}

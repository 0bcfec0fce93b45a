/** One vote of a judging model on one answer. */
export interface VoteRequest {
  /** Place of the rubric among the case's assertions, from 0. */
  readonly assertion: number;
  /** Which vote, from 0. */
  readonly index: number;
  /** One of the app's models; absent: the entry agent's. */
  readonly model?: string;
  readonly rubric: string;
  /** What the user said. */
  readonly input: string;
  readonly answer: string;
}

export interface Verdict {
  readonly pass: boolean;
  /** One or two sentences. */
  readonly reason: string;
}

/** Whoever judges answers by a rubric: a live model, or verdicts that were recorded. */
export interface Judge {
  /** @throws HarnessError when there is no verdict: a trial without one is an error, never passed or failed. */
  vote(request: VoteRequest): Promise<Verdict>;
}

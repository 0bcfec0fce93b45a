import type { Assertion, EvalCase } from '../../generated/config.ts';
import type { EvaluationTools } from '../evaluation-tools.ts';
import type { DiffEntry } from '../report.ts';
import type { Trial } from '../trial.ts';

export type AssertionKind = Assertion['kind'];
export type AssertionOf<K extends AssertionKind> = Extract<Assertion, { kind: K }>;

/** What an assertion may look at. */
export interface Subject {
  readonly trial: Trial;
  readonly definition: EvalCase;
  /** Its place among the case's assertions, from 0. */
  readonly index: number;
  readonly tools: EvaluationTools;
}

/** Why an assertion does not hold: one sentence without a full stop. */
export interface Unmet {
  readonly message: string;
  readonly diff?: readonly DiffEntry[];
}

/**
 * Judges one assertion. @returns undefined when it holds.
 * @throws HarnessError when it cannot be judged: the trial is then an error.
 */
export type Judgement<K extends AssertionKind> = (
  assertion: AssertionOf<K>,
  subject: Subject,
) => Unmet | undefined | Promise<Unmet | undefined>;

import type { Assertion } from '../../generated/config.ts';
import type { AssertionKind, Judgement, Subject, Unmet } from './assertion.ts';
import { calls } from './calls.ts';
import { contains } from './contains.ts';
import { equals } from './equals.ts';
import { finalAgent } from './final-agent.ts';
import { javascript } from './javascript.ts';
import { jsonSchema } from './json-schema.ts';
import { matches } from './matches.ts';
import { maxCostUsd } from './max-cost-usd.ts';
import { maxSeconds } from './max-seconds.ts';
import { maxSteps } from './max-steps.ts';
import { maxTokens } from './max-tokens.ts';
import { notContains } from './not-contains.ts';
import { rows } from './rows.ts';
import { rubric } from './rubric.ts';

/** A new kind is one file, one line here and one schema. */
const assertions: { readonly [K in AssertionKind]: Judgement<K> } = {
  contains,
  notContains,
  matches,
  equals,
  jsonSchema,
  finalAgent,
  calls,
  rows,
  maxSteps,
  maxTokens,
  maxCostUsd,
  maxSeconds,
  javascript,
  rubric,
};

/** Why an assertion does not hold; undefined when it does. @throws HarnessError when it cannot be judged. */
export async function judge(assertion: Assertion, subject: Subject): Promise<Unmet | undefined> {
  // The kind chooses the function for exactly this assertion, which the compiler cannot follow through a union.
  const judgement = assertions[assertion.kind] as (assertion: Assertion, subject: Subject) => ReturnType<typeof judge>;
  return judgement(assertion, subject);
}

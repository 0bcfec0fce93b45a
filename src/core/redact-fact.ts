import { HarnessError } from './errors.ts';
import type { Fact } from './event.ts';
import type { Json } from './json.ts';
import type { Redactor } from './redact.ts';
import type { Step } from './step.ts';

/** A fact, or an event, as it is stored and shown: without secrets. The same object where there are none. */
export function redactFact<F extends Fact>(fact: F, redactor: Redactor): F {
  const data = redactor.json(fact.data as unknown as Json) as unknown as F['data'];
  if (data === fact.data) return fact;
  if (fact.type !== 'step.finished') return { ...fact, data };
  return { ...fact, data: { ...data, step: redactStep(fact.data.step, redactor) } };
}

/**
 * A step without secrets. What its interpreter wrote for itself holds word for word or not at all: a provider refuses
 * thinking that was changed, and finds the parts of a text by their lengths.
 */
function redactStep(step: Step, redactor: Redactor): Step {
  const { opaque, ...rest } = redactor.json(step as unknown as Json) as unknown as Step;
  const same = opaque === step.opaque && rest.text === step.text;
  return same && opaque !== undefined ? { ...rest, opaque } : rest;
}

/** An error whose words hold no secrets. The same object where there are none. */
export function redactError(error: HarnessError, redactor: Redactor): HarnessError {
  const { code, message, hint = null, problems } = error;
  const words = { message, hint, problems };
  const clean = redactor.json(words as unknown as Json) as unknown as typeof words;
  if (clean === words) return error;
  const more = { problems: clean.problems, cause: error.cause, ...(clean.hint !== null && { hint: clean.hint }) };
  return new HarnessError(code, clean.message, more);
}

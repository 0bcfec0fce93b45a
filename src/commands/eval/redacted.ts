import type { Json } from '../../core/json.ts';
import type { Redactor } from '../../core/redact.ts';
import type { CaseResult, MutationReport, Survivor } from '../../evals/report.ts';

/**
 * A result as it may be shown and stored: without the secrets that a user, a model, a tool or a provider said. What
 * names the case stays as it is.
 */
export function redactedResult(result: CaseResult, redact: Redactor): CaseResult {
  const { description, input, trials } = result;
  return {
    ...result,
    ...(description !== undefined && { description: redact.text(description) }),
    input: redact.text(input),
    trials: redact.json(trials as unknown as Json) as unknown as CaseResult['trials'],
  };
}

/** The same for what a mutation check found. */
export function redactedMutation(report: MutationReport, redact: Redactor): MutationReport {
  const survivors = report.survivors.map(
    (survivor): Survivor => ({
      ...survivor,
      mutant: redact.text(survivor.mutant),
      advice: redact.text(survivor.advice),
    }),
  );
  return { ...report, survivors };
}

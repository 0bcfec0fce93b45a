import { HarnessError } from '../core/errors.ts';
import type { EvalCase } from '../generated/config.ts';
import type { Subject, Unmet } from './assertions/assertion.ts';
import { judge } from './assertions/registry.ts';
import { failed, passed } from './check.ts';
import type { EvaluationTools } from './evaluation-tools.ts';
import { groundTruthChecks } from './ground-truth.ts';
import { implicitChecks } from './implicit.ts';
import { incidentsOf } from './incidents.ts';
import { refusals } from './refusals.ts';
import type { CheckResult } from './report.ts';
import { agentsCheck, forbiddenCheck, trajectoryCheck } from './trajectory-check.ts';
import type { Trial } from './trial.ts';

/**
 * Everything that a case asks of a trial, in the order of a case's keys, and then what holds for every run.
 * @throws HarnessError when something cannot be judged, such as a rubric without a judge.
 */
export async function evaluate(definition: EvalCase, trial: Trial, tools: EvaluationTools): Promise<CheckResult[]> {
  const { events } = trial;
  const refused = refusals(definition, incidentsOf(events), tools.pattern);
  const asserted: CheckResult[] = [];
  for (const index of (definition.assert ?? []).keys()) {
    asserted.push(await assertionCheck({ definition, trial, tools, index }));
  }
  return [
    ...trajectoryCheck(definition, events, tools.pattern),
    ...agentsCheck(definition, events),
    ...forbiddenCheck(definition, events),
    ...groundTruthChecks(definition, events, tools.pattern),
    ...refused.checks,
    ...asserted,
    ...implicitChecks(definition, trial, tools.planChecks, refused.unexpected),
  ];
}

async function assertionCheck(subject: Subject): Promise<CheckResult> {
  const { definition, index } = subject;
  const assertion = definition.assert?.[index];
  if (assertion === undefined) throw new RangeError(`the case has no assertion ${index}`);
  const name = `assert[${index}] ${assertion.kind}`;
  const path = ['assert', index];
  const unmet = await judge(assertion, subject).catch(staleVerdict);
  return unmet === undefined ? passed(name, path) : failed(name, path, unmet.message, unmet.diff);
}

/** A verdict that was recorded of something else fails, as a recorded step does. Anything else cannot be judged. */
function staleVerdict(thrown: unknown): Unmet {
  if (!(thrown instanceof HarnessError) || thrown.code !== 'stale-cassette') throw thrown;
  return { message: thrown.hint === undefined ? thrown.message : `${thrown.message}; ${thrown.hint}` };
}

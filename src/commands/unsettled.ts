import { HarnessError } from '../core/errors.ts';
import type { ApprovalSubject } from '../core/event.ts';
import type { PlanRecord } from '../core/plan.ts';
import type { ApprovalRow } from '../core/ports.ts';
import type { Records } from '../runtime/records.ts';

/**
 * Plans of which nobody knows what became of an action, as rows beside approvals: a person has to find out. Such a row
 * goes by its plan's id.
 */
export function unsettledPlans({ store }: Records): readonly ApprovalRow[] {
  return store.plans('unknown').map((plan) => {
    const { planId, runId } = plan;
    const executed = store
      .events(plan.executingRun ?? runId)
      .findLast(({ type, data }) => type === 'plan.executed' && data.planId === planId);
    return {
      approval: planId,
      runId: plan.executingRun ?? runId,
      agent: executed?.agent ?? '',
      subject: { kind: 'outcome', tool: 'executePlan', args: { planId } },
      rule: 'interrupted',
      reason: reasonOf(plan),
      requestedAt: executed?.at ?? plan.storedAt,
      decision: null,
      decidedBy: null,
      decidedAt: null,
      revokedBy: null,
      revokedAt: null,
    };
  });
}

function reasonOf({ result }: PlanRecord): string {
  const unknown = (result?.actions ?? []).filter(({ status }) => status === 'unknown');
  const names = unknown.map(({ index, kind }) => `${index + 1} (${kind})`).join(' and ');
  return `nobody knows whether action ${names} took effect`;
}

/** The plan that a row is about which has to be settled: no call of this tool is ever asked about. */
export function unsettledPlan(subject: ApprovalSubject): string | undefined {
  if (subject.kind !== 'outcome' || subject.tool !== 'executePlan') return undefined;
  return typeof subject.args.planId === 'string' ? subject.args.planId : undefined;
}

/** @throws HarnessError when the id is that of a plan which has to be settled */
export function refuseUnsettled(id: string, records: readonly Records[]): void {
  if (!records.some((record) => unsettledPlans(record).some(({ approval }) => approval === id))) return;
  throw new HarnessError('invalid-decision', `plan "${id}" asks what became of an action, which has begun`, {
    hint: `find out, and say so: harness plans settle ${id} --applied (or --not-applied)`,
  });
}

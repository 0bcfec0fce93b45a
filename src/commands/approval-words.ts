import type { ApprovalSubject, Decision } from '../core/event.ts';
import { unsettledPlan } from './unsettled.ts';

/** What an agent wants to do. */
export function gist(subject: ApprovalSubject): string {
  if (subject.kind === 'plan')
    return `execute plan ${subject.planId} (${subject.specName}, version ${subject.version})`;
  if (subject.kind === 'action') {
    return `run action ${subject.index + 1} of ${subject.count} of plan ${subject.planId} (${subject.action.kind})`;
  }
  const unsettled = unsettledPlan(subject);
  if (unsettled !== undefined) return `be told what became of plan ${unsettled}`;
  return subject.kind === 'tool' ? `call ${subject.tool}` : `call ${subject.tool} again, which was interrupted`;
}

/** What asked. */
export function ruleText(rule: string): string {
  return rule === 'default' ? 'the default' : `the rule ${rule}`;
}

/** What was decided. */
export function saidOf(decision: Decision): string {
  return decision.kind === 'approve' && decision.always ? 'approve always' : decision.kind;
}

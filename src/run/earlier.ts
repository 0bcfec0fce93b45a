import type { ApprovalSubject, Decision, Event, Scope } from '../core/event.ts';
import { type ApprovalState, fold } from '../core/fold.ts';
import { canonical, type Json } from '../core/json.ts';
import type { Store } from '../core/ports.ts';
import type { RunContext } from './context.ts';
import type { Ruling } from './policy.ts';

/** What was asked in a call, and what was decided. */
export interface Asked {
  readonly approval: string;
  /** Place of the question in the run. */
  readonly seq: number;
  readonly subject: ApprovalSubject;
  readonly decision: Decision | undefined;
}

/** Everything that was asked in one call of an agent, in order. */
export function decisionsOf({ recorder }: RunContext, { span }: Scope, call: string): readonly Asked[] {
  return [...recorder.state.approvals.values()].flatMap(({ request, decision }) => {
    const { approval, subject, call: asking } = request.data;
    return request.span === span && asking === call ? [{ approval, seq: request.seq, subject, decision }] : [];
  });
}

/**
 * The same question of the same call, asked before the run was interrupted.
 * @param since what was asked before this place in the run does not count
 */
export function askedBefore(
  context: RunContext,
  scope: Scope,
  call: string,
  subject: ApprovalSubject,
  since: number,
): Asked | undefined {
  const asked = decisionsOf(context, scope, call).filter(({ seq }) => seq > since);
  if (asked.length === 0) return undefined;
  const wanted = canonical(subject as unknown as Json);
  return asked.findLast((each) => canonical(each.subject as unknown as Json) === wanted);
}

/** Something that a person allowed for the rest of a session. */
export interface Grant {
  /** The approval that says so. */
  readonly approval: string;
  readonly agent: string;
  readonly tool: string;
  readonly rule: string;
  readonly when: Json | undefined;
}

/**
 * Whether a person has allowed in this session what a rule asks about this agent's calls of this tool, and nobody has
 * revoked it: not even a moment ago, in another process.
 */
export function isGranted(context: RunContext, agent: string, tool: string, { rule, when }: Ruling): boolean {
  const wanted = grantKey({ agent, tool, rule, when });
  const { grants, recorder, store } = context;
  return [...grants(), ...grantsIn(recorder.state.approvals.values())].some(
    (grant) => grantKey(grant) === wanted && !store.approval(grant.approval)?.revokedAt,
  );
}

/** The grants of a session's runs, but for those of the run itself. */
export function grantsOfSession(store: Store, session: string, except?: string): readonly Grant[] {
  const runs = new Set(store.runs({ session }).map(({ runId }) => runId));
  if (except !== undefined) runs.delete(except);
  if (runs.size === 0) return [];
  const granting = store.approvals().filter(({ runId, decision }) => runs.has(runId) && isAlways(decision));
  return [...new Set(granting.map(({ runId }) => runId))].flatMap((runId) =>
    grantsIn(fold(store.events(runId).filter(isApproval)).approvals.values()),
  );
}

function isApproval({ type }: Event): boolean {
  return type === 'approval.requested' || type === 'approval.decided';
}

function grantsIn(approvals: Iterable<ApprovalState>): Grant[] {
  return [...approvals].flatMap(({ request, decision }) => {
    const { approval, subject, rule, when } = request.data;
    if (subject.kind !== 'tool' || !isAlways(decision)) return [];
    return [{ approval, agent: request.agent, tool: subject.tool, rule, when }];
  });
}

function isAlways(decision: Decision | null | undefined): boolean {
  return decision?.kind === 'approve' && decision.always === true;
}

function grantKey({ agent, tool, rule, when = null }: Omit<Grant, 'approval'>): string {
  return canonical([agent, tool, rule, when]);
}

import type { ApprovalSubject } from '../../core/event.ts';
import type { ApprovalRow } from '../../core/ports.ts';
import { briefArgs } from '../brief.ts';
import type { Records } from '../controller.ts';

/** An approval as the list shows it. */
export interface ListedApproval {
  readonly row: ApprovalRow;
  /** Whether a decision would still change something. */
  readonly pending: boolean;
  /** Whether its run waits to be gone on with, so that what was decided here has had no effect yet. */
  readonly goesOn: boolean;
  readonly status: string;
}

/** Something that a person allowed for the rest of a session. */
export interface SessionGrant {
  readonly approval: string;
  readonly agent: string;
  readonly tool: string;
  readonly rule: string;
}

/**
 * All approvals of a workspace: first those that wait, then the others; of each the newest first.
 * @param atWork whether a run is at work here
 */
export function listedApprovals(records: Records, atWork: (runId: string) => boolean): readonly ListedApproval[] {
  const decided = new Set(records.decidedRuns().flatMap(({ runId }) => (atWork(runId) ? [] : [runId])));
  const waiting = new Set(records.approvals({ pending: true }).map(({ approval }) => approval));
  const all = records.approvals().map((row): ListedApproval => {
    const pending = waiting.has(row.approval);
    // Its run waits for what was asked last.
    const goesOn = !pending && decided.delete(row.runId);
    return { row, pending, goesOn, status: pending ? 'waits' : statusOf(row) };
  });
  return [...all.filter(({ pending }) => pending), ...all.filter(({ pending }) => !pending)];
}

/** What is no longer asked in a session. */
export function grantsOf(records: Records, session: string, all: readonly ListedApproval[]): readonly SessionGrant[] {
  return all.flatMap(({ row }) => {
    const { approval, agent, subject, rule, runId } = row;
    if (!isGrant(row) || subject.kind !== 'tool' || records.run(runId)?.session !== session) return [];
    return [{ approval, agent, tool: subject.tool, rule }];
  });
}

/** Whether what it allowed for the rest of its session still is. */
export function isGrant({ decision, revokedAt }: ApprovalRow): boolean {
  return decision?.kind === 'approve' && decision.always === true && revokedAt === null;
}

export type Status = 'lapsed' | 'always' | 'revoked' | 'by steps' | 'approved' | 'changed' | 'sent back' | 'rejected';

/** How an approval ended, in a word or two; `lapsed` where nobody decided and its run is over. */
export function statusOf({ decision, revokedAt }: ApprovalRow): Status {
  switch (decision?.kind) {
    case undefined:
      return 'lapsed';
    case 'approve':
      return decision.always ? (revokedAt === null ? 'always' : 'revoked') : decision.step ? 'by steps' : 'approved';
    case 'edit':
      return 'changed';
    case 'revise':
      return 'sent back';
    case 'reject':
      return 'rejected';
  }
}

/** What was asked about. */
export function subjectName(subject: ApprovalSubject): string {
  switch (subject.kind) {
    case 'plan':
      return `execute plan ${subject.planId} · version ${subject.version} · ${subject.specName}`;
    case 'action':
      return `action ${subject.index + 1} of ${subject.count} of plan ${subject.planId}: ${subject.action.kind}`;
    case 'outcome':
      return `run ${subject.tool} again, which was interrupted`;
    case 'tool':
      return `call ${subject.tool}`;
  }
}

/** The same with arguments, on one line. */
export function subjectGist(subject: ApprovalSubject): string {
  const name = subjectName(subject);
  return 'args' in subject ? `${name}: ${briefArgs(subject.args)}` : name;
}

/** By what a filter can ask. */
export function membersOf({ row, status }: ListedApproval): Readonly<Record<string, string>> {
  const { approval, agent, subject, rule, reason, runId, decidedBy } = row;
  const tool = subject.kind === 'tool' || subject.kind === 'outcome' ? subject.tool : '';
  const plan = subject.kind === 'plan' || subject.kind === 'action' ? subject.planId : '';
  return {
    status,
    agent,
    tool,
    plan,
    rule,
    reason,
    run: runId,
    by: decidedBy ?? '',
    approval,
    asks: subjectGist(subject),
  };
}

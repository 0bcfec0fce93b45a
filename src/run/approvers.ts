import { setTimeout as sleep } from 'node:timers/promises';
import type { Decision } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import type { ApprovalRequest, Approver } from '../core/ports.ts';
import type { Approvals, ScriptedApprovals } from '../generated/config.ts';
import { nobodyThere } from './approve.ts';

/** Decides when nobody is there, as the app says. What became of an interrupted call only a person can say. */
export function unattended(policy: Approvals['unattended']): Approver {
  return {
    async decide({ subject }) {
      if (policy === 'pause' || subject.kind === 'outcome') return 'pause';
      const decision: Decision = policy === 'allow' ? { kind: 'approve' } : { kind: 'reject', reason: nobodyThere };
      return { decision, by: 'unattended' };
    },
  };
}

/**
 * Decides as a script says: everything the same, or one decision after the other; then the run pauses.
 * @param decided how many were decided before, where a run goes on
 */
export function scriptedApprover(approvals: ScriptedApprovals, decided = 0): Approver {
  let next = decided;
  return {
    async decide({ subject }) {
      if (subject.kind === 'outcome') return 'pause';
      const wanted = Array.isArray(approvals) ? approvals[next++] : approvals;
      return wanted === undefined ? 'pause' : { decision: readDecision(wanted), by: 'script' };
    },
  };
}

/**
 * Where `first` would pause the run, it waits this long: another process may decide.
 * @param tell told of what is waited for
 */
export function waiting(first: Approver, milliseconds: number, tell: (request: ApprovalRequest) => void): Approver {
  return {
    async decide(request, signal) {
      const answer = await first.decide(request, signal);
      if (answer !== 'pause') return answer;
      tell(request);
      await sleep(milliseconds, undefined, signal && { signal }).catch(() => undefined);
      return answer;
    },
  };
}

type ScriptedDecision = Extract<ScriptedApprovals, readonly unknown[]>[number];

function readDecision(wanted: ScriptedDecision | 'approve' | 'reject'): Decision {
  if (wanted === 'approve') return { kind: 'approve' };
  if (wanted === 'step') return { kind: 'approve', step: true };
  if (wanted === 'reject') return { kind: 'reject', reason: '' };
  if (wanted.reject !== undefined) return { kind: 'reject', reason: wanted.reject };
  if (wanted.revise !== undefined) return { kind: 'revise', comment: wanted.revise };
  return { kind: 'edit', body: (wanted.edit ?? {}) as JsonObject };
}

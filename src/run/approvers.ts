import type { Decision } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import type { Approver } from '../core/ports.ts';
import type { Approvals, ScriptedApprovals } from '../generated/config.ts';

/** Decides when nobody is there, as the app says. */
export function unattended(policy: Approvals['unattended']): Approver {
  return {
    async decide() {
      if (policy === 'pause') return 'pause';
      const decision: Decision =
        policy === 'allow' ? { kind: 'approve' } : { kind: 'reject', reason: 'nobody is there to approve it' };
      return { decision, by: 'unattended' };
    },
  };
}

/** Decides as a script says: everything the same, or one decision after the other; then the run pauses. */
export function scriptedApprover(approvals: ScriptedApprovals): Approver {
  let next = 0;
  return {
    async decide() {
      const wanted = Array.isArray(approvals) ? approvals[next++] : approvals;
      return wanted === undefined ? 'pause' : { decision: readDecision(wanted), by: 'script' };
    },
  };
}

type ScriptedDecision = Extract<ScriptedApprovals, readonly unknown[]>[number];

function readDecision(wanted: ScriptedDecision | 'approve' | 'reject'): Decision {
  if (wanted === 'approve') return { kind: 'approve' };
  if (wanted === 'reject') return { kind: 'reject', reason: '' };
  if (wanted.reject !== undefined) return { kind: 'reject', reason: wanted.reject };
  if (wanted.revise !== undefined) return { kind: 'revise', comment: wanted.revise };
  return { kind: 'edit', body: (wanted.edit ?? {}) as JsonObject };
}

import { type ApprovalMode, modeApproves } from '../../core/approval-mode.ts';
import type { Decision } from '../../core/event.ts';
import type { Approver } from '../../core/ports.ts';

/** Approvals wait here until the person in the chat decides them. */
export interface ApprovalDesk {
  readonly approver: Approver;
  decide(approval: string, answer: Decision | 'pause'): void;
  mode(): ApprovalMode;
  /** Holds from the next question on. */
  setMode(mode: ApprovalMode): void;
  /** Whether any were waiting; all of them are paused. */
  pauseAll(): boolean;
}

export function approvalDesk(): ApprovalDesk {
  let mode: ApprovalMode = 'ask';
  const waiting = new Map<string, (answer: Decision | 'pause') => void>();
  // A run that goes on shows its question before it has come back to it.
  const early = new Map<string, Decision>();
  const decide = (approval: string, answer: Decision | 'pause') => {
    const answered = waiting.get(approval);
    if (answered) answered(answer);
    else if (answer !== 'pause') early.set(approval, answer);
  };
  return {
    approver: {
      decide: (request, signal) =>
        new Promise((resolve) => {
          if (modeApproves(mode, request)) {
            resolve({ decision: { kind: 'approve' }, by: `mode ${mode}` });
            return;
          }
          const { approval } = request;
          const before = early.get(approval);
          if (before) {
            early.delete(approval);
            resolve({ decision: before, by: 'user' });
            return;
          }
          const answered = (answer: Decision | 'pause') => {
            waiting.delete(approval);
            resolve(answer === 'pause' ? answer : { decision: answer, by: 'user' });
          };
          waiting.set(approval, answered);
          // It was decided elsewhere, or the run is over.
          signal?.addEventListener('abort', () => answered('pause'), { once: true });
        }),
    },
    decide,
    mode: () => mode,
    setMode: (next) => {
      mode = next;
    },
    pauseAll: () => {
      early.clear();
      const all = [...waiting.keys()];
      for (const approval of all) decide(approval, 'pause');
      return all.length > 0;
    },
  };
}

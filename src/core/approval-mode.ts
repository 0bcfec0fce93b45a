import type { ApprovalRequest } from './ports.ts';

/**
 * What a person is asked about while they watch. `ask`: whatever a rule asks. `plans`: plans only, not tools. `auto`:
 * neither.
 */
export type ApprovalMode = 'ask' | 'plans' | 'auto';

/**
 * Whether a mode approves without a question. What a rule denies never comes here. A person still decides what became
 * of an interrupted call, each action of a plan that they approved step by step, and whatever a rule could not judge.
 */
export function modeApproves(
  mode: ApprovalMode,
  { subject, rule }: Pick<ApprovalRequest, 'subject' | 'rule'>,
): boolean {
  const judged = rule === 'default' || rule.startsWith('ask ');
  if (!judged) return false;
  if (subject.kind === 'tool') return mode !== 'ask';
  return subject.kind === 'plan' && mode === 'auto';
}

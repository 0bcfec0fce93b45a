import type { Decision } from '../core/event.ts';
import { visible } from '../core/text.ts';
import { choicesOf, openDialog } from './approval.ts';
import type { PendingApproval } from './items.ts';
import type { Screen } from './state.ts';

/** The decision that a line of words means; undefined where it means none. */
export function answerOf({ subject }: PendingApproval, line: string): Decision | 'pause' | undefined {
  const [word = '', ...rest] = line.split(/\s+/);
  const words = rest.join(' ');
  if (word === 'approve') return { kind: 'approve' };
  if (word === 'always') return subject.kind === 'tool' ? { kind: 'approve', always: true } : undefined;
  if (word === 'reject') return { kind: 'reject', reason: words };
  if (word === 'revise') return words === '' ? undefined : { kind: 'revise', comment: words };
  return word === 'later' ? 'pause' : undefined;
}

/** The answers that there are, in words. */
export function askedIn({ pending: [first] }: Screen): string {
  if (!first) return 'Nothing waits for a decision.';
  const can = new Set(choicesOf(openDialog(first)).map(({ does }) => does));
  const words = [
    'approve',
    ...(can.has('always') ? ['always'] : []),
    ...(can.has('revise') ? ['revise and what to change'] : []),
    'reject and why',
    'later',
  ];
  return visible(`Type one of: ${words.join('; ')}.`);
}

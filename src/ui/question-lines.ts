import { visibleLine } from '../core/text.ts';
import { choicesOf, type Dialog } from './approval.ts';
import { editorLines } from './editor-lines.ts';
import type { PendingApproval } from './items.ts';
import { pad, spread } from './lines.ts';
import type { Look } from './paint.ts';

/** A question with its choices, or the words that are written to one of them. @param pending all that wait */
export function questionLines(dialog: Dialog, pending: readonly PendingApproval[], look: Look, room: number): string[] {
  const { theme, width } = look;
  if (dialog.words) {
    const asked = dialog.words.of === 'revise' ? 'What should be different?' : 'Why not? (may be empty)';
    const height = Math.max(1, Math.min(6, room - 3));
    return [
      theme.bold(asked),
      ...editorLines(dialog.words.editor, '› ', look, height),
      theme.dim('enter sends · esc goes back'),
    ];
  }
  const choices = choicesOf(dialog);
  const question = dialog.edited ? 'Run what you wrote?' : questionOf(dialog);
  const compact = room < choices.length + 5;
  const widest = Math.max(...choices.map(({ label }) => label.length));
  const lines = choices.map(({ label, about }, at) => {
    const here = at === dialog.selected;
    const text = `${here ? '❯' : ' '} ${at + 1}  ${compact ? label : pad(label, widest)}`;
    return `${here ? theme.cyan(text) : text}${compact ? '' : `  ${theme.dim(about)}`}`;
  });
  const waiting = pending.length;
  const at = pending.findIndex(({ approval }) => approval === dialog.approval.approval) + 1;
  const title = spread(theme.bold(question), waiting > 1 ? theme.yellow(`${at} of ${waiting} waiting`) : '', width);
  if (compact) return [title, ...lines];
  const changes = dialog.approval.before ? ' · d changes' : '';
  const others = waiting > 1 ? ' · ←→ others' : '';
  const help = `1-${choices.length} or ↑↓ enter · ctrl+o in full${changes}${others} · esc later`;
  return ['', title, ...lines, theme.dim(help)];
}

/** The question in a line. */
export function questionOf({ approval }: Dialog): string {
  const { subject } = approval;
  if (subject.kind === 'plan') return `Run plan ${visibleLine(subject.planId)}, version ${subject.version}?`;
  if (subject.kind === 'action') {
    return `Run action ${subject.index + 1} of ${subject.count} of plan ${visibleLine(subject.planId)}?`;
  }
  if (subject.kind === 'outcome') return `Did ${visibleLine(subject.tool)} take effect? Run it again?`;
  return `Let ${visibleLine(approval.path.at(-1) ?? 'the agent')} call ${visibleLine(subject.tool)}?`;
}

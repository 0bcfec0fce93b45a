import type { Decision } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import { actionsOf } from '../core/plan.ts';
import { type Editor, emptyEditor, wholeText } from './editor.ts';
import type { Difference, PendingApproval } from './items.ts';

/** What a person can choose. */
export interface Choice {
  readonly does: 'approve' | 'step' | 'always' | 'edit' | 'revise' | 'reject' | 'run-edited' | 'edit-again' | 'back';
  readonly label: string;
  readonly about: string;
}

/** A question on the screen. */
export interface Dialog {
  readonly approval: PendingApproval;
  readonly selected: number;
  /** Put aside for later: it waits, and takes no keys. */
  readonly aside: boolean;
  /** Set while the words of a note or a reason are written. */
  readonly words?: { readonly of: 'revise' | 'reject'; readonly editor: Editor };
  /** New content that has been checked and waits to be run. */
  readonly edited?: { readonly body: JsonObject; readonly changes: readonly Difference[] };
  /** What was written and cannot be used: to be put right. */
  readonly draft?: string;
}

/** What follows from a key. */
export type DialogAct =
  | { readonly kind: 'decide'; readonly decision: Decision }
  | { readonly kind: 'edit' }
  | { readonly kind: 'none' };

export function openDialog(approval: PendingApproval): Dialog {
  return { approval, selected: 0, aside: false };
}

export function choicesOf({ approval, edited, draft }: Dialog): readonly Choice[] {
  const { subject, agent } = { ...approval, agent: approval.path.at(-1) ?? 'agent' };
  const reject: Choice = { does: 'reject', label: 'Reject…', about: 'nothing runs; the model is told why' };
  if (edited) {
    return [
      { does: 'run-edited', label: 'Run it as changed', about: 'the content shown above' },
      { does: 'edit-again', label: 'Edit again', about: 'opens what you wrote' },
      { does: 'back', label: 'Drop the changes', about: 'back to the question' },
    ];
  }
  if (subject.kind === 'outcome') {
    return [{ does: 'approve', label: 'Run it again', about: 'it may take effect a second time' }, reject];
  }
  if (subject.kind === 'action') {
    const stop: Choice = { does: 'reject', label: 'Stop here…', about: 'neither this action nor those after it run' };
    const left = subject.count - subject.index - 1;
    const about = left === 0 ? 'the last one' : `then you are asked about the next; ${left} more`;
    return [{ does: 'approve', label: 'Run this action', about }, stop];
  }
  const opens = draft === undefined ? 'opens it' : 'opens what you wrote';
  const edit: Choice = { does: 'edit', label: 'Edit…', about: `${opens} in $EDITOR; checked before it runs` };
  const revise: Choice = {
    does: 'revise',
    label: 'Send back with a note…',
    about: 'nothing runs; the model is told the note',
  };
  if (subject.kind === 'plan') {
    const approve: Choice = {
      does: 'approve',
      label: 'Approve and run',
      about: 'all of its actions, exactly this content',
    };
    const count = approval.plan ? actionsOf(approval.plan.body).length : 0;
    const step: Choice = {
      does: 'step',
      label: 'Approve, ask before each action',
      about: `you are asked ${count} times, and can stop at each`,
    };
    return [approve, ...(count > 1 ? [step] : []), edit, revise, reject];
  }
  return [
    { does: 'approve', label: 'Allow once', about: 'this call, with these arguments' },
    { does: 'always', label: 'Always in this session', about: `${agent} is not asked again by this rule` },
    edit,
    revise,
    reject,
  ];
}

/** The dialog after a key that names a choice, moves to one or takes it; undefined where the key means nothing here. */
export function dialogKey(
  dialog: Dialog,
  key: string,
): { readonly dialog: Dialog; readonly act: DialogAct } | undefined {
  const choices = choicesOf(dialog);
  const none = (next: Dialog) => ({ dialog: next, act: { kind: 'none' } as const });
  if (key === 'up' || key === 'down') {
    const step = key === 'up' ? choices.length - 1 : 1;
    return none({ ...dialog, selected: (dialog.selected + step) % choices.length });
  }
  const number = Number(key);
  const chosen = key === 'enter' ? choices[dialog.selected] : choices[number - 1];
  if (!chosen) return undefined;
  return take({ ...dialog, selected: choices.indexOf(chosen) }, chosen);
}

function take(dialog: Dialog, { does }: Choice): { readonly dialog: Dialog; readonly act: DialogAct } {
  switch (does) {
    case 'approve':
      return { dialog, act: { kind: 'decide', decision: { kind: 'approve' } } };
    case 'step':
      return { dialog, act: { kind: 'decide', decision: { kind: 'approve', step: true } } };
    case 'always':
      return { dialog, act: { kind: 'decide', decision: { kind: 'approve', always: true } } };
    case 'run-edited':
      return { dialog, act: { kind: 'decide', decision: { kind: 'edit', body: dialog.edited?.body ?? {} } } };
    case 'edit':
    case 'edit-again':
      return { dialog, act: { kind: 'edit' } };
    case 'back':
      return { dialog: openDialog(dialog.approval), act: { kind: 'none' } };
    case 'revise':
    case 'reject':
      return { dialog: { ...dialog, words: { of: does, editor: emptyEditor } }, act: { kind: 'none' } };
  }
}

/** The decision that the written words make; undefined where there have to be some. */
export function decisionOfWords({ words }: Dialog): Decision | undefined {
  if (!words) return undefined;
  const text = wholeText(words.editor).trim();
  if (words.of === 'reject') return { kind: 'reject', reason: text };
  return text === '' ? undefined : { kind: 'revise', comment: text };
}

import type { JsonObject } from '../core/json.ts';
import { type DialogAct, decisionOfWords, dialogKey, openDialog } from './approval.ts';
import type { ChatDesk } from './chat-desk.ts';
import { wholeText } from './editor.ts';
import type { Key } from './keys.ts';
import { differences } from './plan-card.ts';
import { typed } from './typed.ts';
import { editableText, readEdited } from './yaml-edit.ts';

/** A key while a question is on the screen. @param alone no other key came with it */
export function pressDialog(desk: ChatDesk, key: Key, alone: boolean): void {
  const { state, guarded } = desk;
  const { dialog } = state;
  if (!dialog) return;
  if (dialog.words) {
    pressWords(desk, key, alone);
    return;
  }
  // A key that came with others was typed for something else.
  if (!guarded.admits() || !alone) return;
  const name = nameOf(key);
  if (name === 'esc') {
    state.dialog = { ...dialog, aside: true };
  } else if (name === 'ctrl+o') {
    showWhole(desk);
  } else {
    const taken = dialogKey(dialog, name);
    if (taken) act(desk, taken);
  }
}

function nameOf(key: Key): string {
  if (key.kind === 'key') return key.name;
  return key.kind === 'text' ? key.text : '';
}

function act(desk: ChatDesk, taken: NonNullable<ReturnType<typeof dialogKey>>): void {
  const { state, controller } = desk;
  const did: DialogAct = taken.act;
  state.dialog = taken.dialog;
  if (did.kind === 'edit') void editApproval(desk);
  if (did.kind === 'decide') controller.decide(taken.dialog.approval.approval, did.decision);
}

function pressWords(desk: ChatDesk, key: Key, alone: boolean): void {
  const { state, controller, guarded } = desk;
  const { dialog } = state;
  if (!dialog?.words) return;
  const { words, ...back } = dialog;
  const name = key.kind === 'key' ? key.name : '';
  if (name === 'esc') {
    state.dialog = back;
    guarded.close();
  } else if (name === 'enter') {
    const decision = decisionOfWords(dialog);
    // An empty reason is a decision by a single key, so it must have been meant.
    const meant = alone || wholeText(words.editor).trim() !== '';
    if (decision && meant) controller.decide(dialog.approval.approval, decision);
  } else {
    state.dialog = { ...dialog, words: { ...words, editor: typed(words.editor, key) ?? words.editor } };
  }
}

function showWhole({ state, show }: ChatDesk): void {
  const { dialog } = state;
  const body = dialog && contentOf(dialog.approval);
  if (body) show({ kind: 'detail', title: 'In full', value: body });
}

function contentOf({ subject, plan }: NonNullable<ChatDesk['state']['dialog']>['approval']) {
  return subject.kind === 'plan' ? plan?.body : subject.args;
}

/** Lets the person change what is asked about. What comes of it is checked, and then asked about in its place. */
async function editApproval(desk: ChatDesk): Promise<void> {
  const { state, terminal, guarded, changed, note } = desk;
  const { dialog } = state;
  const body = dialog && contentOf(dialog.approval);
  if (!dialog || !body) return;
  const { subject } = dialog.approval;
  const title =
    subject.kind === 'plan' ? `Plan ${subject.planId}, version ${subject.version}.` : `Arguments of ${subject.tool}.`;
  const written = editableText(`${title}\nNothing runs before you have confirmed it.`, dialog.edited?.body ?? body);
  const text = await terminal.edit(written, 'approval.yaml');
  guarded.close();
  if (text === undefined) note('The editor gave nothing back; set $EDITOR.', 'bad');
  // Somebody else may have decided meanwhile.
  else if (state.dialog?.approval === dialog.approval) takeEdited(desk, text, body);
  changed();
}

function takeEdited({ state, note, show, controller }: ChatDesk, text: string, before: JsonObject): void {
  const { dialog } = state;
  if (!dialog) return;
  const { subject } = dialog.approval;
  const read = readEdited(text);
  if ('problem' in read) {
    note(`Not changed: ${read.problem}`, 'bad');
    return;
  }
  const problems = controller.check(subject.kind === 'plan' ? subject.specName : null, read.body);
  for (const { pointer, message, hint } of problems) {
    note(`${pointer || '/'}: ${message}${hint ? ` (${hint})` : ''}`, 'bad');
  }
  if (problems.length > 0) return;
  const changes = differences(before, read.body);
  if (changes.length === 0) {
    note('Nothing was changed.');
    return;
  }
  show({ kind: 'changes', changes });
  state.dialog = { ...openDialog(dialog.approval), edited: { body: read.body, changes } };
}

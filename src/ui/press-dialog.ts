import { type Dialog, type DialogAct, decisionOfWords, dialogKey, openDialog } from './approval.ts';
import type { ChatDesk } from './chat-desk.ts';
import { differences } from './differences.ts';
import { contentOf, editedApproval, editText } from './edit-approval.ts';
import { wholeText } from './editor.ts';
import type { Key } from './keys.ts';
import { typed } from './typed.ts';

/**
 * A key while a question is on the screen.
 * @param alone no other key came with it @returns false for one that was typed for something else
 */
export function pressDialog(desk: ChatDesk, key: Key, alone: boolean): boolean {
  const { dialog } = desk.state;
  if (!dialog) return false;
  if (dialog.words) pressWords(desk, key, alone);
  else {
    const admission = desk.guarded.admit();
    if (admission === 'ahead' || key.kind === 'paste') return false;
    const means = meaningOf(desk, dialog, key);
    // A key that came with others answers nothing.
    if (admission === 'early' || !alone) return means !== undefined;
    means?.();
  }
  return true;
}

/** What a key does to a question; undefined where it means nothing to it. */
function meaningOf(desk: ChatDesk, dialog: Dialog, key: Key): (() => void) | undefined {
  const name = nameOf(key);
  const look = Object.hasOwn(looks, name) ? looks[name] : undefined;
  if (look) return () => look(desk);
  const taken = dialogKey(dialog, name);
  return taken && (() => act(desk, taken));
}

function nameOf(key: Key): string {
  if (key.kind === 'key') return key.name;
  return key.kind === 'text' ? key.text : '';
}

/** Keys that decide nothing. */
const looks: Readonly<Record<string, (desk: ChatDesk) => void>> = {
  esc: ({ state }) => {
    if (state.dialog) state.dialog = { ...state.dialog, aside: true };
  },
  'ctrl+o': showWhole,
  d: showChanges,
  left: (desk) => turn(desk, -1),
  right: (desk) => turn(desk, 1),
};

/** To the approval that waits before or after this one. It has to be read before it can be answered. */
function turn({ state, guarded }: ChatDesk, way: -1 | 1): void {
  const { pending } = state.screen;
  const at = pending.findIndex(({ approval }) => approval === state.dialog?.approval.approval);
  const next = pending[(at + way + pending.length) % pending.length];
  if (!next || pending.length < 2) return;
  state.dialog = openDialog(next);
  guarded.close();
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
  const body = dialog && (dialog.edited?.body ?? contentOf(dialog.approval));
  if (body) show({ kind: 'detail', title: dialog.edited ? 'In full, as you changed it' : 'In full', value: body });
}

function showChanges({ state, show, note }: ChatDesk): void {
  const { plan, before } = state.dialog?.approval ?? {};
  const { edited } = state.dialog ?? {};
  if (edited) show({ kind: 'changes', changes: edited.changes });
  else if (!plan || !before) note('There is no version before this one.');
  else
    show({
      kind: 'changes',
      title: `plan ${plan.planId}: from version ${before.version} to version ${plan.version}`,
      changes: differences(before.body, plan.body),
    });
}

/** What is opened: what was written before and has mistakes, or what would run. */
function textOf({ draft, approval, edited }: Dialog): string | undefined {
  return draft ?? editText(approval, edited?.body);
}

/** Lets the person change what is asked about. What comes of it is checked, and then asked about in its place. */
async function editApproval(desk: ChatDesk): Promise<void> {
  const { state, terminal, guarded, changed, note, show, controller } = desk;
  const { dialog } = state;
  const text = dialog && textOf(dialog);
  if (!dialog || text === undefined) return;
  const written = await terminal.edit(text, 'approval.yaml');
  guarded.close();
  // Somebody else may have decided meanwhile.
  if (written !== undefined && state.dialog?.approval !== dialog.approval) return changed();
  const edited = editedApproval(controller, dialog.approval, written);
  if ('problems' in edited) {
    for (const problem of edited.problems) note(problem, edited.tone);
    if (written !== undefined && edited.tone === 'bad') state.dialog = { ...dialog, draft: written };
  } else {
    show({ kind: 'changes', changes: edited.changes });
    state.dialog = { ...openDialog(dialog.approval), edited };
  }
  changed();
}

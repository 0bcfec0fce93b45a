import type { Decision } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import { visible } from '../core/text.ts';
import { type Choice, choicesOf, openDialog } from './approval.ts';
import type { ChatController } from './controller.ts';
import { type Edited, editedApproval, editText } from './edit-approval.ts';
import type { ItemContent, PendingApproval, Tone } from './items.ts';

export interface PlainApprovalParts {
  readonly controller: ChatController;
  pending(): readonly PendingApproval[];
  say(text: string, tone?: Tone): void;
  show(item: ItemContent): void;
  /** Opens a text in the person's editor; undefined when it could not be opened. */
  edit(text: string, name: string): Promise<string | undefined>;
}

/** Approvals that are decided in words. */
export interface PlainApprovals {
  /** Says which answers there are. */
  ask(): void;
  /** Takes a line while something waits; false where nothing does. */
  answer(line: string): boolean;
}

export function plainApprovals({ controller, pending, say, show, edit }: PlainApprovalParts): PlainApprovals {
  /** What a person wrote in the place of what was asked, and has to confirm. */
  let edited: { readonly approval: string; readonly body: JsonObject } | undefined;
  /** What they wrote and cannot be used. */
  let draft: { readonly approval: string; readonly text: string } | undefined;
  const editedOf = ({ approval }: PendingApproval) => (edited?.approval === approval ? edited.body : undefined);
  const ask = () => {
    const [first] = pending();
    if (first) say(askedIn(first, editedOf(first) !== undefined));
  };
  const take = ({ approval }: PendingApproval, written: string | undefined, came: Edited) => {
    const failed = 'problems' in came && came.tone === 'bad';
    draft = written !== undefined && failed ? { approval, text: written } : undefined;
    if ('problems' in came) for (const problem of came.problems) say(problem, came.tone);
    else {
      show({ kind: 'changes', changes: came.changes });
      edited = { approval, body: came.body };
    }
  };
  const editFirst = async (first: PendingApproval) => {
    const text = draft?.approval === first.approval ? draft.text : editText(first, editedOf(first));
    if (text === undefined) return;
    const written = await edit(text, 'approval.yaml');
    take(first, written, editedApproval(controller, first, written));
    ask();
  };
  return {
    ask,
    answer: (line) => {
      const [first] = pending();
      if (!first) return false;
      const answer = answerOf(first, line, editedOf(first));
      if (answer === 'edit') void editFirst(first);
      else if (answer === 'back' || answer === undefined) {
        if (answer === 'back') edited = undefined;
        ask();
      } else controller.decide(first.approval, answer);
      return true;
    },
  };
}

type Answer = Decision | 'pause' | 'edit' | 'back';

/** What a line of words means; undefined where it means nothing here. */
function answerOf(first: PendingApproval, line: string, edited: JsonObject | undefined): Answer | undefined {
  const [word = '', ...rest] = line.split(/\s+/);
  if (edited)
    return { run: { kind: 'edit', body: edited } as const, edit: 'edit' as const, back: 'back' as const }[word];
  const can = choicesOf(openDialog(first)).find((choice) => said[choice.does] === word)?.does;
  if (word === 'later') return 'pause';
  return can && decisions[can]?.(rest.join(' '));
}

/** The word for each choice. */
const said: { readonly [K in Choice['does']]?: string } = {
  approve: 'approve',
  step: 'step',
  always: 'always',
  edit: 'edit',
  revise: 'revise',
  reject: 'reject',
};

const decisions: { readonly [K in Choice['does']]?: (words: string) => Answer | undefined } = {
  approve: () => ({ kind: 'approve' }),
  step: () => ({ kind: 'approve', step: true }),
  always: () => ({ kind: 'approve', always: true }),
  edit: () => 'edit',
  revise: (words) => (words === '' ? undefined : { kind: 'revise', comment: words }),
  reject: (words) => ({ kind: 'reject', reason: words }),
};

/** How the choices are told, where a word alone does not tell them. */
const told: { readonly [K in Choice['does']]?: string } = {
  step: 'step, to be asked before each action',
  revise: 'revise and what to change',
  reject: 'reject and why',
};

/** The answers that there are, in words. */
function askedIn(first: PendingApproval, edited: boolean): string {
  if (edited) return 'Type one of: run, which runs what you wrote; edit; back.';
  const words = choicesOf(openDialog(first)).flatMap(({ does }) => told[does] ?? said[does] ?? []);
  return visible(`Type one of: ${[...words, 'later'].join('; ')}.`);
}

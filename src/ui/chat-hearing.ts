import type { Event } from '../core/event.ts';
import { openDialog } from './approval.ts';
import type { Changes } from './changes.ts';
import type { ChatDesk } from './chat-desk.ts';
import type { Conversation } from './conversation.ts';
import { entered } from './entered.ts';
import type { Guard } from './guard.ts';
import type { LiveView } from './live.ts';
import { reduce } from './state.ts';
import { knowSubject } from './subject.ts';

/** What the parts of a chat share. */
export interface ChatParts extends Pick<ChatDesk, 'state' | 'controller' | 'terminal' | 'guarded'> {
  readonly guarded: Guard;
  readonly changes: Changes<LiveView>;
}

interface Told {
  readonly desk: ChatDesk;
  readonly conversation: Conversation;
  /** What can be mentioned is looked up again. */
  forget(): void;
}

/** Takes in what the controller tells. @returns how to stop it */
export function hearing(parts: ChatParts, { desk, forget, conversation }: Told): () => void {
  const { controller, changes } = parts;
  return controller.subscribe({
    event: (event) => {
      hear(parts, event);
      // Tables may have come and plans been stored.
      if (event.type === 'run.finished' || event.type === 'plan.stored') forget();
    },
    delta: changes.delta,
    moving: conversation.moving,
    moved: (end) => {
      forget();
      if (end === 'arrived') enter(parts);
      conversation.moved(end);
      changes.changed();
    },
    told: (text, tone) => {
      desk.note(text, tone);
      changes.changed();
    },
  });
}

function hear(parts: ChatParts, event: Event): void {
  const { state, controller, changes } = parts;
  changes.applyDeltas();
  if (event.type === 'approval.requested') state.screen = knowSubject(controller, state.screen, event.data.subject);
  state.screen = reduce(state.screen, event);
  followApprovals(parts);
  changes.changedSoon();
}

/** The chat is in another conversation now. */
function enter(parts: ChatParts): void {
  const { state, controller } = parts;
  // What was said of approvals was said in another conversation.
  controller.setMode('ask');
  state.screen = entered(controller, state.screen.done);
  state.history = { prompts: controller.history.read(), at: undefined, draft: '' };
  followApprovals(parts);
}

/** An approval that waits is the question on the screen: the one that is there, else the first. */
export function followApprovals({ state, guarded }: ChatParts): void {
  const { pending } = state.screen;
  if (pending.some(({ approval }) => approval === state.dialog?.approval.approval)) return;
  const [first] = pending;
  state.dialog = first && openDialog(first);
  if (first) guarded.close();
}

import type { Dialog } from './approval.ts';
import type { Chat } from './chat.ts';
import type { ChatParts } from './chat-hearing.ts';
import type { ChatState } from './chat-state.ts';
import type { ChatController } from './controller.ts';
import { commandTable } from './key-table.ts';
import type { LiveView } from './live.ts';
import { questionOf } from './question-lines.ts';

export const commandList = Object.entries(commandTable).map(([name, about]) => ({ text: `/${name}`, about }));

/** How the chat is seen. */
export function viewing({
  state,
  controller,
  terminal,
  guarded,
  changes,
}: ChatParts): Pick<Chat, 'subscribe' | 'view' | 'screen' | 'drawn' | 'below' | 'hide' | 'resize'> {
  let told: string | undefined;
  /** Once for each question. */
  const tell = (dialog: Dialog) => {
    const { approval } = dialog.approval;
    if (told === approval) return;
    told = approval;
    terminal.notify(`${controller.facts.workspace}: ${questionOf(dialog)}`);
  };
  return {
    subscribe: changes.subscribe,
    view: changes.view,
    screen: () => state.screen,
    drawn: () => {
      const { dialog, hidden } = changes.view();
      if (!dialog || dialog.aside || hidden || state.dialog !== dialog) return;
      guarded.drawn();
      tell(dialog);
    },
    below: () => {
      if (state.dialog && !state.dialog.aside) tell(state.dialog);
    },
    hide: (hidden) => {
      state.hidden = hidden ? (state.hidden ?? { done: state.screen.done }) : undefined;
      guarded.close();
      changes.changed();
    },
    resize: changes.changed,
  };
}

/** What the chat shows now. */
export function viewOf(state: ChatState, { facts, mode }: ChatController, now: number): LiveView {
  const { editor, queue, dialog, menu, palette, theme, busy, moving, stopping, notice, hidden, search, history } =
    state;
  const found = search?.at === undefined ? undefined : history.prompts[search.at];
  const searching = search && { query: search.query, found };
  const screen = hidden ? { ...state.screen, done: hidden.done } : state.screen;
  const shown = { facts, mode, screen, editor, queue, dialog, menu, palette, theme, busy, moving, stopping, notice };
  return { ...shown, commands: commandList, hidden: hidden !== undefined, search: searching, now };
}

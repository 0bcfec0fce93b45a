import type { ChatTerminal } from './chat-desk.ts';
import type { ChatState } from './chat-state.ts';
import { emptyEditor } from './editor.ts';
import { noted } from './undo.ts';

/** What Ctrl+C does: the first one clears or stops, the next one leaves. */
export function interrupted(state: ChatState, { stop, leave }: { stop(): void } & Pick<ChatTerminal, 'leave'>): void {
  const { dialog } = state;
  if (dialog?.words) {
    const { words: _dropped, ...back } = dialog;
    state.dialog = back;
  } else if (state.palette) state.palette = undefined;
  else if (state.search) state.search = undefined;
  else if (state.editor.text !== '') {
    state.editor = noted(state.editor, emptyEditor);
    state.menu = undefined;
  } else if (state.busy && state.stopping) leave({ force: true });
  else if (state.busy) stop();
  else if (state.leaving) leave({ force: false });
  else {
    state.leaving = true;
    state.notice = 'ctrl+c again to quit';
  }
}

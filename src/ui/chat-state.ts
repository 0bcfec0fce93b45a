import type { Dialog } from './approval.ts';
import type { Menu } from './complete.ts';
import { type Editor, emptyEditor, withText } from './editor.ts';
import type { History } from './history.ts';
import type { Screen } from './state.ts';

/** The parts of a chat that change. Only the chat itself changes them. */
export interface ChatState {
  screen: Screen;
  editor: Editor;
  queue: readonly string[];
  dialog: Dialog | undefined;
  menu: Menu | undefined;
  search: { readonly query: string; readonly at: number | undefined } | undefined;
  history: History;
  notice: string | undefined;
  busy: boolean;
  stopping: boolean;
  /** Nothing is drawn while the terminal is somebody else's: what was finished before stays as it is. */
  hidden: { readonly done: Screen['done'] } | undefined;
  /** Whether the person has asked to leave, and the next Ctrl+C does it. */
  leaving: boolean;
  /** The chat is over as soon as the run is. */
  quitting: boolean;
}

export function newState(draft: string, prompts: readonly string[], screen: Screen): ChatState {
  return {
    screen,
    editor: withText(draft, emptyEditor),
    queue: [],
    dialog: undefined,
    menu: undefined,
    search: undefined,
    history: { prompts, at: undefined, draft: '' },
    notice: undefined,
    busy: false,
    stopping: false,
    hidden: undefined,
    leaving: false,
    quitting: false,
  };
}

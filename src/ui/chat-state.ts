import type { Dialog } from './approval.ts';
import type { Menu } from './complete.ts';
import { type Editor, emptyEditor, withText } from './editor.ts';
import type { History } from './history.ts';
import type { ThemeName } from './paint.ts';
import type { Palette } from './palette.ts';
import type { Screen } from './state.ts';

export type Armed = 'auto' | 'rewind';

/** The parts of a chat that change. Only the chat itself changes them. */
export interface ChatState {
  screen: Screen;
  editor: Editor;
  queue: readonly string[];
  dialog: Dialog | undefined;
  menu: Menu | undefined;
  search: { readonly query: string; readonly at: number | undefined } | undefined;
  palette: Palette | undefined;
  history: History;
  notice: string | undefined;
  /** What the last key has prepared: the same key once more does it. */
  armed: Armed | undefined;
  theme: ThemeName;
  busy: boolean;
  /** Where the chat is going, in words; prompts wait meanwhile. */
  moving: string | undefined;
  stopping: boolean;
  /** Nothing is drawn while the terminal is somebody else's: what was finished before stays as it is. */
  hidden: { readonly done: Screen['done'] } | undefined;
  /** Whether the person has asked to leave, and the next Ctrl+C does it. */
  leaving: boolean;
  /** The chat is over as soon as the run is. */
  quitting: boolean;
}

export function newState(draft: string, prompts: readonly string[], screen: Screen, theme: ThemeName): ChatState {
  return {
    screen,
    editor: withText(draft, emptyEditor),
    queue: [],
    dialog: undefined,
    menu: undefined,
    search: undefined,
    palette: undefined,
    history: { prompts, at: undefined, draft: '' },
    notice: undefined,
    armed: undefined,
    theme,
    busy: false,
    moving: undefined,
    stopping: false,
    hidden: undefined,
    leaving: false,
    quitting: false,
  };
}

import type { ChatState } from './chat-state.ts';
import type { Completion } from './complete.ts';
import type { ChatController, Mention } from './controller.ts';
import type { Guard } from './guard.ts';
import type { ItemContent, Tone } from './items.ts';
import type { OpenPage } from './page.ts';
import type { ThemeName } from './paint.ts';

/** What the chat asks of the terminal. */
export interface ChatTerminal {
  /** Opens a text in the person's editor; undefined when it could not be opened. */
  edit(text: string, name: string): Promise<string | undefined>;
  /** The colours at first. */
  readonly theme: ThemeName;
  suspend(): void;
  redraw(): void;
  /** Tells the person, who may look elsewhere, that they are needed or that a long run is over. */
  notify(text: string): void;
  /** Opens a page over the chat. */
  page(opening: OpenPage): void;
  /** Whether a page lies over the chat, or is on its way: keys are for it. */
  covered(): boolean;
  /** Puts a text into the terminal's clipboard. */
  copy(text: string): void;
  /** The chat is over. @param error what ended it */
  leave(how: { readonly force: boolean; readonly error?: unknown }): void;
}

/** What the parts of a chat that handle keys work with. */
export interface ChatDesk {
  readonly state: ChatState;
  readonly controller: ChatController;
  readonly terminal: ChatTerminal;
  readonly guarded: Guard;
  /** The slash commands. */
  readonly commands: readonly Completion[];
  mentions(): readonly Mention[];
  /** Shows what has changed. */
  changed(): void;
  show(item: ItemContent): void;
  note(text: string, tone?: Tone): void;
  /** Runs a line that begins with a slash. @param typed by the person, who sees it in the conversation then */
  command(line: string, typed?: boolean): void;
  /** Sends what stands in the editor, or queues it. */
  submit(): void;
  /** Brings an approval that was put aside back. */
  reopen(): void;
  /** Takes the newest of the queued prompts back into the editor. */
  takeBack(): void;
  stop(): void;
  interrupt(): void;
  quit(): void;
}

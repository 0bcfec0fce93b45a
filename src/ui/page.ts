import type { ChatController } from './controller.ts';
import type { Tone } from './items.ts';
import type { KeyHelp } from './key-table.ts';
import type { Key } from './keys.ts';
import type { Look } from './paint.ts';
import type { Screen } from './state.ts';

/**
 * A view that takes the whole terminal, such as the list of runs. It lies over the chat in the terminal's alternate
 * screen; the chat goes on below it.
 */
export interface Page {
  /** What the page is, in a word or two: `runs`. */
  readonly title: string;
  /** What stands at the right end of the first line. */
  about?(): string;
  /** The keys that mean something here. The first ones stand in the last line, all of them in the page's help. */
  readonly keys: readonly KeyHelp[];
  /** The keys of the last line instead: while letters go into words, or keys are for a part of the page. */
  typing?(): readonly KeyHelp[] | undefined;
  /** At most `rows` lines of at most `look.width` columns. */
  lines(look: Look, rows: number): readonly string[];
  /** @returns false for a key that means nothing here: Escape and q go back, `?` shows the keys, Ctrl+C leaves */
  press(key: Key): boolean;
  /** What Escape does now, where it does not go back. Such a page takes `?` as a character like any other. */
  escape?(): string | undefined;
  /** The page is not shown any more. */
  close?(): void;
}

/** What a page may use of the chat and of the terminal. */
export interface PageDesk {
  readonly controller: ChatController;
  /** What the chat shows now; the page is told of changes by being drawn again. */
  screen(): Screen;
  /** Draws the page again. */
  changed(): void;
  /** Opens another page above this one. */
  open(opening: OpenPage): void;
  /** Back to what was open before. */
  back(): void;
  /** Back to the chat; with a text, it is put into its editor; without, a question that was put aside stands again. */
  toChat(text?: string): void;
  /** Back to the chat, where a slash command is then run. */
  command(line: string): void;
  /** Says something in the last line, until the next key. */
  say(text: string, tone?: Tone): void;
  /** Opens a text in the person's editor; undefined when it could not be opened. */
  edit(text: string, name: string): Promise<string | undefined>;
  /** Opens a file in the person's editor; false when it could not be opened. @param line from 1 */
  editFile(file: string, line: number): Promise<boolean>;
  /** Puts a text into the terminal's clipboard. */
  copy(text: string): void;
}

export type OpenPage = (desk: PageDesk) => Page | Promise<Page>;

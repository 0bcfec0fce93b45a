import type { ChatController } from './controller.ts';
import { helpPage } from './help-page.ts';
import type { Tone } from './items.ts';
import type { Key } from './keys.ts';
import type { OpenPage, Page, PageDesk } from './page.ts';
import { pageLines } from './page-frame.ts';
import type { Look } from './paint.ts';
import type { Screen } from './state.ts';

/** The pages that lie over the chat, the newest on top. */
export interface Pages {
  open(opening: OpenPage): void;
  press(keys: readonly Key[]): void;
  /** Something that the pages show has changed. */
  changed(): void;
  subscribe(changed: () => void): () => void;
  /** Another number after each change. */
  version(): number;
  lines(look: Look, rows: number): readonly string[];
  close(): void;
}

export interface PagesParts extends Pick<PageDesk, 'edit' | 'editFile' | 'copy' | 'command' | 'toChat'> {
  readonly controller: ChatController;
  screen(): Screen;
  /** A page could not be opened, and none is. */
  failed(message: string): void;
  /** The first page has come, or the last one has gone. */
  shown(open: boolean): void;
  suspend(): void;
  redraw(): void;
}

interface Said {
  readonly text: string;
  readonly tone: Tone;
}

interface Stack {
  readonly pages: Page[];
  said: Said | undefined;
  version: number;
  readonly listeners: Set<() => void>;
}

export function openPages(parts: PagesParts): Pages {
  const stack: Stack = { pages: [], said: undefined, version: 0, listeners: new Set() };
  const desk = deskOf(stack, parts);
  return {
    open: desk.open,
    press: (keys) => {
      for (const key of keys) press(stack, desk, parts, key);
      desk.changed();
    },
    changed: desk.changed,
    subscribe: (listener) => {
      stack.listeners.add(listener);
      return () => stack.listeners.delete(listener);
    },
    version: () => stack.version,
    lines: (look, rows) => {
      const page = stack.pages.at(-1);
      const waiting = parts.screen().pending.length;
      return page ? pageLines({ page, depth: stack.pages.length, said: stack.said, waiting }, look, rows) : [];
    },
    close: () => leave(stack, desk),
  };
}

function deskOf(stack: Stack, parts: PagesParts): PageDesk {
  const { pages } = stack;
  const desk: PageDesk = {
    controller: parts.controller,
    screen: parts.screen,
    changed: () => {
      stack.version += 1;
      for (const listener of stack.listeners) listener();
    },
    open: (opening) => {
      const opened = (page: Page) => {
        pages.push(page);
        if (pages.length === 1) parts.shown(true);
        desk.changed();
      };
      Promise.resolve()
        .then(() => opening(desk))
        .then(opened, (error) => failed(error));
    },
    back: () => {
      pages.pop()?.close?.();
      if (pages.length === 0) parts.shown(false);
      desk.changed();
    },
    toChat: (text) => {
      leave(stack, desk);
      parts.toChat(text);
    },
    command: (line) => {
      leave(stack, desk);
      parts.command(line);
    },
    say: (text, tone = 'plain') => {
      stack.said = { text, tone };
      desk.changed();
    },
    edit: parts.edit,
    editFile: parts.editFile,
    copy: parts.copy,
  };
  const failed = (error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    if (pages.length > 0) desk.say(text, 'bad');
    else parts.failed(text);
  };
  return desk;
}

function leave({ pages }: Stack, desk: PageDesk): void {
  while (pages.length > 0) desk.back();
}

function press(stack: Stack, desk: PageDesk, parts: PagesParts, key: Key): void {
  const page = stack.pages.at(-1);
  if (!page) return;
  const name = key.kind === 'key' ? key.name : key.text;
  stack.said = undefined;
  if (name === 'ctrl+z') parts.suspend();
  else if (name === 'ctrl+l') parts.redraw();
  else if (!page.press(key)) pressCommon(stack, desk, page, name);
}

/** Keys that mean the same on every page that has no other use for them. */
function pressCommon(stack: Stack, desk: PageDesk, page: Page, name: string): void {
  if (name === 'esc' || name === 'q') desk.back();
  else if (name === 'ctrl+c' || name === 'ctrl+d') leave(stack, desk);
  else if (name === '?') desk.open(() => helpPage(page));
}

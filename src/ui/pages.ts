import { messageOf } from '../core/errors.ts';
import type { ChatController } from './controller.ts';
import { faultWords } from './fault-words.ts';
import { helpPage } from './help-page.ts';
import type { Tone } from './items.ts';
import type { Key } from './keys.ts';
import { safeLine } from './lines.ts';
import type { OpenPage, Page, PageDesk } from './page.ts';
import { pageLines } from './page-frame.ts';
import type { Look } from './paint.ts';
import type { Screen } from './state.ts';

/** The pages that lie over the chat, the newest on top. */
export interface Pages {
  open(opening: OpenPage): void;
  /** Whether there is a page, or one on its way. */
  at(): 'none' | 'coming' | 'open';
  /** @returns the keys that come after one that has opened a page, or has closed the last one: they are not for this */
  press(keys: readonly Key[]): readonly Key[];
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
  /** A page that was on its way is there, or will never be. */
  came(there: boolean): void;
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
  /** Those that are on their way. */
  readonly coming: Set<OpenPage>;
  said: Said | undefined;
  version: number;
  readonly listeners: Set<() => void>;
}

export function openPages(parts: PagesParts): Pages {
  const stack: Stack = { pages: [], coming: new Set(), said: undefined, version: 0, listeners: new Set() };
  const desk = deskOf(stack, parts);
  return {
    open: desk.open,
    at: () => placeOf(stack),
    press: (read) => {
      const keys = read.flatMap(apart);
      let taken = 0;
      for (const key of keys) {
        taken += 1;
        press(stack, desk, parts, key);
        if (placeOf(stack) !== 'open') break;
      }
      desk.changed();
      return keys.slice(taken);
    },
    changed: desk.changed,
    subscribe: (listener) => {
      stack.listeners.add(listener);
      return () => stack.listeners.delete(listener);
    },
    version: () => stack.version,
    lines: (look, rows) => {
      const page = stack.pages.at(-1);
      if (!page) return [];
      const view = { depth: stack.pages.length, said: stack.said, waiting: parts.screen().pending.length };
      try {
        return pageLines({ ...view, page }, look, rows);
      } catch (thrown) {
        return pageLines({ ...view, page: broken(page, thrown) }, look, rows);
      }
    },
    close: () => leave(stack, desk, parts),
  };
}

/** Nobody types more characters than this at once. */
const mostAtOnce = 64;

/** Characters that were typed fast are a key each. */
function apart(key: Key): readonly Key[] {
  if (key.kind !== 'text' || key.text.length > mostAtOnce) return [key];
  return [...key.text].map((text) => ({ kind: 'text', text }));
}

function placeOf({ pages, coming }: Stack): ReturnType<Pages['at']> {
  if (coming.size > 0) return 'coming';
  return pages.length > 0 ? 'open' : 'none';
}

function deskOf(stack: Stack, parts: PagesParts): PageDesk {
  const { pages, coming } = stack;
  const desk: PageDesk = {
    controller: parts.controller,
    screen: parts.screen,
    changed: () => {
      stack.version += 1;
      for (const listener of stack.listeners) listener();
    },
    open: (opening) => {
      coming.add(opening);
      Promise.resolve()
        .then(() => opening(desk))
        .then(
          (page) => opened(opening, page),
          (error) => failed(opening, error),
        );
    },
    back: () => {
      pages.pop()?.close?.();
      if (pages.length === 0) parts.shown(false);
      desk.changed();
    },
    toChat: (text) => {
      leave(stack, desk, parts);
      parts.toChat(text);
    },
    command: (line) => {
      leave(stack, desk, parts);
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
  const opened = (opening: OpenPage, page: Page) => {
    // Whoever has left meanwhile does not want it any more.
    if (!coming.delete(opening)) return page.close?.();
    pages.push(page);
    if (pages.length === 1) parts.shown(true);
    desk.changed();
    parts.came(true);
  };
  const failed = (opening: OpenPage, error: unknown) => {
    if (!coming.delete(opening)) return;
    const words = faultWords(error).join('; ');
    if (pages.length > 0) desk.say(words, 'bad');
    else parts.failed(words);
    parts.came(false);
  };
  return desk;
}

function leave({ pages, coming }: Stack, desk: PageDesk, parts: PagesParts): void {
  if (coming.size > 0) {
    coming.clear();
    parts.came(false);
  }
  while (pages.length > 0) desk.back();
}

function press(stack: Stack, desk: PageDesk, parts: PagesParts, key: Key): void {
  const page = stack.pages.at(-1);
  if (!page) return;
  const name = key.kind === 'key' ? key.name : key.text;
  stack.said = undefined;
  if (name === 'ctrl+z') parts.suspend();
  else if (name === 'ctrl+l') parts.redraw();
  else if (!taken(desk, page, key)) pressCommon({ stack, desk, parts }, page, name);
}

/** Whether a key means something on a page. A fault of the page leaves the chat below it alone. */
function taken(desk: PageDesk, page: Page, key: Key): boolean {
  try {
    return page.press(key);
  } catch (thrown) {
    desk.say(messageOf(thrown), 'bad');
    return false;
  }
}

/** What is shown of a page that cannot be drawn. */
function broken({ title }: Page, thrown: unknown): Page {
  const lines: Page['lines'] = ({ theme, width }) => ['', ` ${theme.red(safeLine(messageOf(thrown), width - 2))}`];
  return { title, keys: [], lines, press: () => false };
}

/** Keys that mean the same on every page that has no other use for them. */
function pressCommon(
  { stack, desk, parts }: { readonly stack: Stack; readonly desk: PageDesk; readonly parts: PagesParts },
  page: Page,
  name: string,
): void {
  if (name === 'esc' || name === 'q') desk.back();
  else if (name === 'ctrl+c' || name === 'ctrl+d') leave(stack, desk, parts);
  else if (name === '?') desk.open(() => helpPage(page));
}

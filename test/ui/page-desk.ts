import { chatFacts } from '../../src/commands/chat/facts.ts';
import { chatViews } from '../../src/commands/chat/views.ts';
import type { App } from '../../src/config/app.ts';
import type { Runtime } from '../../src/runtime/build.ts';
import { revokeGrant } from '../../src/runtime/revoke.ts';
import type { ChatController, ChatListener, Move } from '../../src/ui/controller.ts';
import type { Key } from '../../src/ui/keys.ts';
import type { Page, PageDesk } from '../../src/ui/page.ts';
import { type Look, theme } from '../../src/ui/paint.ts';
import { blank, type Screen } from '../../src/ui/state.ts';

/** A look without colours: what it shows has to be told by characters. */
export function bare(width: number): Look {
  return { width, theme: { ...theme(false), caret: (text) => text }, plain: false };
}

/** A key by its name, or a text that is typed. */
export function key(name: string): Key {
  return name.length === 1 ? { kind: 'text', text: name } : { kind: 'key', name };
}

export interface DeskLog {
  /** Slash commands, texts for the editor, what was copied and said, in order. */
  readonly did: string[];
  readonly moves: Move[];
  readonly listeners: Set<ChatListener>;
  /** The pages that lie above each other, the newest last. */
  readonly pages: Page[];
  /** Resolves when a page that is being opened has come. */
  opened(): Promise<Page>;
  screen: Screen;
}

/** A desk over a real runtime, whose pages are the stack that a terminal would show. */
export function pageDesk(app: App, runtime: Runtime): { readonly desk: PageDesk; readonly log: DeskLog } {
  const listeners = new Set<ChatListener>();
  const opening: Promise<Page>[] = [];
  const pages: Page[] = [];
  const log: DeskLog = {
    did: [],
    moves: [],
    listeners,
    pages,
    opened: async () => {
      await Promise.all(opening);
      const page = pages.at(-1);
      if (!page) throw new Error('no page is open');
      return page;
    },
    screen: blank,
  };
  const views = chatViews(() => ({ app, runtime }));
  const controller = {
    facts: chatFacts({ app, agent: app.entry, runtime, forkedFrom: undefined, draft: '', scripted: true }),
    records: runtime.store,
    subscribe: (listener: ChatListener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    move: async (to: Move) => void log.moves.push(to),
    ...views,
    revoke: (approval: { approval: string; runId: string }) => revokeGrant(runtime.store, approval),
  } as unknown as ChatController;
  const desk: PageDesk = {
    controller,
    screen: () => log.screen,
    changed: () => undefined,
    open: (open) => {
      opening.push(
        Promise.resolve()
          .then(() => open(desk))
          .then((page) => {
            pages.push(page);
            return page;
          }),
      );
    },
    back: () => void pages.pop()?.close?.(),
    toChat: (text) => void log.did.push(text === undefined ? 'chat' : `write ${text}`),
    command: (line) => void log.did.push(line),
    say: (text) => void log.did.push(`say ${text}`),
    edit: async () => undefined,
    editFile: async () => false,
    copy: (text) => void log.did.push(`copy ${text}`),
  };
  return { desk, log };
}

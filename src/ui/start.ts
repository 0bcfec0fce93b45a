import { type Chat, openChat } from './chat.ts';
import type { ChatController, RunEnd } from './controller.ts';
import { editFile } from './edit-file.ts';
import { type FrameStream, frameStream } from './frame-stream.ts';
import type { LiveView } from './live.ts';
import { type Ink, loadInk } from './load-ink.ts';
import { openPages, type Pages } from './pages.ts';
import { type Theme, type ThemeName, theme } from './paint.ts';
import { editText, openTty, stopProcess, type Tty } from './terminal.ts';
import { type Notify, notifyCode } from './terminal-codes.ts';

export interface ChatLook {
  readonly theme: ThemeName;
  /** How the terminal tells that a decision is needed, or that a long run is over. */
  readonly notify: Notify;
  /** Whether the terminal's title says what the chat is doing. */
  readonly title: boolean;
  /** What is wrong with the person's settings. */
  readonly warning?: string;
}

interface Leaving {
  readonly force: boolean;
  readonly error?: unknown;
}

/** Everything that shares the terminal. */
interface Stage {
  readonly chat: Chat;
  readonly pages: Pages;
  readonly tty: Tty;
  readonly frames: FrameStream;
  /** Resolves when what the chat shows now has reached the terminal, or will not change any more. */
  settled(): Promise<void>;
  /** How the person leaves. */
  readonly left: Promise<Leaving>;
  leave(how: Leaving): void;
  /** The terminal has another size. */
  resized(): void;
}

/**
 * Runs a chat in the terminal of this process until the person leaves it. The terminal is as it was before when this
 * returns, and also when the process exits.
 * @returns how the last run ended; undefined where there was none; `forced` when nothing is to be waited for
 * @throws whatever ended the chat
 */
export async function startChat(controller: ChatController, look: ChatLook): Promise<RunEnd | 'forced' | undefined> {
  const ink = await loadInk();
  const stage = openStage(controller, look, ink);
  const { chat, pages, tty, frames } = stage;
  const unhear = hearSignals(stage);
  tty.claim();
  const drawing = ink.drawChat({ chat, frames });
  if (look.warning !== undefined) chat.note(look.warning, 'warn');
  try {
    const how = await stage.left;
    pages.close();
    chat.hide(true);
    if (!how.force) await stage.settled();
    if (how.error !== undefined) throw how.error;
    return how.force ? 'forced' : chat.lastEnd();
  } finally {
    drawing.unmount();
    chat.close();
    tty.close();
    unhear();
  }
}

function openStage(controller: ChatController, look: ChatLook, ink: Ink): Stage {
  const { stdout } = process;
  const { drawn, settled } = settling();
  const frames = frameStream(stdout, process.env.XTERM_VERSION === undefined, () => {
    chat.drawn();
    drawn();
  });
  const overlay = pageDrawing(
    ink,
    () => theme(chat.view().theme),
    () => ({ pages, tty }),
  );
  const lend = <T>(work: () => Promise<T>): Promise<T> => lendTerminal({ chat, tty, overlay, settled }, work);
  const redraw = async () => {
    if (overlay.again()) return;
    chat.hide(true);
    await settled();
    stdout.write('\u001b[2J\u001b[H\n');
    chat.hide(false);
  };
  let leave: Stage['leave'] = () => undefined;
  const left = new Promise<Leaving>((resolve) => {
    leave = resolve;
  });
  const terminal = {
    edit: (text: string, name: string) => lend(() => editText(text, name)),
    editFile: (file: string, line: number) => lend(() => editFile(file, line)),
    suspend: () => void lend(stopProcess),
    redraw: () => void redraw(),
    copy: (text: string) => tty.copy(text),
  };
  const chat: Chat = openChat(controller, {
    ...terminal,
    theme: look.theme,
    notify: (text) => {
      stdout.write(notifyCode(look.notify, text, process.env));
    },
    page: (opening) => pages.open(opening),
    leave,
  });
  const pages: Pages = openPages({
    ...terminal,
    controller,
    screen: chat.screen,
    command: (line) => chat.command(line),
    toChat: (text) => chat.turnTo(text),
    failed: (message) => chat.note(message, 'bad'),
    shown: (open) => void showPages({ chat, tty, overlay, frames, settled }, open),
  });
  // Pages show the conversation too.
  chat.subscribe(pages.changed);
  if (look.title) chat.subscribe(() => tty.title(titleOf(chat.view())));
  const tty = openTty(
    (keys) => (overlay.open() ? pages : chat).press(keys),
    () => leave({ force: true }),
  );
  const resized = () => {
    if (!overlay.again()) {
      frames.resized();
      queueMicrotask(chat.resize);
    }
  };
  return { chat, pages, tty, frames, settled, left, leave, resized };
}

/** Waits for the next frame, or until it is clear that none comes. */
function settling(): Pick<Stage, 'settled'> & { drawn(): void } {
  const awaited: (() => void)[] = [];
  return {
    drawn: () => {
      for (const waiting of awaited.splice(0)) waiting();
    },
    settled: () =>
      new Promise<void>((resolve) => {
        awaited.push(resolve);
        setTimeout(resolve, 100);
      }),
  };
}

/** What the terminal's title says. */
function titleOf({ facts, dialog, busy }: LiveView): string {
  const doing = dialog ? ' · needs you' : busy ? ' · working' : '';
  return `${facts.app}/${facts.workspace}${doing}`;
}

/** What is drawn over the chat. */
interface Overlay {
  /** Whether keys are for a page. */
  open(): boolean;
  show(): void;
  hide(): void;
  /** Draws the page anew. @returns false where there is none */
  again(): boolean;
}

function pageDrawing(
  ink: Ink,
  paints: () => Theme,
  stage: () => { readonly pages: Pages; readonly tty: Tty },
): Overlay {
  let drawing: ReturnType<Ink['drawPages']> | undefined;
  const overlay: Overlay = {
    open: () => drawing !== undefined,
    show: () => {
      stage().tty.alternate(true);
      drawing = ink.drawPages(stage().pages, paints());
    },
    hide: () => {
      drawing?.unmount();
      drawing = undefined;
      stage().tty.alternate(false);
    },
    again: () => {
      if (!drawing) return false;
      drawing.unmount();
      process.stdout.write('\u001b[2J\u001b[H');
      drawing = ink.drawPages(stage().pages, paints());
      return true;
    },
  };
  return overlay;
}

interface Sharing extends Pick<Stage, 'chat' | 'tty' | 'settled'> {
  readonly overlay: Overlay;
}

async function showPages({ chat, overlay, frames, settled }: Sharing & Pick<Stage, 'frames'>, open: boolean) {
  if (open) {
    chat.hide(true);
    await settled();
    overlay.show();
  } else {
    overlay.hide();
    frames.resized();
    chat.hide(false);
  }
}

/** Gives the terminal to somebody else for a while. */
async function lendTerminal<T>({ chat, tty, overlay, settled }: Sharing, work: () => Promise<T>): Promise<T> {
  const over = overlay.open();
  if (!over) {
    chat.hide(true);
    await settled();
  }
  overlay.hide();
  tty.release();
  try {
    return await work();
  } finally {
    tty.claim();
    if (over) overlay.show();
    else chat.hide(false);
  }
}

function hearSignals({ chat, leave, resized }: Stage): () => void {
  let told = 0;
  const terminate = () => {
    told += 1;
    if (told === 1) chat.quit();
    else leave({ force: true });
  };
  const signals: readonly (readonly [NodeJS.Signals, () => void])[] = [
    ['SIGINT', () => chat.interrupt()],
    ['SIGTERM', terminate],
    ['SIGHUP', terminate],
  ];
  for (const [signal, handle] of signals) process.on(signal, handle);
  process.stdout.on('resize', resized);
  return () => {
    process.stdout.off('resize', resized);
    for (const [signal, handle] of signals) process.off(signal, handle);
  };
}

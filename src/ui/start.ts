import { type Chat, openChat } from './chat.ts';
import type { ChatController, RunEnd } from './controller.ts';
import { type FrameStream, frameStream } from './frame-stream.ts';
import { keyTurns } from './key-turns.ts';
import type { LiveView } from './live.ts';
import { type Ink, loadInk } from './load-ink.ts';
import { pageDrawing } from './overlay.ts';
import { openPages, type Pages } from './pages.ts';
import { type ThemeName, theme } from './paint.ts';
import { type Sharing, terminalFor } from './shared-terminal.ts';
import { openTty, type Tty } from './terminal.ts';
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
  /** Resolves when somebody else, who has the terminal now, has given it back; undefined where nobody has. */
  lent(): Promise<unknown> | undefined;
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
    if (!how.force) await stage.lent();
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
  const { drawn, settled } = settling(() => frames.written());
  const frames = frameStream(stdout, (frame) => {
    chat.drawn();
    drawn(frame);
  });
  const overlay = pageDrawing(
    ink,
    () => theme(chat.view().theme),
    () => ({ pages, tty }),
    () => {
      chat.below();
      turns.came(true);
    },
  );
  const { lent, ...terminal } = terminalFor(() => ({ chat, tty, overlay, settled }));
  let leave: Stage['leave'] = () => undefined;
  const left = new Promise<Leaving>((resolve) => {
    leave = resolve;
  });
  const chat: Chat = openChat(controller, {
    ...terminal,
    theme: look.theme,
    notify: (text) => {
      stdout.write(notifyCode(look.notify, text, process.env));
    },
    page: (opening) => pages.open(opening),
    covered: () => pages.at() !== 'none',
    leave,
  });
  const pages: Pages = openPages({
    ...terminal,
    controller,
    screen: chat.screen,
    command: (line) => chat.command(line),
    toChat: (text) => chat.turnTo(text),
    failed: (message) => chat.note(message, 'bad'),
    came: (there) => turns.came(there),
    shown: (open) => void showPages({ chat, pages, tty, overlay, frames, settled }, open),
  });
  // Pages show the conversation too.
  chat.subscribe(() => {
    pages.changed();
    if (overlay.open()) chat.below();
  });
  if (look.title) chat.subscribe(() => tty.title(titleOf(chat.view())));
  const turns = keyTurns({
    at: () => (pages.at() === 'none' ? 'chat' : pages.at() === 'open' && overlay.open() ? 'page' : 'coming'),
    chat: chat.press,
    page: pages.press,
    giveUp: pages.close,
  });
  const tty = openTty(turns.press, () => leave({ force: true }));
  const resized = () => {
    if (!overlay.again()) {
      frames.resized();
      queueMicrotask(chat.resize);
    }
  };
  return { chat, pages, tty, frames, settled, left, leave, lent, resized };
}

/**
 * Waits for the next frame, or until it is clear that none comes. A frame that was written before, and reaches the
 * terminal only now, is not the next one; and time in which this process was busy is no sign that none comes.
 */
function settling(written: () => number): Pick<Stage, 'settled'> & { drawn(frame: number): void } {
  const awaited = new Map<() => void, number>();
  return {
    drawn: (frame) => {
      for (const [waiting, before] of awaited) if (frame > before) waiting();
    },
    settled: () =>
      new Promise<void>((resolve) => {
        const done = () => {
          awaited.delete(done);
          resolve();
        };
        awaited.set(done, written());
        const wait = (more: number) => void setTimeout(() => (more > 0 ? wait(more - 1) : done()), 25);
        wait(3);
      }),
  };
}

/** What the terminal's title says. */
function titleOf({ facts, dialog, busy }: LiveView): string {
  const doing = dialog ? ' · needs you' : busy ? ' · working' : '';
  return `${facts.app}/${facts.workspace}${doing}`;
}

async function showPages(
  { chat, pages, overlay, frames, settled }: Sharing & Pick<Stage, 'frames' | 'pages'>,
  open: boolean,
) {
  if (open) {
    chat.hide(true);
    await settled();
    // It may have been left, or be there already, by now.
    if (pages.at() !== 'none' && !overlay.open()) overlay.show();
  } else {
    overlay.hide();
    frames.resized();
    chat.hide(false);
  }
}

function hearSignals({ chat, leave, lent, resized }: Stage): () => void {
  let told = 0;
  const terminate = () => {
    told += 1;
    if (told === 1) chat.quit();
    else leave({ force: true });
  };
  const signals: readonly (readonly [NodeJS.Signals, () => void])[] = [
    // Whoever has the terminal gets it as well, and it is meant for them.
    ['SIGINT', () => lent() || chat.interrupt()],
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

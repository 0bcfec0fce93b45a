import { type Chat, openChat } from './chat.ts';
import type { ChatController, RunEnd } from './controller.ts';
import { frameStream } from './frame-stream.ts';
import { theme } from './paint.ts';
import { editText, openTty } from './terminal.ts';

export interface ChatLook {
  readonly colours: boolean;
  /** The terminal rings when a decision is needed. */
  readonly bell: boolean;
}

interface Leaving {
  readonly force: boolean;
  readonly error?: unknown;
}

/**
 * Runs a chat in the terminal of this process until the person leaves it. The terminal is as it was before when this
 * returns, and also when the process exits.
 * @returns how the last run ended; undefined where there was none; `forced` when nothing is to be waited for
 * @throws whatever ended the chat
 */
export async function startChat(controller: ChatController, look: ChatLook): Promise<RunEnd | 'forced' | undefined> {
  const ink = await loadInk();
  const { stdout } = process;
  const frames = frameStream(stdout, process.env.XTERM_VERSION === undefined, () => {
    chat.drawn();
    for (const waiting of awaited.splice(0)) waiting();
  });
  const awaited: (() => void)[] = [];
  /** Resolves when what is shown now has reached the terminal, or will not change any more. */
  const settled = () =>
    new Promise<void>((resolve) => {
      awaited.push(resolve);
      setTimeout(resolve, 100);
    });
  let leave: (how: Leaving) => void = () => undefined;
  const left = new Promise<Leaving>((resolve) => {
    leave = resolve;
  });
  const lend = async <T>(work: () => Promise<T>): Promise<T> => {
    chat.hide(true);
    await settled();
    tty.release();
    try {
      return await work();
    } finally {
      tty.claim();
      chat.hide(false);
    }
  };
  const chat: Chat = openChat(controller, {
    edit: (text, name) => lend(() => editText(text, name)),
    suspend: () => void lend(stopProcess),
    redraw: () => void redraw(),
    bell: () => {
      if (look.bell) stdout.write('\u0007');
    },
    leave,
  });
  const redraw = async () => {
    chat.hide(true);
    await settled();
    stdout.write('\u001b[2J\u001b[H\n');
    chat.hide(false);
  };
  const tty = openTty(chat.press, () => leave({ force: true }));
  const onResize = () => {
    frames.resized();
    queueMicrotask(chat.resize);
  };
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
  stdout.on('resize', onResize);
  tty.claim();
  const drawing = ink.drawChat({ chat, frames, theme: theme(look.colours) });
  try {
    const how = await left;
    chat.hide(true);
    if (!how.force) await settled();
    if (how.error !== undefined) throw how.error;
    return how.force ? 'forced' : chat.lastEnd();
  } finally {
    drawing.unmount();
    chat.close();
    tty.close();
    stdout.off('resize', onResize);
    for (const [signal, handle] of signals) process.off(signal, handle);
  }
}

/** Stops the processes of this terminal's job, as Ctrl+Z does. @returns when they go on */
function stopProcess(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGCONT', () => {
      process.stdout.write('\n');
      resolve();
    });
    process.kill(0, 'SIGTSTP');
  });
}

/** In a terminal that a CI system offers, Ink would draw nothing but the last frame. */
async function loadInk() {
  const { CI } = process.env;
  process.env.CI = 'false';
  try {
    return await import('./screen.tsx');
  } finally {
    if (CI === undefined) delete process.env.CI;
    else process.env.CI = CI;
  }
}

import type { Chat } from './chat.ts';
import { editFile } from './edit-file.ts';
import type { Overlay } from './overlay.ts';
import { editText, stopProcess, type Tty } from './terminal.ts';

/** What shares the terminal. */
export interface Sharing {
  readonly chat: Chat;
  readonly tty: Tty;
  readonly overlay: Overlay;
  /** Resolves when what the chat shows now has reached the terminal, or will not change any more. */
  settled(): Promise<void>;
}

/** What the chat and its pages do with the terminal. @param sharing asked once they do */
export function terminalFor(sharing: () => Sharing) {
  let lent: Promise<unknown> | undefined;
  const lend = <T>(work: () => Promise<T>): Promise<T> => {
    const done = lendTerminal(sharing(), work);
    lent = done
      .catch(() => undefined)
      .finally(() => {
        lent = undefined;
      });
    return done;
  };
  return {
    edit: (text: string, name: string) =>
      lend(() => editText(text, name, (message) => sharing().chat.note(message, 'bad'))),
    editFile: (file: string, line: number) => lend(() => editFile(file, line)),
    suspend: () => void lend(stopProcess),
    redraw: () => void redraw(sharing()),
    copy: (text: string) => sharing().tty.copy(text),
    /** Resolves when somebody else, who has the terminal now, has given it back; undefined where nobody has. */
    lent: () => lent,
  };
}

async function redraw({ chat, overlay, settled }: Sharing): Promise<void> {
  if (overlay.again()) return;
  chat.hide(true);
  await settled();
  process.stdout.write('\u001b[2J\u001b[H\n');
  chat.hide(false);
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

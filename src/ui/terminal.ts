import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../core/errors.ts';
import { type Key, keyReader } from './keys.ts';
import { runEditor } from './run-editor.ts';
import { copyCode, keyboardSwitch, titleCode, titleSwitch } from './terminal-codes.ts';

/** The person's terminal: raw while the chat has it, as it was before whenever somebody else does. */
export interface Tty {
  /** Takes the terminal. */
  claim(): void;
  /** Gives it back: its modes are as they were found, and the cursor is shown. */
  release(): void;
  /** Switches to the screen that leaves no trace, or back. Whoever borrows the terminal gets the usual one. */
  alternate(on: boolean): void;
  /** Puts a text into the clipboard, where the terminal lets programs do so. */
  copy(text: string): void;
  /** What the terminal's title says while the chat has the terminal. */
  title(text: string): void;
  close(): void;
}

/** An escape that nothing follows for so long was the key itself. Milliseconds. */
const escapeMs = 40;

const pasteOn = '\u001b[?2004h';
const pasteOff = '\u001b[?2004l';
const showCursor = '\u001b[?25h';
const hideCursor = '\u001b[?25l';
const alternateOn = '\u001b[?1049h\u001b[2J\u001b[H';
const alternateOff = '\u001b[?1049l';

/** @param press told the keys of each read @param hangup told when the terminal is gone */
export function openTty(press: (keys: readonly Key[]) => void, hangup: () => void): Tty {
  const { stdin, stdout } = process;
  const reader = keyReader();
  const modes = terminalModes();
  let claimed = false;
  let timer: NodeJS.Timeout | undefined;
  const onData = (chunk: Buffer) => {
    clearTimeout(timer);
    const keys = reader.push(chunk);
    if (keys.length > 0) press(keys);
    if (!reader.waiting()) return;
    timer = setTimeout(() => {
      const late = reader.flush();
      if (late.length > 0) press(late);
    }, escapeMs);
  };
  const release = () => {
    if (!claimed) return;
    claimed = false;
    stdin.off('data', onData);
    stdin.pause();
    stdout.write(modes.off());
    if (stdin.isTTY) stdin.setRawMode(false);
  };
  process.on('exit', release);
  stdin.on('end', hangup);
  stdin.on('error', hangup);
  return {
    claim: () => {
      if (claimed) return;
      claimed = true;
      stdin.setRawMode(true);
      stdin.on('data', onData);
      stdin.resume();
      stdout.write(modes.on());
    },
    release,
    alternate: (on) => {
      const code = modes.alternate(on);
      if (claimed) stdout.write(code);
    },
    copy: (text) => {
      stdout.write(copyCode(text, process.env));
    },
    title: (text) => {
      const code = modes.title(text);
      if (claimed) stdout.write(code);
    },
    close: () => {
      clearTimeout(timer);
      release();
      process.off('exit', release);
      stdin.off('end', hangup);
      stdin.off('error', hangup);
    },
  };
}

/** What is switched on while the terminal is ours. Each gives what has to be written for it. */
interface Modes {
  on(): string;
  off(): string;
  alternate(on: boolean): string;
  title(text: string): string;
}

function terminalModes(): Modes {
  const keyboard = keyboardSwitch(process.env);
  const titles = titleSwitch(process.env);
  let alternate = false;
  let title = '';
  // Each of a terminal's screens has keyboard modes of its own.
  const codes = {
    alternateOn: `${keyboard.off}${alternateOn}${keyboard.on}`,
    // Whoever drew on the other screen has shown the cursor when it stopped.
    alternateOff: `${keyboard.off}${alternateOff}${keyboard.on}${hideCursor}`,
  };
  return {
    on: () =>
      (title === '' ? '' : titles.on + titleCode(title)) +
      (alternate ? alternateOn : '') +
      keyboard.on +
      pasteOn +
      hideCursor,
    off: () =>
      keyboard.off + (alternate ? alternateOff : '') + pasteOff + showCursor + (title === '' ? '' : titles.off),
    alternate: (on) => {
      if (on === alternate) return '';
      alternate = on;
      return on ? codes.alternateOn : codes.alternateOff;
    },
    title: (text) => {
      if (text === title) return '';
      const code = (title === '' ? titles.on : '') + titleCode(text);
      title = text;
      return code;
    },
  };
}

/**
 * Lets a person write a text in the editor of their choice: `$VISUAL`, `$EDITOR`, else vi.
 * @param failed told why there can be no file for it
 * @returns the text; undefined when there is none, or when the editor could not be started or gave up
 */
export async function editText(
  text: string,
  name: string,
  failed: (message: string) => void,
): Promise<string | undefined> {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'harness-edit-'));
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return (await runEditor([file])) ? readFileSync(file, 'utf8') : undefined;
  } catch (thrown) {
    failed(messageOf(thrown));
    return undefined;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Stops the processes of this terminal's job, as Ctrl+Z does. @returns when they go on */
export function stopProcess(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGCONT', () => {
      process.stdout.write('\n');
      resolve();
    });
    process.kill(0, 'SIGTSTP');
  });
}

import headless, { type IBuffer, type Terminal } from '@xterm/headless';
import stringWidth from 'string-width';
import type { Test } from 'tap';
import { type Pty, type PtyOptions, pty, type Size } from './pty.ts';

/** A terminal that draws nothing, but knows in each cell what a person would see. */
export function emulator({ columns, rows }: Size): Terminal {
  const terminal = new headless.Terminal({ cols: columns, rows, scrollback: 5000, allowProposedApi: true });
  terminal.unicode.register({ version: 'of today', wcwidth, charProperties });
  terminal.unicode.activeVersion = 'of today';
  return terminal;
}

const widths = new Map<number, 0 | 1 | 2>();

/** By itself the emulator takes emoji for narrow ones. */
function wcwidth(code: number): 0 | 1 | 2 {
  const known = widths.get(code);
  if (known !== undefined) return known;
  const wide = stringWidth(String.fromCodePoint(code));
  const width = wide === 0 ? 0 : wide === 1 ? 1 : 2;
  widths.set(code, width);
  return width;
}

/** What has no width joins the character before it: bit 0; the width is in the two bits after it. */
function charProperties(code: number, before: number): number {
  const width = wcwidth(code);
  const widthBefore = (before >> 1) & 3;
  return width === 0 && widthBefore > 0 ? (widthBefore << 1) | 1 : width << 1;
}

/** The rows of a screen with its history, without the spaces at their ends. */
export function rowsOf(buffer: IBuffer, from = 0): string[] {
  return Array.from({ length: buffer.length - from }, (_, at) =>
    (buffer.getLine(from + at)?.translateToString(true) ?? '').trimEnd(),
  );
}

/** The characters of each row, one for each column; the second column of a wide one has none. */
export function cellsOf(buffer: IBuffer): string[][] {
  return Array.from({ length: buffer.length }, (_, y) => {
    const line = buffer.getLine(y);
    return Array.from({ length: line?.length ?? 0 }, (_, x) => {
      const cell = line?.getCell(x);
      return cell?.getWidth() === 0 ? '' : cell?.getChars() || ' ';
    });
  });
}

/** What a terminal shows at one moment. */
export interface Shown {
  readonly screen: readonly string[];
  /** The usual screen with its history, also while a page covers it. */
  readonly all: readonly string[];
  /** Whether a page covers the usual screen. */
  readonly page: boolean;
}

function shownBy({ buffer }: Terminal): Shown {
  const { active, normal } = buffer;
  return { screen: rowsOf(active, active.baseY), all: rowsOf(normal), page: active.type === 'alternate' };
}

export interface HeadlessOptions extends PtyOptions {
  readonly size: Size;
  /** Told of each frame, once all of it is there. */
  readonly frame: (terminal: Terminal) => void;
}

/** A `harness` in a terminal whose every frame can be looked at. */
export interface Headless extends Pick<Pty, 'type' | 'text' | 'ended'> {
  readonly terminal: Terminal;
  /** Waits for a whole frame that shows this on the screen. */
  shows(wanted: string | RegExp | ((shown: Shown) => boolean)): Promise<Shown>;
  /** What it shows now, or when the frame that has begun is whole. */
  read(): Promise<Shown>;
  /** As a window does it: the terminal first, then the program is told. */
  resize(size: Size): Promise<void>;
}

/** So long something may take on a busy machine. Milliseconds. */
const patience = 60_000;

export function headlessTerminal(t: Test, words: readonly string[], options: HeadlessOptions): Headless {
  const terminal = emulator(options.size);
  const looks = new Set<() => void>();
  const look = () => {
    for (const each of looks) each();
  };
  // A frame is written between two marks, for terminals to show all of it at once.
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, ([mode]) => {
    if (mode === 2026) {
      options.frame(terminal);
      look();
    }
    return false;
  });
  const heard = (text: string) => terminal.write(text, () => terminal.modes.synchronizedOutputMode || look());
  const term = pty(t, words, { ...options, heard });
  const shows: Headless['shows'] = (wanted) =>
    new Promise((resolve, reject) => {
      const has = (shown: Shown) =>
        typeof wanted === 'function' ? wanted(shown) : shown.screen.join('\n').search(wanted) !== -1;
      const each = () => {
        const shown = shownBy(terminal);
        if (!has(shown)) return;
        stop();
        resolve(shown);
      };
      const stop = () => {
        clearTimeout(timer);
        looks.delete(each);
      };
      const missed = () => {
        stop();
        const { all, screen } = shownBy(terminal);
        reject(new Error(`it never showed ${wanted}:\n${[...all, '', ...screen].join('\n')}`));
      };
      const timer = setTimeout(missed, patience);
      looks.add(each);
      terminal.write('', () => terminal.modes.synchronizedOutputMode || each());
    });
  return {
    ...term,
    terminal,
    shows,
    read: () => shows(() => true),
    resize: async (size) => {
      await shows(() => true);
      terminal.resize(size.columns, size.rows);
      term.resize(size);
    },
  };
}

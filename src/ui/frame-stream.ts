import { EventEmitter } from 'node:events';
import { fit } from './lines.ts';

/** Asks the system for the size; Node does it itself when it is told of a change. */
type Measured = NodeJS.WriteStream & { _refreshSize?(): void };

/** A terminal to draw on, as Ink sees it. Ink writes one frame after the other over the last one. */
export interface FrameStream {
  /** For Ink: like standard output, but it knows what was drawn last. */
  readonly stream: NodeJS.WriteStream;
  size(): { readonly columns: number; readonly rows: number };
  /** How many frames have been written; some of them may still be on their way to the terminal. */
  written(): number;
  /** After the terminal has changed its size: draws the last frame anew, over what the terminal has made of it. */
  resized(): void;
}

/** A terminal that does not know its size says 0. */
const defaultSize = { columns: 80, rows: 24 };

const syncOn = '\u001b[?2026h';
const syncOff = '\u001b[?2026l';
const showCursor = '\u001b[?25h';
/** The line of the cursor by itself: what is erased from the first column of the screen on, tmux puts into its history. */
const eraseBelow = '\r\u001b7\u001b[2K\u001b[B\u001b[J\u001b8';

/**
 * Between frames the cursor, which nobody sees, stands at the top of the frame. A terminal that becomes lower takes the
 * lines below its cursor away before it moves any into its history, where a part of the frame would stay for good; and
 * one that breaks lines anew leaves the cursor where the frame begins.
 * @param drawn told the number of each frame, from 1, when the terminal has it
 */
export function frameStream(out: NodeJS.WriteStream, drawn: (frame: number) => void): FrameStream {
  let last = '';
  let written = 0;
  /** Lines from the cursor to below the frame. */
  let above = 0;
  let columns = out.columns || defaultSize.columns;
  const size = () => ({ columns, rows: out.rows || defaultSize.rows });
  const writeFrame = ({ before, erases, frame }: Written, callback?: () => void): boolean => {
    // The signal that tells a new size may come after the next frame: this looks before each.
    (out as Measured)._refreshSize?.();
    // A frame that was made for a wider terminal would be wrapped, and the next one would not cover it.
    last = fitting(frame, columns, erases ? size().rows : Number.POSITIVE_INFINITY);
    const over = above > 0 ? eraseBelow : before;
    above = 0;
    written += 1;
    const number = written;
    return out.write(over + last, () => {
      callback?.();
      drawn(number);
    });
  };
  /** Where a frame has been written, the cursor goes to its top. An empty one is left to whoever gets the terminal. */
  const toTop = (): string => {
    if (above > 0 || last === '\n') return '';
    above = heightOf(last);
    return above > 0 ? `\u001b[${above}A` : '';
  };
  const toEnd = (): string => {
    const down = above > 0 ? `\r\u001b[${above}B` : '';
    above = 0;
    last = '';
    return down;
  };
  const write = (data: string | Uint8Array, ...rest: unknown[]): boolean => {
    const text = typeof data === 'string' ? data : Buffer.from(data).toString('utf8');
    const callback = rest.find((each): each is () => void => typeof each === 'function');
    const parts = partsOf(text);
    if (parts) return writeFrame(parts, callback);
    // What Ink writes at once ends with the frame; when it has drawn its last one, it shows the cursor.
    if (text === syncOff) return out.write(toTop() + text, callback);
    return out.write(text === showCursor ? toEnd() + text : text, callback);
  };
  const stream = Object.defineProperties(Object.assign(new EventEmitter(), { write, isTTY: true }), {
    columns: { get: () => columns },
    // Ink clears the whole terminal for a frame as high as the screen; ours never is.
    rows: { get: () => 100_000 },
  }) as unknown as NodeJS.WriteStream;
  return {
    stream,
    size,
    written: () => written,
    resized: () => {
      columns = out.columns || defaultSize.columns;
      if (above === 0) return;
      last = fitting(last, columns, size().rows);
      above = 0;
      out.write(`${syncOn}${eraseBelow}${last}${toTop()}${syncOff}`);
    },
  };
}

/** What of a frame fits: lines that are cut, and of a frame that is too high its end. */
function fitting(frame: string, columns: number, rows: number): string {
  const lines = frame.split('\n').map((line) => fit(line, columns));
  return lines.slice(-Math.max(2, rows)).join('\n');
}

function heightOf(frame: string): number {
  return frame.split('\n').length - 1;
}

/** Something that Ink writes over what is there. */
interface Written {
  /** What moves the cursor, and erases the last frame where there is one. */
  readonly before: string;
  readonly erases: boolean;
  readonly frame: string;
}

/** Undefined for what only moves the cursor or sets a mode. */
function partsOf(text: string): Written | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what Ink writes before a frame
  const frame = text.replace(/^(?:\u001b\[(?:2K|1A|G|\?\d+[hl]))+/, '');
  const before = text.slice(0, text.length - frame.length);
  const erases = before.includes('\u001b[2K');
  return frame === '' && !erases ? undefined : { before, erases, frame };
}

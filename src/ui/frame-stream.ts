import { EventEmitter } from 'node:events';
import { cut, widthOf } from './lines.ts';

/** Asks the system for the size; Node does it itself when it is told of a change. */
type Measured = NodeJS.WriteStream & { _refreshSize?(): void };

/** A terminal to draw on, as Ink sees it. Ink writes one frame after the other over the last one. */
export interface FrameStream {
  /** For Ink: like standard output, but it knows what was drawn last. */
  readonly stream: NodeJS.WriteStream;
  size(): { readonly columns: number; readonly rows: number };
  /** How many frames have been written; some of them may still be on their way to the terminal. */
  written(): number;
  /**
   * After the terminal has changed its size: puts right what its own wrapping has done to the last frame, so that
   * the next one covers it.
   */
  resized(): void;
}

/** A terminal that does not know its size says 0. */
const defaultSize = { columns: 80, rows: 24 };

/**
 * @param wraps whether the terminal breaks lines anew when it becomes narrower
 * @param drawn told the number of each frame, from 1, when the terminal has it
 */
export function frameStream(out: NodeJS.WriteStream, wraps: boolean, drawn: (frame: number) => void): FrameStream {
  let last = '';
  let written = 0;
  let columns = out.columns || defaultSize.columns;
  const size = () => ({ columns, rows: out.rows || defaultSize.rows });
  const write = (data: string | Uint8Array, ...rest: unknown[]): boolean => {
    const text = typeof data === 'string' ? data : Buffer.from(data).toString('utf8');
    const callback = rest.find((each): each is () => void => typeof each === 'function');
    const frame = frameOf(text);
    if (frame === undefined) return out.write(text, callback);
    // The signal that tells a new size may come after the next frame: this looks before each.
    (out as Measured)._refreshSize?.();
    // A frame that was made for a wider terminal would be wrapped, and the next one would not cover it.
    last = frame
      .split('\n')
      .map((line) => cut(line, columns))
      .join('\n');
    written += 1;
    const number = written;
    return out.write(text.slice(0, text.length - frame.length) + last, () => {
      callback?.();
      drawn(number);
    });
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
      const lines = last.split('\n').slice(0, -1);
      const rows = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
      if (!wraps || rows === lines.length) return;
      last = '\n'.repeat(lines.length);
      out.write(`\u001b[${rows}A\r\u001b[J${last}`);
    },
  };
}

/** The frame in something that Ink writes; undefined for what only moves the cursor or sets a mode. */
function frameOf(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what Ink writes before a frame
  const frame = text.replace(/^(?:\u001b\[(?:2K|1A|G|\?\d+[hl]))+/, '');
  if (frame === '' && text.includes('\u001b[2K')) return '';
  return frame === '' ? undefined : frame;
}

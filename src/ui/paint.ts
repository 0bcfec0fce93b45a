import type { Paint } from '../core/palette.ts';

/** The looks of text on the screen, or none of them. */
export interface Theme {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly italic: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly blue: Paint;
  readonly magenta: Paint;
  readonly cyan: Paint;
  /** Where the caret is. Shown without colours too: it is none. */
  readonly caret: Paint;
}

/** The terminal's own sixteen colours, which its user has chosen to be readable. */
export function theme(colours: boolean): Theme {
  const code =
    (start: number, end: number, on = colours): Paint =>
    (text) =>
      on && text !== '' ? `\u001b[${start}m${text}\u001b[${end}m` : text;
  return {
    bold: code(1, 22),
    dim: code(2, 22),
    italic: code(3, 23),
    red: code(31, 39),
    green: code(32, 39),
    yellow: code(33, 39),
    blue: code(34, 39),
    magenta: code(35, 39),
    cyan: code(36, 39),
    caret: code(7, 27, true),
  };
}

/** How things are drawn: how wide a line may be, and in which looks. */
export interface Look {
  /** Columns that a line may take. */
  readonly width: number;
  readonly theme: Theme;
  /** Without boxes and marks, in words: for a reader that speaks. */
  readonly plain: boolean;
}

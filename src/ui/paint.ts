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

/** `dark` and `light` are the ground that they are made for. */
export type ThemeName = 'dark' | 'light' | 'none';

export const themeNames: readonly ThemeName[] = ['dark', 'light', 'none'];

type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'dim';

/** How a colour begins and ends. */
type Codes = { readonly [K in Colour]: readonly [start: string, end: string] };

/** The terminal's own sixteen colours, which its user has chosen to be readable. */
const dark: Codes = {
  red: ['31', '39'],
  green: ['32', '39'],
  yellow: ['33', '39'],
  blue: ['34', '39'],
  magenta: ['35', '39'],
  cyan: ['36', '39'],
  dim: ['2', '22'],
};

/** On white most terminals' yellow, cyan and dim text cannot be read: these are dark shades of the 256 colours. */
const light: Codes = {
  red: ['38;5;124', '39'],
  green: ['38;5;22', '39'],
  yellow: ['38;5;94', '39'],
  blue: ['38;5;25', '39'],
  magenta: ['38;5;90', '39'],
  cyan: ['38;5;24', '39'],
  dim: ['38;5;240', '39'],
};

/** @param name a theme; `true` and `false` mean `dark` and `none` */
export function theme(name: ThemeName | boolean): Theme {
  const on = name !== 'none' && name !== false;
  const codes = name === 'light' ? light : dark;
  const code =
    (start: string, end: string, always = on): Paint =>
    (text) =>
      always && text !== '' ? `\u001b[${start}m${text}\u001b[${end}m` : text;
  return {
    bold: code('1', '22'),
    dim: code(...codes.dim),
    italic: code('3', '23'),
    red: code(...codes.red),
    green: code(...codes.green),
    yellow: code(...codes.yellow),
    blue: code(...codes.blue),
    magenta: code(...codes.magenta),
    cyan: code(...codes.cyan),
    caret: code('7', '27', true),
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

import { pad, widthOf, wrap } from './lines.ts';
import type { Theme } from './paint.ts';

export interface KeyLine {
  readonly name: string;
  readonly about: string;
}

/**
 * What a key or a command does, broken where it does not fit; the words stand below each other.
 * @param widest columns of the longest name
 */
export function keyLines({ name, about }: KeyLine, widest: number, width: number, theme: Theme): string[] {
  const column = Math.min(widest, 34, Math.max(12, Math.floor(width * 0.4)));
  const words = wrap(about, Math.max(8, width - column - 3));
  // A name that is longer has a line of its own.
  const long = widthOf(name) > column;
  const [first = '', ...rest] = long ? ['', ...words] : words;
  const named = ` ${theme.cyan(long ? name : pad(name, column))}`;
  return [
    first === '' ? named.trimEnd() : `${named}  ${first}`,
    ...rest.map((line) => ` ${' '.repeat(column)}  ${line}`),
  ];
}

import { visibleLine } from '../core/text.ts';

/** The result of a command: the only thing that goes to stdout. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Data as the result of a command. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Progress and diagnostics. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Whether a stream shows colours: only on a terminal, and never with NO_COLOR. */
export function colourOn(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR !== undefined && process.env.NO_COLOR !== '') return false;
  return stream.isTTY === true && process.env.TERM !== 'dumb';
}

export type Paint = (text: string) => string;

/** The few colours in use, or none. */
export function palette(on: boolean): Record<'red' | 'green' | 'yellow' | 'dim' | 'bold', Paint> {
  const code =
    (start: number, end: number): Paint =>
    (text) =>
      on ? `\u001b[${start}m${text}\u001b[${end}m` : text;
  return { red: code(31, 39), green: code(32, 39), yellow: code(33, 39), dim: code(2, 22), bold: code(1, 22) };
}

/** Rows in columns of equal width; the last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const clean = rows.map((row) => row.map((cell) => visibleLine(cell)));
  const widths: number[] = [];
  for (const row of clean) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return clean.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** Text cut to `width` characters. */
export function clip(text: string, width: number): string {
  const line = visibleLine(text);
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

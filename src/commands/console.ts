import { type Redactor, redactor, type Secret } from '../core/redact.ts';
import { visibleLine } from '../core/text.ts';

export { type Paint, palette } from '../core/palette.ts';

const secrets = new Map<string, Secret>();
let cleaner: Redactor | undefined;

/** From now on nothing that this process prints holds these. */
export function neverPrint(more: readonly Secret[]): void {
  for (const secret of more) secrets.set(`${secret.name}=${secret.value}`, secret);
  cleaner = undefined;
}

/** What may be printed of a text. */
export function printable(text: string): string {
  cleaner ??= redactor([...secrets.values(), ...likelySecrets(process.env)]);
  return cleaner.text(text);
}

/** Before an app has said what its secrets are, and when its files are wrong. */
export function likelySecrets(env: Readonly<Record<string, string | undefined>>): Secret[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const likely = /(KEY|TOKEN|SECRET|PASSWORD)$/.test(name) && value !== undefined && value.length >= 16;
    return likely ? [{ name, value }] : [];
  });
}

/** The result of a command: the only thing that goes to stdout. */
export function print(line: string): void {
  process.stdout.write(`${printable(line)}\n`);
}

/** Data as the result of a command. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Progress and diagnostics. */
export function note(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** Whether a stream shows colours: only on a terminal, and never with NO_COLOR. */
export function colourOn(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR !== undefined && process.env.NO_COLOR !== '') return false;
  return stream.isTTY === true && process.env.TERM !== 'dumb';
}

/** How wide a line of the result may be: as wide as the terminal, else 100 characters. */
export function lineWidth(): number {
  return (process.stdout.isTTY && process.stdout.columns) || 100;
}

export interface TableLook {
  /** A longer cell does not widen its column: only its own row gets out of line. */
  readonly longest?: number;
  /** Characters of a line. What does not fit is cut, or with `wrap` goes on below, in the last column. */
  readonly width?: number;
  readonly wrap?: boolean;
}

/** Rows in columns of equal width; the last column is not padded. */
export function table(rows: readonly (readonly string[])[], look: TableLook = {}): string[] {
  const { longest = Number.POSITIVE_INFINITY, width = Number.POSITIVE_INFINITY, wrap = false } = look;
  const clean = rows.map((row) => row.map((cell) => visibleLine(cell)));
  const widths: number[] = [];
  for (const row of clean) {
    for (const [at, { length }] of row.entries()) if (length <= longest) widths[at] = Math.max(widths[at] ?? 0, length);
  }
  return clean.flatMap((row) => {
    const before = row.slice(0, -1).map((cell, at) => `${cell.padEnd(widths[at] ?? 0)}  `);
    const start = before.join('');
    const last = row.at(-1) ?? '';
    if (!wrap) return [clip(`${start}${last}`.trimEnd(), width)];
    const lines = wrapped(last, Math.max(narrowest, width - start.length));
    return lines.map((line, at) => `${at === 0 ? start : ' '.repeat(start.length)}${line}`.trimEnd());
  });
}

/** What wrapped text is never narrower than. */
const narrowest = 20;

/** Text in lines of at most `width` characters, broken between words where it can be; one empty line for no text. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text.trim();
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const end = space > 0 ? space : width;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

/** Text cut to `width` characters. */
export function clip(text: string, width: number): string {
  const line = visibleLine(text);
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

import type { Paint } from '../core/palette.ts';
import { cut, pad, padStart, safeLine, widthOf } from './lines.ts';
import type { Look } from './paint.ts';

/** A column of a list. The last one takes what the others leave. */
export interface Column {
  readonly title: string;
  /** The terminal has to be this wide for it. */
  readonly from?: number;
  /** It is at least as wide as its title, and no wider than this. Default: as wide as its cells. */
  readonly most?: number;
  readonly right?: true;
}

/** Untrusted text, and how it is drawn. */
export interface Cell {
  readonly text: string;
  readonly paint?: Paint;
}

/** A list in columns: first their titles, then a line for each row. @param selected place among the rows */
export function columnLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  selected: number,
  look: Look,
): string[] {
  const { theme, width, plain } = look;
  const widths = columns.map((column, at) => widthIn(column, rows, at, width));
  const last = columns.length - 1;
  const line = (cells: readonly Cell[], mark: string) => {
    const placed = cells.map((cell, at) =>
      at === last ? rest(cell, width) : place(cell, columns[at], widths[at] ?? 0),
    );
    return cut(`${mark} ${placed.filter((text) => text !== '').join('  ')}`, width);
  };
  const titles = columns.map(({ title }) => ({ text: title, paint: theme.dim }));
  const chosen = (cell: Cell, at: number) => (at === 0 ? { ...cell, paint: theme.cyan } : cell);
  const strong = (cell: Cell, at: number) => (at === last ? { ...cell, paint: theme.bold } : chosen(cell, at));
  const mark = theme.cyan(plain ? '>' : '❯');
  return [
    line(titles, ' '),
    ...rows.map((cells, at) => (at === selected ? line(cells.map(strong), mark) : line(cells, ' '))),
  ];
}

function place({ text, paint = same }: Cell, column: Column | undefined, room: number): string {
  if (room === 0) return '';
  const safe = safeLine(text, room);
  return paint(column?.right ? padStart(safe, room) : pad(safe, room));
}

/** The last one is cut where the line ends. */
function rest({ text, paint = same }: Cell, width: number): string {
  return paint(safeLine(text, width));
}

const same: Paint = (text) => text;

function widthIn(
  { title, from = 0, most }: Column,
  rows: readonly (readonly Cell[])[],
  at: number,
  room: number,
): number {
  if (room < from) return 0;
  const widest = Math.max(widthOf(title), ...rows.map((cells) => widthOf(safeLine(cells[at]?.text ?? '', room))));
  return most === undefined ? widest : Math.min(widest, Math.max(most, widthOf(title)));
}

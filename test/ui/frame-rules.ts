import type { IBuffer, IBufferCell, Terminal } from '@xterm/headless';
import { rowsOf } from './headless.ts';

export interface FrameRules {
  /** Whether there may be any. */
  readonly colours: boolean;
  /** The terminal has been wider before: what is finished was wrapped by it. */
  narrowed: boolean;
}

/** What is wrong in a frame: nothing, where it is as every frame of the chat and of its pages has to be. */
export function frameFaults(terminal: Terminal, rules: FrameRules): string[] {
  const { active } = terminal.buffer;
  const rows = rowsOf(active);
  const page = active.type === 'alternate';
  return [
    ...(page ? pageFaults(rows) : chatFaults(active, rows)),
    ...widthFaults(active, rules.narrowed && !page ? liveFrom(rows) : 0, terminal.cols),
    ...(rules.colours ? [] : paintFaults(active, terminal)),
  ];
}

const ruler = /^─{30,56}$/;
const bar = /^acme │ /;

/** What there is once at most: more of it was left behind by a frame before. */
const once: readonly RegExp[] = [
  ruler,
  bar,
  /^ {2}enter (?:sends|queues) · /,
  /· esc later$/,
  /^❯ /,
  /^palette:/,
  /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /,
];

function chatFaults(buffer: IBuffer, rows: readonly string[]): string[] {
  const left = once.flatMap((each) =>
    rows.filter((row) => each.test(row)).length > 1 ? [`left behind: ${each}`] : [],
  );
  const last = rows.findLastIndex((row) => row !== '');
  const at = rows.findLastIndex((row) => bar.test(row));
  // What has been used may stand below the bar.
  const low = at !== -1 && last - at > 1 ? [`below the bar: ${rows[last]}`] : [];
  const { baseY, cursorX, cursorY } = buffer;
  // Between frames it stands where they begin.
  const begins = rows.findLastIndex((row) => ruler.test(row));
  const fits = at === -1 ? baseY + cursorY > last : baseY + cursorY <= (begins === -1 ? at : begins);
  const cursor = cursorX === 0 && fits ? [] : [`the cursor is in row ${cursorY}, column ${cursorX}`];
  return [...left, ...low, ...cursor];
}

/** Its title above and its keys below, the last row free; nothing, before it has been drawn. */
function pageFaults(rows: readonly string[]): string[] {
  if (rows.every((row) => row === '')) return [];
  const rule = (row = '') => /^─{30,}$/.test(row);
  const [title = '', under] = rows;
  const [over, keys, free] = rows.slice(-3);
  return [
    ...(/^ [A-Z]{2}/.test(title) && rule(under) ? [] : [`no title: ${title}`]),
    ...(rule(over) && keys !== '' ? [] : [`no keys: ${keys}`]),
    ...(free === '' ? [] : [`the last row: ${free}`]),
  ];
}

/** The first row of what is drawn again and again. */
function liveFrom(rows: readonly string[]): number {
  const at = rows.findLastIndex((row) => ruler.test(row));
  return at === -1 ? rows.length : at;
}

/** No row was wrapped by the terminal, and its last column is free. */
function widthFaults(buffer: IBuffer, from: number, columns: number): string[] {
  const faults: string[] = [];
  for (let y = from; y < buffer.length; y++) {
    const line = buffer.getLine(y);
    if (line?.isWrapped) faults.push(`wrapped: ${line.translateToString(true)}`);
    else if (
      line
        ?.getCell(columns - 1)
        ?.getChars()
        .trim()
    )
      faults.push(`too wide: ${line.translateToString(true)}`);
  }
  return faults;
}

function paintFaults(buffer: IBuffer, { rows, cols }: Terminal): string[] {
  const faults: string[] = [];
  for (let y = buffer.baseY; y < buffer.baseY + rows; y++) {
    const line = buffer.getLine(y);
    for (let x = 0; x < cols; x++) {
      const cell = line?.getCell(x);
      if (cell && painted(cell)) return [`painted: ${line?.translateToString(true)}`];
    }
  }
  return faults;
}

/** The caret, which is shown the other way round, is no paint. */
export function painted(cell: IBufferCell): boolean {
  return (
    !cell.isFgDefault() ||
    !cell.isBgDefault() ||
    [cell.isBold(), cell.isDim(), cell.isItalic(), cell.isUnderline()].some((on) => on !== 0)
  );
}
/** Columns of a table that do not stand below each other. @param grid the cells of each row */
export function tableFaults(grid: readonly (readonly string[])[]): string[] {
  const texts = grid.map((cells) => cells.join(''));
  return texts.flatMap((text, at) => {
    if (!/^ *─+(?: +─+)+ *$/.test(text)) return [];
    const [from, to] = [grid[at]?.indexOf('─') ?? 0, grid[at]?.lastIndexOf('─') ?? 0];
    const gaps = [...(grid[at] ?? []).keys()].filter((x) => x > from && x < to && grid[at]?.[x] === ' ');
    const end = texts.findIndex((row, below) => below > at && (row.trim() === '' || row.includes('──')));
    return [at - 1, ...range(at + 1, end === -1 ? texts.length : end)].flatMap((row) =>
      gaps.some((x) => grid[row]?.[x] !== ' ') ? [`not below its title: ${texts[row]}`] : [],
    );
  });
}

/** Boxes that are not closed. */
export function boxFaults(rows: readonly string[]): string[] {
  return rows.flatMap((row, at) => {
    if (!row.startsWith('╭─')) return [];
    const inside = rows.slice(at + 1).findIndex((line) => !/^│(?: |$)/.test(line));
    const end = rows[at + 1 + inside] ?? '';
    return /^╰─+$/.test(end) && end.length === row.length ? [] : [`not closed: ${row}`];
  });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
}

/** A line of a CSV text that holds a row. */
export interface CsvRow {
  readonly cells: readonly string[];
  /** Where it stands in the text, in UTF-16 units, without its line break. */
  readonly span: readonly [start: number, end: number];
}

/** What is wrong with a CSV text, and where. */
export interface CsvFlaw {
  readonly message: string;
  readonly hint?: string;
  readonly span: readonly [start: number, end: number];
}

export type Csv = { readonly rows: readonly CsvRow[] } | { readonly flaw: CsvFlaw };

/**
 * The rows of a CSV text by RFC 4180: cells between commas; a cell in quotes may hold commas, line breaks and doubled
 * quotes. The heading is a row like others. Empty lines are left out. Takes time linear in the length of the text.
 */
export function parseCsv(text: string): Csv {
  const rows: CsvRow[] = [];
  for (let at = 0; at < text.length; ) {
    const row = readRow(text, at);
    if ('flaw' in row) return row;
    if (row.span[1] > at) rows.push(row);
    at = row.span[1] + (text[row.span[1]] === '\r' ? 2 : 1);
  }
  return { rows };
}

function readRow(text: string, start: number): CsvRow | { readonly flaw: CsvFlaw } {
  const cells: string[] = [];
  for (let at = start; ; ) {
    const cell = text[at] === '"' ? quoted(text, at) : plain(text, at);
    if ('flaw' in cell) return cell;
    cells.push(cell.value);
    if (text[cell.next] !== ',') return { cells, span: [start, cell.next] };
    at = cell.next + 1;
  }
}

/** A cell and the place after it: a comma, a line break or the end. */
type Cell = { readonly value: string; readonly next: number } | { readonly flaw: CsvFlaw };

function plain(text: string, start: number): Cell {
  const stop = /[",\n]|\r\n/g;
  stop.lastIndex = start;
  const next = stop.exec(text)?.index ?? text.length;
  if (text[next] !== '"') return { value: text.slice(start, next), next };
  const hint = 'put the whole cell in quotes, and double the quotes inside it';
  return { flaw: { message: 'a quote inside a cell that does not begin with one', hint, span: [next, next + 1] } };
}

function quoted(text: string, start: number): Cell {
  for (let at = start + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0) return { flaw: { message: 'the quote that begins here is never closed', span: [start, start + 1] } };
    if (text[at + 1] === '"') continue;
    const next = at + 1;
    if (next === text.length || /^(?:,|\n|\r\n)/.test(text.slice(next, next + 2))) {
      return { value: text.slice(start + 1, at).replaceAll('""', '"'), next };
    }
    const hint = 'a quote inside a cell in quotes is doubled';
    return { flaw: { message: 'a comma or the end of the line must follow the quote', hint, span: [at, next + 1] } };
  }
}

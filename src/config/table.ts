import { basename } from 'node:path';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { type CsvRow, parseCsv } from './csv.ts';
import type { Report } from './draft.ts';
import type { Finding, Part } from './finding.ts';
import { listed, quote, typeNouns, typeOf } from './words.ts';
import { maxDepth } from './yaml-parse.ts';
import type { Span } from './yaml-value.ts';

/** Most rows that a file may hold. */
const maxRows = 100_000;

/** Most problems of one file that are reported. */
export const maxRowProblems = 20;

/** Rows that fill a template. */
export interface Table {
  /** What messages call it: `prices.csv`. */
  readonly name: string;
  readonly rows: readonly JsonObject[];
  /** A row for reports, counted from 0: its subject is `row 1 of prices.csv`. */
  rowPart(index: number): Part;
}

/** Reads a CSV or JSONL text; undefined, and reported, when anything is wrong with it. */
export function readTable(file: string, text: string, report: Report): Table | undefined {
  const name = basename(file);
  const at = (span: Span, subject: string): Part => {
    const spot = { key: undefined, value: span, members: undefined };
    return { source: { file, text, value: null, spot }, base: [], subject, value: null };
  };
  let problems = 0;
  const blame: Blame = (span, finding) => {
    if (++problems <= maxRowProblems) report(at(span, name), { code: 'bad-row', path: [], ...finding });
  };
  const lines = file.endsWith('.csv') ? csvRows(text, blame) : jsonRows(text, blame);
  if (problems === 0 && lines.length === 0) {
    blame([0, 0], { code: 'empty-table', message: `there are no rows in ${quote(name)}` });
  }
  if (lines.length > maxRows) {
    const span = lines[maxRows]?.span ?? [0, 0];
    blame(span, { code: 'too-large', message: `${quote(name)} has more than ${maxRows} rows` });
  }
  if (problems > 0) return undefined;
  return {
    name,
    rows: lines.map(({ row }) => row),
    rowPart: (index) => at(lines[index]?.span ?? [0, 0], `row ${index + 1} of ${name}`),
  };
}

type Blame = (span: Span, finding: Partial<Finding> & { readonly message: string }) => void;

interface Line {
  readonly row: JsonObject;
  readonly span: Span;
}

function csvRows(text: string, blame: Blame): readonly Line[] {
  const csv = parseCsv(text);
  if ('flaw' in csv) {
    const { span, ...flaw } = csv.flaw;
    blame(span, flaw);
    return [];
  }
  const [heading, ...rows] = csv.rows;
  if (heading === undefined) return [];
  const columns = heading.cells.map((cell) => cell.trim());
  checkHeading(columns, heading, blame);
  return rows.map(({ cells, span }) => {
    if (cells.length !== columns.length) {
      const counts = `${counted(cells.length)}, where the first line has ${columns.length}`;
      blame(span, { message: `the row has ${counts}`, hint: 'put a cell that holds a comma in quotes' });
    }
    return { row: Object.fromEntries(columns.map((column, index) => [column, cellValue(cells[index] ?? '')])), span };
  });
}

function counted(cells: number): string {
  return `${cells} cell${cells === 1 ? '' : 's'}`;
}

function checkHeading(columns: readonly string[], { span }: CsvRow, blame: Blame): void {
  const twins = columns.filter((column, index) => columns.indexOf(column) !== index);
  if (columns.includes('')) blame(span, { message: 'a column has no name', hint: 'the first line names the columns' });
  else if (twins.length > 0) blame(span, { message: `there are two columns ${listed([...new Set(twins)])}` });
}

/** A number, true or false where the cell is written as JSON would write it; all else is text. */
function cellValue(cell: string): Json {
  if (cell === 'true' || cell === 'false') return cell === 'true';
  const number = Number(cell);
  return Number.isFinite(number) && String(number) === cell ? number : cell;
}

function jsonRows(text: string, blame: Blame): readonly Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < text.length && lines.length <= maxRows; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end);
    if (line.trim() !== '') {
      const row = parseRow(line, (message) => blame([start, end], { message }));
      lines.push({ row: row ?? {}, span: [start, end] });
    }
    start = end + 1;
  }
  return lines;
}

function parseRow(line: string, blame: (message: string) => void): JsonObject | undefined {
  let row: Json;
  try {
    row = JSON.parse(line) as Json;
  } catch {
    blame('the line is not JSON');
    return undefined;
  }
  if (!isObject(row)) blame(`a row must be an object, but is ${typeNouns([typeOf(row)])}`);
  else if (Object.keys(row).length === 0) blame('the row is empty');
  else if (!isHeld(row, maxDepth))
    blame(`the row is nested deeper than ${maxDepth} levels, or holds a number too large`);
  else return row;
  return undefined;
}

/** Whether a value can be walked and written again. */
function isHeld(value: Json, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((each) => isHeld(each, depth - 1));
}

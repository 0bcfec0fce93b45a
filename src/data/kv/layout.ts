import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { isTooDeep } from './size.ts';

/** How a value lies in its SQL table. `list`: one row for each item. `json` and `text`: one row. */
export type LayoutKind = 'table' | 'list' | 'json' | 'text';

export interface Layout {
  readonly kind: LayoutKind;
  readonly columns: readonly Column[];
  readonly rows: number;
  /** There was more of the value than is here. */
  readonly cut: boolean;
  /** What stands beside columns and rows in the value of a table, such as a note; shown with its handle. */
  readonly beside: JsonObject;
  /** @throws TooDeep */
  row(index: number): Row;
}

export interface Column {
  readonly name: string;
  /** Only where all its values are of that type, so that SQLite changes none of them. */
  readonly type: 'INTEGER' | 'REAL' | 'TEXT' | '';
}

export interface Row {
  readonly cells: readonly Cell[];
  /** Of the row as JSON, or of the text. */
  readonly bytes: number;
}

export type Cell = null | string | number | bigint;

/** A value, or an item of a list, is nested too deep to be stored. */
export class TooDeep extends Error {
  override readonly name = 'TooDeep';
}

/**
 * How a value is stored so that SQL can read it, and so that it comes out as it went in.
 * @throws TooDeep
 */
export function layoutOf(value: Json): Layout {
  if (typeof value === 'string') return single('text', value);
  if (Array.isArray(value)) return list(value);
  const table = tableLayout(value);
  if (table) return table;
  if (isTooDeep(value)) throw new TooDeep();
  return single('json', JSON.stringify(value));
}

/** The beginning of a text, whatever it is the beginning of. */
export function cutLayout(text: string): Layout {
  return { ...single('text', text), cut: true };
}

/** `value`, `json` and others would be taken for columns of json_each. */
const dataColumn: Column = { name: 'data', type: 'TEXT' };

function single(kind: 'json' | 'text', text: string): Layout {
  const bytes = Buffer.byteLength(text);
  return { kind, columns: [dataColumn], rows: 1, cut: false, beside: {}, row: () => ({ cells: [text], bytes }) };
}

function list(items: readonly Json[]): Layout {
  const row = (index: number): Row => {
    const item = items[index] ?? null;
    if (isTooDeep(item)) throw new TooDeep();
    const text = JSON.stringify(item);
    return { cells: [text], bytes: Buffer.byteLength(text) };
  };
  return { kind: 'list', columns: [dataColumn], rows: items.length, cut: false, beside: {}, row };
}

/** SQLite takes no more columns than this. */
const maxColumns = 2000;

/** More than this beside columns and rows is data that a table would lose. */
const maxBeside = 1000;

/** `{ columns, rows }` whose cells are null, texts and numbers; undefined for anything else. */
function tableLayout(value: Json): Layout | undefined {
  if (!isObject(value)) return undefined;
  const { columns: names, rows, ...beside } = value;
  if (!Array.isArray(names) || !Array.isArray(rows) || names.length === 0 || names.length > maxColumns)
    return undefined;
  if (!names.every((name) => typeof name === 'string')) return undefined;
  if (!rows.every((row) => isRow(row, names.length))) return undefined;
  if (!isSmall(beside)) return undefined;
  const table = rows as readonly (readonly Scalar[])[];
  const types = names.map((_, at) => typeOfColumn(table, at));
  const columns = uniqueNames(names).map((name, at): Column => ({ name, type: types[at]?.type ?? '' }));
  const whole = types.flatMap(({ mixed, fractions }, at) => (mixed && !fractions ? [at] : []));
  return {
    kind: 'table',
    columns,
    rows: table.length,
    cut: false,
    beside,
    row: (index) => {
      const cells: Cell[] = [...(table[index] ?? [])];
      const bytes = Buffer.byteLength(JSON.stringify(cells));
      // Numbers are bound as REAL, and nothing makes integers of them in a column without a type.
      for (const at of whole) if (Number.isSafeInteger(cells[at])) cells[at] = BigInt(cells[at] as number);
      return { cells, bytes };
    },
  };
}

type Scalar = null | string | number;

function isRow(row: Json, width: number): boolean {
  return Array.isArray(row) && row.length === width && row.every(isScalar);
}

function isScalar(cell: Json): boolean {
  if (typeof cell === 'string') return !loneSurrogate.test(cell);
  return cell === null || typeof cell === 'number';
}

/** SQLite keeps texts as UTF-8, which has no place for half a character. */
const loneSurrogate = /\p{Cs}/u;

function isSmall(beside: JsonObject): boolean {
  return Object.values(beside).every((each) => !isObject(each) && !Array.isArray(each)) && textOf(beside) <= maxBeside;
}

function textOf(beside: JsonObject): number {
  return Object.entries(beside).reduce((sum, [key, value]) => sum + key.length + String(value).length, 0);
}

/** Of a column: the type that all its values have, or that they are mixed, and whether numbers have fractions. */
function typeOfColumn(rows: readonly (readonly Scalar[])[], at: number) {
  const texts = rows.some((row) => typeof row[at] === 'string');
  const numbers = rows.some((row) => typeof row[at] === 'number');
  const fractions = rows.some((row) => typeof row[at] === 'number' && !Number.isSafeInteger(row[at]));
  if (texts && numbers) return { type: '', mixed: true, fractions } as const;
  if (numbers) return { type: fractions ? 'REAL' : 'INTEGER', mixed: false, fractions } as const;
  return { type: texts ? 'TEXT' : '', mixed: false, fractions } as const;
}

/** Column names that SQLite can tell apart. `_rowid_` stays free: it gives the rows their order. */
function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set(['_rowid_']);
  return names.map((name, at) => {
    const clean = name.replace(unusable, '').trim() || `column_${at + 1}`;
    let free = clean;
    for (let count = 2; taken.has(free.toLowerCase()); count++) free = `${clean}_${count}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

const unusable = /[\p{Cc}\p{Cs}]/gu;

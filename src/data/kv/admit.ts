import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Layout } from './layout.ts';
import { clipText, count, outline } from './outline.ts';
import type { Entry } from './store.ts';

/** How much of a stored value a model is shown. */
export interface PreviewLimits {
  readonly rows: number;
  readonly chars: number;
}

/** What a model is shown of a value that has been stored. */
export function handleOf(entry: Entry, layout: Layout, value: Json, limits: PreviewLimits): JsonObject {
  const { result, kind, table, rows, bytes } = entry;
  const note = [besideNote(layout), cutNote(entry, layout), readNote(entry, limits)].filter(Boolean).join(' ');
  const own = {
    result,
    kind: kind === 'list' ? 'json' : kind,
    table,
    rows,
    columns: columnsShown(entry.columns, limits.chars),
    bytes,
    preview: preview(layout, value, limits),
  };
  return { ...own, ...layout.beside, ...own, note };
}

/** What a model is shown of a value that could not be stored. */
export function withoutHandle(value: Json, reason: string, limits: PreviewLimits): JsonObject {
  const text = typeof value === 'string';
  const shown = text ? clipText(value, limits.chars) : outline(value, limits.chars);
  return {
    kind: text ? 'text' : 'json',
    preview: shown,
    note: `Only this preview is left of the result: ${reason}.`,
  };
}

function besideNote({ beside }: Layout): string {
  return typeof beside.note === 'string' ? beside.note : '';
}

function cutNote({ kind, rows, cut }: Entry, layout: Layout): string {
  if (!cut) return '';
  if (kind === 'text') return 'Only its beginning was small enough to be stored.';
  return `Only the first ${rows} of ${count(layout.rows, kind === 'table' ? 'row' : 'item')} were small enough to be stored.`;
}

function readNote({ result, kind, table, rows }: Entry, limits: PreviewLimits): string {
  if (kind === 'table') {
    const shown = rows > limits.rows ? `The preview holds the first of ${count(rows, 'row')}. ` : '';
    return `${shown}Stored as ${result}: use result_query on the table ${table}, result_read or result_search.`;
  }
  const sql = kind === 'list' ? ` The table ${table} has one row for each item, as JSON in its column data.` : '';
  return `Stored as ${result}: use result_read or result_search.${sql}`;
}

function columnsShown(columns: readonly string[], chars: number): readonly string[] {
  const shown: string[] = [];
  let left = chars;
  for (const column of columns) {
    left -= column.length + 3;
    if (left < 0) return [...shown, `… ${columns.length - shown.length} more`];
    shown.push(column);
  }
  return shown;
}

function preview(layout: Layout, value: Json, { rows, chars }: PreviewLimits): Json {
  if (typeof value === 'string') return clipText(value, chars);
  if (layout.kind !== 'table') return outline(value, chars);
  const all = isObject(value) && Array.isArray(value.rows) ? value.rows : [];
  return rowsThatFit(all as readonly (readonly Json[])[], rows, chars);
}

/** The first rows, their long texts cut, as many as fit into `chars` characters of JSON. */
function rowsThatFit(all: readonly (readonly Json[])[], rows: number, chars: number): Json {
  const shown: Json[] = [];
  let left = chars;
  for (const row of all.slice(0, rows)) {
    const cells = row.map((cell) => (typeof cell === 'string' ? clipText(cell, longestCell) : cell));
    left -= JSON.stringify(cells).length + 1;
    if (left < 0) break;
    shown.push(cells);
  }
  return shown.length > 0 || all.length === 0 ? shown : [outline(all[0] ?? [], chars)];
}

const longestCell = 200;

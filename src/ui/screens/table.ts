import { messageOf } from '../../core/errors.ts';
import type { Json } from '../../core/json.ts';
import type { QueryResult } from '../../core/ports.ts';
import { visible } from '../../core/text.ts';
import { counted } from '../brief.ts';
import { columnLines, columnText, tableHead } from '../catalog/table-lines.ts';
import type { CatalogPort, TableDetails } from '../catalog-port.ts';
import { cut, filled, pad, padStart, safeLine, widthOf, wrap } from '../lines.ts';
import { moveIn, shownOf } from '../list.ts';
import type { Page, PageDesk } from '../page.ts';
import type { Look } from '../paint.ts';
import { type TextPart, textPage } from './text.ts';

const panes = ['columns', 'rows', 'joins', 'notes'] as const;

type Pane = (typeof panes)[number];

interface State {
  details: TableDetails;
  pane: Pane;
  /** The selected line of each pane. */
  readonly at: Record<Pane, number>;
  /** The first column of the sample that is shown. */
  left: number;
  sample: QueryResult | 'reading' | { readonly problem: string } | undefined;
  height: number;
}

interface Parts {
  readonly desk: PageDesk;
  readonly port: CatalogPort;
  readonly state: State;
}

/** A table: its columns, a sample of its rows, what it joins with, and what was noted of it. @param column to begin at */
export function tablePage(desk: PageDesk, port: CatalogPort, details: TableDetails, column?: string): Page {
  const first = details.columns.findIndex(({ name }) => name === column);
  const state: State = {
    details,
    pane: 'columns',
    at: { columns: Math.max(0, first), rows: 0, joins: 0, notes: 0 },
    left: 0,
    sample: undefined,
    height: 10,
  };
  const parts: Parts = { desk, port, state };
  return {
    title: 'table',
    about: () => [details.name, state.details.rows].filter((text) => text !== '').join(' · '),
    keys: [
      { keys: 'tab', about: 'columns, rows, joins, notes', brief: 'pane' },
      { keys: '↑↓', about: 'choose' },
      { keys: 'enter', about: 'the row, or the note, in full', brief: 'in full' },
      { keys: '←→', about: 'other columns of the rows', brief: 'columns' },
      { keys: '@', about: 'puts the name of the table or the column into your prompt', brief: 'mention' },
      { keys: 'y', about: 'copies that name', brief: 'copy' },
      { keys: 'p', about: 'profiles the table now', brief: 'profile' },
    ],
    lines: (look, rows) => linesOf(state, look, rows),
    press: (key) => press(parts, key.kind === 'key' ? key.name : key.text),
  };
}

function press(parts: Parts, name: string): boolean {
  const { desk, state } = parts;
  const action = actions[name];
  if (action) {
    action(parts);
    return true;
  }
  const number = panes[Number(name) - 1];
  if (number) return show(parts, number);
  if ((name === 'left' || name === 'right') && state.pane === 'rows') {
    state.left = Math.max(0, Math.min(state.details.columns.length - 1, state.left + (name === 'left' ? -1 : 1)));
    return true;
  }
  const next = moveIn(state.at[state.pane], countOf(state), name, state.height);
  if (next === undefined) return false;
  state.at[state.pane] = next;
  desk.changed();
  return true;
}

const actions: Readonly<Record<string, (parts: Parts) => unknown>> = {
  tab: (parts) => show(parts, neighbour(parts.state.pane, 1)),
  'shift+tab': (parts) => show(parts, neighbour(parts.state.pane, -1)),
  enter: (parts) => openSelected(parts),
  y: ({ desk, state }) => {
    desk.copy(nameOf(state));
    desk.say(`copied ${nameOf(state)}`, 'good');
  },
  '@': ({ desk, state }) => desk.toChat(`@${nameOf(state)} `),
  p: (parts) => profile(parts),
};

function neighbour(pane: Pane, way: 1 | -1): Pane {
  return panes[(panes.indexOf(pane) + way + panes.length) % panes.length] ?? 'columns';
}

/** The table, or its selected column. */
function nameOf({ details, pane, at }: State): string {
  const column = pane === 'columns' ? details.columns[at.columns] : undefined;
  return column ? `${details.name}.${column.name}` : details.name;
}

function show({ desk, port, state }: Parts, pane: Pane): true {
  state.pane = pane;
  if (pane !== 'rows' || state.sample !== undefined) return true;
  state.sample = 'reading';
  port.sample(state.details.name).then(
    (sample) => {
      state.sample = sample;
      desk.changed();
    },
    (thrown) => {
      state.sample = { problem: messageOf(thrown) };
      desk.changed();
    },
  );
  return true;
}

function profile({ desk, port, state }: Parts): void {
  const { name } = state.details;
  desk.say(`profiling ${name}…`);
  const done = async () => {
    await port.update(name);
    state.details = await port.table(name);
    state.sample = undefined;
    if (state.pane === 'rows') show({ desk, port, state }, 'rows');
  };
  done().then(
    () => desk.say(`${name} is profiled: ${state.details.profiled}`, 'good'),
    (thrown) => desk.say(messageOf(thrown), 'bad'),
  );
}

function openSelected({ desk, state }: Parts): void {
  const { details, pane, at, sample } = state;
  const column = details.columns[at.columns];
  const row = isSample(sample) ? sample.rows[at.rows] : undefined;
  const note = details.notes[at.notes];
  const join = details.joins[at.joins];
  if (pane === 'columns' && column) {
    desk.open((opened) =>
      textPage(opened, { title: 'column', about: nameOf(state), lines: (look) => columnText(column, look) }),
    );
  }
  if (pane === 'rows' && isSample(sample) && row) {
    const title = `row ${at.rows + 1}`;
    desk.open((opened) => rowPage(opened, { title, about: details.name }, sample.columns, row));
  }
  if (pane === 'joins' && join !== undefined) openText(desk, { title: 'key', about: details.name }, join);
  if (pane === 'notes' && note) openText(desk, { title: 'note', about: note.title }, note.text);
}

type Head = Pick<TextPart, 'title' | 'about'>;

function openText(desk: PageDesk, head: Head, text: string): void {
  const lines = ({ width }: Look) => wrap(visible(text), width);
  desk.open((opened) => textPage(opened, { ...head, copy: text, lines }));
}

function rowPage(desk: PageDesk, head: Head, columns: readonly string[], row: readonly Json[]): Page {
  const copy = JSON.stringify(Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null])), null, 2);
  return textPage(desk, {
    ...head,
    copy,
    lines: ({ width, theme }) => {
      const widest = Math.min(Math.floor(width / 3), Math.max(0, ...columns.map(widthOf)));
      return columns.flatMap((column, at) =>
        wrap(visible(cellText(row[at] ?? null)), width - widest - 3).map(
          (line, place) => ` ${theme.dim(pad(place === 0 ? safeLine(column, widest) : '', widest))}  ${line}`,
        ),
      );
    },
  });
}

function isSample(sample: State['sample']): sample is QueryResult {
  return typeof sample === 'object' && 'rows' in sample;
}

function countOf({ details, pane, sample }: State): number {
  if (pane === 'rows') return isSample(sample) ? sample.rows.length : 0;
  return details[pane].length;
}

function linesOf(state: State, look: Look, rows: number): string[] {
  const { details, pane, at } = state;
  const low = rows < 10;
  const head = low ? [] : [...tableHead(details, look).slice(0, Math.max(2, rows - 12)), ''];
  const tabs = tabLine(state, look);
  const column = pane === 'columns' ? details.columns[at.columns] : undefined;
  const foot = column && rows >= 16 ? columnFoot(columnText(column, look), look) : [];
  const room = Math.max(1, rows - head.length - 1 - foot.length - (low ? 0 : 1));
  state.height = room;
  const body = paneLines(state, look, room);
  return [...head, tabs, ...(low ? [] : ['']), ...(foot.length > 0 ? filled(body, room) : body), ...foot];
}

/** A column's text needs few lines; a fixed number of them keeps the list in its place. */
function columnFoot(text: readonly string[], { theme, width }: Look): string[] {
  return [theme.dim('─'.repeat(width)), ...Array.from({ length: 4 }, (_, at) => text[at] ?? '')];
}

function tabLine({ details, pane, sample }: State, { theme, width }: Look): string {
  const counts: Readonly<Record<Pane, number | undefined>> = {
    columns: details.columns.length,
    rows: isSample(sample) ? sample.rows.length : undefined,
    joins: details.joins.length,
    notes: details.notes.length,
  };
  const tabs = panes.map((each) => {
    const text = counts[each] === undefined || width < 50 ? each : `${each} ${counts[each]}`;
    return each === pane ? theme.cyan(theme.bold(`[${text}]`)) : theme.dim(` ${text} `);
  });
  return cut(tabs.join(' '), width);
}

function paneLines(state: State, look: Look, rows: number): string[] {
  const { details, pane, at } = state;
  if (pane === 'rows') return sampleLines(state, look, rows);
  if (pane === 'columns') {
    const { from, to } = shownOf(at.columns, details.columns.length, rows);
    return columnLines(details.columns.slice(from, to), at.columns - from, look);
  }
  const texts =
    pane === 'joins' ? details.joins : details.notes.map(({ title, text, by }) => `${title}: ${text}  (${by})`);
  const { theme, width } = look;
  if (texts.length === 0)
    return [theme.dim(pane === 'joins' ? ' no keys lead from it or to it' : ' nothing has been noted')];
  const { from, to } = shownOf(at[pane], texts.length, rows);
  return texts.slice(from, to).map((text, row) => {
    const here = from + row === at[pane];
    const line = `${here ? '❯' : ' '} ${safeLine(text, width - 2)}`;
    return here ? theme.cyan(line) : line;
  });
}

/** Cells of a sample are no wider. */
const widestCell = 28;

function sampleLines({ details, sample, at, left }: State, { theme, width }: Look, rows: number): string[] {
  if (sample === undefined || sample === 'reading') return [theme.dim(' reading…')];
  if (!isSample(sample)) return wrap(visible(sample.problem), width - 2).map((line) => theme.red(` ${line}`));
  if (sample.rows.length === 0) return [theme.dim(` ${details.name} has no rows`)];
  const cut_ = sample.truncated === 'bytes' ? `, cut at ${sample.rows.length}: they are large` : '';
  const note = theme.dim(cut(` a sample of ${counted(sample.rows.length, 'row')}${cut_}`, width));
  const room = Math.max(1, rows - 2);
  const { from, to } = shownOf(at.rows, sample.rows.length, room);
  const shown = sample.rows.slice(from, to);
  const columns = sample.columns.slice(left).map((name, offset) => {
    const cells = shown.map((row) => safeLine(cellText(row[left + offset] ?? null), widestCell));
    const numeric = shown.every((row) => typeof row[left + offset] === 'number' || row[left + offset] === null);
    return { name: safeLine(name, widestCell), cells, numeric };
  });
  const widths = columns.map(({ name, cells }) => Math.max(widthOf(name), ...cells.map(widthOf)));
  const line = (cellOf: (column: (typeof columns)[number]) => string) =>
    columns.map((each, place) => (each.numeric ? padStart : pad)(cellOf(each), widths[place] ?? 0)).join('  ');
  const head = theme.bold(cut(`  ${line(({ name }) => name)}`, width));
  const body = shown.map((_, row) => {
    const here = from + row === at.rows;
    const text = cut(`${here ? '❯' : ' '} ${line(({ cells }) => cells[row] ?? '')}`, width);
    return here ? theme.cyan(text) : text;
  });
  return [head, ...body, ...(rows > 2 ? [note] : [])];
}

function cellText(value: Json): string {
  if (value === null) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

import { endingMarks } from '../../core/ending.ts';
import type { PriceStep } from '../../core/usage.ts';
import { cut, pad, padStart, safeLine, widthOf } from '../lines.ts';
import type { Look } from '../paint.ts';
import { tookText } from './detail.ts';
import { noteOf, titleOf } from './note.ts';
import { type Scale, scaleOf } from './scale.ts';
import type { Trace, TraceNode } from './trace.ts';
import type { TraceRow } from './tree.ts';

export interface TimelineView {
  readonly trace: Trace;
  /** The rows to draw. */
  readonly rows: readonly TraceRow[];
  /** The selected one, where there is one. */
  readonly selected: TraceNode | undefined;
  readonly priceOf: PriceStep;
  /** Whether the run is at work now, and the time. */
  readonly running: boolean;
  readonly now: number;
}

/** Columns of the parts of a line; 0 for a part that there is no room for. */
interface Columns {
  readonly label: number;
  readonly bar: number;
  readonly time: number;
  readonly note: number;
}

/** Things with bars against time: first the axis, where there is room for bars, then a line for each row. */
export function timelineLines(view: TimelineView, look: Look): string[] {
  if (look.plain) return view.rows.map((row) => plainLine(view, row));
  const columns = columnsOf(look.width);
  const scale = scaleOf(view.trace.events, endOf(view));
  const axis = columns.bar === 0 ? [] : [axisLine(columns, scale, look)];
  return [...axis, ...view.rows.map((row) => rowLine(view, row, columns, scale, look))];
}

/** Lines above the rows. */
export function axisRows({ width, plain }: Look): number {
  return plain || columnsOf(width).bar === 0 ? 0 : 1;
}

function columnsOf(width: number): Columns {
  const time = width >= 36 ? 7 : 0;
  const bar = width >= 48 ? Math.min(40, Math.floor(width * 0.28)) : 0;
  const label = Math.max(14, Math.min(44, Math.floor(width * (bar === 0 ? 0.55 : 0.38))));
  const note = width - label - (time === 0 ? 0 : time + 1) - (bar === 0 ? 0 : bar + 1) - 2;
  return { label, bar, time, note: note >= 6 ? note : 0 };
}

function endOf({ trace, running, now }: TimelineView): number {
  const last = trace.events.at(-1);
  const end = last ? Date.parse(last.at) : now;
  return running ? Math.max(end, now) : end;
}

/** A mark each so many columns. */
const tick = 8;

function axisLine({ label, bar }: Columns, scale: Scale, { theme }: Look): string {
  let line = '';
  for (let column = 0; column + 6 <= bar; column += tick) {
    line = pad(line, column) + (column === 0 ? '0s' : tookText(scale.timeAt(column / bar)));
  }
  return `${' '.repeat(label + 1)}${theme.dim(line)}`;
}

function rowLine(view: TimelineView, row: TraceRow, columns: Columns, scale: Scale, look: Look): string {
  const { theme } = look;
  const { node, depth, folded, passing } = row;
  const here = node === view.selected;
  const fold = folded === undefined ? ' ' : folded ? '▸' : '▾';
  // A deep tree keeps room for its names.
  const indent = ' '.repeat(Math.min(depth * 2, Math.max(0, columns.label - 16)));
  const head = `${here ? '❯' : ' '} ${indent}${fold} `;
  const label = pad(`${head}${safeLine(titleOf(node), Math.max(1, columns.label - widthOf(head)))}`, columns.label);
  const paint = here ? theme.cyan : passing ? (text: string) => text : theme.dim;
  const parts = [here ? theme.bold(paint(label)) : paint(label)];
  if (columns.bar > 0) parts.push(barOf(view, node, scale, columns.bar, look));
  if (columns.time > 0) parts.push(theme.dim(padStart(timeOf(view, node), columns.time)));
  if (columns.note > 0) parts.push(` ${noteText(view, row, columns.note, look)}`);
  return cut(parts.join(' '), look.width).trimEnd();
}

function timeOf({ running, now }: TimelineView, { from, to }: TraceNode): string {
  if (to !== undefined) return tookText(to - from);
  return running ? tookText(now - from) : '…';
}

function barOf(view: TimelineView, node: TraceNode, scale: Scale, width: number, { theme }: Look): string {
  const start = Math.min(width - 1, Math.floor(scale.place(node.from) * width));
  const end = Math.min(width, Math.ceil(scale.place(node.to ?? endOf(view)) * width));
  const length = Math.max(1, end - start);
  const short = scale.place(node.to ?? endOf(view)) - scale.place(node.from) < 0.5 / width;
  const mark = node.kind === 'approval' ? '░' : '█';
  const solid = short ? '▏' : mark.repeat(length);
  // What has not ended has an open end.
  const bar = node.to === undefined && length > 1 ? `${solid.slice(0, -1)}·` : solid;
  const paints = { run: theme.dim, agent: theme.blue, approval: theme.yellow, retry: theme.red } as const;
  const byState = node.state === 'bad' ? theme.red : node.state === 'unknown' ? theme.yellow : theme.cyan;
  const paint = node.kind in paints ? paints[node.kind as keyof typeof paints] : byState;
  return `${' '.repeat(start)}${paint(bar)}${' '.repeat(Math.max(0, width - start - widthOf(bar)))}`;
}

const marked: ReadonlySet<TraceNode['kind']> = new Set(['run', 'tool', 'approval', 'action']);

/** The mark, the colour and the first word of what did not end well. */
const notes = {
  bad: [endingMarks.failed, 'red', ''],
  warn: ['!', 'yellow', ''],
  unknown: [endingMarks.unknown, 'yellow', 'unknown: '],
} as const;

function noteText(view: TimelineView, { node, folded }: TraceRow, width: number, { theme }: Look): string {
  const { state, kind } = node;
  const text = noteOf(node, folded, view.priceOf);
  if (state === 'open') return openText(view, kind === 'approval' ? text : undefined, width, theme);
  if (state !== 'ok') {
    const [mark, paint, word] = notes[state];
    return theme[paint](`${mark} ${safeLine(`${word}${text}`, width - 2)}`);
  }
  if (!marked.has(kind)) return theme.dim(safeLine(text, width));
  return `${theme.green(endingMarks.ok)} ${theme.dim(safeLine(text, width - 2))}`;
}

/** @param waits what is waited for, where that is a person */
function openText({ running }: TimelineView, waits: string | undefined, width: number, theme: Look['theme']): string {
  if (waits === undefined && running) return theme.dim('●');
  return theme.yellow(`▲ ${safeLine(waits ?? 'has not ended', width - 2)}`);
}

function plainLine(view: TimelineView, { node, depth, folded }: TraceRow): string {
  const { kind } = node;
  const states = {
    ok: '',
    bad: 'failed',
    warn: 'warning',
    unknown: 'unknown',
    open: view.running ? 'running' : 'has not ended',
  };
  const name = kind === 'agent' || kind === 'tool' || kind === 'action' ? `${kind} ${titleOf(node)}` : titleOf(node);
  const took = node.to === undefined && !view.running ? '' : timeOf(view, node);
  const parts = [name, took, states[node.state], noteOf(node, folded, view.priceOf)];
  const said = parts.filter((part) => part !== '').join(', ');
  return safeLine(`level ${depth + 1}: ${said}`, 200);
}

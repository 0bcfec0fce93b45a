import type { Json } from '../../core/json.ts';
import { pad, safeLine, spread } from '../lines.ts';
import type { Look } from '../paint.ts';
import { firstLines, valueLines } from '../value-lines.ts';
import { detailOf, placeText } from './detail.ts';
import { eventWords } from './event-words.ts';
import { titleOf } from './note.ts';
import type { TraceNode } from './trace.ts';

/** What is selected, in a line: what it is, of which agent, and where it stands in the record. */
function headLine(node: TraceNode, { theme, width }: Look): string {
  const name = node.kind === 'tool' || node.kind === 'agent' ? `${node.kind} ${node.title}` : titleOf(node);
  const place = placeText(node);
  const left = ` ${theme.bold(safeLine(name, Math.floor(width / 2)))}${theme.dim(` · ${safeLine(node.agent, 30)}`)}`;
  return spread(left, theme.dim(safeLine(place, width)), width);
}

/** Narrower halves than these stand below each other. */
const narrowest = 36;

export interface DetailView {
  readonly node: TraceNode;
  /** Lines that are scrolled out at its top. */
  readonly top: number;
  /** Whether keys scroll it. */
  readonly focus: boolean;
}

/** Input and output of the selected thing, in `rows` lines: beside each other where there is room. */
export function detailLines({ node, top, focus }: DetailView, look: Look, rows: number): string[] {
  const { theme, width } = look;
  const { input, output } = detailOf(node);
  const head = headLine(node, look);
  const label = (text: string) => (focus ? theme.cyan(`▸${text}`) : theme.dim(` ${text}`));
  const half = Math.floor((width - 4) / 2);
  if (half < narrowest) {
    // Each gets half of the room, or what the other leaves.
    const room = Math.max(0, rows - 3);
    const tall = (value: Json | undefined) => windowOf(value, width - 1, top, room).length;
    const forOutput = Math.min(tall(output), Math.max(Math.ceil(room / 2), room - tall(input)));
    const part = (value: Json | undefined, lines: number) => windowOf(value, width - 1, top, lines);
    const both = [label('input'), ...part(input, room - forOutput), label('output'), ...part(output, forOutput)];
    return [head, ...both].slice(0, rows);
  }
  const [left, right] = [windowOf(input, half, top, rows - 2), windowOf(output, half, top, rows - 2)];
  const body = Array.from({ length: Math.max(left.length, right.length) }, (_, at) => {
    const line = left[at] ?? '';
    return ` ${pad(line, half)}  ${right[at] ?? ''}`;
  });
  const mark = top > 0 ? ` ↑${top}` : '';
  return [head, `${label(pad(`input${mark}`, half))} ${label(' output')}`, ...body].slice(0, rows);
}

/** The last line that can be the first of a node's input and output, as far as up to `top`. */
export function lastTop(node: TraceNode, top: number, { width }: Look): number {
  const half = Math.floor((width - 4) / 2);
  const room = half < narrowest ? width - 1 : half;
  const { input, output } = detailOf(node);
  const heights = [input, output].map((value) =>
    value === undefined ? 0 : firstLines(value, room - 1, top + 1).lines.length,
  );
  return Math.max(0, ...heights.map((height) => height - 1));
}

function windowOf(value: Json | undefined, width: number, top: number, rows: number): string[] {
  if (rows <= 0) return [];
  const indent = width > 3 ? ' ' : '';
  if (value === undefined) return [`${indent}–`];
  const { lines, more } = firstLines(value, width - 1, top + rows);
  const shown = lines.slice(Math.min(top, Math.max(0, lines.length - 1)));
  return shown.map((line, at) => `${indent}${more && at === shown.length - 1 ? '… enter shows all of it' : line}`);
}

/** All of what went in and came out, and the events that tell it. */
export function wholeLines(node: TraceNode, look: Look): string[] {
  const { theme, width } = look;
  const { input, output } = detailOf(node);
  const section = (title: string, lines: Iterable<string>) => [
    theme.bold(title),
    ...[...lines].map((line) => `  ${line}`),
    '',
  ];
  return [
    headLine(node, look),
    '',
    ...section('input', valueLines(input, width - 2)),
    ...section('output', output === undefined ? ['–'] : valueLines(output, width - 2)),
    ...section(
      'events',
      node.events.map((event) => safeLine(`#${event.seq} ${eventWords(event)}`, Math.max(1, width - 2))),
    ),
  ];
}

/** What is copied: exactly what went in and came out. */
export function copyText(node: TraceNode): string {
  const { input, output } = detailOf(node);
  return JSON.stringify({ input, output }, null, 2);
}

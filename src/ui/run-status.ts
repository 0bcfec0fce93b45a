import type { Paint } from '../core/palette.ts';
import type { RunSummary } from '../core/ports.ts';
import type { Cell } from './columns.ts';
import type { Theme } from './paint.ts';

type Status = RunSummary['status'];

const marks: Readonly<Record<Status, string>> = {
  done: '✓',
  failed: '✗',
  paused: '▲',
  decided: '△',
  interrupted: '!',
  budget: '!',
  open: '○',
};

/** A run's status in a list, with a mark where nothing is read aloud. */
export function statusCell(status: Status, running: boolean, theme: Theme, plain: boolean): Cell {
  const mark = plain ? '' : `${running ? '●' : marks[status]} `;
  const paints: Partial<Record<Status, Paint>> = { done: theme.green, failed: theme.red };
  return { text: `${mark}${running ? 'running' : status}`, paint: paints[status] ?? theme.yellow };
}

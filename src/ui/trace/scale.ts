import type { Event } from '../../core/event.ts';

/** Where a moment of a run stands on a line: time that was only waited for a person is drawn shorter. */
export interface Scale {
  /** @param at milliseconds since 1970 @returns 0 for the beginning, 1 for the end */
  place(at: number): number;
  /** Milliseconds since the beginning, at a place from 0 to 1. */
  timeAt(place: number): number;
}

interface Gap {
  readonly from: number;
  readonly to: number;
  /** Milliseconds that it is drawn as. */
  readonly drawn: number;
}

/** A wait is drawn as at most this part of the time in which something happened, and at least this long. */
const longestWait = 0.25;
const shortestWait = 100;

/** @param end of what is drawn, in milliseconds since 1970 */
export function scaleOf(events: readonly Event[], end: number): Scale {
  const first = events[0];
  const start = first ? Date.parse(first.at) : end;
  const found = waits(events, end);
  const waited = found.reduce((sum, { from, to }) => sum + to - from, 0);
  const longest = Math.max(shortestWait, (end - start - waited) * longestWait);
  const gaps: Gap[] = found.map(({ from, to }) => ({ from, to, drawn: Math.min(to - from, longest) }));
  const saved = gaps.reduce((sum, { from, to, drawn }) => sum + to - from - drawn, 0);
  const whole = Math.max(1, end - start - saved);
  const place = (at: number) => {
    let drawn = at - start;
    for (const gap of gaps) {
      if (at <= gap.from) break;
      const into = Math.min(at, gap.to) - gap.from;
      drawn -= into * (1 - gap.drawn / (gap.to - gap.from));
    }
    return Math.max(0, Math.min(1, drawn / whole));
  };
  const timeAt = (wanted: number) => {
    let drawn = wanted * whole;
    let at = start;
    for (const gap of gaps) {
      if (drawn <= gap.from - at) break;
      drawn -= gap.from - at;
      if (drawn <= gap.drawn) return gap.from - start + drawn * ((gap.to - gap.from) / gap.drawn);
      drawn -= gap.drawn;
      at = gap.to;
    }
    return at - start + drawn;
  };
  return { place, timeAt };
}

/** When nothing happened but that a person was waited for, or no process was there. */
function waits(events: readonly Event[], end: number): { readonly from: number; readonly to: number }[] {
  const open = new Set<string>();
  const found: { from: number; to: number }[] = [];
  for (const [at, event] of events.entries()) {
    if (event.type === 'approval.requested') open.add(event.data.approval);
    if (event.type === 'approval.decided') open.delete(event.data.approval);
    const next = events[at + 1];
    const from = Date.parse(event.at);
    const to = next ? Date.parse(next.at) : end;
    const idle = event.type === 'run.finished' || next?.type === 'run.resumed';
    if (to > from && (open.size > 0 || idle)) found.push({ from, to });
  }
  return found;
}

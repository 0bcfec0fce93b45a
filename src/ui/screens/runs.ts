import type { Event } from '../../core/event.ts';
import type { RunFigures, RunSummary } from '../../core/ports.ts';
import { counted, duration } from '../brief.ts';
import { type Cell, type Column, columnLines } from '../columns.ts';
import { withText } from '../editor.ts';
import { type Filter, filterEscape, filterKeys, noFilter, pressFilter, wordsOf } from '../filter.ts';
import type { Key } from '../keys.ts';
import { filterLine } from '../line-edit.ts';
import { cut, filled, safeLine } from '../lines.ts';
import { moveIn, shownOf } from '../list.ts';
import type { Page, PageDesk } from '../page.ts';
import type { Look } from '../paint.ts';
import { type RunCosts, runCosts } from '../run-costs.ts';
import { type RunFeed, runFeed } from '../run-feed.ts';
import { statusCell } from '../run-status.ts';
import { axisRows, timelineLines } from '../trace/timeline.ts';
import { type Trace, traceOf } from '../trace/trace.ts';
import { treeRows } from '../trace/tree.ts';
import { moment } from '../when.ts';
import { conversationPage } from './conversation.ts';
import { goOn, isRunning } from './runs-of.ts';
import { type Asking, asking, saveCase } from './saving.ts';
import { runTracePage } from './trace.ts';

interface RunsDesk {
  readonly desk: PageDesk;
  readonly asking: Asking;
  readonly costs: RunCosts;
  readonly now: () => number;
  filter: Filter;
  feed: RunFeed;
  figures: RunFigures | undefined;
  /** They are being added up. */
  soon: NodeJS.Immediate | undefined;
  /** The place of the selected one; beyond the last one until that is known. */
  at: number;
  height: number;
  preview: { readonly key: string; readonly trace: Trace } | undefined;
}

/** The runs of the workspace, newest first. @param words of a filter */
export function runsPage(desk: PageDesk, words: readonly string[] = [], now: () => number = Date.now): Page {
  const filter: Filter = { ...noFilter, editor: withText(words.join(' ')) };
  const here: RunsDesk = {
    desk,
    asking: asking(),
    costs: runCosts(desk.controller.facts.priceOf, desk.changed),
    now,
    filter,
    feed: runFeed(desk.controller.records, wordsOf(filter), desk.changed),
    figures: undefined,
    soon: undefined,
    at: 0,
    height: 10,
    preview: undefined,
  };
  const unsubscribe = desk.controller.subscribe({ event: (event) => hear(here, event), delta: () => undefined });
  return {
    title: 'runs',
    about: () => {
      const { runs } = here.figures ?? {};
      const count = runs === undefined ? '…' : `${runs.toLocaleString('en-US')} ${runs === 1 ? 'run' : 'runs'}`;
      return `workspace ${desk.controller.facts.workspace} · ${count}`;
    },
    keys: [
      { keys: '↑↓', about: 'choose', brief: 'run' },
      { keys: 'enter', about: 'the trace of the run', brief: 'trace' },
      { keys: '/', about: 'filter: status:failed agent:planner session:s-… words', brief: 'filter' },
      { keys: 'c', about: 'go on with a run that has not ended', brief: 'go on' },
      { keys: 's', about: 'the conversation that the run is part of', brief: 'session' },
      { keys: 'e', about: 'save the run as an eval case', brief: 'eval case' },
      { keys: 'y', about: "copy the run's id", brief: 'copy id' },
    ],
    lines: (look, rows) => linesOf(here, look, rows),
    escape: () => (here.asking.open() ? 'esc cancels' : filterEscape(here.filter)),
    typing: () => here.asking.keys() ?? filterKeys(here.filter),
    press: (key) => press(here, key),
    close: () => {
      unsubscribe();
      clearImmediate(here.soon);
      here.feed.close();
      here.costs.close();
    },
  };
}

const changing: ReadonlySet<Event['type']> = new Set([
  'run.started',
  'run.resumed',
  'run.finished',
  'approval.requested',
  'approval.decided',
  'grant.revoked',
]);

function hear(here: RunsDesk, { type, runId }: Event): void {
  if (!changing.has(type)) return;
  const selected = here.feed.found[here.at]?.runId;
  here.feed.refresh(runId);
  here.figures = undefined;
  // The selection stays on its run.
  if (selected !== undefined)
    here.at = Math.max(
      0,
      here.feed.found.findIndex((run) => run.runId === selected),
    );
}

/** Figures of very many runs take a moment: the list is shown without them first. */
function figuresOf(here: RunsDesk, atOnce: boolean): RunFigures | undefined {
  const { desk, figures } = here;
  if (figures) return figures;
  if (atOnce) here.figures = desk.controller.records.figures();
  here.soon ??= setImmediate(() => {
    here.soon = undefined;
    here.figures ??= desk.controller.records.figures();
    desk.changed();
  });
  return here.figures;
}

/** Fewer rows have no room for the trace of the selected run. */
const rowsForTrace = 16;

function linesOf(here: RunsDesk, look: Look, rows: number): string[] {
  const { feed, filter } = here;
  const filtering = filter.open || filter.editor.text !== '';
  const question = here.asking.lines(look);
  const foot = [...(rows >= 8 ? figureLines(figuresOf(here, look.plain), look) : []), ...question];
  const preview = rows >= rowsForTrace && !look.plain ? Math.min(14, Math.floor(rows * 0.4)) : 0;
  const head = filtering ? 1 : 0;
  const height = Math.max(1, rows - head - 1 - foot.length - preview);
  here.height = height;
  feed.want(Math.min(here.at, Number.MAX_SAFE_INTEGER) + height + 200);
  const at = Math.max(0, Math.min(here.at, feed.found.length - 1));
  if (feed.done() || here.at < feed.found.length) here.at = at;
  const { from, to } = shownOf(at, feed.found.length, height);
  const runs = feed.found.slice(from, to);
  const { records } = here.desk.controller;
  const costs = here.costs.of(
    runs.map(({ runId, events }) => ({ key: `${runId} ${events}`, events: () => records.events(runId) })),
    look.plain,
  );
  const found = `${feed.found.length.toLocaleString('en-US')}${feed.done() ? '' : '+'} found`;
  const lines = [
    ...(filtering ? [filterLine(filter, found, look)] : []),
    ...listLines(here, { runs, costs, selected: at - from }, look),
  ];
  if (runs.length === 0) lines.push(look.theme.dim(emptyText(filtering, feed.done())));
  if (look.plain) return [...lines, ...foot];
  // What a short list leaves is the trace's.
  const left = rows - lines.length - foot.length;
  if (preview > 0) return [...lines, ...previewLines(here, feed.found[at], look, left), ...foot];
  return [...filled(lines, rows - foot.length), ...foot];
}

function emptyText(filtering: boolean, done: boolean): string {
  if (!done) return '  looking…';
  return filtering ? '  nothing passes the filter' : '  no runs yet';
}

interface Listed {
  readonly runs: readonly RunSummary[];
  readonly costs: readonly string[];
  /** Place among them. */
  readonly selected: number;
}

const columns: readonly Column[] = [
  { title: 'run', from: 74, most: 20 },
  { title: 'when' },
  { title: 'status' },
  { title: 'time', from: 64, right: true },
  { title: 'cost', from: 50, right: true },
  { title: 'prompt' },
];

function listLines({ desk, now }: RunsDesk, { runs, costs, selected }: Listed, look: Look): string[] {
  const { theme, plain } = look;
  const time = now();
  const rows = runs.map((run, at): Cell[] => [
    { text: run.runId },
    { text: moment(run.startedAt, time) },
    statusCell(run.status, isRunning(desk, run.runId), theme, plain),
    { text: tookText(run), paint: theme.dim },
    { text: costs[at] ?? '', paint: theme.dim },
    { text: run.prompt },
  ]);
  return columnLines(columns, rows, selected, look);
}

function tookText({ startedAt, finishedAt }: RunSummary): string {
  if (finishedAt === null) return '–';
  return duration(Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)));
}

const statuses = ['done', 'failed', 'paused', 'decided', 'interrupted', 'budget', 'open'] as const;

/** All runs in figures: `done 118 · failed 15 · median 6.4s · p95 31s`. */
function figureLines(figures: RunFigures | undefined, { theme, width }: Look): string[] {
  if (!figures) return [''];
  const { byStatus, medianMs, p95Ms } = figures;
  const counts = statuses.flatMap((status) => {
    const count = byStatus[status];
    return count === undefined ? [] : [`${status} ${count.toLocaleString('en-US')}`];
  });
  const times = medianMs === null || p95Ms === null ? [] : [`median ${duration(medianMs)}`, `p95 ${duration(p95Ms)}`];
  const all = [...counts, ...times];
  return all.length === 0 ? [] : [theme.dim(cut(` ${all.join(' · ')}`, width))];
}

/** Longer runs have no preview: it would be made at each move. */
const longestPreview = 2000;

function previewLines(here: RunsDesk, run: RunSummary | undefined, look: Look, rows: number): string[] {
  if (rows === 0) return [];
  const { theme, width } = look;
  const head = run ? ` trace ${safeLine(run.runId, 30)} ` : '';
  const rule = theme.dim(cut(`─${head}${'─'.repeat(width)}`, width).replace(/…$/, '─'));
  const body = run ? traceLines(here, run, look, rows - 1) : [];
  return filled([rule, ...body], rows);
}

function traceLines(here: RunsDesk, run: RunSummary, look: Look, rows: number): string[] {
  const { desk, now } = here;
  if (run.events > longestPreview) {
    return [look.theme.dim(cut(`  ${counted(run.events, 'event')}: enter shows them`, look.width))];
  }
  const key = `${run.runId} ${run.events}`;
  if (here.preview?.key !== key) here.preview = { key, trace: traceOf(desk.controller.records.events(run.runId)) };
  const { trace } = here.preview;
  const { root } = trace;
  if (!root) return [];
  const all = treeRows(root, new Set(), []);
  const room = rows - axisRows(look);
  const shown = all.slice(0, all.length > room ? room - 1 : room);
  const { priceOf } = desk.controller.facts;
  const running = isRunning(desk, run.runId);
  const lines = timelineLines({ trace, rows: shown, selected: undefined, priceOf, running, now: now() }, look);
  const more = all.length - shown.length;
  return more > 0 ? [...lines, look.theme.dim(`    … ${more} more`)].slice(0, rows) : lines;
}

function press(here: RunsDesk, key: Key): boolean {
  if (here.asking.press(key)) return true;
  const filter = pressFilter(here.filter, key);
  if (filter) {
    narrow(here, filter);
    return true;
  }
  const name = key.kind === 'key' ? key.name : key.text;
  if (name === 'end' || name === 'G') {
    // The last one is known when all have been read.
    here.at = Number.POSITIVE_INFINITY;
    return true;
  }
  const count = here.feed.found.length;
  const next = moveIn(Math.min(here.at, count - 1), count, name, here.height);
  if (next !== undefined) {
    here.at = next;
    return true;
  }
  const does = actions[name];
  const run = here.feed.found[Math.min(here.at, count - 1)];
  if (does && run) does(here, run);
  return does !== undefined;
}

function narrow(here: RunsDesk, filter: Filter): void {
  const before = wordsOf(here.filter).join(' ');
  here.filter = filter;
  const words = wordsOf(filter);
  if (words.join(' ') === before) return;
  here.feed.close();
  here.feed = runFeed(here.desk.controller.records, words, here.desk.changed);
  here.at = 0;
}

const actions: Readonly<Record<string, (here: RunsDesk, run: RunSummary) => void>> = {
  enter: ({ desk }, { runId }) => desk.open((pageDesk) => runTracePage(pageDesk, runId)),
  c: ({ desk }, { runId }) => goOn(desk, runId),
  s: ({ desk }, { session }) => desk.open((pageDesk) => conversationPage(pageDesk, session)),
  e: ({ desk, asking: asks }, { runId }) => saveCase(desk, asks, runId),
  y: ({ desk }, { runId }) => {
    desk.copy(runId);
    desk.say(`copied ${runId}`, 'good');
  },
};

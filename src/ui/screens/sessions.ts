import type { SessionSummary } from '../../core/ports.ts';
import { counted } from '../brief.ts';
import { type Cell, type Column, columnLines } from '../columns.ts';
import { withText } from '../editor.ts';
import { type Filter, filterEscape, filterKeys, noFilter, passes, pressFilter, wordsOf } from '../filter.ts';
import type { Key } from '../keys.ts';
import { filterLine } from '../line-edit.ts';
import { filled } from '../lines.ts';
import { moveIn, shownOf } from '../list.ts';
import type { Page, PageDesk } from '../page.ts';
import type { Look } from '../paint.ts';
import { type RunCosts, runCosts } from '../run-costs.ts';
import { statusCell } from '../run-status.ts';
import { moment } from '../when.ts';
import { conversationPage } from './conversation.ts';
import { isRunning } from './runs-of.ts';
import { type Asking, asking, exportSession } from './saving.ts';

interface SessionsDesk {
  readonly desk: PageDesk;
  readonly asking: Asking;
  readonly costs: RunCosts;
  readonly now: () => number;
  filter: Filter;
  /** All of them, newest first; undefined when they have to be read again. */
  all: readonly SessionSummary[] | undefined;
  shown: readonly SessionSummary[] | undefined;
  at: number;
  height: number;
}

/** The conversations of the workspace, newest first. @param words of a filter */
export function sessionsPage(desk: PageDesk, words: readonly string[] = [], now: () => number = Date.now): Page {
  const here: SessionsDesk = {
    desk,
    asking: asking(),
    costs: runCosts(desk.controller.facts.priceOf, desk.changed),
    now,
    filter: { ...noFilter, editor: withText(words.join(' ')) },
    all: undefined,
    shown: undefined,
    at: 0,
    height: 10,
  };
  const unsubscribe = desk.controller.subscribe({
    event: ({ type }) => {
      if (type === 'run.started' || type === 'run.finished') readAgain(here);
    },
    delta: () => undefined,
  });
  return {
    title: 'sessions',
    about: () => `workspace ${desk.controller.facts.workspace} · ${counted(allOf(here).length, 'session')}`,
    keys: [
      { keys: '↑↓', about: 'choose', brief: 'session' },
      { keys: 'enter', about: 'the conversation', brief: 'show' },
      { keys: 'c', about: 'go on with the session', brief: 'go on' },
      { keys: 'x', about: 'export it to a .md or .json file', brief: 'export' },
      { keys: '/', about: 'filter: status:paused words', brief: 'filter' },
      { keys: 'y', about: "copy the session's id", brief: 'copy id' },
    ],
    lines: (look, rows) => linesOf(here, look, rows),
    escape: () => (here.asking.open() ? 'esc cancels' : filterEscape(here.filter)),
    typing: () => here.asking.keys() ?? filterKeys(here.filter),
    press: (key) => press(here, key),
    close: () => {
      unsubscribe();
      here.costs.close();
    },
  };
}

function allOf(here: SessionsDesk): readonly SessionSummary[] {
  here.all ??= here.desk.controller.records.sessions();
  return here.all;
}

function shownIn(here: SessionsDesk): readonly SessionSummary[] {
  const words = wordsOf(here.filter);
  const passing = ({ session, prompt, status }: SessionSummary) => passes(words, { session, prompt, status });
  here.shown ??= words.length === 0 ? allOf(here) : allOf(here).filter(passing);
  return here.shown;
}

function readAgain(here: SessionsDesk): void {
  const selected = shownIn(here)[here.at]?.session;
  here.all = undefined;
  here.shown = undefined;
  here.at = Math.max(
    0,
    shownIn(here).findIndex(({ session }) => session === selected),
  );
}

function linesOf(here: SessionsDesk, look: Look, rows: number): string[] {
  const { filter, desk } = here;
  const shown = shownIn(here);
  const filtering = filter.open || filter.editor.text !== '';
  const question = here.asking.lines(look);
  const height = Math.max(1, rows - 1 - (filtering ? 1 : 0) - question.length);
  here.height = height;
  here.at = Math.max(0, Math.min(here.at, shown.length - 1));
  const { from, to } = shownOf(here.at, shown.length, height);
  const sessions = shown.slice(from, to);
  const { records } = desk.controller;
  const billed = sessions.map(({ session, runIds, lastAt, status }) => ({
    key: `${session} ${runIds.length} ${lastAt} ${status}`,
    events: () => runIds.flatMap((runId) => records.events(runId)),
  }));
  const costs = here.costs.of(billed, look.plain);
  const none = look.theme.dim(filtering ? '  nothing passes the filter' : '  no sessions yet');
  const list = listLines(here, { sessions, costs, selected: here.at - from }, look);
  const body = [...(filtering ? [filterLine(filter, `${shown.length} found`, look)] : []), ...list];
  if (sessions.length === 0) body.push(none);
  const asks = !look.plain && question.length > 0;
  return [...(asks ? filled(body, rows - question.length) : body), ...question];
}

interface Listed {
  readonly sessions: readonly SessionSummary[];
  readonly costs: readonly string[];
  readonly selected: number;
}

const columns: readonly Column[] = [
  { title: 'when' },
  { title: 'status' },
  { title: 'runs', from: 44, right: true },
  { title: 'cost', from: 52, right: true },
  { title: 'session', from: 96, most: 20 },
  { title: 'first prompt' },
];

function listLines({ desk, now }: SessionsDesk, { sessions, costs, selected }: Listed, look: Look): string[] {
  const { theme, plain } = look;
  const time = now();
  const rows = sessions.map((each, at): Cell[] => {
    const status = statusCell(each.status, isRunning(desk, each.lastRun), theme, plain);
    const here = each.session === desk.controller.facts.session ? ', here' : '';
    return [
      { text: moment(each.lastAt, time) },
      { ...status, text: `${status.text}${here}` },
      { text: `${each.runIds.length}`, paint: theme.dim },
      { text: costs[at] ?? '', paint: theme.dim },
      { text: each.session, paint: theme.dim },
      { text: each.prompt },
    ];
  });
  return columnLines(columns, rows, selected, look);
}

function press(here: SessionsDesk, key: Key): boolean {
  if (here.asking.press(key)) return true;
  const filter = pressFilter(here.filter, key);
  if (filter) {
    here.filter = filter;
    here.shown = undefined;
    here.at = 0;
    return true;
  }
  const name = key.kind === 'key' ? key.name : key.text;
  const shown = shownIn(here);
  const next = moveIn(here.at, shown.length, name, here.height);
  if (next !== undefined) {
    here.at = Math.max(0, next);
    return true;
  }
  const does = actions[name];
  const session = shown[here.at];
  if (does && session) does(here, session);
  return does !== undefined;
}

const actions: Readonly<Record<string, (here: SessionsDesk, session: SessionSummary) => void>> = {
  enter: ({ desk }, { session }) => desk.open((pageDesk) => conversationPage(pageDesk, session)),
  c: ({ desk }, { session }) => {
    if (session === desk.controller.facts.session) desk.toChat();
    else desk.command(`/resume ${session}`);
  },
  x: ({ desk, asking: asks }, { session }) => exportSession(desk, asks, session),
  y: ({ desk }, { session }) => {
    desk.copy(session);
    desk.say(`copied ${session}`, 'good');
  },
};

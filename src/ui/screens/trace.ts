import type { Event } from '../../core/event.ts';
import { visibleLine } from '../../core/text.ts';
import { duration } from '../brief.ts';
import { filterEscape, filterKeys, pressFilter } from '../filter.ts';
import type { KeyHelp } from '../key-table.ts';
import type { Key } from '../keys.ts';
import { filterLine } from '../line-edit.ts';
import { filled } from '../lines.ts';
import { shownOf } from '../list.ts';
import type { Page, PageDesk } from '../page.ts';
import type { Look } from '../paint.ts';
import { type TraceBrowser, traceBrowser } from '../trace/browser.ts';
import { usageText } from '../trace/detail.ts';
import { copyText, detailLines, lastTop, wholeLines } from '../trace/detail-lines.ts';
import { titleOf } from '../trace/note.ts';
import { axisRows, timelineLines } from '../trace/timeline.ts';
import { type TraceNode, traceOf } from '../trace/trace.ts';
import { replayPage } from './replay.ts';
import { findRun, goOn, isRunning } from './runs-of.ts';
import { type Asking, asking, saveCase } from './saving.ts';
import { textPage } from './text.ts';

export interface TracePart {
  /** What it is the trace of, in a word. */
  readonly title: string;
  readonly events: readonly Event[];
  /** Set for a run of the workspace's record: it can be followed, go on, and become an eval case. */
  readonly runId?: string;
  readonly now?: () => number;
}

/** The trace of a run of the workspace. @param word its id, or the start of it; default: the one at work, or the last */
export function runTracePage(desk: PageDesk, word: string | undefined): Page {
  const { runId } = findRun(desk, word);
  return tracePage(desk, { title: runId, events: desk.controller.records.events(runId), runId });
}

interface TraceDesk {
  readonly desk: PageDesk;
  readonly part: TracePart;
  readonly browser: TraceBrowser;
  readonly asking: Asking;
  /** Whether the run is at work in this chat. */
  running(): boolean;
  now(): number;
  /** Which part of the page keys move in. */
  pane: 'tree' | 'detail';
  detailTop: number;
  /** Rows of the tree that were shown last. */
  height: number;
}

/** What happened in a run: a tree with bars against time, and what went into and came out of the selected thing. */
export function tracePage(desk: PageDesk, part: TracePart): Page {
  const { runId, now = Date.now } = part;
  const running = () => runId !== undefined && isRunning(desk, runId);
  const browser = traceBrowser(traceOf(part.events), running());
  const here: TraceDesk = {
    desk,
    part,
    browser,
    asking: asking(),
    running,
    now,
    pane: 'tree',
    detailTop: 0,
    height: 10,
  };
  const stop = runId === undefined ? undefined : hearRun(here, runId);
  return {
    title: 'trace',
    about: () => aboutText(here),
    keys: runId === undefined ? commonKeys : [...commonKeys, ...runKeys],
    lines: (look, rows) => (look.plain ? plainLines(here, look) : pageLines(here, look, rows)),
    escape: () => escapeWord(here),
    typing: () => here.asking.keys() ?? filterKeys(browser.filter) ?? (here.pane === 'detail' ? paneKeys : undefined),
    press: (key) => press(here, key),
    ...(stop && { close: stop }),
  };
}

const commonKeys: readonly KeyHelp[] = [
  { keys: '↑↓', about: 'choose', brief: 'choose' },
  { keys: '←→', about: 'fold, unfold', brief: 'fold' },
  { keys: 'enter', about: 'all of the input and output', brief: 'full' },
  { keys: 'r', about: 'replay the run from here', brief: 'replay' },
  { keys: '/', about: 'filter: agent:planner tool:storePlan type:approval status:failed words', brief: 'filter' },
  { keys: 'y', about: 'copy input and output', brief: 'copy' },
  { keys: 'tab', about: 'scroll the input and output', brief: 'pane' },
  { keys: 'z', about: 'fold all, unfold all' },
];

/** While keys scroll the input and output. */
const paneKeys: readonly KeyHelp[] = [
  { keys: '↑↓', about: 'scroll the input and output', brief: 'scroll' },
  { keys: 'tab', about: 'back to the tree', brief: 'tree' },
  { keys: 'enter', about: 'all of the input and output', brief: 'full' },
  { keys: 'y', about: 'copy input and output', brief: 'copy' },
];

const runKeys: readonly KeyHelp[] = [
  { keys: 'e', about: 'save the run as an eval case', brief: 'eval case' },
  { keys: 'f', about: 'follow a run that is at work', brief: 'follow' },
  { keys: 'c', about: 'go on with a run that has not ended', brief: 'go on' },
];

/** What is at work grows, and time goes by. @returns how to stop it */
function hearRun({ desk, browser, running }: TraceDesk, runId: string): () => void {
  const { trace } = browser;
  const unsubscribe = desk.controller.subscribe({
    event: (event) => {
      const last = trace.events.at(-1)?.seq ?? 0;
      if (event.runId !== runId || event.seq <= last) return;
      // What another process has added was not told.
      const missed = event.seq > last + 1 ? desk.controller.records.events(runId).slice(last) : [event];
      for (const each of missed) trace.add(each);
      browser.grown();
      desk.changed();
    },
    delta: () => undefined,
  });
  const ticking = setInterval(() => {
    if (running()) desk.changed();
  }, 1000);
  ticking.unref();
  return () => {
    clearInterval(ticking);
    unsubscribe();
  };
}

function aboutText({ desk, part, browser, running, now }: TraceDesk): string {
  const { events, root } = browser.trace;
  const last = events.at(-1);
  if (!root || !last) return part.title;
  const end = root.to ?? (running() ? now() : Date.parse(last.at));
  const usage = usageText(events, desk.controller.facts.priceOf);
  const status = last.type === 'run.finished' ? last.data.status : running() ? 'running' : restingStatus(desk, part);
  const following = running() ? `follow ${browser.follow ? 'on' : 'off'}` : '';
  const words = [following, status, duration(Math.max(0, end - root.from)), usage, part.title];
  return words.filter((word) => word !== '').join(' · ');
}

function restingStatus({ controller }: PageDesk, { runId }: TracePart): string {
  return (runId === undefined ? undefined : controller.records.run(runId)?.status) ?? 'open';
}

function escapeWord({ asking, browser, pane }: TraceDesk): string | undefined {
  if (asking.open()) return 'esc cancels';
  return filterEscape(browser.filter) ?? (pane === 'detail' ? 'esc tree' : undefined);
}

function plainLines({ desk, browser, running, now }: TraceDesk, look: Look): string[] {
  const { facts } = desk.controller;
  const rows = browser.rows();
  const view = { trace: browser.trace, rows, selected: undefined, priceOf: facts.priceOf };
  return timelineLines({ ...view, running: running(), now: now() }, look);
}

function pageLines(here: TraceDesk, look: Look, rows: number): string[] {
  const { browser, desk, running, now } = here;
  const { trace, filter } = browser;
  const all = browser.rows();
  const selected = browser.selected();
  const detail = selected && rows >= 12 ? Math.min(18, Math.floor(rows * 0.42)) : 0;
  const question = here.asking.lines(look);
  const filtering = filter.open || filter.editor.text !== '';
  const top = filtering ? [filterLine(filter, `${all.filter(({ passing }) => passing).length} found`, look)] : [];
  const room = rows - question.length - top.length - (detail === 0 ? 0 : detail + 1);
  here.height = Math.max(1, room - axisRows(look));
  const { from, to } = shownOf(browser.at(), all.length, here.height);
  const view = { trace, rows: all.slice(from, to), selected, priceOf: desk.controller.facts.priceOf };
  const tree = timelineLines({ ...view, running: running(), now: now() }, look);
  const none = all.length === 0 ? [look.theme.dim(filtering ? '  nothing passes the filter' : '  no events yet')] : [];
  const lines = [...top, ...tree, ...none].slice(0, room + top.length);
  const below = detail > 0 && selected ? paneLines(here, selected, look, detail) : [];
  if (below.length === 0 && question.length === 0) return lines;
  return [...filled([...filled(lines, room + top.length), ...below], rows - question.length), ...question];
}

/** What went into the selected thing, and what came out of it. */
function paneLines(here: TraceDesk, node: TraceNode, look: Look, rows: number): string[] {
  here.detailTop = Math.min(here.detailTop, lastTop(node, here.detailTop, look));
  const pane = { node, top: here.detailTop, focus: here.pane === 'detail' };
  return [look.theme.dim('─'.repeat(look.width)), ...detailLines(pane, look, rows)];
}

function press(here: TraceDesk, key: Key): boolean {
  const { asking, browser, desk } = here;
  if (asking.press(key)) return true;
  const filter = pressFilter(browser.filter, key);
  if (filter) {
    browser.narrow(filter);
    return true;
  }
  const name = key.kind === 'key' ? key.name : key.text;
  if (name === 'tab') {
    here.pane = here.pane === 'tree' ? 'detail' : 'tree';
    return true;
  }
  if (here.pane === 'detail' && scrolls(here, name)) return true;
  if (browser.press(name, here.height)) {
    here.detailTop = 0;
    return true;
  }
  const does = actions[name];
  if (!does || (onlyRuns.has(name) && here.part.runId === undefined)) return false;
  does(here);
  desk.changed();
  return true;
}

function scrolls(here: TraceDesk, name: string): boolean {
  const step = { up: -1, k: -1, down: 1, j: 1, pageup: -8, pagedown: 8 }[name];
  if (name === 'esc') here.pane = 'tree';
  else if (step === undefined) return false;
  else here.detailTop = Math.max(0, here.detailTop + step);
  return true;
}

const onlyRuns: ReadonlySet<string> = new Set(['e', 'f', 'c']);

const actions: Readonly<Record<string, (here: TraceDesk) => void>> = {
  enter: ({ desk, browser }) => {
    const node = browser.selected();
    if (!node) return;
    const about = visibleLine(titleOf(node));
    desk.open(() =>
      textPage(desk, { title: node.kind, about, lines: (look) => wholeLines(node, look), copy: copyText(node) }),
    );
  },
  y: ({ desk, browser }) => {
    const node = browser.selected();
    if (!node) return;
    const text = copyText(node);
    desk.copy(text);
    desk.say(`copied input and output, ${text.length} characters`, 'good');
  },
  r: ({ desk, browser, part }) => {
    const { events } = browser.trace;
    const first = browser.selected()?.events[0]?.seq ?? 1;
    const at = events.findIndex(({ seq }) => seq === first);
    const stored = part.runId !== undefined;
    desk.open(() => replayPage(desk, { title: part.title, events: [...events], at: Math.max(0, at), stored }));
  },
  e: ({ desk, asking, part: { runId } }) => {
    if (runId !== undefined) saveCase(desk, asking, runId);
  },
  f: ({ desk, browser, running }) => {
    if (!running()) return desk.say('the run is not at work: there is nothing to follow');
    browser.follow = !browser.follow;
    browser.grown();
  },
  c: ({ desk, part: { runId } }) => {
    if (runId !== undefined) goOn(desk, runId);
  },
};

import { messageOf } from '../../core/errors.ts';
import type { Event } from '../../core/event.ts';
import {
  grantsOf,
  isGrant,
  type ListedApproval,
  listedApprovals,
  membersOf,
  type SessionGrant,
  subjectGist,
} from '../approvals/rows.ts';
import { contentOf, jsonLines, wholeApproval, wholeLines } from '../approvals/whole.ts';
import { type Filter, filterEscape, filterKeys, noFilter, passes, pressFilter, wordsOf } from '../filter.ts';
import { filterLine } from '../line-edit.ts';
import { cut, pad, safeLine, spread, widthOf } from '../lines.ts';
import { moveIn, shownOf } from '../list.ts';
import type { Page, PageDesk } from '../page.ts';
import type { Look } from '../paint.ts';
import { moment } from '../when.ts';
import { isRunning } from './runs-of.ts';
import { textPage } from './text.ts';

/** What the page shows. Only its own functions change it. */
interface State {
  all: readonly ListedApproval[];
  shown: readonly ListedApproval[];
  grants: readonly SessionGrant[];
  filter: Filter;
  at: number;
  height: number;
}

const changing: ReadonlySet<Event['type']> = new Set([
  'approval.requested',
  'approval.decided',
  'grant.revoked',
  'run.finished',
]);

/** How often it is looked whether something has been asked or decided elsewhere. Milliseconds. */
const lookMs = 2000;

/** All approvals of the workspace. @param id one to begin with, in full: its id, or the start of it */
export function approvalsPage(desk: PageDesk, id?: string): Page {
  const state: State = { all: [], shown: [], grants: [], filter: noFilter, at: 0, height: 10 };
  read(desk, state);
  if (id !== undefined) return onePage(desk, named(state.all, id));
  const unsubscribe = desk.controller.subscribe({
    event: ({ type }) => {
      if (changing.has(type)) read(desk, state);
    },
    delta: () => undefined,
  });
  const looking = setInterval(() => {
    try {
      look(desk, state);
    } catch (thrown) {
      desk.say(messageOf(thrown), 'bad');
    }
  }, lookMs).unref();
  return {
    title: 'approvals',
    about: () => aboutOf(desk, state),
    escape: () => filterEscape(state.filter),
    typing: () => filterKeys(state.filter),
    keys: [
      { keys: '↑↓', about: 'choose' },
      { keys: 'enter', about: 'in full', brief: 'in full' },
      { keys: 'c', about: 'decide: in the chat, or by going on with the run that waits', brief: 'decide' },
      { keys: '/', about: 'filter: words, status:waits, agent:, tool:, plan:, run:, by:', brief: 'filter' },
      { keys: 'x', about: 'what is allowed always: it is asked about again', brief: 'revoke' },
    ],
    lines: (look, rows) => linesOf(desk, state, look, rows),
    press: (key) => {
      const filter = pressFilter(state.filter, key);
      if (filter) {
        state.filter = filter;
        narrow(state);
        return true;
      }
      return press(desk, state, key.kind === 'key' ? key.name : key.text);
    },
    close: () => {
      clearInterval(looking);
      unsubscribe();
    },
  };
}

function named(all: readonly ListedApproval[], id: string): ListedApproval {
  const exact = all.find(({ row }) => row.approval === id);
  const starting = all.filter(({ row }) => row.approval.startsWith(id));
  const [only] = starting;
  if (exact ?? (only && starting.length === 1)) return (exact ?? only) as ListedApproval;
  throw new Error(
    starting.length > 1
      ? `More than one approval begins with "${id}".`
      : `There is no approval "${id}" in this workspace.`,
  );
}

function read(desk: PageDesk, state: State): void {
  const { records, facts } = desk.controller;
  state.all = listedApprovals(records, (runId) => isRunning(desk, runId));
  state.grants = grantsOf(records, facts.session, state.all);
  narrow(state);
}

/** The selected approval stays selected where it is still shown. */
function narrow(state: State): void {
  const selected = state.shown[state.at]?.row.approval;
  const words = wordsOf(state.filter);
  state.shown = words.length === 0 ? state.all : state.all.filter((each) => passes(words, membersOf(each)));
  state.at = Math.max(
    0,
    state.shown.findIndex(({ row }) => row.approval === selected),
  );
}

/** What waits may have been decided by another process, and others have come. */
function look(desk: PageDesk, state: State): void {
  const waiting = desk.controller.records.approvals({ pending: true }).map(({ approval }) => approval);
  const known = state.all.filter(({ pending }) => pending).map(({ row }) => row.approval);
  const revoked = state.grants.some(({ approval }) => desk.controller.records.approval(approval)?.revokedAt);
  if (!revoked && waiting.length === known.length && waiting.every((each) => known.includes(each))) return;
  read(desk, state);
  desk.changed();
}

function press(desk: PageDesk, state: State, name: string): boolean {
  const selected = state.shown[state.at];
  if (name === 'enter' && selected) desk.open((opened) => onePage(opened, selected));
  else if (name === 'c' && selected) decide(desk, selected);
  else if (name === 'x' && selected) revoke(desk, state, selected.row);
  else {
    const next = moveIn(state.at, state.shown.length, name, state.height);
    state.at = next ?? state.at;
    return next !== undefined;
  }
  return true;
}

/** To where the question stands. */
function decide(desk: PageDesk, { row, pending, goesOn }: ListedApproval): void {
  const here = desk.screen().pending.some(({ approval }) => approval === row.approval);
  if (here) desk.toChat();
  else if (pending || goesOn) desk.command(`/resume ${row.runId}`);
  else desk.say(row.decision === null ? 'its run is over: nothing waits for it' : 'it has been decided', 'warn');
}

/** What was allowed for always is asked about again. */
function revoke(desk: PageDesk, state: State, row: ListedApproval['row']): void {
  if (!isGrant(row)) {
    desk.say(row.revokedAt === null ? 'nothing is allowed always by this one' : 'it has been revoked', 'warn');
    return;
  }
  try {
    desk.controller.revoke(row);
    desk.say('revoked: from the next call on it is asked about again', 'good');
  } catch (thrown) {
    desk.say(messageOf(thrown), 'bad');
  }
  read(desk, state);
}

function onePage(desk: PageDesk, listed: ListedApproval): Page {
  const whole = wholeApproval(desk.controller.records, listed.row);
  const content = contentOf(whole);
  return textPage(desk, {
    title: 'approval',
    about: listed.status,
    copy: JSON.stringify(content, null, 2),
    keys: [
      { keys: 'o', about: 'its content as JSON', brief: 'json' },
      ...(listed.pending ? [{ keys: 'c', about: 'decide' }] : []),
      ...(listed.goesOn ? [{ keys: 'c', about: 'go on with its run', brief: 'go on' }] : []),
    ],
    lines: (look) => wholeLines(whole, listed.pending, Date.now(), look),
    press: (key) => {
      if (key === 'c') decide(desk, listed);
      else if (key === 'o' || key === 'ctrl+o') {
        desk.open((opened) =>
          textPage(opened, {
            title: 'content',
            copy: JSON.stringify(content),
            lines: (look) => jsonLines(content, look),
          }),
        );
      } else return false;
      return true;
    },
  });
}

function aboutOf({ controller: { facts } }: PageDesk, { all, shown }: State): string {
  const waiting = all.filter(({ pending }) => pending).length;
  const [count, total] = [shown.length, all.length].map((each) => each.toLocaleString('en-US'));
  const some = count === total ? '' : `${count} of `;
  return `${facts.workspace} · ${waiting} waiting · ${some}${total} in all`;
}

function linesOf(desk: PageDesk, state: State, look: Look, rows: number): string[] {
  const { theme, width, plain } = look;
  const { all, shown, filter, at, grants } = state;
  const head = [
    ...(filter.open || filter.editor.text !== '' ? [filterLine(filter, `${shown.length}`, look)] : []),
    ...grantLines(grants, look, rows),
  ];
  const room = Math.max(1, rows - head.length);
  state.height = room;
  if (shown.length === 0) {
    const none = all.length === 0 ? 'Nothing has been asked in this workspace yet.' : 'None of them has these words.';
    return [...head, theme.dim(cut(` ${none}`, width))];
  }
  const now = Date.now();
  const { from, to } = shownOf(at, shown.length, room);
  const part = shown.slice(from, to);
  const agents = Math.min(
    16,
    Math.floor(width / 5),
    Math.max(...part.map(({ row }) => widthOf(safeLine(row.agent, 16)))),
  );
  const here = new Set(desk.screen().pending.map(({ approval }) => approval));
  return [
    ...head,
    ...part.map((each, row) => {
      const line = { now, agents, selected: from + row === at && !plain, here: here.has(each.row.approval) };
      return rowLine(each, line, look);
    }),
  ];
}

/** What is not asked any more in this session. */
function grantLines(grants: readonly SessionGrant[], { theme, width }: Look, rows: number): string[] {
  if (grants.length === 0 || rows < 6) return [];
  const named = [
    ...new Set(grants.map(({ agent, tool, rule }) => `${agent} ${tool}${rule === 'default' ? '' : ` (${rule})`}`)),
  ];
  return [theme.yellow(cut(` always in this session: ${safeLine(named.join(', '), width)}`, width)), ''];
}

interface RowLook {
  readonly now: number;
  /** Columns of the agents' names. */
  readonly agents: number;
  readonly selected: boolean;
  /** Whether the question stands in the chat. */
  readonly here: boolean;
}

function rowLine({ row, pending, goesOn, status }: ListedApproval, line: RowLook, look: Look): string {
  const { theme, width, plain } = look;
  const { now, agents, selected } = line;
  const wide = width >= 56;
  const mark = plain ? '' : pending ? '▲ ' : goesOn ? '△ ' : '  ';
  const state = paintOf(status, look)(`${mark}${pad(status, 9)}`);
  const when = wide ? `  ${theme.dim(pad(moment(row.requestedAt, now), 9))}` : '';
  const asks = safeLine(subjectGist(row.subject), width);
  const agent = pad(safeLine(row.agent, agents), agents);
  const text = selected
    ? `${theme.cyan('❯')} ${state}${when}  ${agent}  ${theme.cyan(asks)}`
    : `  ${state}${when}  ${agent}  ${asks}`;
  const who = goesOn ? `${row.decidedBy}: c goes on` : whoOf(row, pending, line);
  return spread(text, wide ? theme.dim(safeLine(who, 24)) : '', width);
}

function paintOf(status: string, { theme }: Look): Look['theme']['dim'] {
  if (status === 'waits') return theme.yellow;
  return status === 'rejected' ? theme.red : theme.dim;
}

/** Who decided, or where the question stands. */
function whoOf({ runId, decidedBy }: ListedApproval['row'], pending: boolean, { here }: RowLook): string {
  if (!pending) return decidedBy ?? '';
  return here ? 'in the chat' : runId;
}

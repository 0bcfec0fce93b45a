import type { ApprovalMode } from '../core/approval-mode.ts';
import { visible } from '../core/text.ts';
import { isNothing, spendingOf } from '../core/usage.ts';
import type { Dialog } from './approval.ts';
import { moneyText, short } from './brief.ts';
import { runningLine, subjectTitle } from './cards.ts';
import type { Completion, Menu } from './complete.ts';
import type { ChatFacts } from './controller.ts';
import type { Editor } from './editor.ts';
import { editorLines } from './editor-lines.ts';
import { cut, pad, safeLine, spread, wrap } from './lines.ts';
import { shownOf } from './list.ts';
import { markdownLines } from './markdown.ts';
import type { Look, ThemeName } from './paint.ts';
import { type Palette, paletteItems } from './palette.ts';
import { questionLines } from './question-lines.ts';
import { restOf } from './settle.ts';
import type { SpanView } from './spans.ts';
import { active, type Screen } from './state.ts';
import { tailOf } from './stream-tail.ts';

/** Everything that the live part of the screen shows. */
export interface LiveView {
  readonly facts: ChatFacts;
  readonly screen: Screen;
  readonly editor: Editor;
  readonly queue: readonly string[];
  readonly dialog: Dialog | undefined;
  readonly menu: Menu | undefined;
  readonly palette: Palette | undefined;
  /** The slash commands. */
  readonly commands: readonly Completion[];
  readonly mode: ApprovalMode;
  readonly theme: ThemeName;
  readonly search: { readonly query: string; readonly found: string | undefined } | undefined;
  readonly busy: boolean;
  /** Where the chat is going, in words. */
  readonly moving: string | undefined;
  readonly stopping: boolean;
  readonly notice: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Nothing is shown, because the terminal is somebody else's. */
  readonly hidden: boolean;
}

/** No live part is higher than this. */
const highest = 20;

/**
 * The lines that are always there are no wider than this: a terminal that becomes narrower wraps what is on the screen,
 * and what that pushes off the screen stays in its history for good.
 */
const widest = 56;

/** A part of the live area. Where there is no room for all, parts of a higher rank go first. */
interface Part {
  readonly lines: readonly string[];
  readonly rank: number;
  /** Which lines stay when there is no room for all of them. */
  readonly keep: 'first' | 'last';
}

/** The live part of the screen: never higher than the screen, so that the terminal's own history stays whole. */
export function liveLines(view: LiveView, look: Look, rows: number): string[] {
  if (view.hidden) return [];
  const room = Math.max(2, Math.min(highest, rows - 2));
  const asking = view.dialog !== undefined && !view.dialog.aside;
  const parts: Part[] = [
    { lines: streamLines(view, look), rank: 1, keep: 'last' },
    { lines: runningLines(view, look), rank: 3, keep: 'last' },
    { lines: queueLines(view, look), rank: 4, keep: 'last' },
    { lines: workLines(view, look), rank: 7, keep: 'first' },
    {
      lines: asking && view.dialog ? questionLines(view.dialog, view.screen.pending, look, room) : [],
      rank: 10,
      keep: 'first',
    },
    { lines: [look.theme.dim('─'.repeat(Math.min(look.width, widest)))], rank: 5, keep: 'first' },
    { lines: asking ? [] : inputLines(view, look, room), rank: 9, keep: 'last' },
    {
      lines: view.palette ? paletteLines(view, view.palette, look, room) : menuLines(view.menu, look, room),
      rank: 6,
      keep: 'first',
    },
    { lines: hintLines(view, look), rank: 2, keep: 'first' },
    { lines: barLines(view, look), rank: 8, keep: 'first' },
  ];
  let left = room;
  const heights = new Map<Part, number>();
  for (const part of [...parts].sort((a, b) => b.rank - a.rank)) {
    const height = Math.min(left, part.lines.length);
    heights.set(part, height);
    left -= height;
  }
  return parts.flatMap((part) => {
    const height = heights.get(part) ?? 0;
    if (height === 0) return [];
    return (part.keep === 'first' ? part.lines.slice(0, height) : part.lines.slice(-height)).map((line) =>
      cut(line, look.width),
    );
  });
}

function streamLines({ screen, busy }: LiveView, look: Look): string[] {
  const at = active(screen);
  if (!busy || !at) return [];
  const { theme } = look;
  if (at.thinking !== '') {
    return [
      '',
      ...wrap(visible(at.thinking.slice(-400)), look.width)
        .slice(-2)
        .map(theme.dim),
    ];
  }
  const text = restOf(at.stream);
  if (text.trim() === '') return [];
  const tail = tailOf(text);
  if (at.parent !== null) return wrap(visible(tail), look.width).slice(-3).map(theme.dim);
  return [...(at.stream.within ? [] : ['']), ...markdownLines(tail, look)];
}

function runningLines({ screen, now }: LiveView, look: Look): string[] {
  return screen.running.filter(({ tool }) => tool !== 'call_agent').flatMap((card) => runningLine(card, look, now));
}

function queueLines({ queue }: LiveView, { theme, width }: Look): string[] {
  return queue.map((text, at) => {
    const right = at === queue.length - 1 ? 'alt+↑ takes back' : '';
    return theme.dim(spread(`┊ queued ${at + 1}: ${safeLine(text, width)}`, right, width));
  });
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

function workLines({ screen, busy, moving, stopping, now, dialog }: LiveView, { theme, width }: Look): string[] {
  if (dialog?.aside) {
    return [
      theme.yellow(spread(`▲ waits for you: ${safeLine(subjectTitle(dialog.approval), width)}`, 'tab decides', width)),
    ];
  }
  const { run } = screen;
  if (!busy || dialog) return [];
  const at = active(screen);
  const frame = spinner[Math.floor(now / 120) % spinner.length] ?? '';
  const since = run?.status === 'running' ? ` · ${Math.floor(Math.max(0, now - run.startedAt) / 1000)}s` : '';
  const name = safeLine(at?.agent ?? 'starting', 24);
  const doing = moving ?? (stopping ? 'stopping at the next safe place' : `${name}${since}`);
  return [
    spread(
      `${theme.cyan(frame)} ${doing}`,
      theme.dim(moving || stopping ? 'ctrl+c quits at once' : 'esc stops'),
      Math.min(width, widest),
    ),
  ];
}

function inputLines({ editor, search, palette }: LiveView, look: Look, room: number): string[] {
  if (palette) return [`${look.theme.dim('palette:')} ${safeLine(palette.query, 40)}${look.theme.caret(' ')}`];
  if (search) {
    const found = safeLine(search.found ?? 'nothing', look.width);
    return [
      `${look.theme.dim('search:')} ${safeLine(search.query, 40)}${look.theme.caret(' ')} ${look.theme.dim('→')} ${found}`,
    ];
  }
  return editorLines(editor, '› ', look, Math.max(1, Math.min(8, Math.floor(room / 2))));
}

/** So many offers are shown at a time, where there is room for them. */
const menuHeight = 6;

function menuLines(menu: Menu | undefined, look: Look, room: number): string[] {
  if (!menu) return [];
  const { from, to } = shownOf(menu.selected, menu.items.length, offered(menuHeight, room));
  const rows = menu.items.slice(from, to).map(({ text, about }) => ({ name: safeLine(text, 40), about }));
  return offerLines(rows, menu.selected - from, look);
}

/** So many of what fits are shown at a time. */
const paletteHeight = 8;

function paletteLines({ commands, facts }: LiveView, { query, selected }: Palette, look: Look, room: number): string[] {
  const items = paletteItems(commands, facts.agents, query);
  if (items.length === 0) return [look.theme.dim('  nothing fits')];
  const { from, to } = shownOf(selected, items.length, offered(paletteHeight, room));
  const rows = items.slice(from, to).map(({ name, about }) => ({ name: safeLine(name, 24), about }));
  return offerLines(rows, selected - from, look);
}

/** So many lines of a list have room beside the input and the last lines: one at least. */
function offered(most: number, room: number): number {
  return Math.max(1, Math.min(most, room - 4));
}

/** What can be chosen, with the one that is. */
function offerLines(
  rows: readonly { readonly name: string; readonly about: string }[],
  selected: number,
  { theme, width }: Look,
): string[] {
  return rows.map(({ name, about }, row) => {
    const here = row === selected;
    const line = cut(`${here ? '❯' : ' '} ${pad(name, 14)}  ${safeLine(about, width)}`, width);
    return here ? theme.cyan(line) : theme.dim(line);
  });
}

function hintLines(
  { palette, notice, menu, editor, busy, dialog, search }: LiveView,
  { theme, width }: Look,
): string[] {
  if (notice !== undefined) return [theme.yellow(`  ${safeLine(notice, width - 2)}`)];
  if (palette) return [theme.dim('  enter runs · tab writes it · ↑↓ choose · esc back')];
  if (menu) {
    const { items, selected } = menu;
    const place = items.length > menuHeight ? ` · ${selected + 1} of ${items.length}` : '';
    return [theme.dim(`  tab completes · ↑↓ choose${place}`)];
  }
  if (search) return [theme.dim('  ctrl+r older · enter takes · esc goes back')];
  if (dialog && !dialog.aside) return [];
  const send = busy ? 'queues' : 'sends';
  return [
    theme.dim(
      editor.text === '' ? `  enter ${send} · / commands · @ names · ? help` : `  enter ${send} · ctrl+j new line`,
    ),
  ];
}

const modes: { readonly [K in ApprovalMode]?: string } = { plans: 'plans only', auto: 'auto' };

function barLines({ screen, facts, dialog, mode }: LiveView, { theme, width }: Look): string[] {
  const at = active(screen);
  const agent = at?.agent ?? facts.agent;
  const line = (...parts: readonly string[]) =>
    parts.flatMap((part) => (part === '' ? [] : [safeLine(part, 24)])).join(' │ ');
  const place = theme.dim(line(facts.workspace, agent, facts.models[agent] ?? ''));
  const asked = `approvals: ${modes[mode] ?? facts.approvals}`;
  const state = dialog ? theme.dim('PAUSED') : mode === 'ask' ? theme.dim(asked) : theme.yellow(asked);
  const spent = spentText(facts, screen, at ?? entry(screen));
  const bar = spread(place, state, Math.min(width, widest));
  return spent === '' ? [bar] : [bar, theme.dim(spent)];
}

/** The agent that the prompt went to. */
function entry({ spans }: Screen): SpanView | undefined {
  return [...spans.values()].find(({ parent }) => parent === null);
}

/** What the session has used: part of the context, tokens, cost. */
function spentText(facts: ChatFacts, { billed }: Screen, at: SpanView | undefined): string {
  const { total } = spendingOf(billed, facts.priceOf);
  const window = at?.input && facts.contextOf(at.input.model);
  const context = at?.input && window ? [`ctx ${Math.ceil((at.input.tokens / window) * 100)}%`] : [];
  if (isNothing(total)) return context.join('');
  return [...context, `${short(total.input)}↑ ${short(total.output)}↓`, moneyText(total.cost)].join(' │ ');
}

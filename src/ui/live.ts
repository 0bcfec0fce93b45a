import { visible, visibleLine } from '../core/text.ts';
import { isNothing, spendingOf } from '../core/usage.ts';
import { choicesOf, type Dialog } from './approval.ts';
import { short } from './brief.ts';
import { subjectTitle, toolLine } from './cards.ts';
import type { Menu } from './complete.ts';
import type { ChatFacts } from './controller.ts';
import type { Editor } from './editor.ts';
import { cut, pad, safeLine, spread, widthOf, wrap, wrapExactly } from './lines.ts';
import { markdownLines } from './markdown.ts';
import type { Look } from './paint.ts';
import { restOf } from './settle.ts';
import { active, type Screen } from './state.ts';

/** Everything that the live part of the screen shows. */
export interface LiveView {
  readonly facts: ChatFacts;
  readonly screen: Screen;
  readonly editor: Editor;
  readonly queue: readonly string[];
  readonly dialog: Dialog | undefined;
  readonly menu: Menu | undefined;
  readonly search: { readonly query: string; readonly found: string | undefined } | undefined;
  readonly busy: boolean;
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
    { lines: asking && view.dialog ? dialogLines(view.dialog, look, room) : [], rank: 10, keep: 'first' },
    { lines: [look.theme.dim('─'.repeat(Math.min(look.width, widest)))], rank: 5, keep: 'first' },
    { lines: asking ? [] : inputLines(view, look, room), rank: 9, keep: 'last' },
    { lines: menuLines(view.menu, look), rank: 6, keep: 'first' },
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

/** So much of the end of what streams is looked at: more cannot be seen. */
const streamTail = 6000;

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
  // A long piece is cut at a line, so that markdown stays markdown.
  const tail = text.length <= streamTail ? text : text.slice(text.indexOf('\n', text.length - streamTail) + 1);
  if (at.parent !== null) return wrap(visible(tail), look.width).slice(-3).map(theme.dim);
  return ['', ...markdownLines(tail, look)];
}

function runningLines({ screen, now }: LiveView, look: Look): string[] {
  return screen.running.filter(({ tool }) => tool !== 'call_agent').map((card) => toolLine(card, look, now));
}

function queueLines({ queue }: LiveView, { theme, width }: Look): string[] {
  return queue.map((text, at) => {
    const right = at === queue.length - 1 ? 'alt+↑ takes back' : '';
    return theme.dim(spread(`┊ queued ${at + 1}: ${safeLine(text, width)}`, right, width));
  });
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

function workLines({ screen, busy, stopping, now, dialog }: LiveView, { theme, width }: Look): string[] {
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
  const doing = stopping ? 'stopping at the next safe place' : `${name}${since}`;
  return [
    spread(
      `${theme.cyan(frame)} ${doing}`,
      theme.dim(stopping ? 'ctrl+c quits at once' : 'esc stops'),
      Math.min(width, widest),
    ),
  ];
}

function dialogLines(dialog: Dialog, look: Look, room: number): string[] {
  const { theme, width } = look;
  if (dialog.words) {
    const asked = dialog.words.of === 'revise' ? 'What should be different?' : 'Why not? (may be empty)';
    const height = Math.max(1, Math.min(6, room - 3));
    return [
      theme.bold(asked),
      ...editorLines(dialog.words.editor, '› ', look, height),
      theme.dim('enter sends · esc goes back'),
    ];
  }
  const choices = choicesOf(dialog);
  const question = dialog.edited ? 'Run what you wrote?' : questionOf(dialog);
  const compact = room < choices.length + 5;
  const widest = Math.max(...choices.map(({ label }) => label.length));
  const lines = choices.map(({ label, about }, at) => {
    const here = at === dialog.selected;
    const text = `${here ? '❯' : ' '} ${at + 1}  ${compact ? label : pad(label, widest)}`;
    return `${here ? theme.cyan(text) : text}${compact ? '' : `  ${theme.dim(about)}`}`;
  });
  const help = theme.dim(`1-${choices.length} or ↑↓ enter · ctrl+o in full · esc later`);
  if (!compact) return ['', theme.bold(cut(question, width)), ...lines, help];
  return [theme.bold(cut(question, width)), ...lines];
}

function questionOf({ approval }: Dialog): string {
  const { subject } = approval;
  if (subject.kind === 'plan') return `Run plan ${visibleLine(subject.planId)}, version ${subject.version}?`;
  if (subject.kind === 'outcome') return `Did ${visibleLine(subject.tool)} take effect? Run it again?`;
  return `Let ${visibleLine(approval.path.at(-1) ?? 'the agent')} call ${visibleLine(subject.tool)}?`;
}

function inputLines({ editor, search }: LiveView, look: Look, room: number): string[] {
  if (search) {
    const found = safeLine(search.found ?? 'nothing', look.width);
    return [
      `${look.theme.dim('search:')} ${safeLine(search.query, 40)}${look.theme.caret(' ')} ${look.theme.dim('→')} ${found}`,
    ];
  }
  return editorLines(editor, '› ', look, Math.max(1, Math.min(8, Math.floor(room / 2))));
}

/** Marks the caret until the lines are cut: no text can hold it, since control characters are made visible. */
const caretMark = '\u0001';

/** The lines of a text around its caret. */
function editorLines({ text, caret }: Editor, prompt: string, { theme, width }: Look, height: number): string[] {
  // What is far from the caret cannot be seen.
  const far = width * (height + 2) * 2;
  const head = text.slice(Math.max(0, caret - far), caret);
  const tail = text.slice(caret, caret + far);
  const marked = `${visible(head)}${caretMark}${visible(tail)}`.replaceAll('\t', '  ');
  const lines = marked.split('\n').flatMap((line) => caretLines(line, width - widthOf(prompt) - 1));
  const at = lines.findIndex((line) => line.includes(caretMark));
  const from = Math.max(0, Math.min(at - Math.floor(height / 2), lines.length - height));
  return lines.slice(from, from + height).map((line, row) => {
    const start = from + row === 0 ? theme.cyan(prompt) : ' '.repeat(widthOf(prompt));
    return `${start}${paintCaret(line, theme.caret)}`;
  });
}

/** The mark takes no column, so lines are wrapped without it. */
function caretLines(line: string, width: number): string[] {
  const mark = line.indexOf(caretMark);
  const plain = line.replace(caretMark, '');
  const rows = plain === '' ? [''] : wrapExactly(plain, width);
  if (mark === -1) return rows;
  let before = 0;
  for (const [at, row] of rows.entries()) {
    const last = at === rows.length - 1;
    if (mark < before + row.length || last) {
      const place = mark - before;
      return rows.map((each, index) =>
        index === at ? `${each.slice(0, place)}${caretMark}${each.slice(place)}` : each,
      );
    }
    before += row.length;
  }
  return rows;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function paintCaret(line: string, paint: (text: string) => string): string {
  const at = line.indexOf(caretMark);
  if (at === -1) return line;
  const rest = line.slice(at + 1);
  const [under] = graphemes.segment(rest);
  return `${line.slice(0, at)}${paint(under?.segment ?? ' ')}${rest.slice(under?.segment.length ?? 0)}`;
}

function menuLines(menu: Menu | undefined, { theme, width }: Look): string[] {
  if (!menu) return [];
  return menu.items.map(({ text, about }, at) => {
    const line = `${at === menu.selected ? '❯' : ' '} ${pad(safeLine(text, 40), 14)}  ${safeLine(about, width)}`;
    return at === menu.selected ? theme.cyan(cut(line, width)) : theme.dim(cut(line, width));
  });
}

function hintLines({ notice, menu, editor, busy, dialog, search }: LiveView, { theme, width }: Look): string[] {
  if (notice !== undefined) return [theme.yellow(`  ${safeLine(notice, width - 2)}`)];
  if (menu) return [theme.dim('  tab completes · ↑↓ choose')];
  if (search) return [theme.dim('  ctrl+r older · enter takes · esc goes back')];
  if (dialog && !dialog.aside) return [];
  const send = busy ? 'queues' : 'sends';
  return [
    theme.dim(
      editor.text === '' ? `  enter ${send} · / commands · @ names · ? help` : `  enter ${send} · ctrl+j new line`,
    ),
  ];
}

function barLines({ screen, facts, dialog }: LiveView, { theme, width }: Look): string[] {
  const at = active(screen);
  const agent = at?.agent ?? facts.agent;
  const { total } = spendingOf(screen.billed, facts.priceOf);
  const window = at?.input && facts.contextOf(at.input.model);
  const context = at?.input && window ? `ctx ${Math.ceil((at.input.tokens / window) * 100)}%` : '';
  const tokens = isNothing(total) ? '' : `${short(total.input)}↑ ${short(total.output)}↓`;
  const cost = isNothing(total) ? '' : total.cost === null ? '$?' : `$${total.cost.toFixed(2)}`;
  const state = dialog ? 'PAUSED' : `approvals: ${facts.approvals}`;
  const line = (...parts: readonly string[]) =>
    parts.flatMap((part) => (part === '' ? [] : [safeLine(part, 24)])).join(' │ ');
  const place = spread(line(facts.workspace, agent, facts.models[agent] ?? ''), state, Math.min(width, widest));
  const spent = line(context, tokens, cost);
  return (spent === '' ? [place] : [place, spent]).map(theme.dim);
}

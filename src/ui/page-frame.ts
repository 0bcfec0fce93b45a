import { counted } from './brief.ts';
import type { Tone } from './items.ts';
import type { KeyHelp } from './key-table.ts';
import { cut, filled, safeLine, spread, widthOf } from './lines.ts';
import type { Page } from './page.ts';
import type { Look } from './paint.ts';

export interface PageView {
  readonly page: Page;
  /** How many pages lie below each other. */
  readonly depth: number;
  readonly said: { readonly text: string; readonly tone: Tone } | undefined;
  /** Approvals that wait in the chat. */
  readonly waiting: number;
}

/** A page with its title above and its keys below: at most `rows` lines. */
export function pageLines(view: PageView, look: Look, rows: number): string[] {
  const { page } = view;
  const { theme, width } = look;
  const rule = theme.dim('─'.repeat(width));
  // A low terminal gives its rows to what the page says.
  const low = rows < 10;
  const title = theme.bold(safeLine(page.title.toUpperCase(), width));
  const about = safeLine(page.about?.() ?? '', Math.max(Math.floor(width / 2), width - widthOf(title) - 4));
  const head = [spread(` ${title}`, theme.dim(about), width)];
  const foot = [footLine(view, look)];
  if (!low) {
    head.push(rule);
    foot.unshift(rule);
  }
  const room = Math.max(1, rows - head.length - foot.length);
  const body = page.lines(look, room).slice(0, room);
  return [...head, ...filled(body, room), ...foot].map((line) => cut(line, width)).slice(0, rows);
}

function footLine({ page, depth, said, waiting }: PageView, { theme, width }: Look): string {
  if (said) {
    const paint = { plain: theme.dim, good: theme.green, bad: theme.red, warn: theme.yellow }[said.tone];
    return ` ${paint(safeLine(said.text, width - 2))}`;
  }
  const other = page.escape?.();
  const back = other ?? (depth > 1 ? 'esc back' : 'esc chat');
  const right = other === undefined ? `${back} · ? keys` : back;
  const room = width - widthOf(right) - 3;
  const waits = waiting > 0 ? safeLine(`▲ ${counted(waiting, 'approval')} waiting in the chat`, room) : '';
  const keys = theme.dim(keyLine(page.typing?.() ?? page.keys, room - (waits === '' ? 0 : widthOf(waits) + 3)));
  const left = [theme.yellow(waits), keys].filter((part) => widthOf(part) > 0).join(theme.dim(' · '));
  return spread(` ${left}`, theme.dim(right), width);
}

/** As many keys as there is room for. */
function keyLine(keys: readonly KeyHelp[], width: number): string {
  let line = '';
  for (const { keys: names, brief, about } of keys) {
    const part = `${names} ${brief ?? about}`;
    const next = line === '' ? part : `${line} · ${part}`;
    if (widthOf(next) > width) break;
    line = next;
  }
  return line;
}

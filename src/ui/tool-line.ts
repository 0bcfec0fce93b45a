import { type Ending, endingMarks, endingOfCall } from '../core/ending.ts';
import type { Paint } from '../core/palette.ts';
import { briefArgs, briefResult, duration } from './brief.ts';
import type { ToolCard } from './items.ts';
import { safeLine, spread, widthOf } from './lines.ts';
import type { Look } from './paint.ts';

/** One line for a call: mark, tool, arguments, what came of it, how long it took. */
export function toolLine(card: ToolCard, look: Look, now?: number): string {
  const { theme, width } = look;
  const { error, ms, result, tool, args, startedAt } = card;
  const took = duration(ms ?? (now === undefined ? 0 : Math.max(0, now - startedAt)));
  const said = error === undefined ? safeLine(briefResult(result), saidRoom(card, width - widthOf(took))) : '';
  const right = width < 32 ? '' : `${said === '' ? '' : `${said}  `}${theme.dim(took)}`;
  const what =
    error === undefined
      ? theme.dim(safeLine(briefArgs(args), width))
      : endingPaint(endingOfCall(tool, card), look)(safeLine(error.message, width));
  return spread(`${toolMark(card, look)} ${safeLine(tool, 24)} ${what}`, right, width);
}

function toolMark(card: ToolCard, look: Look): string {
  if (!card.error && card.ms === undefined) return look.theme.dim(look.plain ? 'calling' : '·');
  const ending = endingOfCall(card.tool, card);
  return endingPaint(ending, look)(look.plain ? ending : endingMarks[ending]);
}

/** The look of how something ended. */
export function endingPaint(ending: Ending, { theme }: Look): Paint {
  return { ok: theme.green, failed: theme.red, unknown: theme.yellow }[ending];
}

/** What came of a call may take a third of the line, or what its arguments leave. */
function saidRoom({ tool, args }: ToolCard, width: number): number {
  const asked = 12 + widthOf(safeLine(tool, 24)) + widthOf(safeLine(briefArgs(args), width));
  return Math.max(Math.floor(width / 3), width - asked);
}

import { palette } from '../../core/palette.ts';
import { beginning, visibleLine } from '../../core/text.ts';
import type { CaseResult, Outcome } from '../report.ts';
import { caseFacts, caseName } from './wording.ts';

export interface LineLook {
  readonly colour: boolean;
  /** Characters that names are padded to, so that what follows stands in columns. */
  readonly nameWidth?: number;
}

/** One finished case: `✓ coordinator-planner-executor/tc-executor-price-change  3 calls  12 ms`. */
export function caseLine(result: CaseResult, { colour, nameWidth = 0 }: LineLook): string {
  const facts = caseFacts(result);
  if (result.outcome !== 'passed' && !result.gate) facts.push('does not gate');
  return [`${outcomeMark(result.outcome, colour)} ${caseName(result).padEnd(nameWidth)}`, ...facts].join('  ');
}

/** A sign that is told apart without its colour too. */
export function outcomeMark(outcome: Outcome, colour: boolean): string {
  const paint = palette(colour);
  if (outcome === 'passed') return paint.green('✓');
  return outcome === 'failed' ? paint.red('✗') : paint.yellow('!');
}

/** `━━━━━━──────  12/40  2 failed  app/case`, at most `width` characters; for a terminal, redrawn in place. */
export function progressBar(done: number, total: number, failed: number, width: number, current = ''): string {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const cells = Math.max(4, Math.min(24, Math.floor(width / 4)));
  const full = Math.round(share * cells);
  const bar = `${'━'.repeat(full)}${'─'.repeat(cells - full)}`;
  const parts = [bar, `${done}/${total}`, ...(failed > 0 ? [`${failed} failed`] : [])];
  const text = [...parts, ...(current === '' ? [] : [visibleLine(current)])].join('  ');
  return text.length <= width ? text : `${beginning(text, Math.max(0, width - 1))}…`;
}

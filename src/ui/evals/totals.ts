import { counted, duration } from '../brief.ts';
import type { EvalCaseFacts, EvalEnded, EvalLast, EvalRunning, EvalView } from '../eval-desk.ts';
import { cut, safeLine, widthOf } from '../lines.ts';
import type { Look } from '../paint.ts';
import { costText } from './case-table.ts';

/** What the results of some cases come to. */
export interface Totals {
  readonly cases: number;
  readonly passed: number;
  /** Ran, and did not pass. */
  readonly failed: number;
  readonly regressed: number;
  readonly fixed: number;
  readonly costUsd: number | null;
  readonly tokens: number;
  readonly seconds: number;
  /** When the newest of them ran; empty where none did. */
  readonly at: string;
}

export function totalsOf(cases: readonly EvalCaseFacts[], last: ReadonlyMap<string, EvalLast>): Totals {
  const ran = cases.flatMap(({ key }) => last.get(key) ?? []);
  const count = (test: (each: EvalLast) => boolean) => ran.filter(test).length;
  return {
    cases: cases.length,
    passed: count(({ outcome }) => outcome === 'passed'),
    failed: count(({ outcome }) => outcome !== 'passed'),
    regressed: count(({ standing }) => standing === 'regressed'),
    fixed: count(({ standing }) => standing === 'fixed'),
    costUsd: ran.reduce<number | null>(
      (sum, each) => (sum === null || each.costUsd === null ? null : sum + each.costUsd),
      0,
    ),
    tokens: ran.reduce((sum, each) => sum + each.tokens, 0),
    seconds: ran.reduce((sum, each) => sum + each.seconds, 0),
    at: ran.map(({ at }) => at).reduce(later, ''),
  };
}

function later(one: string, other: string): string {
  return one < other ? other : one;
}

/** `pass 21/24  ████░░  was 21/24 (evals/baseline.json)  cost $1.92  trials took 3m 04s`. */
export function totalsLine(totals: Totals, { baseline }: EvalView, { theme, width }: Look): string {
  const { cases, passed, failed, seconds } = totals;
  const paid = costText(totals);
  const head = ` pass ${passed}/${cases}`;
  const tail = [
    ...(baseline ? [`was ${baseline.passed}/${baseline.cases} (${safeLine(baseline.file, 30)})`] : []),
    ...(paid === '–' ? [] : [`cost ${paid}`]),
    ...(seconds > 0 ? [`trials took ${duration(seconds * 1000)}`] : []),
  ];
  // What does not fit goes, the last first.
  const room = (parts: readonly string[]) => width - widthOf(head) - 2 - widthOf(['', ...parts].join('   '));
  while (tail.length > 0 && room(tail) < 10) tail.pop();
  const cells = Math.max(0, Math.min(32, room(tail) - 2));
  const good = cases === 0 ? 0 : Math.floor((passed / cases) * cells);
  // A single failure is to be seen.
  const bad =
    cases === 0 || failed === 0 ? 0 : Math.min(cells - good, Math.max(1, Math.round((failed / cases) * cells)));
  const bar = `${theme.green('█'.repeat(good))}${theme.red('▒'.repeat(bad))}${theme.dim('░'.repeat(cells - good - bad))}`;
  const paint = failed > 0 ? theme.red : theme.green;
  return `${paint(theme.bold(head))}  ${bar}${theme.dim(['', ...tail].join('   '))}`;
}

/** What is being done, or how it ended; undefined where nothing has run from here. */
export function statusLine({ running, ended }: EvalView, totals: Totals, now: number, look: Look): string | undefined {
  if (running) return runningLine(running, now, look);
  return ended && endedLine(ended, totals, look);
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

function runningLine({ live, cases, done, failed, since, stopping }: EvalRunning, now: number, look: Look): string {
  const { theme, width, plain } = look;
  const parts = [
    `${done}/${cases}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    live ? 'LIVE: models are asked' : 'offline',
    duration(Math.max(0, now - since)),
    stopping ? 'stops when the trials at work have ended' : 'esc stops',
  ];
  const frame = spinner[Math.floor(now / 120) % spinner.length] ?? '';
  return theme.cyan(cut(` ${plain ? '' : `${frame} `}running ${parts.join(' · ')}`, width));
}

function endedLine(ended: EvalEnded, { regressed, fixed }: Totals, { theme, width }: Look): string {
  const { totals, stopped, exit, leftOut, seconds } = ended;
  const parts = [
    stopped ? `stopped: ${totals}` : totals,
    `after ${duration(seconds * 1000)}`,
    ...(regressed > 0 ? [counted(regressed, 'new failure')] : []),
    ...(fixed > 0 ? [`${fixed} fixed`] : []),
    ...(stopped ? [] : [`exit code ${exit}`]),
    ...(leftOut > 0 ? [`${counted(leftOut, 'case')} without script or cassette left out`] : []),
  ];
  const paint = stopped ? theme.yellow : exit === 0 ? theme.green : theme.red;
  return paint(cut(` ${parts.join(' · ')}`, width));
}

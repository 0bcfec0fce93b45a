import type { BaselineReport, CaseResult } from './report.ts';

/** What is committed to compare later runs with. */
export interface Baseline {
  readonly format: 1;
  readonly harness: string;
  /** ISO 8601 in UTC. */
  readonly blessedAt: string;
  /** By `app/id`, in order. */
  readonly cases: Readonly<Record<string, BaselineCase>>;
}

export interface BaselineCase {
  readonly outcome: 'passed' | 'failed' | 'budget';
  readonly passed: number;
  /** Trials that could be judged. */
  readonly judged: number;
}

export function caseKey({ app, id }: { readonly app: string; readonly id: string }): string {
  return `${app}/${id}`;
}

/**
 * How cases stand against a baseline. A case has regressed when it passed then and does not now; with several trials
 * on both sides only when its pass rate is lower by more than chance explains, otherwise it is flaky.
 */
export function compareWith(baseline: Baseline, file: string, results: readonly CaseResult[]): BaselineReport {
  const groups = { regressed: [], fixed: [], knownFailing: [], flaky: [], added: [] } as Record<Standing, string[]>;
  for (const result of results) {
    const standing = standingOf(baseline.cases[caseKey(result)], result);
    if (standing !== undefined) groups[standing].push(caseKey(result));
  }
  const ran = new Set(results.map(caseKey));
  const removed = Object.keys(baseline.cases).filter((key) => !ran.has(key));
  return { file, blessedAt: baseline.blessedAt, ...groups, removed };
}

/** How a case stands against a baseline; nothing for one that passed then and now, or could not be judged. */
export type Standing = 'regressed' | 'fixed' | 'knownFailing' | 'flaky' | 'added';

/** The standing of one case. */
export function standingOf(before: BaselineCase | undefined, now: CaseResult): Standing | undefined {
  if (before === undefined) return 'added';
  if (now.outcome === 'error') return undefined;
  const passed = { once: before.outcome === 'passed', now: now.outcome === 'passed' };
  const mixed = isMixed(before) || isMixed(now.stats);
  if (passed.once && passed.now) return undefined;
  if (passed.once) return mixed && mayBeChance(before, now.stats) ? 'flaky' : 'regressed';
  if (mixed) return 'flaky';
  return passed.now ? 'fixed' : 'knownFailing';
}

type Rate = Pick<BaselineCase, 'passed' | 'judged'>;

function isMixed({ passed, judged }: Rate): boolean {
  return passed > 0 && passed < judged;
}

function mayBeChance(before: Rate, now: Rate): boolean {
  return before.judged > 1 && now.judged > 1 && lowerByChance(before, now) >= significance;
}

const significance = 0.05;

/** Fisher's exact test, one-sided: how likely so few passes are now, were both pass rates the same. */
export function lowerByChance(before: Rate, now: Rate): number {
  const total = before.judged + now.judged;
  const passes = before.passed + now.passed;
  const all = logChoose(total, passes);
  let likely = 0;
  for (let count = Math.max(0, passes - before.judged); count <= now.passed; count++) {
    likely += Math.exp(logChoose(now.judged, count) + logChoose(before.judged, passes - count) - all);
  }
  return Math.min(1, likely);
}

function logChoose(from: number, take: number): number {
  let log = 0;
  for (let each = 1; each <= take; each++) log += Math.log(from - take + each) - Math.log(each);
  return log;
}

/**
 * The baseline after these results. Cases that did not run, or could not be judged, stay as they were.
 * @param whole the results are of all cases: what is no longer there goes
 */
export function bless(
  earlier: Baseline | undefined,
  results: readonly CaseResult[],
  meta: Pick<Baseline, 'harness' | 'blessedAt'>,
  whole: boolean,
): Baseline {
  const judged = results.flatMap((result) => {
    if (result.outcome === 'error') return [];
    const { passed, judged: trials } = result.stats;
    return [[caseKey(result), { outcome: result.outcome, passed, judged: trials }] as const];
  });
  const ran = new Set(results.map(caseKey));
  const stay = Object.entries(earlier?.cases ?? {}).filter(([key]) => !whole || ran.has(key));
  const cases = [...new Map([...stay, ...judged])].sort(([left], [right]) => (left < right ? -1 : 1));
  return { format: 1, ...meta, cases: Object.fromEntries(cases) };
}

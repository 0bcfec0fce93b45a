import type { SuiteReport } from '../report.ts';
import { safe } from './json.ts';

/** One line about the suite, one for each case with its trials, and one with the totals at last. */
export function jsonl({ cases, totals, seconds, stopped, exit, baseline, mutation, ...suite }: SuiteReport): string {
  const last = { type: 'totals', totals, seconds, stopped, baseline, mutation, exit };
  const lines = [{ type: 'suite', ...suite }, ...cases.map((result) => ({ type: 'case', ...result })), last];
  return lines.map((line) => `${safe(JSON.stringify(line))}\n`).join('');
}

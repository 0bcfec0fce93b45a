import { posix } from 'node:path';
import { beginning, visible } from '../../core/text.ts';
import type { SuiteReport } from '../report.ts';
import { problemText } from './problem-text.ts';
import type { ReportOptions } from './reporter.ts';
import { caseName, duration, excuse, totalsText } from './wording.ts';

/** GitHub cuts longer messages itself, in the middle of a line. */
const longest = 4000;

/** Workflow commands of GitHub Actions: an annotation at each case that did not pass, and the totals. */
export function github(report: SuiteReport, { root }: ReportOptions): string {
  const annotations = report.cases
    .filter((result) => result.outcome !== 'passed')
    .map((result) => {
      const excused = excuse(report, result);
      const file = posix.join(root.replaceAll('\\', '/'), result.file);
      const title = `${caseName(result)} ${excused === undefined ? result.outcome : `${result.outcome}, ${excused}`}`;
      const text = problemText(result);
      const message = text.length > longest ? `${beginning(text, longest)}…` : text;
      return command(excused === undefined ? 'error' : 'warning', { file, line: result.line, title }, message);
    });
  const totals = `${totalsText(report.totals)} in ${duration(report.seconds)}`;
  const stopped = report.stopped === undefined ? '' : `\nstopped early: ${report.stopped}`;
  const notice = command('notice', { title: 'harness eval' }, `${totals}${stopped}`);
  return `${[...annotations, notice].join('\n')}\n`;
}

function command(name: string, properties: Readonly<Record<string, string | number>>, message: string): string {
  const written = Object.entries(properties).map(([key, value]) => `${key}=${property(String(value))}`);
  return `::${name} ${written.join(',')}::${data(visible(message))}`;
}

/** What ends a command, or is read as an escape, is escaped. */
function data(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function property(text: string): string {
  return data(visible(text)).replace(/:/g, '%3A').replace(/,/g, '%2C');
}

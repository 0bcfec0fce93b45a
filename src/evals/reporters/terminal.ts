import { palette } from '../../core/palette.ts';
import { beginning, visible, visibleLine } from '../../core/text.ts';
import { type DiffTone, diffLines } from '../diff-text.ts';
import type { CaseResult, CheckResult, SuiteReport } from '../report.ts';
import { caseLine, outcomeMark } from './live.ts';
import type { ReportOptions } from './reporter.ts';
import { type Section, sections } from './sections.ts';
import {
  caseName,
  errorText,
  excuse,
  type Failing,
  failingTrials,
  placeOf,
  suiteFacts,
  totalsText,
  trialNumbers,
  trialsText,
} from './wording.ts';

/** For people at a terminal and in logs: the cases, those that did not pass in full, and the totals last. */
export function terminal(report: SuiteReport, options: ReportOptions): string {
  const blocks = [
    options.linesShown ? [] : caseLines(report.cases, options.colour),
    ...report.cases.filter((result) => result.outcome !== 'passed').map((result) => problem(report, result, options)),
    ...sections(report).map((section) => sectionLines(section, options.colour)),
    closing(report, options.colour),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function caseLines(cases: readonly CaseResult[], colour: boolean): string[] {
  const nameWidth = cases.reduce((longest, result) => Math.max(longest, caseName(result).length), 0);
  return cases.map((result) => caseLine(result, { colour, nameWidth: Math.min(nameWidth, 60) }));
}

/** Ways of failing shown for one case; more are counted. */
const mostWays = 3;

/** A case that did not pass: where it is written, what was asked, and each way in which it went wrong. */
function problem(report: SuiteReport, result: CaseResult, { colour, width }: ReportOptions): string[] {
  const paint = palette(colour);
  const excused = excuse(report, result);
  const title = `${outcomeMark(result.outcome, colour)} ${paint.bold(caseName(result))}`;
  const ways = failingTrials(result);
  const repeated = result.stats.trials > 1;
  const more = ways.length - mostWays;
  return [
    excused === undefined ? title : `${title}  ${paint.yellow(excused)}`,
    `  ${paint.dim(placeOf(result))}`,
    `  ${paint.dim(clip(`input: ${result.input}`, width - 2))}`,
    ...(repeated ? [`  ${trialsText(result.stats)}, wanted ${result.stats.wanted.toFixed(2)}`] : []),
    ...ways.slice(0, mostWays).flatMap((way) => wayLines(way, repeated, { colour, width })),
    ...(more > 0 ? [`  and ${more} other ${more === 1 ? 'way' : 'ways'} of failing`] : []),
  ];
}

interface Look {
  readonly colour: boolean;
  readonly width: number;
}

function wayLines({ numbers, trial, failed }: Failing, repeated: boolean, { colour, width }: Look): string[] {
  const paint = palette(colour);
  const indent = repeated ? '    ' : '  ';
  const error = errorText(trial);
  const calls = trial.calls.map(({ tool, ok }) => `${tool}${ok === false ? ' (failed)' : ''}`).join(', ') || 'none';
  return [
    ...(repeated ? [`  ${trialNumbers(numbers)}`] : []),
    ...(error === undefined ? [] : lined(error, `${indent}${paint.yellow(trial.outcome)}  `, indent)),
    ...failed.flatMap((check) => checkLines(check, indent, colour)),
    `${indent}${paint.dim(clip(`calls: ${calls}`, width - indent.length))}`,
    `${indent}${paint.dim(clip(`answer: ${trial.answer || '(none)'}`, width - indent.length))}`,
  ];
}

function checkLines({ name, message, diff }: CheckResult, indent: string, colour: boolean): string[] {
  const paint = palette(colour);
  const tones: { readonly [K in DiffTone]: (text: string) => string } = {
    missing: paint.red,
    unexpected: paint.red,
    moved: paint.yellow,
    differs: paint.bold,
    path: (text) => text,
    expected: paint.green,
    actual: paint.red,
  };
  return [
    ...lined(visible(message), `${indent}${paint.red(visibleLine(name))}: `, indent),
    ...diffLines(diff).map(({ depth, tone, text }) => `${indent}  ${'  '.repeat(depth)}${tones[tone](text)}`),
  ];
}

function sectionLines({ title, tone, groups }: Section, colour: boolean): string[] {
  const paint = palette(colour);
  const tones = { bad: paint.red, good: paint.green, plain: paint.bold };
  return [
    tones[tone](title),
    ...groups.flatMap(({ name, tone: each, items }) => [
      `  ${tones[each](name)}`,
      ...items.flatMap(({ text, detail }) => [`    ${text}`, ...(detail ? [`      ${paint.dim(detail)}`] : [])]),
    ]),
  ];
}

function closing(report: SuiteReport, colour: boolean): string[] {
  const paint = palette(colour);
  const { totals, stopped } = report;
  const good = totals.failed + totals.errors + totals.budget === 0;
  return [
    ...(stopped === undefined ? [] : [paint.yellow(`stopped early: ${visibleLine(stopped)}`)]),
    paint.dim(suiteFacts(report).join(', ')),
    (good ? paint.green : paint.red)(totalsText(totals)),
  ];
}

/** Text of several lines behind a lead. A later line never starts with what a program that reads the log obeys. */
function lined(text: string, lead: string, indent: string): string[] {
  const [first = '', ...rest] = text.split('\n');
  return [`${lead}${first}`, ...rest.map((line) => `${indent}  │ ${line}`)];
}

function clip(text: string, width: number): string {
  const line = visibleLine(text);
  return line.length <= width ? line : `${beginning(line, Math.max(1, width - 1))}…`;
}

import { visibleLine } from '../../core/text.ts';
import type { CaseResult, SuiteReport } from '../report.ts';
import { problemText } from './problem-text.ts';
import { type Section, type SectionGroup, sections } from './sections.ts';
import { caseFacts, caseName, excuse, suiteFacts, totalsText } from './wording.ts';

/** Bytes of a whole report: a comment on GitHub may have 65,536 characters. */
const most = 60_000;

/** Bytes of what is said about one case. */
const mostOfCase = 8_000;

/** Cases listed in the table; those that did not pass come first. */
const mostRows = 100;

/** For a comment on a pull request: a table of the cases, and what went wrong with those that did not pass. */
export function markdown(report: SuiteReport): string {
  const problems = report.cases.filter((result) => result.outcome !== 'passed');
  const passed = report.cases.filter((result) => result.outcome === 'passed');
  const head = [
    `## Harness eval: ${totalsText(report.totals)}`,
    factsOf(report),
    table(report, [...problems, ...passed]),
    ...sections(report).map(sectionText),
  ].join('\n\n');
  const rest = problems.map((result) => problem(report, result));
  return bounded(head, rest);
}

/** As many blocks as there is room for, with a note on how many were left out. */
function bounded(head: string, blocks: readonly string[]): string {
  const room = most - 200;
  let text = cut(head, room);
  for (const [index, block] of blocks.entries()) {
    if (bytes(text) + bytes(block) + 2 > room) {
      const left = blocks.length - index;
      return `${text}\n\n_${left} of ${blocks.length} cases that did not pass are left out here: the report would be too long._\n`;
    }
    text += `\n\n${block}`;
  }
  return `${text}\n`;
}

function factsOf(report: SuiteReport): string {
  const facts = [report.mode, ...suiteFacts(report)];
  const early = report.stopped === undefined ? '' : `\n\nStopped early: ${code(report.stopped)}`;
  return `${facts.map(plain).join(', ')}${early}`;
}

function table(report: SuiteReport, cases: readonly CaseResult[]): string {
  const rows = cases.slice(0, mostRows).map((result) => {
    const excused = excuse(report, result);
    const outcome = excused === undefined ? result.outcome : `${result.outcome}, ${excused}`;
    const mark = result.outcome === 'passed' ? '✅' : result.outcome === 'failed' ? '❌' : '⚠️';
    return `| ${mark} ${outcome} | ${cell(code(caseName(result)))} | ${cell(plain(caseFacts(result).join(', ')))} |`;
  });
  const more = cases.length - mostRows;
  const note = more > 0 ? `\n\n_and ${more} more ${more === 1 ? 'case' : 'cases'}_` : '';
  return ['| | case | |', '|---|---|---|', ...rows].join('\n') + note;
}

/** Folded, with the same differences as at the terminal. Text of models stands in code only: it formats nothing. */
function problem(report: SuiteReport, result: CaseResult): string {
  const excused = excuse(report, result);
  const note = excused === undefined ? '' : `, ${excused}`;
  const text = cut(`${problemText(result)}\ninput: ${visibleLine(result.input)}`, mostOfCase);
  const title = `<b>${html(caseName(result))}</b> ${result.outcome}${note}`;
  return `<details open><summary>${title}</summary>\n\n${fenced(text)}\n\n</details>`;
}

function sectionText({ title, groups }: Section): string {
  return [`**${plain(title)}**`, ...groups.map(groupText)].join('\n\n');
}

function groupText({ name, items }: SectionGroup): string {
  const lines = items.slice(0, mostRows).map(({ text, detail }) => {
    return `- ${code(text)}${detail === undefined ? '' : `: ${code(detail)}`}`;
  });
  const more = items.length - mostRows;
  return [`${plain(name)}:`, ...lines, ...(more > 0 ? [`- and ${more} more`] : [])].join('\n');
}

/** A block of code whose fence is longer than any in the text. */
function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestTicks(text) + 1));
  return `${fence}text\n${text}\n${fence}`;
}

/** Code within a line. */
function code(text: string): string {
  const ticks = '`'.repeat(longestTicks(text) + 1);
  const space = /^`|`$/.test(text) ? ' ' : '';
  return `${ticks}${space}${visibleLine(text)}${space}${ticks}`;
}

function longestTicks(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}

/** A table's cells end at a pipe, also in code. */
function cell(text: string): string {
  return text.replace(/\|/g, '\\|');
}

/** Text that formats nothing and names nobody. */
function plain(text: string): string {
  return html(visibleLine(text)).replace(/[\\`*_{}[\]#~@]/g, (mark) => `\\${mark}`);
}

function html(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}

/** Whole lines of a text, at most so many bytes. */
function cut(text: string, limit: number): string {
  if (bytes(text) <= limit) return text;
  const start = Buffer.from(text)
    .subarray(0, limit - 40)
    .toString()
    .replace(/\ufffd+$/, '');
  const end = start.lastIndexOf('\n');
  return `${end > 0 ? start.slice(0, end) : start}\n… (cut)`;
}

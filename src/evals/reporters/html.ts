import { visibleLine } from '../../core/text.ts';
import type { SuiteReport, Totals } from '../report.ts';
import { pageCase, pageRow } from './html/model.ts';
import { pageScript } from './html/script.ts';
import { pageStyle } from './html/style.ts';
import { type Section, type SectionItem, sections } from './sections.ts';
import { suiteFacts, totalsText } from './wording.ts';

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * One page that needs nothing else: the totals and the list are there at once, each case is drawn when it is opened.
 * The data is in script elements that no browser runs, one for each case.
 */
export function html(report: SuiteReport): string {
  const rows = report.cases.map((result, index) => pageRow(report, result, index));
  const passed = rows.filter(({ outcome }) => outcome === 'passed');
  const ordered = [...rows.filter(({ outcome }) => outcome !== 'passed'), ...passed];
  const cases = report.cases.map((result, index) => dataElement(`case-${index}`, pageCase(result)));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(`Harness eval: ${totalsText(report.totals)}`)}</title>
<style>${pageStyle}</style>
</head>
<body>
${headText(report)}
<main>
${sections(report).map(sectionText).join('\n')}
<h2 id="cases-title">Cases</h2>
${controls(rows.length, passed.length)}
<ul id="list" aria-labelledby="cases-title"></ul>
<noscript><p class="notice">The cases are drawn by a script, which is turned off in this browser.</p></noscript>
</main>
<footer>Harness ${escaped(report.harness)}, suite ${escaped(report.suite)}</footer>
${dataElement('cases', ordered)}
${cases.join('\n')}
<script>${pageScript}</script>
</body>
</html>
`;
}

function headText(report: SuiteReport): string {
  const { totals, mode, startedAt, stopped } = report;
  const facts = [startedAt.slice(0, 16).replace('T', ' '), mode, ...suiteFacts(report)];
  const early = stopped === undefined ? '' : `<p class="notice">Stopped early: ${escaped(stopped)}</p>`;
  return `<header>
<h1>Harness eval</h1>
<p class="facts">${escaped(facts.join('  ·  '))}</p>
<button id="theme" type="button">Theme: auto</button>
</header>
${figures(totals)}
${early}`;
}

/** The totals in figures, and their shares as a bar. */
function figures({ passed, failed, errors, budget, notRun }: Totals): string {
  const all = [
    { label: 'passed', count: passed, tone: 'good', always: true },
    { label: 'failed', count: failed, tone: failed > 0 ? 'bad' : '', always: true },
    { label: errors === 1 ? 'error' : 'errors', count: errors, tone: 'warn', always: false },
    { label: 'over budget', count: budget, tone: 'warn', always: false },
    { label: 'not run', count: notRun, tone: '', always: false },
  ].filter(({ count, always }) => always || count > 0);
  const cells = all.map(({ label, count, tone }) => `<div class="${tone}"><dt>${label}</dt><dd>${count}</dd></div>`);
  const shares = all
    .filter(({ count }) => count > 0)
    .map(({ count, tone }) => `<i class="${tone}" style="flex:${count}"></i>`);
  return `<dl class="totals">${cells.join('')}</dl>\n<div class="share" aria-hidden="true">${shares.join('')}</div>`;
}

function sectionText({ title, tone, groups }: Section): string {
  const inside = groups.map(({ name, tone: each, items }) => {
    return `<h3 class="${each}">${escaped(name)}</h3>\n<ul>${items.map(itemText).join('')}</ul>`;
  });
  return `<section class="beside ${tone}"><h2>${escaped(title)}</h2>${inside.join('\n')}</section>`;
}

function itemText({ text, detail }: SectionItem): string {
  return `<li>${escaped(text)}${detail === undefined ? '' : `<span>${escaped(detail)}</span>`}</li>`;
}

function controls(all: number, passed: number): string {
  const button = (kind: string, label: string) =>
    `<button id="show-${kind}" type="button" aria-pressed="${kind === 'all'}">${label}</button>`;
  return `<div class="controls">
<div class="group" role="group" aria-label="Which cases">${button('all', `All ${all}`)}${button('problems', `Not passed ${all - passed}`)}${button('passed', `Passed ${passed}`)}</div>
<input id="search" type="search" placeholder="Search names, tags, inputs" aria-label="Search cases">
<span id="shown" class="facts" role="status"></span>
</div>`;
}

/** Data that no text can end: there is no `<` in it. */
function dataElement(id: string, value: unknown): string {
  return `<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`;
}

function escaped(text: string): string {
  return visibleLine(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

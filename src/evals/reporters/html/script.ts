import type { PageCase, PageCheck, PageRow, PageTrial } from './model.ts';
import type { TimelineItem } from './timeline.ts';

// The page's own script. Each function runs in the browser, from its text: it uses nothing but its arguments and the
// other helpers of this file. Data becomes text nodes only.

/** What the script uses of an element. */
export interface PageElement {
  readonly style: { setProperty(name: string, value: string): void };
  textContent: string | null;
  hidden: boolean;
  open: boolean;
  value: string;
  append(...children: (PageElement | string)[]): void;
  setAttribute(name: string, value: string): void;
  addEventListener(type: string, listener: () => void): void;
}

/** What the script uses of the document. */
export interface PageDocument {
  readonly documentElement: PageElement;
  createElement(name: string): PageElement;
  getElementById(id: string): PageElement | null;
}

/** A new element with a class and what is inside it. */
function make(page: PageDocument, name: string, style: string, ...inside: (PageElement | string)[]): PageElement {
  const element = page.createElement(name);
  if (style !== '') element.setAttribute('class', style);
  element.append(...inside.filter((each) => each !== ''));
  return element;
}

/** The data that an element of the page holds. */
function read(page: PageDocument, id: string): unknown {
  return JSON.parse(page.getElementById(id)?.textContent ?? 'null');
}

function outcomeBadge(page: PageDocument, outcome: string): PageElement {
  const badge = make(page, 'span', `mark ${outcome}`, outcome === 'passed' ? '✓' : outcome === 'failed' ? '✗' : '!');
  badge.setAttribute('role', 'img');
  badge.setAttribute('aria-label', outcome);
  return badge;
}

/** Fills an element when it is opened for the first time. */
function whenOpened(details: PageElement, fill: () => void): void {
  let filled = false;
  details.addEventListener('toggle', () => {
    if (filled || !details.open) return;
    filled = true;
    fill();
  });
}

function checkItem(page: PageDocument, check: PageCheck): PageElement {
  const mark = outcomeBadge(page, check.pass ? 'passed' : 'failed');
  const item = make(page, 'li', check.pass ? 'check' : 'check bad', mark, make(page, 'span', 'name', check.name));
  if (check.message !== '') item.append(make(page, 'p', 'message', check.message));
  if (check.lines.length > 0) {
    const lines = check.lines.map(({ depth, tone, text }) => {
      const line = make(page, 'span', `line ${tone}`, text);
      line.style.setProperty('--depth', String(depth));
      return line;
    });
    item.append(make(page, 'code', 'diff', ...lines));
  }
  return item;
}

/** What failed first; what passed is folded when there is something to look at. */
function checkList(page: PageDocument, checks: readonly PageCheck[]): PageElement[] {
  const failed = checks.filter((check) => !check.pass);
  const passed = checks.filter((check) => check.pass);
  const list = (of: readonly PageCheck[]) => make(page, 'ul', 'checks', ...of.map((check) => checkItem(page, check)));
  const found = failed.length > 0 ? [list(failed)] : [];
  if (passed.length === 0) return found;
  const count = `${passed.length} ${passed.length === 1 ? 'check' : 'checks'} passed`;
  const fold = make(page, 'details', 'fold', make(page, 'summary', '', count), list(passed));
  return [...found, fold];
}

function timelineEntry(page: PageDocument, item: TimelineItem): PageElement {
  const time = make(page, 'span', 'time', item.at < 1000 ? `${item.at} ms` : `${(item.at / 1000).toFixed(2)} s`);
  const head = make(page, 'span', 'title', item.title);
  const agent = make(page, 'span', 'agent', item.agent);
  const note = item.note === '' ? '' : make(page, 'span', 'note', item.note);
  const entry = make(page, 'li', `${item.kind} ${item.tone}`, time);
  entry.style.setProperty('--depth', String(item.depth));
  if (item.parts.length === 0) {
    entry.append(make(page, 'div', 'what', agent, head, note));
    return entry;
  }
  const details = make(page, 'details', 'what', make(page, 'summary', '', agent, head, note));
  whenOpened(details, () => {
    for (const { label, text } of item.parts) {
      details.append(make(page, 'div', 'label', label), make(page, 'pre', '', text));
    }
  });
  entry.append(details);
  return entry;
}

function trialBody(page: PageDocument, trial: PageTrial): PageElement[] {
  const facts = make(page, 'p', 'facts', [trial.agents, ...trial.facts].filter((fact) => fact !== '').join('  ·  '));
  const answer = trial.answer === '' ? make(page, 'p', 'facts', '(none)') : make(page, 'pre', 'said', trial.answer);
  const entries = trial.timeline.map((item) => timelineEntry(page, item));
  return [
    ...(trial.error === '' ? [] : [make(page, 'p', 'trouble', trial.error)]),
    ...checkList(page, trial.checks),
    make(page, 'h4', '', 'Answer'),
    answer,
    make(page, 'h4', '', 'Trace'),
    facts,
    make(page, 'ol', 'timeline', ...entries),
  ];
}

/** One trial stands open; several are folded, and the first that did not pass is opened. */
function trialList(page: PageDocument, trials: readonly PageTrial[]): PageElement[] {
  const [only] = trials;
  if (only && trials.length === 1) return trialBody(page, only);
  const first = trials.find((trial) => trial.outcome !== 'passed');
  return trials.map((trial) => {
    const title = make(page, 'span', 'name', trial.title);
    const facts = make(page, 'span', 'facts', trial.facts.join('  ·  '));
    const summary = make(page, 'summary', '', outcomeBadge(page, trial.outcome), title, facts);
    const details = make(page, 'details', 'trial', summary);
    whenOpened(details, () => details.append(...trialBody(page, trial)));
    details.open = trial === first;
    return details;
  });
}

function caseBody(page: PageDocument, found: PageCase): PageElement {
  return make(
    page,
    'div',
    'body',
    make(page, 'p', 'place', found.place),
    ...(found.description === '' ? [] : [make(page, 'p', '', found.description)]),
    make(page, 'h4', '', 'Input'),
    make(page, 'pre', 'said', found.input),
    ...(found.stats === '' ? [] : [make(page, 'p', 'stats', found.stats)]),
    make(page, 'h4', '', 'Checks'),
    ...trialList(page, found.trials),
  );
}

function caseItem(page: PageDocument, row: PageRow): PageElement {
  const name = make(page, 'h3', '', row.name);
  const tags = row.tags.map((tag) => make(page, 'span', 'tag', tag));
  const excuse = row.excuse === '' ? '' : make(page, 'span', 'tag excuse', row.excuse);
  const facts = make(page, 'span', 'facts', row.facts.join('  ·  '));
  const details = make(page, 'details', 'case');
  details.append(make(page, 'summary', '', outcomeBadge(page, row.outcome), name, excuse, ...tags, facts));
  whenOpened(details, () => details.append(caseBody(page, read(page, row.data) as PageCase)));
  return details;
}

/** The light or the dark look, until the page is closed. Without a choice it follows the system's. */
function bindTheme(page: PageDocument): void {
  const button = page.getElementById('theme');
  const next = { auto: 'light', light: 'dark', dark: 'auto' } as const;
  let theme: keyof typeof next = 'auto';
  button?.addEventListener('click', () => {
    theme = next[theme];
    page.documentElement.setAttribute('data-theme', theme);
    button.textContent = `Theme: ${theme}`;
  });
}

/** Shows the cases, those that did not pass first, and makes the controls work. */
function start(page: PageDocument): void {
  const rows = read(page, 'cases') as readonly PageRow[];
  const items = rows.map((row) => ({ row, details: caseItem(page, row), item: make(page, 'li', '') }));
  for (const { item, details } of items) item.append(details);
  page.getElementById('list')?.append(...items.map(({ item }) => item));
  const search = page.getElementById('search');
  const shown = page.getElementById('shown');
  const buttons = ['all', 'problems', 'passed'].map((kind) => ({ kind, button: page.getElementById(`show-${kind}`) }));
  let kind = 'all';
  const show = () => {
    const words = (search?.value ?? '').toLowerCase().split(' ').filter(Boolean);
    let count = 0;
    for (const { row, item } of items) {
      const chosen = kind === 'all' || (kind === 'passed') === (row.outcome === 'passed');
      item.hidden = !(chosen && words.every((word) => row.words.includes(word)));
      if (!item.hidden) count += 1;
    }
    if (shown) shown.textContent = `${count} of ${rows.length} cases`;
    for (const each of buttons) each.button?.setAttribute('aria-pressed', String(each.kind === kind));
  };
  for (const each of buttons) {
    each.button?.addEventListener('click', () => {
      kind = each.kind;
      show();
    });
  }
  search?.addEventListener('input', show);
  bindTheme(page);
  show();
  const first = items.find(({ row }) => row.outcome !== 'passed');
  if (first) first.details.open = true;
}

const helpers = [
  make,
  read,
  outcomeBadge,
  whenOpened,
  checkItem,
  checkList,
  timelineEntry,
  trialBody,
  trialList,
  caseBody,
  caseItem,
  bindTheme,
];

/** The text of the script. It is made of the functions above as they run here, so that it is checked like all code. */
export const pageScript = `'use strict';\n${helpers.map(String).join('\n')}\n(${String(start)})(document);`;

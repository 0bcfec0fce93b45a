import { dollars } from '../../core/amounts.ts';
import type { EvalCaseFacts, EvalLast, EvalMark, EvalShare, EvalStanding, EvalView } from '../eval-desk.ts';
import { pad, padStart, safeLine } from '../lines.ts';
import { type Look, type Theme, theme } from '../paint.ts';

/** A case with all that is known of it. */
interface Row {
  readonly facts: EvalCaseFacts;
  readonly last: EvalLast | undefined;
  /** Set while it has not ended, or not begun. */
  readonly running: readonly EvalMark[] | undefined;
  readonly theme: Theme;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly right?: boolean;
  cell(row: Row): string;
}

const trials: Column = { title: 'trials', width: 8, cell: trialsCell };
const trajectory: Column = { title: 'trajectory', width: 10, cell: trajectoryCell };
const planned: Column = { title: 'planned', width: 7, cell: ({ last, theme }) => shareText(last?.planned, theme) };
const executed: Column = { title: 'executed', width: 8, cell: ({ last, theme }) => shareText(last?.executed, theme) };
const cost: Column = { title: 'cost', width: 9, right: true, cell: ({ last }) => (last ? costText(last) : '') };

/** The narrowest place for the names of cases, and the widest: no name is longer. */
const leastName = 24;
const mostName = 64;

/** As many columns as there is room for; the first ones of `sets` that fit. */
function columnsFor(width: number, standing: Column): { readonly columns: readonly Column[]; readonly name: number } {
  const sets = [
    [trials, trajectory, planned, executed, cost, standing],
    [trials, trajectory, planned, executed, standing],
    [trials, trajectory, standing],
    [trials, standing],
  ];
  const roomOf = (columns: readonly Column[]) => width - 2 - columns.reduce((sum, each) => sum + each.width + 3, 0);
  const columns = sets.find((each) => roomOf(each) >= leastName) ?? [trials, markOnly(standing)];
  return { columns, name: Math.max(4, Math.min(mostName, roomOf(columns))) };
}

/** Only the mark of each cell, for the narrowest terminals. */
function markOnly(column: Column): Column {
  return { title: 'Δ', width: 1, cell: (row) => column.cell({ ...row, theme: unpainted }).slice(0, 1) };
}

const unpainted = theme(false);

/** The titles of the columns, and a line below them. */
export function tableHead({ baseline }: EvalView, { theme, width }: Look): string[] {
  const { columns, name } = columnsFor(width, standingColumn(baseline !== undefined));
  const line = (title: string, wide: number) => '─'.repeat(Math.max(0, wide === 1 ? 1 : Math.max(title.length, wide)));
  return [
    `  ${pad('case', name)}${columns.map((each) => `   ${each.right ? padStart(each.title, each.width) : pad(each.title, each.width)}`).join('')}`,
    `  ${line('case', name)}${columns.map((each) => `   ${line('', each.width)}`).join('')}`,
  ].map((text) => theme.dim(text.trimEnd()));
}

/** One line of a case. */
export function tableRow(view: EvalView, facts: EvalCaseFacts, here: boolean, { theme, width }: Look): string {
  const { columns, name } = columnsFor(width, standingColumn(view.baseline !== undefined));
  const row = { facts, last: view.last.get(facts.key), running: view.running?.trials.get(facts.key), theme };
  const id = pad(safeLine(facts.id, name), name);
  const cells = columns.map((each) => {
    return `   ${each.right ? padStart(each.cell(row), each.width) : pad(each.cell(row), each.width)}`;
  });
  return `${here ? theme.cyan(`❯ ${id}`) : `  ${id}`}${cells.join('')}`.trimEnd();
}

const marks = { passed: '✓', failed: '✗', error: '!', budget: '!', running: '▸' } as const;

/** The mark of one trial. */
function trialMark(outcome: EvalMark, theme: Theme): string {
  if (outcome === undefined) return theme.dim('·');
  const paint = {
    passed: theme.green,
    failed: theme.red,
    error: theme.yellow,
    budget: theme.yellow,
    running: theme.cyan,
  };
  return paint[outcome](marks[outcome]);
}

function trialsCell({ facts, last, running, theme }: Row): string {
  if (running) {
    const all = Array.from({ length: Math.max(facts.trials, running.length) }, (_, at) => running[at]);
    return trialMarks(all, theme);
  }
  if (last) return trialMarks(last.trials, theme);
  return theme.dim(facts.plays === 'model' ? 'live' : '–');
}

function trialMarks(all: readonly EvalMark[], theme: Theme): string {
  if (all.length <= 8) return all.map((outcome) => trialMark(outcome, theme)).join('');
  const passed = all.filter((outcome) => outcome === 'passed').length;
  const text = `${passed}/${all.length}`;
  if (all.includes(undefined) || all.includes('running')) return theme.cyan(text);
  return passed === all.length ? theme.green(text) : theme.red(text);
}

const modes: Readonly<Record<string, string>> = {
  exact: 'exact',
  subsequence: 'subseq',
  unordered: 'unord',
  subset: 'subset',
  superset: 'super',
};

function trajectoryCell({ facts, last, theme }: Row): string {
  if (facts.mode === undefined) return theme.dim('–');
  const name = pad(modes[facts.mode] ?? facts.mode, 6);
  if (last?.trajectory === undefined) return theme.dim(name);
  return `${name} ${last.trajectory ? theme.green('✓') : theme.red('✗')}`;
}

function shareText(share: EvalShare | undefined, theme: Theme): string {
  if (!share) return theme.dim('–');
  const text = `${share.met}/${share.wanted}`;
  return share.pass ? text : theme.red(`${text} ✗`);
}

/** `$0.10`; nothing was paid for scripts and cassettes. */
export function costText({ costUsd, tokens }: Pick<EvalLast, 'costUsd' | 'tokens'>): string {
  if (costUsd === null) return tokens === 0 ? '–' : '?';
  if (costUsd === 0) return '–';
  return dollars(costUsd);
}

function standingColumn(baseline: boolean): Column {
  return {
    title: baseline ? 'Δ baseline' : 'Δ before',
    width: 10,
    cell: ({ last, running, theme }) => {
      if (!last || running) return '';
      if (last.stale) return theme.dim('· changed');
      return last.standing === undefined ? '' : standingText(last.standing, theme);
    },
  };
}

const standings: { readonly [K in EvalStanding]: readonly [mark: string, paint: 'red' | 'green' | 'yellow' | 'dim'] } =
  {
    regressed: ['▼ new', 'red'],
    fixed: ['▲ fixed', 'green'],
    known: ['= known', 'dim'],
    flaky: ['~ flaky', 'yellow'],
    added: ['+ added', 'dim'],
  };

function standingText(standing: EvalStanding, theme: Theme): string {
  const [text, paint] = standings[standing];
  return theme[paint](text);
}

import { counted } from '../brief.ts';
import type { EvalCaseFacts } from '../eval-desk.ts';
import { filterLine } from '../line-edit.ts';
import { cut, filled, wrap } from '../lines.ts';
import { shownOf } from '../list.ts';
import type { Look } from '../paint.ts';
import { detailLines, detailTitle } from './case-detail.ts';
import { tableHead, tableRow } from './case-table.ts';
import { chosenOf, type Parts, placeOf, type State, shown } from './state.ts';
import { statusLine, totalsLine, totalsOf } from './totals.ts';

/** Totals, the list of cases, and below it the selected one, or what is wrong with the files. */
export function linesOf(parts: Parts, look: Look, rows: number): string[] {
  const { evals, state } = parts;
  const { theme, width } = look;
  const view = evals.view();
  const cases = shown(parts);
  const totals = totalsOf(view.cases, view.last);
  const status = statusLine(view, totals, Date.now(), look);
  const head = [totalsLine(totals, view, look), ...(status === undefined ? [] : [status])];
  const filter = narrowedLine(state, cases.length, look);
  if (filter !== undefined) head.push(filter);
  if (rows >= 12) head.push('');
  if (rows >= 9 && cases.length > 0) head.push(...tableHead(view, look).slice(0, rows >= 16 ? 2 : 1));
  const room = Math.max(1, rows - head.length);
  const below = belowLines(parts, cases, look, room, rows);
  const height = Math.max(1, room - below.length);
  state.height = height;
  const at = placeOf(parts, cases);
  const { from, to } = shownOf(at, cases.length, height);
  const list = cases.slice(from, to).map((facts, row) => tableRow(view, facts, from + row === at, look));
  if (cases.length === 0 && view.problems.length === 0) list.push(theme.dim(cut(` ${emptyText(parts)}`, width)));
  const body = below.length === 0 || cases.length === 0 ? list : filled(list, height);
  return [...head, ...body, ...below];
}

function narrowedLine({ filter, failingOnly }: State, count: number, look: Look): string | undefined {
  if (!filter.open && filter.editor.text === '' && !failingOnly) return undefined;
  const right = `${failingOnly ? 'failing only · f all · ' : ''}${counted(count, 'case')}`;
  return filterLine(filter, right, look);
}

function emptyText({ evals, state }: Parts): string {
  const { cases } = evals.view();
  if (cases.length > 0)
    return state.failingOnly ? 'No case that ran failed; f shows all.' : 'No case has these words; esc shows all.';
  return 'There are no eval cases. Save a run as one: e on /trace, or `harness eval add last`.';
}

/** What is wrong with the files, or else the selected case. */
function belowLines(parts: Parts, cases: readonly EvalCaseFacts[], look: Look, room: number, rows: number): string[] {
  const { evals } = parts;
  const { theme, width } = look;
  const { problems } = evals.view();
  const most = cases.length === 0 ? room - 1 : Math.floor(room / 2);
  if (problems.length > 0) {
    const space = Math.max(1, most - 1);
    const lines = problemLines(problems, look);
    const more = lines.length - space;
    const kept =
      more > 0
        ? [...lines.slice(0, Math.max(1, space - 1)), theme.dim(` … ${counted(more + 1, 'more line')}: ctrl+o`)]
        : lines.slice(0, space);
    return [theme.dim('─'.repeat(width)), ...kept];
  }
  if (rows < 12) return [];
  const chosen = chosenOf(parts, cases[placeOf(parts, cases)]);
  if (!chosen) return [];
  const space = Math.max(2, Math.max(most, room - cases.length) - 2);
  const detail = detailLines(chosen, look, false).slice(0, space);
  return [theme.dim('─'.repeat(width)), detailTitle(chosen, look), ...detail];
}

/** Problems as they were written, with some colour. */
export function problemLines(problems: readonly string[], { theme, width }: Look): string[] {
  return problems.flatMap((line) => {
    // A line of a file, and the marks below it, stay as they stand.
    if (line.startsWith(' '))
      return [/^\s*\|\s*\^/.test(line) ? theme.red(cut(` ${line}`, width)) : cut(` ${line}`, width)];
    const lines = wrap(line, width - 1).map((part) => ` ${part}`);
    return /^(?:error|internal error)\b/.test(line) ? lines.map(theme.red) : lines;
  });
}

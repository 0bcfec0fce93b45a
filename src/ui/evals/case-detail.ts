import { visible } from '../../core/text.ts';
import { counted, duration } from '../brief.ts';
import type { EvalCaseFacts, EvalDiffLine, EvalFailure, EvalPair, EvalTrial } from '../eval-desk.ts';
import { cut, pad, safeLine, spread, widthOf, wrap, wrapExactly, wrapIndented } from '../lines.ts';
import type { Look, Theme } from '../paint.ts';
import { costText } from './case-table.ts';

/** A case, and the trial of it that is looked at. */
export interface Chosen {
  readonly facts: EvalCaseFacts;
  readonly trial: EvalTrial;
  readonly trials: number;
}

/** `restock/closed · trial 2 of 3 · evals/restock.yaml:41`. */
export function detailTitle({ facts, trial, trials }: Chosen, { theme, width }: Look): string {
  const { id, file, line } = facts;
  const which = trials > 1 ? ` · trial ${trial.number} of ${trials}` : '';
  const left = ` ${theme.bold(safeLine(id, Math.floor(width / 2)))}${which} · ${placeText(`${file}:${line}`, Math.floor(width / 2))}`;
  return spread(left, trials > 1 ? theme.dim('◂ trial ▸') : '', width);
}

/** `evals/app/case.yaml:41`; where there is no room for its folders, without them. */
function placeText(place: string, width: number): string {
  const short = widthOf(place) <= width ? place : place.slice(place.lastIndexOf('/') + 1);
  return safeLine(short, width);
}

/** What came of a trial, the most telling first. @param whole nothing is cut */
export function detailLines(chosen: Chosen, look: Look, whole: boolean): string[] {
  const { trial, facts } = chosen;
  const { theme } = look;
  const wrong = wrongLines(chosen, look, whole);
  const held = ` ${counted(trial.held, 'check')} held · ${duration(trial.seconds * 1000)}`;
  const paid = costText(trial);
  const text = (name: string, value: string) => textLines(name, value, look, whole);
  return [
    ...wrong,
    ...(wrong.length > 0 ? [''] : []),
    theme.dim(paid === '–' ? held : `${held} · ${paid}`),
    ...(facts.description === '' ? [] : text('about', facts.description)),
    ...text('input', facts.input),
    ...text('answer', trial.answer || '(none)'),
    ...(trial.trajectory ? [] : text('calls', trial.calls.join(', ') || 'none')),
  ];
}

/** Why it did not pass, and the calls: first where they are the reason. */
function wrongLines({ trial, facts }: Chosen, look: Look, whole: boolean): string[] {
  const error = trial.error === undefined ? [] : wrapped(`! ${trial.error}`, 1, look).map(look.theme.yellow);
  const failed = trial.failed.flatMap((failure, at) => [
    ...(whole && at > 0 ? [''] : []),
    ...failureLines(failure, look, whole),
  ]);
  const calls = trial.trajectory ? trajectoryLines(trial.trajectory, facts.mode ?? '', look, whole) : [];
  const callsFirst = trial.failed.some(({ name }) => name === 'expectedTrajectory');
  const blocks = callsFirst ? [error, calls, failed] : [error, failed, calls];
  return blocks.filter((block) => block.length > 0).flatMap((block, at) => (at === 0 ? block : ['', ...block]));
}

function textLines(name: string, value: string, { theme, width }: Look, whole: boolean): string[] {
  if (!whole) return [theme.dim(` ${name.padEnd(6)}  ${safeLine(value, width - 10)}`)];
  const safe = visible(value.slice(0, mostText));
  return [theme.dim(` ${name}`), ...wrapIndented(safe, width - 3).map((line) => `   ${line}`)];
}

/** Characters of a text that are shown where nothing is to be cut. */
const mostText = 100_000;

/** Where a failed check is written, what it says, and its difference. */
function failureLines(
  { name, place, message, diff, whole: values }: EvalFailure,
  look: Look,
  whole: boolean,
): string[] {
  const { theme, width } = look;
  const head = spread(
    ` ${theme.red('✗')} ${theme.bold(safeLine(name, width - 4))}`,
    theme.dim(placeText(place, Math.floor(width / 2))),
    width,
  );
  const [first = '', ...rest] = visible(message).split('\n');
  const words = [first, ...rest].flatMap((line) => wrapped(line, 3, look));
  const lines = (whole ? values : diff).flatMap((line) => diffLine(line, look, whole));
  return [head, ...(whole ? words : words.slice(0, 2)), ...lines];
}

function diffLine({ depth, tone, text }: EvalDiffLine, { theme, width }: Look, whole: boolean): string[] {
  const paint = toneOf(tone, theme);
  const indent = ' '.repeat(3 + depth * 2);
  if (!whole) return [paint(cut(indent + text, width))];
  return wrapExactly(text, Math.max(10, width - indent.length - 2)).map((line, at) =>
    paint(`${indent}${at === 0 ? '' : '  '}${line}`),
  );
}

function toneOf(tone: EvalDiffLine['tone'], theme: Theme): (text: string) => string {
  if (tone === 'expected') return theme.green;
  if (tone === 'moved') return theme.yellow;
  if (tone === 'differs' || tone === 'path') return (text) => text;
  return theme.red;
}

const states: {
  readonly [K in EvalPair['state']]: readonly [mark: string, paint: 'green' | 'red' | 'yellow' | 'dim'];
} = {
  same: ['✓', 'green'],
  missing: ['✗', 'red'],
  unexpected: ['✗', 'red'],
  differs: ['≠', 'red'],
  moved: ['↕', 'yellow'],
  other: ['·', 'dim'],
};

/** Expected calls on the left, those that were made on the right. */
function trajectoryLines(pairs: readonly EvalPair[], mode: string, { theme, width }: Look, whole: boolean): string[] {
  const rows = whole ? pairs : gathered(pairs);
  const longest = Math.max(29, ...rows.map(({ expected = '' }) => widthOf(expected)));
  const left = Math.min(Math.floor(width / 2) - 4, longest + 2);
  const title = safeLine(mode === '' ? 'expected calls' : `expected calls (${mode})`, left + 1);
  return [
    theme.dim(`   ${pad(title, left + 4)} actual`),
    ...rows.map(({ expected, actual, state }) => {
      const [mark, paint] = states[state];
      const wanted = pad(safeLine(expected ?? '', left), left);
      const made = safeLine(actual ?? '– not called', Math.max(4, width - left - 9));
      const line = `   ${wanted}  ${theme[paint](mark)}  ${state === 'other' ? theme.dim(made) : made}`;
      return cut(line, width);
    }),
  ];
}

/** Calls that nobody asked about are counted where several follow each other. */
function gathered(pairs: readonly EvalPair[]): EvalPair[] {
  const rows: EvalPair[] = [];
  let others = 0;
  const flush = (only: EvalPair | undefined) => {
    if (others === 1 && only) rows.push(only);
    else if (others > 1) rows.push({ expected: undefined, actual: `${others} other calls`, state: 'other' });
    others = 0;
  };
  for (const [at, pair] of pairs.entries()) {
    if (pair.state === 'other') {
      others += 1;
      continue;
    }
    flush(pairs[at - 1]);
    rows.push(pair);
  }
  flush(pairs.at(-1));
  return rows;
}

function wrapped(text: string, indent: number, { width }: Look): string[] {
  return wrap(text, Math.max(10, width - indent)).map((line) => ' '.repeat(indent) + line);
}

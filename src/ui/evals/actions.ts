import { counted } from '../brief.ts';
import type { EvalCaseFacts, EvalTrial } from '../eval-desk.ts';
import { safeLine } from '../lines.ts';
import { moveIn } from '../list.ts';
import type { Page, PageDesk } from '../page.ts';
import { textPage } from '../screens/text.ts';
import { type Chosen, detailLines } from './case-detail.ts';
import { problemLines } from './frame.ts';
import { chosenOf, type Parts, placeOf, select, shown } from './state.ts';

/** A key that moves in the list. @returns false for another one */
export function pressList(parts: Parts, name: string): boolean {
  const cases = shown(parts);
  const next = moveIn(placeOf(parts, cases), cases.length, name, parts.state.height);
  if (next !== undefined) select(parts, next, cases);
  return next !== undefined;
}

/** A key that does something. @param confirm the key that asked to be pressed again */
export function pressKey(parts: Parts, name: string, confirm: string | undefined): boolean {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!action) return false;
  const cases = shown(parts);
  action(parts, { cases, facts: cases[placeOf(parts, cases)], again: confirm === name });
  return true;
}

interface Pressed {
  readonly cases: readonly EvalCaseFacts[];
  /** The selected case. */
  readonly facts: EvalCaseFacts | undefined;
  /** The same key was the last one, and asked to be pressed again. */
  readonly again: boolean;
}

const actions: Readonly<Record<string, (parts: Parts, pressed: Pressed) => void>> = {
  r: (parts, { facts, again }) => run(parts, 'r', facts ? [facts] : [], again),
  R: (parts, { again }) => run(parts, 'R', failing(parts), again),
  a: (parts, { cases, again }) => run(parts, 'a', cases, again),
  f: (parts, { facts }) => {
    parts.state.failingOnly = !parts.state.failingOnly;
    parts.state.selected = facts?.key;
  },
  w: ({ desk, evals }) => {
    const on = !evals.view().watching;
    evals.watch(on);
    desk.say(
      on
        ? 'What a change of the files has changed is run again, offline; w ends it.'
        : 'Files are not watched any more.',
    );
  },
  l: ({ desk, state }) => {
    state.live = !state.live;
    desk.say(
      state.live
        ? 'r, R and a ask the models from now on, which costs money; l: offline'
        : 'offline: scripts and cassettes',
      state.live ? 'warn' : 'plain',
    );
  },
  left: (parts, { facts }) => moveTrial(parts, facts, -1),
  right: (parts, { facts }) => moveTrial(parts, facts, 1),
  enter: (parts, { facts }) => openTrace(parts, facts),
  'ctrl+o': (parts, { facts }) => openWhole(parts, facts),
  e: (parts, { facts }) => void editCase(parts, facts),
  y: ({ desk, state }, { facts }) => {
    if (!facts) return;
    desk.copy(`harness eval ${facts.key}${state.live ? ' --live' : ''}`);
    desk.say(`copied: harness eval ${safeLine(facts.key, 60)}${state.live ? ' --live' : ''}`, 'good');
  },
};

function failing({ evals }: Parts): EvalCaseFacts[] {
  const { cases, last } = evals.view();
  return cases.filter(({ key }) => !['passed', undefined].includes(last.get(key)?.outcome));
}

function run({ desk, evals, state }: Parts, key: string, cases: readonly EvalCaseFacts[], again: boolean): void {
  if (evals.view().running) desk.say('Cases are at work already; esc stops them.', 'warn');
  else if (cases.length === 0) {
    desk.say(key === 'R' ? 'No case failed when it last ran.' : 'There is no case to run.', 'warn');
  } else if (state.live && !again) {
    state.confirm = key;
    const trials = cases.reduce((sum, each) => sum + each.trials, 0);
    const what = `${counted(cases.length, 'case')}, ${counted(trials, 'trial')}`;
    desk.say(`${key} again asks the models: ${what}. It costs money.`, 'warn');
  } else {
    const names = cases.map((each) => each.key);
    state.selected ??= names[0];
    evals.run(names, state.live);
  }
}

function moveTrial(parts: Parts, facts: EvalCaseFacts | undefined, step: number): void {
  const chosen = chosenOf(parts, facts);
  const trials = parts.state.looked?.trials;
  if (!chosen || !trials) return;
  parts.state.trial = Math.max(0, Math.min(trials.length - 1, trials.indexOf(chosen.trial) + step));
}

function openTrace(parts: Parts, facts: EvalCaseFacts | undefined): void {
  const { desk } = parts;
  const chosen = chosenOf(parts, facts);
  const events = chosen?.trial.events ?? [];
  if (!facts) return;
  if (!chosen) desk.say('The case has not run yet: r', 'warn');
  else if (events.length === 0) desk.say(noTrace(chosen.trial), 'warn');
  else {
    const { facts: of, trial, trials } = chosen;
    const title = trials > 1 ? `${of.id}, trial ${trial.number}` : of.id;
    desk.open(async (above) => (await import('../screens/trace.ts')).tracePage(above, { title, events }));
  }
}

function noTrace({ outcome }: EvalTrial): string {
  return outcome === 'passed'
    ? 'This trial passed, and its trace was not kept; r runs the case and keeps it.'
    : 'There was no run.';
}

function openWhole(parts: Parts, facts: EvalCaseFacts | undefined): void {
  const { desk, evals } = parts;
  const { problems } = evals.view();
  if (problems.length > 0) {
    desk.open((above) =>
      textPage(above, { title: 'problems', lines: (look) => problemLines(problems, look), copy: problems.join('\n') }),
    );
    return;
  }
  const chosen = chosenOf(parts, facts);
  if (chosen) desk.open((above) => wholePage(above, chosen));
  else if (facts) desk.say('The case has not run yet: r', 'warn');
}

/** A trial in full. */
function wholePage(desk: PageDesk, chosen: Chosen): Page {
  const { facts, trial, trials } = chosen;
  return textPage(desk, {
    title: facts.id,
    about: `${trials > 1 ? `trial ${trial.number} of ${trials} · ` : ''}${facts.file}:${facts.line}`,
    lines: (look) => detailLines(chosen, look, true),
    copy: trial.failed
      .flatMap(({ name, place, message, whole }) => [
        `${name} ${place}`.trim(),
        message,
        ...whole.map(({ depth, text }) => `${'  '.repeat(depth)}${text}`),
      ])
      .join('\n'),
  });
}

async function editCase({ desk }: Parts, facts: EvalCaseFacts | undefined): Promise<void> {
  if (!facts) return;
  const opened = await desk.editFile(facts.path, facts.line);
  if (!opened) desk.say('The editor could not be started; set $EDITOR.', 'bad');
}

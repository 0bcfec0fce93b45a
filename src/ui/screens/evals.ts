import { counted } from '../brief.ts';
import { withText } from '../editor.ts';
import type { EvalDesk } from '../eval-desk.ts';
import { pressKey, pressList } from '../evals/actions.ts';
import { linesOf } from '../evals/frame.ts';
import { plainLines } from '../evals/plain.ts';
import { type Parts, type State, shown } from '../evals/state.ts';
import { totalsOf } from '../evals/totals.ts';
import { filterEscape, filterKeys, noFilter, pressFilter } from '../filter.ts';
import type { KeyHelp } from '../key-table.ts';
import type { Page, PageDesk } from '../page.ts';
import { moment } from '../when.ts';

const keys: readonly KeyHelp[] = [
  { keys: 'r', about: 'run the case', brief: 'run' },
  { keys: 'R', about: 'run those that did not pass', brief: 'failing' },
  { keys: 'a', about: 'run all that are shown', brief: 'all' },
  { keys: 'enter', about: 'the trace of the trial', brief: 'trace' },
  { keys: 'f', about: 'show only what did not pass', brief: 'failing only' },
  { keys: '◂ ▸', about: 'another trial of the case', brief: 'trial' },
  { keys: 'ctrl+o', about: 'the case in full, with the whole difference', brief: 'full diff' },
  { keys: 'w', about: 'run what has changed whenever a file changes', brief: 'watch' },
  { keys: 'e', about: 'open the case in $EDITOR', brief: 'edit' },
  { keys: '/', about: 'filter: words, tag:, file:, status:, plays:', brief: 'filter' },
  {
    keys: 'l',
    about: 'ask the models instead of scripts and cassettes, which costs money; again: offline',
    brief: 'live',
  },
  { keys: 'y', about: 'copy the command that runs the case', brief: 'copy' },
  { keys: 'esc', about: 'stop what runs' },
];

/** The app's eval cases and what came of them; they are run from here. @param words what to filter by */
export async function evalsPage(desk: PageDesk, words: readonly string[]): Promise<Page> {
  const state: State = {
    filter: { ...noFilter, editor: withText(words.join(' ')) },
    failingOnly: false,
    selected: undefined,
    trial: undefined,
    live: false,
    confirm: undefined,
    height: 10,
    narrowed: undefined,
    looked: undefined,
  };
  const evals = await desk.controller.evals.open(desk.changed);
  const parts: Parts = { desk, evals, state };
  return {
    title: 'evals',
    about: () => aboutOf(parts),
    keys,
    escape: () => {
      if (state.filter.open) return filterEscape(state.filter);
      if (evals.view().running) return 'esc stops';
      return hasReading(evals) ? 'esc hides' : filterEscape(state.filter);
    },
    typing: () => filterKeys(state.filter),
    lines: (look, rows) => (look.plain ? plainLines(evals.view(), shown(parts)) : linesOf(parts, look, rows)),
    press: (key) => {
      const name = key.kind === 'key' ? key.name : key.text;
      const { confirm } = state;
      state.confirm = undefined;
      const running = evals.view().running;
      if ((name === 'esc' || name === 'ctrl+c') && !state.filter.open && running && !running.stopping) {
        evals.stop();
        return true;
      }
      if (name === 'esc' && !state.filter.open && hasReading(evals)) {
        evals.dismiss();
        return true;
      }
      const filter = pressFilter(state.filter, key);
      if (filter) {
        state.filter = filter;
        return true;
      }
      return pressList(parts, name) || pressKey(parts, name, confirm);
    },
    close: evals.close,
  };
}

/** Whether something that is wrong hides the selected case. */
function hasReading(evals: EvalDesk): boolean {
  const { problems, cases } = evals.view();
  return problems.length > 0 && cases.length > 0;
}

function aboutOf({ desk, evals, state }: Parts): string {
  const { cases, watching, last } = evals.view();
  const { at } = totalsOf(cases, last);
  return [
    ...(state.live ? ['LIVE'] : []),
    ...(watching ? ['watching'] : []),
    counted(cases.length, 'case'),
    ...(at === '' ? [] : [`ran ${moment(at, Date.now())}`]),
    desk.controller.facts.app,
  ].join(' · ');
}

import type { EvalCaseFacts, EvalDesk, EvalTrial } from '../eval-desk.ts';
import type { Filter } from '../filter.ts';
import type { PageDesk } from '../page.ts';
import type { Chosen } from './case-detail.ts';
import { chosenCases, type Narrowed } from './order.ts';

/** What the page of eval cases shows. Only its own functions change it. */
export interface State {
  filter: Filter;
  failingOnly: boolean;
  /** Key of the selected case. */
  selected: string | undefined;
  /** Place of the trial that is looked at; undefined for the first one that did not pass. */
  trial: number | undefined;
  live: boolean;
  /** The key that asks the models when it is pressed again. */
  confirm: string | undefined;
  height: number;
  narrowed: Narrowed | undefined;
  /** The trials of the case that was looked at last. */
  looked: { readonly of: unknown; readonly trials: readonly EvalTrial[] } | undefined;
}

export interface Parts {
  readonly desk: PageDesk;
  readonly evals: EvalDesk;
  readonly state: State;
}

/** The cases that pass the filter, in their order. */
export function shown({ evals, state }: Parts): readonly EvalCaseFacts[] {
  state.narrowed = chosenCases(evals.view(), state.filter, state.failingOnly, state.narrowed);
  return state.narrowed.cases;
}

export function placeOf({ state }: Parts, cases: readonly EvalCaseFacts[]): number {
  const at = cases.findIndex(({ key }) => key === state.selected);
  return Math.max(0, at);
}

/** The selected case with the trial that is looked at; undefined where it has not run. */
export function chosenOf({ evals, state }: Parts, facts: EvalCaseFacts | undefined): Chosen | undefined {
  const last = facts && evals.view().last.get(facts.key);
  if (!facts || !last) return undefined;
  if (state.looked?.of !== last) state.looked = { of: last, trials: evals.trials(facts.key) ?? [] };
  const { trials } = state.looked;
  const failing = trials.findIndex(({ outcome }) => outcome !== 'passed');
  const trial = trials[Math.min(state.trial ?? Math.max(0, failing), trials.length - 1)];
  return trial && { facts, trial, trials: trials.length };
}

export function select(parts: Parts, to: number, cases: readonly EvalCaseFacts[]): void {
  parts.state.selected = cases[to]?.key;
  parts.state.trial = undefined;
}

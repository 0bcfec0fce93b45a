import type { EvalCaseFacts, EvalLast, EvalView } from '../eval-desk.ts';
import { type Filter, passes, wordsOf } from '../filter.ts';

/** The cases that are shown, with what they were chosen by. */
export interface Narrowed {
  readonly cases: readonly EvalCaseFacts[];
  /** While it is the same, they are too. */
  readonly by: string;
}

/** The cases that pass the filter: those that need somebody first. The same list until there is another reason. */
export function chosenCases(
  view: EvalView,
  filter: Filter,
  failingOnly: boolean,
  before: Narrowed | undefined,
): Narrowed {
  const words = wordsOf(filter);
  // While cases run they stay where they are: nobody can read a list that jumps.
  const by = JSON.stringify([view.edition, failingOnly, words]);
  if (before?.by === by) return before;
  const { last } = view;
  const chosen = view.cases.filter((facts) => {
    const own = last.get(facts.key);
    if (failingOnly && (own === undefined || own.outcome === 'passed')) return false;
    return words.length === 0 || passes(words, membersOf(facts, own));
  });
  const ranks = new Map(chosen.map(({ key }) => [key, rankOf(last.get(key))]));
  const cases = chosen.toSorted((left, right) => (ranks.get(left.key) ?? 0) - (ranks.get(right.key) ?? 0));
  return { cases, by };
}

function membersOf({ key, file, tags, description, plays }: EvalCaseFacts, last: EvalLast | undefined) {
  const status = last?.outcome ?? 'new';
  return {
    case: key,
    file,
    tag: tags.join(' '),
    status: `${status} ${last?.standing ?? ''}`,
    plays,
    about: description,
  };
}

function rankOf(last: EvalLast | undefined): number {
  if (!last) return 3;
  if (last.outcome === 'passed') return last.stale ? 3 : 4;
  if (last.standing === 'regressed') return 0;
  return last.standing === 'known' || last.standing === 'flaky' ? 2 : 1;
}

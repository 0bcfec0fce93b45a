/**
 * Moves a selection in a list.
 * @param page rows that are shown at a time @returns the new place; undefined for a key that does not move
 */
export function moveIn(at: number, count: number, key: string, page: number): number | undefined {
  const step = stepOf(key, page);
  if (step === undefined) return undefined;
  return Math.max(0, Math.min(count - 1, at + step));
}

/** How far a key moves, in rows; undefined for a key that does not move. @param page rows that are shown at a time */
export function stepOf(key: string, page: number): number | undefined {
  return steps[key]?.(Math.max(1, page));
}

const steps: Readonly<Record<string, (page: number) => number>> = {
  up: () => -1,
  k: () => -1,
  down: () => 1,
  j: () => 1,
  pageup: (page) => -page,
  pagedown: (page) => page,
  home: () => Number.NEGATIVE_INFINITY,
  g: () => Number.NEGATIVE_INFINITY,
  end: () => Number.POSITIVE_INFINITY,
  G: () => Number.POSITIVE_INFINITY,
};

/** The rows of a list that are shown: the selected one is near their middle. @returns from (included) and to (not) */
export function shownOf(at: number, count: number, rows: number): { readonly from: number; readonly to: number } {
  const from = Math.max(0, Math.min(at - Math.floor(rows / 2), count - rows));
  return { from, to: Math.min(count, from + rows) };
}

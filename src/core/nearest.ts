/**
 * The name a person probably meant: the candidate with the smallest edit distance (insert, delete, replace,
 * swap of neighbours), if it is near enough to be a slip and not another word.
 * @param most the largest distance that is near enough; default: two fifths of the name
 */
export function nearest(name: string, candidates: Iterable<string>, most?: number): string | undefined {
  const wanted = name.toLowerCase().slice(0, longest);
  let best: string | undefined;
  let bestDistance = (most ?? Math.max(1, Math.floor(wanted.length * 0.4))) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `did you mean "x"?`, or the whole list when it is short, or nothing. */
export function suggest(name: string, candidates: readonly string[]): string | undefined {
  const found = nearest(name, candidates);
  if (found !== undefined) return `did you mean "${found}"?`;
  if (candidates.length === 0 || candidates.length > 12) return undefined;
  return `expected one of: ${[...candidates].sort().join(', ')}`;
}

/** Names are short; a hostile one must not cost a quadratic table. */
const longest = 64;

function editDistance(a: string, b: string): number {
  const width = b.length + 1;
  let previous: number[] = [];
  let current = Array.from({ length: width }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const older = previous;
    previous = current;
    current = [row];
    for (let column = 1; column < width; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      );
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, at(older, column - 2) + 1);
      current.push(cost);
    }
  }
  return at(current, width - 1);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}

/**
 * The term that a misspelled word was probably meant to be, by edits (insert, delete, replace, swap of neighbours): one
 * edit is a slip, in a longer word two; with more it is another word. The first of those that are equally near.
 */
export function similarTerm(word: string, terms: Iterable<string>): string | undefined {
  const most = maxEdits(word);
  let second: string | undefined;
  for (const term of terms) {
    if (isWithin(1, word, term)) return term;
    if (second === undefined && most > 1 && isWithin(most, word, term)) second = term;
  }
  return second;
}

/** How many edits a word may be away from the one that was meant. */
export function maxEdits(word: string): number {
  return word.length < longWord ? 1 : 2;
}

const longWord = 7;

/** Whether so many edits make one text of the other, from these places on. Few edits: each of them is tried. */
function isWithin(edits: number, one: string, other: string, from = 0, otherFrom = 0): boolean {
  let a = from;
  let b = otherFrom;
  while (a < one.length && one.charCodeAt(a) === other.charCodeAt(b)) {
    a += 1;
    b += 1;
  }
  const left = one.length - a;
  const otherLeft = other.length - b;
  if (left === 0 || otherLeft === 0) return left + otherLeft <= edits;
  if (Math.abs(left - otherLeft) > edits || edits === 0) return false;
  const swapped = one[a] === other[b + 1] && one[a + 1] === other[b];
  return (
    (swapped && isWithin(edits - 1, one, other, a + 2, b + 2)) ||
    isWithin(edits - 1, one, other, a + 1, b + 1) ||
    isWithin(edits - 1, one, other, a + 1, b) ||
    isWithin(edits - 1, one, other, a, b + 1)
  );
}

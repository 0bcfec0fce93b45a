import type { Database } from 'better-sqlite3';
import { nearest } from '../../core/nearest.ts';
import type { Group, Term } from './ranking.ts';
import { queryWords } from './words.ts';

/** What a query asks for, in terms of the index. */
export interface QueryTerms {
  readonly groups: readonly Group[];
  /** Names that words of the query make together: they count, but nothing has to hold them. */
  readonly wholes: readonly Term[];
  /** Words that nothing holds. */
  readonly unknown: readonly string[];
}

/**
 * Finds the terms that the words of a query stand for: the word itself, or else terms that begin with it, or else
 * terms that it is a part of, or else the one that it was probably meant to be. `wide`: all of the first three.
 */
export function termFinder(db: Database): (query: string, wide: boolean) => QueryTerms {
  const exact = db.prepare<[string], Term>('SELECT term, entries FROM terms WHERE term = ?');
  const starting = db.prepare<[string, string], Term>(
    `SELECT term, entries FROM terms WHERE term > ? AND term < ? ORDER BY entries DESC LIMIT ${maxTermsOfWord}`,
  );
  const containing = db.prepare<[string, number], Term>(
    `SELECT terms.term, terms.entries FROM parts JOIN terms ON terms.id = parts.rowid WHERE parts MATCH ? LIMIT ?`,
  );
  const startingWith = (word: string): Term[] => (word.length < 2 ? [] : starting.all(word, `${word}\u{10ffff}`));
  const holding = (word: string): Term[] => {
    const match = partsOf(word, 'AND');
    if (match === undefined) return [];
    const found = containing.all(match, maxParts).filter(({ term }) => term.includes(word));
    return found.sort((one, other) => other.entries - one.entries).slice(0, maxTermsOfWord);
  };
  const similar = (word: string): Term[] => {
    const match = word.length < leastSimilar ? undefined : partsOf(word, 'OR');
    const candidates = match === undefined ? [] : containing.all(match, maxSimilar);
    const best = nearest(
      word,
      candidates.map(({ term }) => term),
    );
    return best === undefined ? [] : exact.all(best);
  };
  const find = (word: string, wide: boolean): Term[] => {
    const found = exact.all(word);
    if (found.length > 0 && !wide) return found;
    found.push(...startingWith(word));
    if (found.length === 0 || wide) found.push(...holding(word));
    return found.length === 0 ? similar(word) : distinct(found);
  };
  return (query, wide) => {
    const { words, wholes } = queryWords(query);
    const groups = words.map((word) => ({ word, terms: find(word, wide) }));
    return {
      groups: groups.filter(({ terms }) => terms.length > 0),
      wholes: wholes.flatMap((whole) => exact.all(whole)),
      unknown: groups.filter(({ terms }) => terms.length === 0).map(({ word }) => word),
    };
  };
}

const maxTermsOfWord = 8;
const maxParts = 200;
const maxSimilar = 3000;
/** Shorter words are like too many others. */
const leastSimilar = 5;

/** Everything that a word of at least three characters is made of, as FTS5 asks for it. */
function partsOf(word: string, operator: 'AND' | 'OR'): string | undefined {
  const characters = [...word];
  if (characters.length < 3) return undefined;
  const parts = characters.slice(2).map((_, at) => characters.slice(at, at + 3).join(''));
  return [...new Set(parts)].map((part) => `"${part}"`).join(` ${operator} `);
}

function distinct(terms: readonly Term[]): Term[] {
  return [...new Map(terms.map((each) => [each.term, each])).values()];
}

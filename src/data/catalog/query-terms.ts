import type { Database } from 'better-sqlite3';
import type { Group, Term } from './ranking.ts';
import { maxEdits, similarTerm } from './similar.ts';
import { queryWords } from './words.ts';

/** What a query asks for, in terms of the index. */
export interface QueryTerms {
  readonly groups: readonly Group[];
  /** Names that words of the query make together: they count, but nothing has to hold them. */
  readonly wholes: readonly Term[];
  /** Words that nothing holds. */
  readonly unknown: readonly string[];
}

/** What a query asks for. */
export interface FoundTerms extends QueryTerms {
  /** The same with more terms for each word; undefined when there are no more. */
  wider(): QueryTerms | undefined;
}

/**
 * Finds the terms that the words of a query stand for: the word itself, or else terms that begin with it, or else
 * terms that it is a part of, or else the one that it was probably meant to be. `wider`: all of the first three.
 */
export function termFinder(db: Database): (query: string) => FoundTerms {
  const exact = db.prepare<[string], Term>('SELECT term, entries FROM terms WHERE term = ?');
  const starting = db.prepare<[string, string], Term>(
    `SELECT term, entries FROM terms WHERE term > ? AND term < ? ORDER BY entries DESC LIMIT ${maxTermsOfWord}`,
  );
  const containing = db.prepare<[string], Term>(
    `SELECT terms.term, terms.entries FROM parts JOIN terms ON terms.id = parts.rowid
     WHERE parts MATCH ? LIMIT ${maxParts}`,
  );
  const alike = db
    .prepare<[string, number, number], string>(
      `SELECT terms.term FROM (SELECT rowid AS id FROM parts WHERE parts MATCH ? LIMIT ${maxSimilar}) JOIN terms USING (id)
       WHERE length(terms.term) BETWEEN ? AND ?`,
    )
    .pluck();
  const startingWith = (word: string): Term[] => (word.length < 2 ? [] : starting.all(word, `${word}\u{10ffff}`));
  const holding = (word: string): Term[] => {
    const match = partsOf(word, 'AND');
    if (match === undefined) return [];
    const found = containing.all(match).filter(({ term }) => term.includes(word));
    return found.sort((one, other) => other.entries - one.entries).slice(0, maxTermsOfWord);
  };
  const similar = (word: string): Term[] => {
    const match = word.length < leastSimilar ? undefined : partsOf(word, 'OR');
    if (match === undefined) return [];
    const edits = maxEdits(word);
    const best = similarTerm(word, alike.all(match, word.length - edits, word.length + edits));
    return best === undefined ? [] : exact.all(best);
  };
  const narrow = (word: string): Term[] => {
    for (const find of [(same: string) => exact.all(same), startingWith, holding, similar]) {
      const found = find(word);
      if (found.length > 0) return found;
    }
    return [];
  };
  const wide = ({ word, terms }: Group): Group => ({
    word,
    terms: distinct([...terms, ...startingWith(word), ...holding(word)]),
  });
  return (query) => {
    const { words, wholes } = queryWords(query);
    const all = words.map((word) => ({ word, terms: narrow(word) }));
    const found: QueryTerms = {
      groups: all.filter(({ terms }) => terms.length > 0),
      wholes: wholes.flatMap((whole) => exact.all(whole)),
      unknown: all.filter(({ terms }) => terms.length === 0).map(({ word }) => word),
    };
    return {
      ...found,
      wider() {
        const groups = found.groups.map(wide);
        const isWider = groups.some(({ terms }, at) => terms.length > (found.groups[at]?.terms.length ?? 0));
        return isWider ? { ...found, groups } : undefined;
      },
    };
  };
}

const maxTermsOfWord = 8;
const maxParts = 200;
/** Terms that share something with a misspelled word; of so many the likely ones are looked at. */
const maxSimilar = 5000;
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

import type { Database, Statement } from 'better-sqlite3';
import { entryKinds, type SearchHit, type SearchRequest, type SearchResult } from '../../core/catalog.ts';
import { idRange, kindOf, weights } from './entry.ts';
import { readMeta } from './meta.ts';
import { type QueryTerms, termFinder } from './query-terms.ts';
import { type Group, scorer, type Term } from './ranking.ts';

/**
 * As many entries SQLite may rank for one query. A word that more entries hold costs too much to rank, and tells
 * little: then only a bounded number of candidates is looked at.
 */
const rankBudget = 2000;
const maxCandidates = 60;
const maxFrequent = 6;

/** Makes the search over the index of a catalog. */
export function indexSearch(db: Database): (request: SearchRequest) => SearchResult {
  const findTerms = termFinder(db);
  const collect = collector(db);
  const fieldsOf = db.prepare<[number], string>('SELECT terms FROM entries WHERE id = ?').pluck();
  const shownOf = db.prepare<[number], string>('SELECT shown FROM entries WHERE id = ?').pluck();
  const best = (terms: QueryTerms, request: SearchRequest): number[] => {
    const { entries = 0, tokens = 0 } = readMeta(db);
    const score = scorer(terms.groups, terms.wholes, { entries: Number(entries), tokens: Number(tokens) });
    const scored = collect(terms, request).map((id) => {
      const fields = fieldsOf.get(id)?.split('\n') ?? [];
      return { id, score: score({ kind: kindOf(id), fields }) };
    });
    scored.sort((one, other) => other.score - one.score || one.id - other.id);
    return scored.slice(0, request.limit).map(({ id }) => id);
  };
  return (request) => {
    const terms = findTerms(request.query);
    const found = new Set(best(terms, request));
    const wider = found.size < request.limit ? terms.wider() : undefined;
    if (wider) for (const id of best(wider, request)) found.add(id);
    const ids = [...found].slice(0, request.limit);
    return { hits: ids.map((id) => JSON.parse(shownOf.get(id) ?? '') as SearchHit), unknown: terms.unknown };
  };
}

/** Ids of the entries that may be the best answers, in no order. */
function collector(db: Database): (terms: QueryTerms, request: SearchRequest) => number[] {
  const among = `rowid BETWEEN ? AND ? AND (1 << (rowid >> 40)) & ?`;
  const ranked = db
    .prepare<FindParameters, number>(
      `SELECT rowid FROM words WHERE words MATCH ? AND ${among} ORDER BY bm25(words, ${weights.join(', ')}) LIMIT ?`,
    )
    .pluck();
  const first = db
    .prepare<FindParameters, number>(`SELECT rowid FROM words WHERE words MATCH ? AND ${among} LIMIT ?`)
    .pluck();
  return ({ groups, wholes }, request) => {
    const kinds = kindsOf(request);
    const run = (statement: Statement<FindParameters, number>, match: string, limit: number) =>
      match === '' ? [] : statement.all(match, kinds.first, kinds.last, kinds.mask, limit);
    const terms = [...groups.flatMap((group) => group.terms), ...wholes];
    const rare = affordable(terms);
    const limit = Math.max(maxCandidates, request.limit);
    if (rare.length === terms.length) return run(ranked, anyOf(terms), limit);
    const found = new Set(run(ranked, anyOf(rare), limit));
    const add = (match: string) => {
      for (const id of run(first, match, Math.max(request.limit, limit / 2))) found.add(id);
    };
    // All words together, then without the most frequent ones, until something holds them.
    const byRarity = [...groups].sort((one, other) => entriesOf(one) - entriesOf(other));
    for (let count = byRarity.length; count > 1; count--) {
      const before = found.size;
      add(allOf(byRarity.slice(0, count)));
      if (found.size > before) break;
    }
    // Of each word that could not be ranked, what it is the name of.
    for (const { term } of terms.filter((each) => !rare.includes(each)).slice(0, maxFrequent)) {
      add(`{name synonyms} : "${term}"`);
    }
    const [rarest] = byRarity;
    if (rarest !== undefined && found.size < request.limit) add(anyOf(rarest.terms));
    return [...found];
  };
}

type FindParameters = [match: string, first: number, last: number, mask: number, limit: number];

/** The rarest terms, as many as can be ranked. */
function affordable(terms: readonly Term[]): Term[] {
  const byRarity = [...terms].sort((one, other) => one.entries - other.entries);
  let cost = 0;
  return byRarity.filter(({ entries }) => {
    cost += entries;
    return cost <= rankBudget;
  });
}

function entriesOf({ terms }: Group): number {
  return terms.reduce((sum, { entries }) => sum + entries, 0);
}

function kindsOf({ kinds = entryKinds }: SearchRequest): { first: number; last: number; mask: number } {
  const ranges = kinds.map(idRange);
  const first = Math.min(...ranges.map((range) => range.first));
  const last = Math.max(...ranges.map((range) => range.last));
  const mask = kinds.reduce((bits, kind) => bits | (1 << (entryKinds.indexOf(kind) + 1)), 0);
  return { first, last, mask };
}

/** Terms hold neither quotes nor white space; in quotes none of them is an operator. */
function anyOf(terms: readonly Term[]): string {
  return terms.map(({ term }) => `"${term}"`).join(' OR ');
}

function allOf(groups: readonly Group[]): string {
  return groups.map(({ terms }) => `(${anyOf(terms)})`).join(' AND ');
}

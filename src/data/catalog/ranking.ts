import type { EntryKind } from '../../core/catalog.ts';
import { fields as fieldNames, weights } from './entry.ts';

/** One word of a query: the terms of the index that it may stand for, each with how many entries hold it. */
export interface Group {
  readonly word: string;
  readonly terms: readonly Term[];
}

export interface Term {
  readonly term: string;
  readonly entries: number;
}

/** An entry that may be an answer. */
export interface Candidate {
  readonly kind: EntryKind;
  /** The terms of each field, each between spaces. */
  readonly fields: readonly string[];
}

/** What bm25 must know of the whole index. */
export interface Totals {
  readonly entries: number;
  readonly tokens: number;
}

/**
 * How well an entry answers a query: SQLite's own bm25, with the same weights, so that it does not matter how a
 * candidate was found. Of the terms that a word may stand for the best one counts. Entries that hold more of the words
 * come first, then exact names, then preferred kinds.
 * @param wholes names of several words as one term: what holds one is better, but nothing has to.
 */
export function scorer(
  groups: readonly Group[],
  wholes: readonly Term[],
  totals: Totals,
): (candidate: Candidate) => number {
  const parts = groups.map(({ terms }) => terms.map((term) => weigh(term, totals)));
  const extra = wholes.map((term) => weigh(term, totals));
  // A name of several words has one term more: the whole. A value of several words has none.
  const exactTerms = groups.length > 1 ? [groups.length, groups.length + 1] : [groups.length];
  return ({ kind, fields }) => {
    const length = lengthFactor(fields, totals);
    const sums = parts.map((terms) => Math.max(...partsOf(terms, fields, length)));
    const matched = sums.filter((sum) => sum > 0).length;
    const score = [...sums, ...partsOf(extra, fields, length)].reduce(add, 0);
    const coverage = parts.length === 0 ? 1 : matched / parts.length;
    const name = fields[namedBy[kind] ?? nameField] ?? '';
    const exact = matched === parts.length && exactTerms.includes(count(name)) && parts.every(isIn(name));
    return score * coverage * (exact ? exactBonus : 1) * kindFactor[kind];
  };
}

const nameField = fieldNames.indexOf('name');
/** A value is its own name; the name of a join is made up. */
const namedBy: Partial<Record<EntryKind, number>> = { value: fieldNames.indexOf('vals'), join: fieldNames.length };

function isIn(name: string): (terms: readonly Weighed[]) => boolean {
  return (terms) => terms.some(({ spaced }) => name.includes(spaced));
}

const exactBonus = 1.5;
const kindFactor: Readonly<Record<EntryKind, number>> = {
  table: 1.2,
  metric: 1.2,
  rule: 1,
  join: 0.8,
  column: 1,
  value: 0.9,
};

const k1 = 1.2;
const b = 0.75;

interface Weighed {
  readonly spaced: string;
  /** Inverse document frequency. */
  readonly rarity: number;
}

function weigh({ term, entries }: Term, { entries: all }: Totals): Weighed {
  return { spaced: ` ${term} `, rarity: Math.max(1e-6, Math.log((all - entries + 0.5) / (entries + 0.5))) };
}

/** What each term adds to the score. */
function partsOf(terms: readonly Weighed[], fields: readonly string[], length: number): number[] {
  return terms.map(({ spaced, rarity }) => {
    let frequency = 0;
    for (let field = 0; field < fields.length; field++) {
      if (fields[field]?.includes(spaced)) frequency += weights[field] ?? 0;
    }
    return (rarity * frequency * (k1 + 1)) / (frequency + length);
  });
}

function add(one: number, other: number): number {
  return one + other;
}

function lengthFactor(fields: readonly string[], { entries, tokens }: Totals): number {
  const mean = tokens / Math.max(1, entries) || 1;
  const length = fields.reduce((sum, field) => sum + count(field), 0);
  return k1 * (1 - b + (b * length) / mean);
}

/** Terms of a field: they stand between single spaces. */
function count(field: string): number {
  let spaces = 0;
  for (let at = field.indexOf(' '); at !== -1; at = field.indexOf(' ', at + 1)) spaces += 1;
  return field.length <= 2 ? 0 : spaces - 1;
}

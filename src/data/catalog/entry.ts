import { type EntryKind, entryKinds, type SearchHit } from '../../core/catalog.ts';

/** The texts of an entry by which it is found, from the most to the least telling. */
export interface EntryTexts {
  readonly name: string;
  readonly synonyms?: string;
  readonly description?: string;
  /** What it belongs to, such as the table of a column. */
  readonly context?: string;
  readonly vals?: string;
}

/** One thing that a search can find. */
export interface Entry {
  /** What it goes away with: the name of its table, or empty. */
  readonly source: string;
  readonly shown: SearchHit;
  readonly texts: EntryTexts;
}

/** Columns of the index, each with its weight in the score. */
export const fields = ['name', 'synonyms', 'description', 'context', 'vals'] as const;
export const weights = [10, 6, 3, 2, 1] as const;

/**
 * Ids of entries begin with their kind, so that SQLite, which finds entries in the order of their ids, finds those
 * of the preferred kinds first.
 */
const idsOfKind = 2 ** 40;

export function idRange(kind: EntryKind): { readonly first: number; readonly last: number } {
  const first = (entryKinds.indexOf(kind) + 1) * idsOfKind;
  return { first, last: first + idsOfKind - 1 };
}

export function kindOf(id: number): EntryKind {
  return entryKinds[Math.floor(id / idsOfKind) - 1] ?? 'value';
}

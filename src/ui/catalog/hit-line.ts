import type { SearchHit } from '../../core/catalog.ts';

/** The table that an entry belongs to; undefined for a metric, and for what holds for the whole database. */
export function tableOf({ kind, table, name }: SearchHit): string | undefined {
  return kind === 'metric' ? undefined : (table ?? (kind === 'table' ? name : undefined));
}

/** What stands for an entry in a list: a value with its column, a rule with what it is about. */
export function hitName({ kind, name, table, column }: SearchHit): string {
  const place = column === undefined ? table : `${table}.${column}`;
  if (kind === 'rule') return place ?? 'everywhere';
  return kind === 'value' ? `${name} in ${place}` : name;
}

/** What is to be said of an entry, on one line. */
export function hitAbout({ kind, name, detail, description, synonyms }: SearchHit): string {
  const also = synonyms && synonyms.length > 0 ? `also: ${synonyms.join(', ')}` : undefined;
  const figure = detail === kind ? undefined : detail;
  const parts = kind === 'rule' ? [name] : kind === 'metric' ? [description, figure] : [figure, description];
  return [...parts, also]
    .filter((text) => text !== undefined && text !== '')
    .join(' · ')
    .replace(/\s+/g, ' ');
}

/** What a prompt calls it, and what is copied. */
export function hitMention(hit: SearchHit): string {
  const { kind, name, table, column } = hit;
  if (kind === 'value' || kind === 'rule') return column === undefined ? (table ?? name) : `${table}.${column}`;
  return kind === 'join' ? (table ?? name) : name;
}

import type { ColumnProfile, KeyInfo, Note, SearchHit, TableDescription, TableInfo } from '../../core/catalog.ts';
import type { Entry } from './entry.ts';
import { condition } from './joins.ts';

/** What the entries of a table, of all metrics, and of the rules for the whole database go away with. */
export function tableSource(table: string): string {
  return `table ${table}`;
}
export const metricSource = 'metrics';
export const ruleSource = 'rules';

/** The entries of a table: itself, its columns, its rules, the joins that start at it, and its frequent values. */
export function* tableEntries(description: TableDescription): Generator<Entry> {
  const { info, profile, keys, notes } = description;
  const source = tableSource(info.name);
  const own = notesAbout(notes, undefined);
  yield { source, ...tableEntry(info, own) };
  for (const note of notes) if (note.kind === 'rule') yield { source, ...ruleEntry(note) };
  for (const key of keys) if (key.from.table === info.name) yield { source, ...joinEntry(key) };
  const profiles = new Map(profile?.columns.map((column) => [column.column, column]));
  for (const column of info.columns) {
    const values = textValues(profiles.get(column.name));
    const about = notesAbout(notes, column.name);
    const name = `${info.name}.${column.name}`;
    const place = { table: info.name, column: column.name };
    yield {
      source,
      shown: { kind: 'column', name, ...place, ...shownTexts(about), ...(column.type && { detail: column.type }) },
      texts: {
        name: column.name,
        synonyms: about.synonyms.join(' '),
        description: about.description ?? '',
        context: [info.name, ...own.synonyms].join(' '),
        vals: values.map(({ value }) => value).join(' '),
      },
    };
    for (const { value, count } of values) {
      yield {
        source,
        shown: { kind: 'value', name: value, ...place, detail: times(count, profile?.looked, profile?.sampled) },
        texts: { name: '', context: `${info.name} ${column.name}`, vals: value },
      };
    }
  }
}

/** @param notes all notes; synonyms with the name of a metric are the metric's */
export function* metricEntries(notes: readonly Note[]): Generator<Entry> {
  for (const { kind, name = '', text, sql = '', reads = [] } of notes) {
    if (kind !== 'metric') continue;
    const synonyms = notes.filter((note) => note.kind === 'synonym' && note.name === name).map((note) => note.text);
    const about = { synonyms, description: text || undefined };
    yield {
      source: metricSource,
      shown: { kind: 'metric', name, ...shownTexts(about), detail: sql },
      texts: { name, synonyms: synonyms.join(' '), description: text, context: reads.join(' ') },
    };
  }
}

/** Rules for the whole database. */
export function* ruleEntries(notes: readonly Note[]): Generator<Entry> {
  for (const note of notes) {
    if (note.kind === 'rule' && note.table === undefined) yield { source: ruleSource, ...ruleEntry(note) };
  }
}

function tableEntry(info: TableInfo, own: About): Omit<Entry, 'source'> {
  return {
    shown: { kind: 'table', name: info.name, table: info.name, ...shownTexts(own), detail: info.kind },
    texts: {
      name: info.name,
      synonyms: own.synonyms.join(' '),
      description: own.description ?? '',
      vals: info.columns.map(({ name }) => name).join(' '),
    },
  };
}

function ruleEntry({ text, table, column }: Note): Omit<Entry, 'source'> {
  const place = { ...(table !== undefined && { table }), ...(column !== undefined && { column }) };
  return {
    shown: { kind: 'rule', name: text, ...place },
    texts: { name: '', description: text, context: [table, column].filter(Boolean).join(' ') },
  };
}

function joinEntry(key: KeyInfo): Omit<Entry, 'source'> {
  const { from, to, description } = key;
  const origin = key.origin === 'inferred' ? ` (inferred, ${Math.round(key.confidence * 100)} %)` : '';
  const name = `${from.table} → ${to.table}${origin}`;
  return {
    shown: { kind: 'join', name, table: from.table, ...(description && { description }), detail: condition(key) },
    texts: {
      name: `${from.table} ${to.table}`,
      description: description ?? '',
      context: [...from.columns, ...to.columns].join(' '),
    },
  };
}

interface About {
  readonly synonyms: readonly string[];
  readonly description: string | undefined;
}

function notesAbout(notes: readonly Note[], column: string | undefined): About {
  const about = notes.filter((note) => note.column === column && note.name === undefined);
  return {
    synonyms: about.filter(({ kind }) => kind === 'synonym').map(({ text }) => text),
    description: about.find(({ kind }) => kind === 'description')?.text,
  };
}

function shownTexts({ synonyms, description }: About): Pick<SearchHit, 'description' | 'synonyms'> {
  return { ...(description !== undefined && { description }), ...(synonyms.length > 0 && { synonyms }) };
}

/** Frequent values that are texts: numbers are not what anybody searches by. */
function textValues(profile: ColumnProfile | undefined): { readonly value: string; readonly count: number }[] {
  return (profile?.frequent ?? []).flatMap(({ value, count }) =>
    typeof value === 'string' && value.trim() !== '' ? [{ value, count }] : [],
  );
}

function times(count: number, looked = 0, sampled = false): string {
  return `${count} of ${looked} ${sampled ? 'sampled rows' : 'rows'}`;
}

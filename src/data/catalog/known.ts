import type { Note, TableDescription } from '../../core/catalog.ts';
import type { CatalogStore } from './store.ts';

/** Everything known about a table. @param notes as `notesByTable` gives them */
export function describeTable(store: CatalogStore, notes: NotesByTable, name: string): TableDescription | undefined {
  const found = store.table(name);
  if (found === undefined) return undefined;
  const { info, profile } = found;
  const columns = new Set(info.columns.map((column) => column.name.toLowerCase()));
  const about = (notes.get(info.name.toLowerCase()) ?? []).filter(
    ({ column }) => column === undefined || columns.has(column.toLowerCase()),
  );
  return { info, profile, keys: store.keysOf(info.name), notes: about };
}

/** By the name of the table in lower case. A metric is a note of every table that it reads. */
export type NotesByTable = ReadonlyMap<string, readonly Note[]>;

export function notesByTable(notes: readonly Note[]): NotesByTable {
  const byTable = new Map<string, Note[]>();
  for (const note of notes) {
    for (const table of note.reads ?? (note.table === undefined ? [] : [note.table])) {
      const key = table.toLowerCase();
      const others = byTable.get(key);
      if (others) others.push(note);
      else byTable.set(key, [note]);
    }
  }
  return byTable;
}

/**
 * Notes of the app's files, then those of agents that do not speak about what the files describe. A metric that reads
 * a table that is not there, or no longer exposed, is left out.
 */
export function visibleNotes(declared: readonly Note[], store: CatalogStore): Note[] {
  const taken = new Set(declared.map(subjectOf));
  const noted = store.notes().filter((note) => !taken.has(subjectOf(note)));
  const names = new Set(noted.some(({ reads }) => reads !== undefined) ? store.names() : []);
  return [...declared, ...noted.filter(({ reads = [] }) => reads.every((table) => names.has(table)))];
}

/** Whether what the app's files say stands before a note. */
export function isHidden(declared: readonly Note[], note: Note): boolean {
  const subject = subjectOf(note);
  return declared.some((each) => subjectOf(each) === subject);
}

/** What a note takes for itself: there is one description of a thing and one metric of a name. */
export function subjectOf({ kind, table, column, name, text }: Note): string {
  const one = kind === 'description' || kind === 'metric';
  return JSON.stringify([kind, table, column, name, one ? '' : text]).toLowerCase();
}

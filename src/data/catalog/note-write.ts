import type { Catalog, Note } from '../../core/catalog.ts';
import { ToolFailure } from '../../core/errors.ts';
import type { Declared } from './declared.ts';
import { isHidden } from './known.ts';
import { lookUpColumn, lookUpTable } from './lookup.ts';
import type { Reader } from './reader.ts';
import { indexTables, type Sources } from './refresh.ts';

interface NoteWriter {
  readonly sources: Sources;
  known(): Promise<void>;
  declared(): Declared;
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  now(): number;
}

/** Stores notes under the names that the target has, and puts them into the index. */
export function noteWriter({ sources, known, declared, exclusive, now }: NoteWriter): Catalog['annotate'] {
  const { store, reader } = sources;
  return async ({ table, column, ...draft }) => {
    await known();
    const info = table === undefined ? undefined : lookUpTable(store, table).info;
    const exact = info && column !== undefined ? lookUpColumn(info, column) : undefined;
    const reads = draft.kind === 'metric' ? await tablesOf(reader, draft.sql ?? '') : undefined;
    const note: Note = {
      ...draft,
      ...(info && { table: info.name }),
      ...(exact !== undefined && { column: exact }),
      ...(reads && { reads }),
      at: new Date(now()).toISOString(),
    };
    return exclusive(async () => {
      const stored = store.putNote(note);
      if (stored !== 'unchanged') {
        const scope = { declared: declared(), removed: [], rebuild: false };
        await indexTables(sources, scope, info ? [info.name] : []);
      }
      return { stored, hidden: isHidden(declared().notes, note) };
    });
  };
}

async function tablesOf(reader: Reader, sql: string): Promise<readonly string[]> {
  const { tables, hidden } = await reader.check(sql);
  if (hidden.length === 0) return tables;
  throw new ToolFailure('query-refused', 'the SQL reads a table that this workspace does not expose');
}

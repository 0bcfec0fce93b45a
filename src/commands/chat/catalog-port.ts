import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../../config/app.ts';
import type { Catalog, Note, SearchHit, TableDescription, TableProfile } from '../../core/catalog.ts';
import { ToolFailure } from '../../core/errors.ts';
import type { Json } from '../../core/json.ts';
import type { QueryResult } from '../../core/ports.ts';
import type { OpenCatalog } from '../../data/catalog/catalog.ts';
import type { Runtime } from '../../runtime/build.ts';
import { openMadeCatalog } from '../../runtime/catalog-records.ts';
import { redactorOf } from '../../runtime/keys.ts';
import { stateFolder, workspaceOf } from '../../runtime/workspace.ts';
import { keyText } from '../../toolkits/catalog/joins.ts';
import { columnText, countText, sampleNote } from '../../toolkits/catalog/profile-text.ts';
import type { CatalogPort, CatalogState, ColumnDetails, NoteDetails, TableDetails } from '../../ui/catalog-port.ts';

/** More entries than these are not read from a screen. */
const mostHits = 100;
const sampleLimits = { maxRows: 50, maxBytes: 256 * 1024 };

/** The catalog of a chat's workspace, for a page. It reads what is there; only `update` makes anything. */
export function catalogPort(app: App, runtime: Pick<Runtime, 'workspace' | 'catalog' | 'database'>): CatalogPort {
  const { workspace } = runtime;
  let opened: OpenCatalog | undefined;
  const reader = (): OpenCatalog | undefined => {
    opened ??= openMadeCatalog(app, workspace);
    return opened;
  };
  const close = async () => {
    const before = opened;
    opened = undefined;
    await before?.close();
  };
  const read = (): OpenCatalog => {
    const catalog = reader();
    if (catalog) return catalog;
    throw new ToolFailure('catalog-unavailable', 'the catalog has not been made yet');
  };
  return {
    state: () => stateOf(app, workspace, reader),
    tables: async () => (await read().tables()).map(tableHit),
    search: (query) => read().search({ query, limit: mostHits }),
    table: async (name) => tableDetails(await read().describe(name)),
    sample: async (name) => {
      const { table } = await read().resolve(name);
      const sql = `SELECT * FROM "${table.replaceAll('"', '""')}" LIMIT ${sampleLimits.maxRows}`;
      const { rows, ...result } = await (await runtime.database()).query(sql, sampleLimits);
      return { ...result, rows: redactorOf(app).json(rows as unknown as Json) as unknown as QueryResult['rows'] };
    },
    update: async (table) => {
      const catalog = await runtime.catalog();
      if (!isOpen(catalog)) throw new ToolFailure('catalog-unavailable', 'this workspace keeps no catalog');
      const { profiled, changed } = await catalog.update(table === undefined ? {} : { profile: { table } });
      // What it says of the app's files is read when it is opened.
      await close();
      if (changed.length + profiled.length === 0) return 'the catalog is up to date';
      const tables = (count: number) => `${count} ${count === 1 ? 'table' : 'tables'}`;
      return `${tables(changed.length)} changed, ${tables(profiled.length)} profiled`;
    },
    close: () => void close().catch(() => undefined),
  };
}

function isOpen(catalog: Catalog): catalog is OpenCatalog {
  return 'update' in catalog;
}

function stateOf(app: App, workspace: string, reader: () => OpenCatalog | undefined): CatalogState {
  const { catalog } = workspaceOf(app, workspace).dataEnvironment;
  const file = join(stateFolder(app, workspace), catalog.file);
  const opened = reader();
  if (!opened) return { is: 'none' };
  const times = [file, `${file}-wal`].filter((each) => existsSync(each)).map((each) => statSync(each).mtimeMs);
  return { is: opened.isCurrent() ? 'current' : 'stale', at: Math.max(...times) };
}

function tableHit({ info, notes }: TableDescription): SearchHit {
  const description = descriptionOf(notes);
  const detail = info.problem === undefined ? (info.rows ? `${countText(info.rows)} rows` : info.kind) : 'unreadable';
  return { kind: 'table', name: info.name, table: info.name, detail, ...(description !== '' && { description }) };
}

function tableDetails({ info, profile, keys, notes }: TableDescription): TableDetails {
  return {
    name: info.name,
    kind: info.kind,
    description: descriptionOf(notes),
    rows: info.rows ? `${countText(info.rows)} ${info.rows.count === 1 ? 'row' : 'rows'}` : '',
    profiled: profiledText(profile),
    ...(info.problem !== undefined && { problem: info.problem }),
    columns: info.columns.map(({ name, type, primaryKey, notNull, generated }): ColumnDetails => {
      const marks = [
        ...(primaryKey > 0 ? ['key'] : []),
        ...(notNull ? ['not null'] : []),
        ...(generated ? ['generated'] : []),
      ];
      return {
        name,
        type,
        marks: marks.join(', '),
        description: aboutColumn(notes, name),
        figures: figures(profile, name),
      };
    }),
    joins: keys.map(keyText),
    notes: notes.flatMap(noteDetails),
  };
}

function profiledText(profile: TableProfile | null): string {
  if (!profile) return 'not profiled';
  return sampleNote(profile) ?? `from all ${countText(profile.rows)} rows`;
}

function figures(profile: TableProfile | null, name: string): string {
  const found = profile?.columns.find(({ column }) => column === name);
  return profile && found ? columnText(found, profile.looked) : '';
}

function descriptionOf(notes: readonly Note[], column?: string): string {
  return notes.find((note) => note.kind === 'description' && sameColumn(note, column))?.text ?? '';
}

/** A column's description, and what else it is called. */
function aboutColumn(notes: readonly Note[], column: string): string {
  const also = notes.filter((note) => note.kind === 'synonym' && note.name === undefined && sameColumn(note, column));
  const description = descriptionOf(notes, column);
  if (also.length === 0) return description;
  return `${description === '' ? '' : `${description} `}(also: ${also.map(({ text }) => text).join(', ')})`;
}

function sameColumn(note: Note, column: string | undefined): boolean {
  return note.column?.toLowerCase() === column?.toLowerCase();
}

function noteDetails({ kind, column, name, text, sql, by, at }: Note): NoteDetails[] {
  if (kind === 'description' || (kind === 'synonym' && column !== undefined)) return [];
  const who = at === undefined ? 'the app’s files' : `${by}, ${at.slice(0, 10)}`;
  if (kind === 'metric')
    return [{ title: `metric ${name ?? ''}`, text: [text, sql?.trim() ?? ''].join('\n').trim(), by: who }];
  const of = kind === 'synonym' ? (name === undefined ? 'also called' : `metric ${name} is also called`) : 'rule';
  return [{ title: column === undefined ? of : `${of} for ${column}`, text, by: who }];
}

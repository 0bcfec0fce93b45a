import type { App } from '../config/app.ts';
import {
  type ColumnInfo,
  type EntryKind,
  entryKinds,
  type Note,
  type SearchHit,
  type TableDescription,
  type TableProfile,
} from '../core/catalog.ts';
import { type ExitCode, exits, HarnessError, messageOf, ToolFailure } from '../core/errors.ts';
import { suggest } from '../core/nearest.ts';
import { visible } from '../core/text.ts';
import type { OpenCatalog } from '../data/catalog/catalog.ts';
import type { Update } from '../data/catalog/update.ts';
import { type CatalogWork, changeCatalog, readCatalog } from '../runtime/catalog-records.ts';
import { keyText } from '../toolkits/catalog/joins.ts';
import { columnText, countText, sampleNote } from '../toolkits/catalog/profile-text.ts';
import { catalogProgress } from './catalog-progress.ts';
import { clip, lineWidth, note, print, printJson, table } from './console.ts';
import { loadForUse } from './load.ts';
import { selectApp } from './select.ts';

export interface CatalogOptions {
  readonly app?: string;
  readonly workspace?: string;
  readonly json?: boolean;
}

/** `harness catalog index`: bring the catalog up to date and make its index anew. */
export async function indexCatalog(options: CatalogOptions): Promise<ExitCode> {
  const work = await workOf(options, 'harness catalog index');
  return reported(options, await explained(changeCatalog(work, (catalog) => catalog.update({ index: true }))));
}

/** `harness catalog profile [table]`: profile one table, the tables that changed, or with `--all` all. */
export async function profileCatalog(
  name: string | undefined,
  options: CatalogOptions & { readonly all?: boolean },
): Promise<ExitCode> {
  const work = await workOf(options, 'harness catalog profile');
  const profile = async (catalog: OpenCatalog): Promise<Update> => {
    if (name === undefined) return catalog.update(options.all ? { profile: 'all' } : {});
    const { table: exact } = await catalog.resolve(name);
    return catalog.update({ profile: { table: exact } });
  };
  return reported(options, await explained(changeCatalog(work, profile)));
}

export interface SearchOptions extends CatalogOptions {
  /** Kinds with commas between them. */
  readonly kind?: string;
  readonly limit: number;
}

/** `harness catalog search <words…>`: what agents find with search_catalog. */
export async function searchCatalog(words: readonly string[], options: SearchOptions): Promise<ExitCode> {
  const kinds = kindsOf(options.kind);
  const request = { query: words.join(' '), limit: options.limit, ...(kinds && { kinds }) };
  const work = await workOf(options, 'harness catalog search');
  const found = await explained(
    readCatalog(work, (catalog, current) => {
      noteStale(current);
      return catalog.search(request);
    }),
  );
  if (found.unknown.length > 0) note(`nothing holds ${found.unknown.map((word) => `"${word}"`).join(', ')}`);
  if (options.json) printJson(found);
  else if (found.hits.length === 0) print('nothing found');
  else for (const line of table(found.hits.map(hitRow), { longest: 40, width: lineWidth() })) print(line);
  return found.hits.length > 0 ? exits.ok : exits.failed;
}

/** `harness catalog show [table]`: all tables in a line each, or one in full. */
export async function showCatalog(name: string | undefined, options: CatalogOptions): Promise<ExitCode> {
  const work = await workOf(options, 'harness catalog show');
  const described = await explained(
    readCatalog(work, async (catalog, current) => {
      noteStale(current);
      return name === undefined ? catalog.tables() : [await catalog.describe(name)];
    }),
  );
  if (options.json) printJson(name === undefined ? { tables: described } : described[0]);
  else if (name === undefined) printTables(described);
  else for (const each of described) printTable(each);
  return exits.ok;
}

async function workOf({ app: word, workspace }: CatalogOptions, command: string): Promise<CatalogWork> {
  const { app }: { readonly app: App } = await loadForUse(selectApp(word));
  return {
    app,
    workspace: workspace ?? app.defaultWorkspace,
    command,
    onWait: (holder) => note(`waiting for the workspace, which is in use by ${holder}`),
    progress: catalogProgress(),
  };
}

/** What the catalog answers to agents, in the form that the command line knows. */
async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    if (!(thrown instanceof ToolFailure)) throw thrown;
    const code = thrown.code.startsWith('unknown-') ? 'unknown-name' : 'store-unavailable';
    throw new HarnessError(code, messageOf(thrown), { cause: thrown });
  }
}

function kindsOf(words: string | undefined): readonly EntryKind[] | undefined {
  return words?.split(',').map((word) => {
    const kind = entryKinds.find((each) => each === word);
    if (kind !== undefined) return kind;
    throw new HarnessError('invalid-usage', `there are no entries of the kind "${word}"`, {
      hint: suggest(word, entryKinds) ?? `one of: ${entryKinds.join(', ')}`,
    });
  });
}

function noteStale(current: boolean): void {
  if (!current) note('the target database or the files have changed since: `harness catalog index` catches up');
}

function reported({ json }: CatalogOptions, update: Update): ExitCode {
  const { changed, removed, profiled, indexed } = update;
  if (json) {
    printJson(update);
    return exits.ok;
  }
  const count = (tables: readonly string[], what: string) =>
    `${tables.length} ${tables.length === 1 ? 'table' : 'tables'} ${what}`;
  const parts = [count(changed, 'changed'), ...(removed.length > 0 ? [count(removed, 'removed')] : [])];
  print([...parts, count(profiled, 'profiled'), indexed ? 'index made' : 'index unchanged'].join(', '));
  return exits.ok;
}

/** Kind, name, and what is to be said of it. A rule has no name; it stands by the one of what it is about. */
function hitRow({ kind, name, table: of, column, detail, description, synonyms }: SearchHit): string[] {
  const place = column === undefined ? of : `${of}.${column}`;
  if (kind === 'rule') return [kind, place ?? 'everywhere', name];
  const also = synonyms ? `also: ${synonyms.join(', ')}` : undefined;
  const about = [kind === 'table' ? undefined : detail, description, also].filter((text) => text !== undefined);
  return [kind, clip(kind === 'value' ? `${name} in ${place}` : name, 60), about.join('; ').replace(/\s+/g, ' ')];
}

function printTables(tables: readonly TableDescription[]): void {
  if (tables.length === 0) {
    print('no tables');
    return;
  }
  const rows = tables.map(({ info, notes }) => [
    info.name,
    info.kind,
    info.problem ? 'unreadable' : info.rows ? countText(info.rows) : '-',
    `${info.columns.length}`,
    descriptionOf(notes)?.[0] ?? '',
  ]);
  const head = ['TABLE', 'KIND', 'ROWS', 'COLUMNS', 'DESCRIPTION'];
  for (const line of table([head, ...rows], { longest: 40, width: lineWidth() })) print(line);
}

function printTable({ info, profile, keys, notes }: TableDescription): void {
  const sample = profile ? sampleNote(profile) : undefined;
  const lines = [
    `${info.kind} ${info.name}${info.rows ? `, ${countText(info.rows)} rows` : ''}`,
    ...(info.problem === undefined ? [] : [`it cannot be read: ${info.problem}`]),
    ...(descriptionOf(notes) ?? []),
    ...table(
      info.columns.map((column) => columnRow(column, profile, notes)),
      { longest: 40, width: lineWidth(), wrap: true },
    ),
    ...(sample === undefined ? [] : [`values are ${sample}`]),
    ...keys.map((key) => `key ${keyText(key)}`),
    ...notes.flatMap((each) => noteText(each) ?? []),
  ];
  for (const line of lines) print(visible(line));
}

function columnRow(column: ColumnInfo, profile: TableProfile | null, notes: readonly Note[]): string[] {
  const { name, type, primaryKey, notNull } = column;
  const constraints = [...(primaryKey > 0 ? ['key'] : []), ...(notNull ? ['not null'] : [])];
  const about = [...(descriptionOf(notes, name) ?? []), valuesOf(profile, name)];
  return [`  ${name}`, type, constraints.join(', '), about.join(' ')];
}

function noteText({ kind, column, text, name, sql }: Note): string | undefined {
  if (kind === 'rule') return `rule ${column === undefined ? '' : `for ${column}: `}${text}`;
  return kind === 'metric' ? `metric ${name}: ${sql?.trim().replaceAll('\n', '\n  ')}` : undefined;
}

function valuesOf(profile: TableProfile | null, name: string): string {
  const figures = profile?.columns.find(({ column }) => column === name);
  return profile && figures ? columnText(figures, profile.looked) : '';
}

/** The description, alone in a list, or nothing. */
function descriptionOf(notes: readonly Note[], column?: string): [string] | undefined {
  const found = notes.find((each) => each.kind === 'description' && each.column === column);
  return found && [found.text];
}

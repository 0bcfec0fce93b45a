import type { KeyInfo, Note, TableInfo } from '../../core/catalog.ts';
import { messageOf, type Problem, ToolFailure } from '../../core/errors.ts';
import { suggest } from '../../core/nearest.ts';
import type {
  CatalogEntry,
  ColumnEntry,
  JoinEntry,
  MetricEntry,
  RuleEntry,
  TableEntry,
} from '../../generated/config.ts';
import { subjectOf } from './known.ts';
import type { StatementCheck } from './reader.ts';

/** What the app's files say about the target database. */
export interface Declaration {
  readonly entries: readonly CatalogEntry[];
  /** Where a part of an entry is written. */
  locate(index: number, path: readonly string[]): Pick<Problem, 'pointer' | 'place'>;
}

/** The same in the catalog's terms, with the names that the database has; and what in it names nothing. */
export interface Declared {
  readonly notes: readonly Note[];
  readonly keys: readonly KeyInfo[];
  readonly problems: readonly Problem[];
}

/** What entries are checked against. */
export interface DeclaredAgainst {
  readonly names: readonly string[];
  table(name: string): TableInfo | undefined;
  /** Whether it is a table that the workspace does not expose. */
  isHidden(table: string): boolean;
  /** @throws ToolFailure when the statement is refused or wrong. */
  check(sql: string): Promise<StatementCheck>;
}

/** Checks every entry against the real schema. What is about tables that are not exposed is left out. */
export async function resolveDeclared(declaration: Declaration, against: DeclaredAgainst): Promise<Declared> {
  const notes: Note[] = [];
  const keys: KeyInfo[] = [];
  const problems: Problem[] = [];
  for (const [index, entry] of declaration.entries.entries()) {
    const finder = nameFinder(against, (code, message, hint, path) => {
      problems.push({ code, severity: 'error', message, ...(hint && { hint }), ...declaration.locate(index, path) });
    });
    const found = await resolveEntry(entry, finder, against);
    const twin = (found.notes ?? []).find((note) => notes.some((earlier) => subjectOf(earlier) === subjectOf(note)));
    if (twin) finder.report('duplicate-entry', twinText(twin), undefined, []);
    notes.push(...(found.notes ?? []));
    keys.push(...(found.keys ?? []));
  }
  return { notes, keys, problems };
}

function twinText({ kind, table, column, name, text }: Note): string {
  if (kind === 'metric') return `there is another metric "${name}"`;
  const subject = name === undefined ? [table, column].filter((part) => part !== undefined).join('.') : name;
  const about = subject === '' ? 'the database' : `"${subject}"`;
  return kind === 'description'
    ? `there is another description of ${about}`
    : `${about} has the ${kind} "${text}" twice`;
}

type Found = { readonly notes?: readonly Note[]; readonly keys?: readonly KeyInfo[] };

function resolveEntry(entry: CatalogEntry, find: NameFinder, against: DeclaredAgainst): Found | Promise<Found> {
  switch (entry.kind) {
    case 'table':
      return { notes: tableNotes(entry, find) };
    case 'column':
      return { notes: columnNotes(entry, find) };
    case 'metric':
      return metricNotes(entry, find, against);
    case 'rule':
      return { notes: ruleNotes(entry, find) };
    case 'join':
      return { keys: joinKeys(entry, find) };
  }
}

const by = 'catalog';

function tableNotes(entry: TableEntry, find: NameFinder): Note[] {
  const info = find.table(entry.table, ['table']);
  return info ? textNotes({ table: info.name }, entry) : [];
}

function columnNotes(entry: ColumnEntry, find: NameFinder): Note[] {
  const info = find.table(entry.table, ['table']);
  const column = info && find.column(info, entry.column, ['column']);
  return info && column !== undefined ? textNotes({ table: info.name, column }, entry) : [];
}

interface Texts {
  readonly description?: string;
  readonly synonyms?: readonly string[];
}

function textNotes(about: Pick<Note, 'table' | 'column' | 'name'>, { description, synonyms = [] }: Texts): Note[] {
  return [
    ...(description === undefined ? [] : [{ kind: 'description', ...about, text: description, by } as const]),
    ...synonyms.map((text) => ({ kind: 'synonym', ...about, text, by }) as const),
  ];
}

async function metricNotes(entry: MetricEntry, find: NameFinder, { check }: DeclaredAgainst): Promise<Found> {
  const { name, sql, description = '', synonyms } = entry;
  try {
    const { tables: reads, hidden } = await check(sql);
    if (hidden.length > 0) return {};
    const metric: Note = { kind: 'metric', name, text: description, sql, reads, by };
    return { notes: [metric, ...textNotes({ name }, synonyms ? { synonyms } : {})] };
  } catch (thrown) {
    if (!(thrown instanceof ToolFailure) || !thrown.code.startsWith('query-')) throw thrown;
    find.report('invalid-sql', `the SQL of metric "${name}" is wrong: ${messageOf(thrown)}`, undefined, ['sql']);
    return {};
  }
}

function ruleNotes(entry: RuleEntry, find: NameFinder): Note[] {
  const { rule: text, table, column } = entry;
  if (table === undefined) {
    if (column === undefined) return [{ kind: 'rule', text, by }];
    find.report('missing-key', 'a rule about a column needs "table"', undefined, ['column']);
    return [];
  }
  const info = find.table(table, ['table']);
  if (info === undefined) return [];
  if (column === undefined) return [{ kind: 'rule', table: info.name, text, by }];
  const exact = find.column(info, column, ['column']);
  return exact === undefined ? [] : [{ kind: 'rule', table: info.name, column: exact, text, by }];
}

function joinKeys(entry: JoinEntry, find: NameFinder): KeyInfo[] {
  const from = find.table(entry.from, ['from']);
  const to = find.table(entry.to, ['to']);
  if (from === undefined || to === undefined) return [];
  const pairs = Object.entries(entry.on).map(([column, target]) => [
    find.column(from, column, ['on', column]),
    find.column(to, target, ['on', column]),
  ]);
  const columns = pairs.map(([column]) => column).filter((name) => name !== undefined);
  const targets = pairs.map(([, target]) => target).filter((name) => name !== undefined);
  if (columns.length < pairs.length || targets.length < pairs.length) return [];
  const { description } = entry;
  const ends = { from: { table: from.name, columns }, to: { table: to.name, columns: targets } };
  return [{ ...ends, origin: 'catalog', confidence: 1, ...(description !== undefined && { description }) }];
}

interface NameFinder {
  table(name: string, path: readonly string[]): TableInfo | undefined;
  column(info: TableInfo, name: string, path: readonly string[]): string | undefined;
  report(code: string, message: string, hint: string | undefined, path: readonly string[]): void;
}

function nameFinder(against: DeclaredAgainst, report: NameFinder['report']): NameFinder {
  return {
    report,
    table(name, path) {
      const info = against.table(name);
      if (info === undefined && !against.isHidden(name)) {
        report(
          'unknown-table',
          `there is no table "${name}" in the target database`,
          suggest(name, against.names),
          path,
        );
      }
      return info;
    },
    column({ name: table, columns }, name, path) {
      const wanted = name.toLowerCase();
      const found = columns.find((column) => column.name.toLowerCase() === wanted)?.name;
      if (found === undefined) {
        const names = columns.map((column) => column.name);
        report('unknown-column', `the table "${table}" has no column "${name}"`, suggest(name, names), path);
      }
      return found;
    },
  };
}

import type { ColumnInfo, ColumnProfile, KeyInfo, Note, TableDescription, TableProfile } from '../../core/catalog.ts';
import type { Json, JsonObject, JsonSchema } from '../../core/json.ts';
import type { Tool } from '../../core/tool.ts';
import { lazyCheck } from '../check.ts';
import type { ToolkitEnv } from '../env.ts';
import { keyText } from './joins.ts';
import { columnFigures, columnText, countText, sampleNote } from './profile-text.ts';
import { until } from './until.ts';

const inputSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['table'],
  properties: { table: { type: 'string', minLength: 1, maxLength: 200, description: 'Name of a table or view.' } },
};

/** `describe_table`: everything known about a table, in short. */
export function describeTableTool({ compile, catalog }: ToolkitEnv): Tool {
  return {
    name: 'describe_table',
    description:
      'What is known about a table or view of the target database: its columns with types, meaning and values, its ' +
      'keys, how it belongs to other tables, and the metrics and rules that concern it.',
    inputSchema,
    effect: 'read',
    check: lazyCheck(compile, inputSchema),
    async run(args, { signal }): Promise<Json> {
      const asked = catalog().then((open) => open.describe(String(args.table)));
      return described(await until(signal, asked));
    },
  };
}

/** `profile_table`: the figures of all columns. */
export function profileTableTool({ compile, catalog }: ToolkitEnv): Tool {
  return {
    name: 'profile_table',
    description:
      'Figures of each column of a table or view: nulls, number of different values, smallest and largest, frequent ' +
      'values with how often they come, forms of texts (A and a: letters, 9: digits, +: more of the same). Of a large ' +
      'table they are from a sample, and the answer says so.',
    inputSchema,
    effect: 'read',
    check: lazyCheck(compile, inputSchema),
    async run(args, { signal }): Promise<Json> {
      const asked = catalog().then((open) => open.profile(String(args.table)));
      return profiled(await until(signal, asked));
    },
  };
}

function profiled(profile: TableProfile): Json {
  const note = sampleNote(profile);
  return {
    table: profile.table,
    rows: profile.rows.about ? countText(profile.rows) : profile.rows.count,
    ...(note !== undefined && { note: `The figures are ${note}.` }),
    columns: profile.columns.map((column) => columnFigures(column, profile.looked)),
  };
}

function described({ info, profile, keys, notes }: TableDescription): Json {
  const { name, kind, rows, columns, indexes, problem } = info;
  const note = profile && sampleNote(profile);
  const primaryKey = columns.filter((column) => column.primaryKey > 0).sort((a, b) => a.primaryKey - b.primaryKey);
  const unique = indexes
    .filter((index) => index.unique && !index.columns.includes(null))
    .map((index) => index.columns)
    .filter((names) => names.join() !== primaryKey.map((column) => column.name).join());
  const profiles = new Map(profile?.columns.map((column) => [column.column, column]));
  const relations = keys.map(keyText);
  return {
    table: name,
    ...(kind !== 'table' && { kind }),
    ...(problem !== undefined && { problem: `It cannot be read: ${problem}` }),
    ...(rows && { rows: countText(rows) }),
    ...texts(notes, undefined),
    ...(primaryKey.length > 0 && { primaryKey: primaryKey.map((column) => column.name) }),
    ...(unique.length > 0 && { unique: unique as Json }),
    columns: columns.map((column) => describedColumn(column, profiles.get(column.name), profile, keys, notes)),
    ...(note && { values: note }),
    ...(relations.length > 0 && { relations }),
    ...metrics(notes),
    ...rules(notes),
  };
}

function describedColumn(
  { name, type, notNull, generated }: ColumnInfo,
  figures: ColumnProfile | undefined,
  profile: TableProfile | null,
  keys: readonly KeyInfo[],
  notes: readonly Note[],
): JsonObject {
  const key = keys.find(({ from }) => from.table === profile?.table && from.columns.join() === name);
  return {
    column: name,
    ...(type && { type }),
    ...(notNull && { notNull }),
    ...(generated && { generated }),
    ...texts(notes, name),
    ...(key && { references: `${key.to.table}.${key.to.columns[0]}` }),
    ...(figures && profile && { values: columnText(figures, profile.looked) }),
  };
}

function texts(notes: readonly Note[], column: string | undefined): JsonObject {
  const about = notes.filter((note) => note.name === undefined && sameName(note.column, column));
  const description = about.find(({ kind }) => kind === 'description')?.text;
  const synonyms = about.filter(({ kind }) => kind === 'synonym').map(({ text }) => text);
  return { ...(description !== undefined && { description }), ...(synonyms.length > 0 && { synonyms }) };
}

function sameName(one: string | undefined, other: string | undefined): boolean {
  return one?.toLowerCase() === other?.toLowerCase();
}

function metrics(notes: readonly Note[]): JsonObject {
  const found = notes.filter(({ kind }) => kind === 'metric');
  if (found.length === 0) return {};
  return {
    metrics: found.map(({ name = '', sql = '', text }) => ({ name, sql, ...(text !== '' && { description: text }) })),
  };
}

function rules(notes: readonly Note[]): JsonObject {
  const found = notes.filter(({ kind }) => kind === 'rule');
  if (found.length === 0) return {};
  return { rules: found.map(({ column, text }) => (column === undefined ? text : `${column}: ${text}`)) };
}

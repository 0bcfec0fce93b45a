import { type EntryKind, entryKinds, type SearchHit, type SearchResult } from '../../core/catalog.ts';
import type { Json, JsonObject, JsonSchema } from '../../core/json.ts';
import type { Tool } from '../../core/tool.ts';
import { lazyCheck } from '../check.ts';
import type { ToolkitEnv } from '../env.ts';
import { until } from './until.ts';

const defaultLimit = 10;

const inputSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['query'],
  properties: {
    query: {
      type: 'string',
      minLength: 1,
      maxLength: 1000,
      description: 'Words: names or parts of names, what something means, or a value that is in the database.',
    },
    kinds: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string', enum: entryKinds },
      description: 'Only entries of these kinds. Default: all.',
    },
    limit: { type: 'integer', minimum: 1, maximum: 50, description: `Most results. Default: ${defaultLimit}.` },
  },
};

/** `search_catalog`: finds what the database holds, by any word for it. */
export function searchCatalogTool({ compile, catalog }: ToolkitEnv): Tool {
  return {
    name: 'search_catalog',
    description:
      'Search the catalog of the target database: tables, columns, metrics (with their SQL), rules, joins and frequent ' +
      'values. Start here when you do not know the database. Results are ranked, the best first.',
    inputSchema,
    effect: 'read',
    check: lazyCheck(compile, inputSchema),
    async run(args, { signal }): Promise<Json> {
      const { limit = defaultLimit } = args;
      const kinds = Array.isArray(args.kinds) ? (args.kinds as readonly EntryKind[]) : undefined;
      const request = { query: String(args.query), limit: Number(limit), ...(kinds && { kinds }) };
      const asked = catalog().then((open) => open.search(request));
      return answer(await until(signal, asked));
    },
  };
}

function answer({ hits, unknown }: SearchResult): JsonObject {
  return {
    results: hits.map(shownHit),
    ...(unknown.length > 0 && { notFound: unknown }),
    ...(hits.length === 0 && { note: 'Nothing holds these words. Try a synonym, a part of a name, or fewer words.' }),
  };
}

/** The name tells table and column of a column; for a value and a rule they are told beside it. */
function shownHit({ kind, name, table, column, description, synonyms, detail }: SearchHit): JsonObject {
  const place = column === undefined ? table : `${table}.${column}`;
  const placed = place !== undefined && (kind === 'value' || kind === 'rule');
  return {
    kind,
    name,
    ...(placed && { [kind === 'value' ? 'in' : 'about']: place }),
    ...(detail !== undefined && detail !== kind && { [details[kind]]: detail }),
    ...(description !== undefined && { description }),
    ...(synonyms && { synonyms: [...synonyms] }),
  };
}

/** What the detail of an entry is called. */
const details: Readonly<Record<EntryKind, string>> = {
  table: 'is',
  metric: 'sql',
  rule: 'detail',
  join: 'on',
  column: 'type',
  value: 'rows',
};

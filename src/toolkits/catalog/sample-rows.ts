import type { Json, JsonSchema } from '../../core/json.ts';
import type { QueryLimits, QueryResult } from '../../core/ports.ts';
import type { Tool } from '../../core/tool.ts';
import { lazyCheck } from '../check.ts';
import type { ToolkitEnv } from '../env.ts';
import { until } from './until.ts';

const defaultLimit = 5;
const maxCell = 200;

const inputSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['table'],
  properties: {
    table: { type: 'string', minLength: 1, maxLength: 200, description: 'Name of a table or view.' },
    columns: {
      type: 'array',
      minItems: 1,
      maxItems: 100,
      uniqueItems: true,
      items: { type: 'string', minLength: 1, maxLength: 200 },
      description: 'Names of columns. Default: all.',
    },
    limit: { type: 'integer', minimum: 1, maximum: 50, description: `How many rows. Default: ${defaultLimit}.` },
  },
};

/** `sample_rows`: what rows of a table look like. */
export function sampleRowsTool({ maxBytes }: QueryLimits, { compile, catalog, database }: ToolkitEnv): Tool {
  return {
    name: 'sample_rows',
    description:
      'Some rows of a table or view, to see what they look like; not for counting or adding up. Rows are arrays in the ' +
      `order of \`columns\`; texts are cut after ${maxCell} characters.`,
    inputSchema,
    effect: 'read',
    check: lazyCheck(compile, inputSchema),
    async run(args, { signal }): Promise<Json> {
      const wanted = Array.isArray(args.columns) ? args.columns.map(String) : [];
      const asked = catalog().then((open) => open.resolve(String(args.table), wanted));
      const { table, columns } = await until(signal, asked);
      const maxRows = Number(args.limit ?? defaultLimit);
      const list = columns.length === 0 ? '*' : columns.map(quoted).join(', ');
      const sql = `SELECT ${list} FROM ${quoted(table)} LIMIT ${maxRows}`;
      return answer(table, await (await database()).query(sql, { maxRows, maxBytes }, signal));
    },
  };
}

function answer(table: string, { columns, rows, truncated }: QueryResult): Json {
  return {
    table,
    columns,
    rows: rows.map((row) => row.map(cut)),
    ...(rows.length === 0 && { note: 'The table has no rows.' }),
    ...(truncated === 'bytes' && { note: 'There was no room for more rows; name fewer columns.' }),
  };
}

function cut(cell: Json): Json {
  return typeof cell === 'string' && cell.length > maxCell ? `${cell.slice(0, maxCell - 1)}…` : cell;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

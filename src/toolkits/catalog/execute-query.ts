import type { Json, JsonSchema } from '../../core/json.ts';
import type { QueryLimits, QueryResult } from '../../core/ports.ts';
import type { Tool } from '../../core/tool.ts';
import { lazyCheck } from '../check.ts';
import type { ToolkitEnv } from '../env.ts';

const inputSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['sql'],
  properties: {
    sql: {
      type: 'string',
      minLength: 1,
      maxLength: 65_536,
      description: 'One SELECT, WITH … SELECT or VALUES statement in the dialect of SQLite.',
    },
  },
};

/** `execute_query`: one statement of the agent's own. */
export function executeQueryTool(limits: QueryLimits, { compile, database }: ToolkitEnv): Tool {
  const { maxRows, maxBytes } = limits;
  return {
    name: 'execute_query',
    description:
      'Run one SQL query on the target database (SQLite, read-only) and get its rows. ' +
      'Allowed is one SELECT, WITH … SELECT or VALUES statement; no PRAGMA, no parameters. ' +
      'To see which tables and columns there are: SELECT name, sql FROM sqlite_schema. ' +
      `The answer holds at most ${maxRows} rows and ${maxBytes} bytes; when it was cut, \`truncated\` says by which ` +
      'limit and `note` how to go on, so filter, aggregate or use LIMIT. Rows are arrays in the order of `columns`; ' +
      'blobs and integers beyond 2^53 come as text. An answer that is too large to be shown whole comes as a handle ' +
      '({"result": "r-12", …}) and a preview: go on with result_query, result_read or result_search, and do not run the ' +
      'query again.',
    inputSchema,
    effect: 'read',
    check: lazyCheck(compile, inputSchema),
    async run(args, { signal }): Promise<Json> {
      const target = await database();
      return answer(await target.query(String(args.sql), { maxRows, maxBytes }, signal), limits);
    },
  };
}

function answer({ columns, rows, truncated }: QueryResult, limits: QueryLimits): Json {
  const whole = { columns, rows, rowCount: rows.length };
  return truncated === undefined ? whole : { ...whole, truncated, note: noteFor(truncated, rows.length, limits) };
}

function noteFor(truncated: 'rows' | 'bytes', rows: number, { maxRows, maxBytes }: QueryLimits): string {
  if (truncated === 'rows') {
    return `There are more rows than these ${maxRows}. Filter, aggregate, or go on with ORDER BY and OFFSET.`;
  }
  const fit = `Only ${rows} ${rows === 1 ? 'row fits' : 'rows fit'} into ${maxBytes} bytes; there are more.`;
  const shown = rows === 0 ? `The first row alone is larger than ${maxBytes} bytes.` : fit;
  return `${shown} Select fewer columns, shorten long texts with substr(), or aggregate.`;
}

import type { Json, JsonSchema } from '../core/json.ts';
import type { CompileSchema } from '../core/ports.ts';
import type { Results } from '../core/results.ts';
import type { resultTools as names } from '../core/roles.ts';
import type { Tool } from '../core/tool.ts';
import { lazyCheck } from './check.ts';

/** The tools that read stored results. Agents get them by themselves. */
export function resultTools(results: Results, compile: CompileSchema): readonly Tool[] {
  return [readTool(results, compile), searchTool(results, compile), queryTool(results, compile)];
}

const handle = { type: 'string', minLength: 1, maxLength: 40, description: 'Its handle, such as r-12.' } as const;

const readInput: JsonSchema = input(['result'], {
  result: handle,
  offset: {
    type: 'integer',
    minimum: 0,
    description: 'Rows, items or characters to leave out. `next` of an answer is the offset of the next part.',
  },
  limit: {
    type: 'integer',
    minimum: 1,
    maximum: 1_000_000,
    description: 'Rows, items or characters to show at most; default 100 rows or items, or all characters that fit.',
  },
  path: {
    type: 'string',
    maxLength: 1000,
    description: 'A JSON Pointer to a part of the result, such as /items/0/name. A table is a list of objects.',
  },
});

function readTool(results: Results, compile: CompileSchema): Tool {
  return {
    name: named('result_read'),
    description:
      'Read on in a stored result. A tool answers with a handle ({"result": "r-12", …}) and a preview where its result ' +
      'is too large to be shown whole. Shows rows of a table, items of a list, characters of a text, or the part that ' +
      '`path` leads to. What does not fit is left out; `next` says where to go on.',
    inputSchema: readInput,
    effect: 'read',
    selfGated: true,
    check: lazyCheck(compile, readInput),
    async run({ result, offset, limit, path }): Promise<Json> {
      return results.read({
        result: String(result),
        ...(typeof offset === 'number' && { offset }),
        ...(typeof limit === 'number' && { limit }),
        ...(typeof path === 'string' && { path }),
      });
    },
  };
}

const searchInput: JsonSchema = input(['result', 'query'], {
  result: handle,
  query: { type: 'string', minLength: 1, maxLength: 1000, description: 'The text to find, in any case. No pattern.' },
  limit: { type: 'integer', minimum: 1, maximum: 200, description: 'Places to show at most; default 20.' },
});

function searchTool(results: Results, compile: CompileSchema): Tool {
  return {
    name: named('result_search'),
    description:
      'Find a text in a stored result. Answers with the places: row and column in a table, JSON Pointer in other data, ' +
      'offset in a text; `total` counts them all.',
    inputSchema: searchInput,
    effect: 'read',
    selfGated: true,
    check: lazyCheck(compile, searchInput),
    async run({ result, query, limit }): Promise<Json> {
      return results.search({
        result: String(result),
        query: String(query),
        limit: typeof limit === 'number' ? limit : 20,
      });
    },
  };
}

const queryInput: JsonSchema = input(['sql'], {
  sql: {
    type: 'string',
    minLength: 1,
    maxLength: 65_536,
    description: 'One SELECT, WITH … SELECT or VALUES statement in the dialect of SQLite.',
  },
});

function queryTool(results: Results, compile: CompileSchema): Tool {
  return {
    name: named('result_query'),
    description:
      'Run one SQL query (SQLite, read-only) over stored results, also over several: r-12 is the table r_12. A result ' +
      'that is no table has one column, data: the text, or JSON, with one row for each item of a list; read it with ' +
      "json_extract(data, '$.name') or json_each(data). Numbers without a fraction are integers: 7 / 2 is 3.",
    inputSchema: queryInput,
    effect: 'read',
    check: lazyCheck(compile, queryInput),
    run: async ({ sql }, { signal }) => results.query(String(sql), signal),
  };
}

function named(name: (typeof names)[number]): string {
  return name;
}

function input(required: readonly string[], properties: JsonSchema): JsonSchema {
  return { type: 'object', additionalProperties: false, required, properties };
}

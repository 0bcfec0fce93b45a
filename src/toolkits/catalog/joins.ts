import type { JoinPath, KeyInfo } from '../../core/catalog.ts';
import type { Json, JsonSchema } from '../../core/json.ts';
import type { Tool } from '../../core/tool.ts';
import { lazyCheck } from '../check.ts';
import type { ToolkitEnv } from '../env.ts';
import { until } from './until.ts';

const inputSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['from', 'to'],
  properties: {
    from: { type: 'string', minLength: 1, maxLength: 200, description: 'Name of a table.' },
    to: { type: 'string', minLength: 1, maxLength: 200, description: 'Name of another table.' },
  },
};

/** `find_joins`: how tables belong together, over other tables if need be. */
export function findJoinsTool({ compile, catalog }: ToolkitEnv): Tool {
  return {
    name: 'find_joins',
    description:
      'The shortest ways to join two tables, over other tables if need be: at most three, the best first, each as a ' +
      'FROM clause ready to use. Keys come from the database, from the catalog, or are inferred from names and values; ' +
      'a way over inferred keys says so.',
    inputSchema,
    effect: 'read',
    check: lazyCheck(compile, inputSchema),
    async run(args, { signal }): Promise<Json> {
      const from = String(args.from);
      const to = String(args.to);
      const asked = catalog().then((open) => open.joins(from, to));
      const paths = await until(signal, asked);
      if (paths.length > 0) return { paths: paths.map(shownPath) };
      return { paths: [], note: `No keys lead from ${from} to ${to}: they may have nothing to do with each other.` };
    },
  };
}

function shownPath({ tables, sql, keys, confidence }: JoinPath): Json {
  const inferred = keys.filter(({ origin }) => origin === 'inferred');
  const descriptions = keys.flatMap(({ description }) => description ?? []);
  return {
    tables: [...tables],
    sql,
    ...(inferred.length > 0 && { inferred: inferred.map(keyText), confidence }),
    ...(descriptions.length > 0 && { notes: descriptions }),
  };
}

/** `orders.customer_id → customers.id (inferred, 95 %)` */
export function keyText({ from, to, origin, confidence, description }: KeyInfo): string {
  const sure = origin === 'inferred' ? ` (inferred, ${Math.round(confidence * 100)} %)` : '';
  const ends = [from, to].map(({ table, columns }) =>
    columns.length === 1 ? `${table}.${columns[0]}` : `${table}.(${columns.join(', ')})`,
  );
  return `${ends.join(' → ')}${sure}${description === undefined ? '' : `: ${description}`}`;
}

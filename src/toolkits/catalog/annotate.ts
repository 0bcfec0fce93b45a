import type { NoteDraft, NoteOutcome } from '../../core/catalog.ts';
import type { Problem } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject, type JsonSchema } from '../../core/json.ts';
import type { Tool } from '../../core/tool.ts';
import { lazyCheck } from '../check.ts';
import type { ToolkitEnv } from '../env.ts';
import { until } from './until.ts';

const text = (description: string, maxLength: number): JsonSchema => ({
  type: 'string',
  minLength: 1,
  maxLength,
  description,
});

const inputSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    table: text('The table that it is about. Not for a metric; a rule without a table holds everywhere.', 200),
    column: text('The column of that table that it is about.', 200),
    description: text('What a row of the table, or a value of the column, is. Replaces an earlier one.', 2000),
    synonym: text('Another name that people use for it.', 100),
    rule: text('Something to heed when reading it.', 2000),
    metric: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'sql'],
      description: 'A figure that people ask for. Replaces an earlier one of the same name.',
      properties: {
        name: text('What it is called.', 100),
        sql: text('One SELECT that computes it. It is checked, not run.', 10_000),
        description: text('What it means, and its unit.', 2000),
      },
    },
  },
};

const said = ['description', 'synonym', 'rule', 'metric'] as const;

/** `annotate`: keeps what an agent found out about the database, for all agents of the workspace. */
export function annotateTool({ compile, catalog }: ToolkitEnv): Tool {
  const check = lazyCheck(compile, inputSchema);
  return {
    name: 'annotate',
    description:
      'Note in the catalog what a table or column means, for everybody who asks later: one of description, synonym, ' +
      'rule or metric at a time. Only note what you know from the user or have verified in the data.',
    inputSchema,
    effect: 'write',
    check: (args) => {
      const problems = check(args);
      return problems.length > 0 ? problems : combined(args);
    },
    async run(args, { agent, runId, signal }): Promise<Json> {
      const draft = draftOf(args, `${agent} in run ${runId}`);
      const asked = catalog().then((open) => open.annotate(draft));
      return answer(await until(signal, asked));
    },
  };
}

/** What is wrong with arguments of which each is right by itself. */
function combined(args: JsonObject): Problem[] {
  const given = said.filter((key) => args[key] !== undefined);
  const wrong = (code: string, message: string, pointer = ''): Problem[] => [
    { code, severity: 'error', message, pointer },
  ];
  if (given.length !== 1) {
    const message = `expected exactly one of "description", "synonym", "rule" and "metric", not ${given.length}`;
    return wrong(given.length === 0 ? 'missing-key' : 'conflicting-keys', message);
  }
  if (args.metric !== undefined) {
    if (args.table === undefined && args.column === undefined) return [];
    return wrong('misplaced-key', 'a metric takes no "table" and no "column": its SQL names them', '/metric');
  }
  if (args.table === undefined && (args.rule === undefined || args.column !== undefined)) {
    return wrong('missing-key', '"table" is missing: the table that it is about');
  }
  return [];
}

function draftOf(args: JsonObject, by: string): NoteDraft {
  const { table, column, metric } = args;
  if (isObject(metric)) {
    const { name, sql, description = '' } = metric;
    return { kind: 'metric', name: String(name), sql: String(sql), text: String(description), by };
  }
  const kind = args.description !== undefined ? 'description' : args.synonym !== undefined ? 'synonym' : 'rule';
  return {
    kind,
    text: String(args[kind]),
    by,
    ...(table !== undefined && { table: String(table) }),
    ...(column !== undefined && { column: String(column) }),
  };
}

function answer({ stored, hidden }: NoteOutcome): Json {
  const note = "The app's files say something else about the same thing. That stands: the note is kept, but not shown.";
  return { stored, ...(hidden && { note }) };
}

import { ToolFailure } from '../core/errors.ts';
import type { Json, JsonObject, JsonSchema } from '../core/json.ts';
import { contains } from '../core/match.ts';
import type { Tool, Toolkit } from '../core/tool.ts';
import type { StubTool, StubToolkit } from '../generated/config.ts';
import { lazyCheck } from './check.ts';
import type { ToolkitEnv } from './env.ts';

/** Tools with canned results, as the app declares them. */
export function stub(config: StubToolkit, env: ToolkitEnv): Toolkit {
  return { tools: Object.entries(config.tools).map(([name, tool]) => stubTool(name, tool, env)) };
}

function stubTool(name: string, config: StubTool, { compile }: ToolkitEnv): Tool {
  const inputSchema = config.input as unknown as JsonSchema;
  return {
    name,
    description: config.description,
    inputSchema,
    effect: config.effect,
    check: lazyCheck(compile, inputSchema),
    run: async (args) => cannedResult(name, config, args),
  };
}

/** The first entry of `results` whose `when` is contained in the arguments, or else the tool's own answer. */
function cannedResult(name: string, config: StubTool, args: JsonObject): Json {
  const entry = config.results?.find(({ when }) => contains(args, when as JsonObject));
  const { error, result } = entry ?? config;
  if (error !== undefined) throw new ToolFailure('stub-error', error);
  if (result !== undefined) return result as Json;
  throw new ToolFailure('stub-error', `no entry of results of the stub tool "${name}" fits these arguments`);
}

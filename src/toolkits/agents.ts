import { ToolFailure } from '../core/errors.ts';
import type { Json, JsonSchema } from '../core/json.ts';
import { suggest } from '../core/nearest.ts';
import type { CompileSchema } from '../core/ports.ts';
import type { Tool } from '../core/tool.ts';
import { lazyCheck } from './check.ts';

/** An agent that a coordinator may call. */
export interface Route {
  readonly agent: string;
  readonly description: string;
}

/** `call_agent`, for the routes of one coordinator. */
export function callAgentTool(routes: readonly Route[], compile: CompileSchema): Tool {
  const names = routes.map((route) => route.agent);
  const inputSchema: JsonSchema = {
    type: 'object',
    additionalProperties: false,
    required: ['agent', 'prompt'],
    properties: {
      agent: { type: 'string', enum: names, description: 'Name of the agent.' },
      prompt: {
        type: 'string',
        minLength: 1,
        description: 'What it shall do, with everything it needs to know: it does not see this conversation.',
      },
    },
  };
  const list = routes.map((route) => `- ${route.agent}: ${route.description}`).join('\n');
  return {
    name: 'call_agent',
    description: `Give a task to another agent and wait for its answer. Agents:\n${list}`,
    inputSchema,
    effect: 'write',
    selfGated: true,
    check: lazyCheck(compile, inputSchema),
    async run(args, context): Promise<Json> {
      const agent = String(args.agent);
      if (!names.includes(agent)) {
        throw new ToolFailure('unknown-agent', `there is no route to agent "${agent}"; ${suggest(agent, names) ?? ''}`);
      }
      const { answer, plans, sentBack } = await context.delegate(agent, String(args.prompt));
      return { agent, answer, plans, ...(sentBack && { sentBack: sentBack.map((each) => ({ ...each })) }) };
    },
  };
}

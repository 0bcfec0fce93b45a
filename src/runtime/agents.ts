import type { App } from '../config/app.ts';
import { offeredSchema, readsResults } from '../core/accepts.ts';
import type { PatternMaker } from '../core/condition.ts';
import type { Check, CompileSchema, ModelRef } from '../core/ports.ts';
import type { Acceptance, Results } from '../core/results.ts';
import type { Tool, Toolkit } from '../core/tool.ts';
import type { Agent } from '../run/context.ts';
import { agentPolicy } from '../run/policy.ts';
import { acceptanceOf } from '../toolkits/accepts.ts';
import { callAgentTool } from '../toolkits/agents.ts';
import { lazyCheck } from '../toolkits/check.ts';
import { executePlanTool, getPlanTool, type PlanSpec, storePlanTool } from '../toolkits/plans.ts';
import { resultTools } from '../toolkits/results.ts';
import { modelOf } from './models.ts';

/** The app's plan schemas, each with its check. */
export function planSpecs(app: App, compile: CompileSchema): ReadonlyMap<string, PlanSpec> {
  return new Map(
    Object.entries(app.plans).map(([name, schema]): [string, PlanSpec] => {
      const check: Check = lazyCheck(compile, schema);
      return [name, { name, schema, check, accepts: acceptanceOf(schema, compile) }];
    }),
  );
}

export function planChecks(specs: ReadonlyMap<string, PlanSpec>): ReadonlyMap<string, Check> {
  return new Map([...specs].map(([name, { check }]) => [name, check]));
}

export function planAccepts(specs: ReadonlyMap<string, PlanSpec>): ReadonlyMap<string, Acceptance> {
  return new Map([...specs].flatMap(([name, { accepts }]) => (accepts ? [[name, accepts] as const] : [])));
}

/** What of an agent is the same in all runtimes: the tools of its role, and its policy. */
export interface PreparedAgent {
  readonly tools: readonly Tool[];
  readonly policy: Agent['policy'];
}

/** What agents are made with, besides their app. */
export interface AgentParts {
  readonly compile: CompileSchema;
  readonly toolkits: ReadonlyMap<string, Toolkit>;
  readonly specs: ReadonlyMap<string, PlanSpec>;
  readonly prepared: ReadonlyMap<string, PreparedAgent>;
  readonly results: Results;
}

export function prepareAgents(
  app: App,
  parts: Pick<AgentParts, 'compile' | 'specs'>,
  patterns: PatternMaker,
): ReadonlyMap<string, PreparedAgent> {
  return new Map(
    Object.entries(app.agents).map(([name, { approvals }]) => {
      const policy = agentPolicy(app.approvals, approvals?.rules ?? [], patterns);
      return [name, { tools: roleToolsOf(app, name, parts), policy }];
    }),
  );
}

/** The app's agents with their tools and policies, ready to run. */
export function buildAgents(app: App, parts: AgentParts): ReadonlyMap<string, Agent> {
  return new Map(
    Object.entries(app.agents).flatMap(([name, definition]): (readonly [string, Agent])[] => {
      const prepared = parts.prepared.get(name);
      if (!prepared) return [];
      const ofToolkits = toolkitToolsOf(app, name, parts);
      const ofResults = resultToolsOf(app, name, ofToolkits.length, parts);
      const tools = [...prepared.tools, ...ofToolkits, ...ofResults].sort((a, b) => (a.name < b.name ? -1 : 1));
      const model = modelOf(app, definition);
      const agent: Agent = {
        name,
        role: definition.role,
        prompt: definition.prompt,
        model,
        stateful: definition.stateful,
        maxSteps: definition.maxSteps,
        context: contextOf(app, model),
        tools: new Map(tools.map((tool) => [tool.name, tool])),
        specs: tools.map(({ name: tool, description, inputSchema }) => ({ name: tool, description, inputSchema })),
        policy: prepared.policy,
      };
      return [[name, agent]];
    }),
  );
}

/** A conversation has to fit into any model that may come to answer in it. */
function contextOf({ context }: App, model: ModelRef | null): Agent['context'] {
  const models = model === null ? [] : [model, ...(model.fallback ?? [])];
  const windows = [...models.map(({ contextWindow }) => contextWindow), context.maxTokens];
  const known = windows.filter((tokens) => tokens !== undefined);
  const window = known.length > 0 ? Math.min(...known) : null;
  return { compactAt: context.compactAt, keepTurns: context.keepTurns, window };
}

function toolkitToolsOf(app: App, name: string, { compile, toolkits }: AgentParts): readonly Tool[] {
  const tools = (app.agents[name]?.toolkits ?? []).flatMap((toolkit) => toolkits.get(toolkit)?.tools ?? []);
  return tools.map((tool) => {
    const accepts = acceptanceOf(tool.inputSchema, compile);
    return accepts ? { ...tool, inputSchema: offeredSchema(tool.inputSchema), accepts } : tool;
  });
}

function resultToolsOf(app: App, name: string, tools: number, parts: AgentParts): readonly Tool[] {
  const definition = app.agents[name];
  const plans = [...parts.specs.values()].filter((spec) => definition?.plans?.includes(spec.name) ?? true);
  const reads = readsResults(
    definition?.role,
    tools,
    plans.map(({ schema }) => schema),
  );
  return reads ? resultTools(parts.results, parts.compile) : [];
}

function roleToolsOf(app: App, name: string, { compile, specs }: Pick<AgentParts, 'compile' | 'specs'>): Tool[] {
  const definition = app.agents[name];
  switch (definition?.role) {
    case 'coordinator': {
      const routes = (definition.routes ?? []).map((agent) => ({ agent, description: describe(app, agent) }));
      return [callAgentTool(routes, compile)];
    }
    case 'planner': {
      const own = [...specs.values()].filter((spec) => definition.plans?.includes(spec.name) ?? true);
      return [storePlanTool(own, compile), getPlanTool(compile)];
    }
    case 'executor':
      return [getPlanTool(compile), executePlanTool(compile, definition.plans)];
    default:
      return [];
  }
}

function describe(app: App, agent: string): string {
  const definition = app.agents[agent];
  return definition?.description ?? `a ${definition?.role ?? 'specialist'}`;
}

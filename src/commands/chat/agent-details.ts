import type { AgentDefinition, App } from '../../config/app.ts';
import { dollars } from '../../core/amounts.ts';
import type { ModelRef } from '../../core/ports.ts';
import type { Tool } from '../../core/tool.ts';
import type { Limits } from '../../generated/config.ts';
import { priceAt } from '../../interpreters/models.ts';
import { policySubject } from '../../run/approve.ts';
import type { Agent } from '../../run/context.ts';
import { rulingsAbout } from '../../run/policy.ts';
import type { Runtime } from '../../runtime/build.ts';
import type { AgentDetails, ModelDetails, RulingDetails } from '../../ui/agent-details.ts';

/** What the app and its runtime say of an agent. Undefined for one that is not there. */
export function agentDetails(app: App, { agents }: Pick<Runtime, 'agents'>, name: string): AgentDetails | undefined {
  const agent = agents.get(name);
  const definition = Object.hasOwn(app.agents, name) ? app.agents[name] : undefined;
  if (!agent || !definition) return undefined;
  return {
    name,
    role: agent.role,
    description: definition.description ?? '',
    prompt: agent.prompt,
    model: agent.model && modelDetails(agent.model),
    stateful: agent.stateful,
    limits: limitsOf(agent, definition.budget),
    tools: [...agent.tools.values()].map((tool) => ({
      name: tool.name,
      description: tool.description,
      effect: tool.effect,
      inputSchema: tool.inputSchema,
      rulings: rulingsOf(app, definition, tool),
    })),
    routes: definition.routes ?? [],
    plans: plansOf(app, definition),
  };
}

function modelDetails({ name, id, provider, effort, fallback, ...model }: ModelRef): ModelDetails {
  const { contextWindow, maxOutputTokens } = model;
  const price = priceAt(id, new Date().toISOString());
  return {
    name,
    id,
    provider,
    fallback: (fallback ?? []).map((other) => other.name),
    ...(contextWindow !== undefined && { contextWindow }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(effort && { effort }),
    ...(price && {
      price:
        `$${price.input} in, $${price.output} out, $${price.cacheWrite} written to the cache, ` +
        `$${price.cacheRead} read from it`,
    }),
  };
}

function limitsOf({ maxSteps }: Agent, budget: Limits | undefined): AgentDetails['limits'] {
  const { steps, tokens, costUsd, seconds } = budget ?? {};
  const all: readonly (readonly [string, string | undefined])[] = [
    ['steps of one task', `${maxSteps}`],
    ['steps of one run', steps === undefined ? undefined : `${steps}`],
    ['tokens of one run', tokens?.toLocaleString('en-US')],
    ['cost of one run', costUsd === undefined ? undefined : dollars(costUsd)],
    ['seconds of one run', seconds === undefined ? undefined : `${seconds}`],
  ];
  return all.flatMap(([what, limit]) => (limit === undefined ? [] : [[what, limit] as const]));
}

function rulingsOf({ approvals }: App, { approvals: own }: AgentDefinition, tool: Tool): readonly RulingDetails[] {
  return rulingsAbout(approvals, own?.rules ?? [], policySubject(tool, {}));
}

function plansOf({ plans, approvals }: App, { role, plans: named, ...agent }: AgentDefinition): AgentDetails['plans'] {
  if (role !== 'planner' && role !== 'executor') return [];
  return (named ?? Object.keys(plans)).map((name) => ({
    name,
    rulings: rulingsAbout(approvals, agent.approvals?.rules ?? [], { kind: 'plan', specName: name, body: {} }),
  }));
}

import type { AgentDefinition, App } from '../config/app.ts';
import type { ModelRef } from '../core/ports.ts';
import { factsOf } from '../interpreters/models.ts';

/** The model of an agent, with what the agent and the model ask for. Null for an agent without one. */
export function modelOf(app: App, agent: AgentDefinition): ModelRef | null {
  if (agent.model === undefined) return null;
  const main = settled(app, agent, agent.model);
  if (main === null) return null;
  const fallback = (app.models[agent.model]?.fallback ?? []).flatMap((name) => settled(app, agent, name) ?? []);
  return fallback.length > 0 ? { ...main, fallback } : main;
}

/** The names of all models that an app's agents, or some of them, may come to use. */
export function modelsInUse(app: App, agents = Object.keys(app.agents)): readonly string[] {
  const named = agents.flatMap((agent) => app.agents[agent]?.model ?? []);
  return [...new Set(named.flatMap((name) => [name, ...(app.models[name]?.fallback ?? [])]))];
}

/** What an agent says holds before what its model says. */
function settled(app: App, agent: AgentDefinition, name: string): ModelRef | null {
  const model = app.models[name];
  if (model === undefined) return null;
  const { provider, id } = model;
  const effort = agent.effort ?? model.effort;
  const thinking = agent.thinking ?? model.thinking;
  const maxOutputTokens = agent.maxOutputTokens ?? model.maxOutputTokens;
  const contextWindow = model.contextWindow ?? factsOf(id)?.contextWindow;
  return {
    name,
    provider,
    id,
    ...(effort && { effort }),
    ...(thinking && { thinking }),
    ...(maxOutputTokens && { maxOutputTokens }),
    ...(contextWindow && { contextWindow }),
  };
}

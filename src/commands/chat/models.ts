import type { App } from '../../config/app.ts';
import { HarnessError } from '../../core/errors.ts';
import { suggest } from '../../core/nearest.ts';

/** The app with other models for some agents. What is gone from it is left out. */
export function withModels(app: App, chosen: ReadonlyMap<string, string>): App {
  const own = [...chosen].filter(([agent, model]) => Object.hasOwn(app.agents, agent) && model in app.models);
  if (own.length === 0) return app;
  const agents = own.map(([name, model]) => [name, { ...app.agents[name], model }]);
  return { ...app, agents: { ...app.agents, ...Object.fromEntries(agents) } };
}

/** @throws HarnessError `unknown-name` for an agent or a model that the app does not have */
export function checkModel(app: App, agent: string, model: string): void {
  refuseUnknown(app, 'agent', agent, Object.keys(app.agents));
  refuseUnknown(app, 'model', model, Object.keys(app.models));
}

function refuseUnknown(app: App, what: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const hint = suggest(name, names) ?? names.join(', ');
  throw new HarnessError('unknown-name', `app "${app.name}" has no ${what} "${name}"`, { hint });
}

import { bodies, type Draft, type Report, textAt, textsAt } from './draft.ts';
import { unknown } from './link-agents.ts';
import { roleOf } from './tools.ts';
import { listed } from './words.ts';

/** The agent that gets the user's prompt; undefined when the app does not say. */
export function entryOf(draft: Draft): string | undefined {
  const entry = textAt(draft.app.value, 'entry');
  if (entry !== undefined) return draft.agents.has(entry) ? entry : undefined;
  const coordinators = coordinatorsOf(draft);
  if (coordinators.length === 1) return coordinators[0];
  return draft.agents.size === 1 ? [...draft.agents.keys()][0] : undefined;
}

function coordinatorsOf(draft: Draft): readonly string[] {
  return [...draft.agents.values()].filter((agent) => roleOf(agent) === 'coordinator').map((agent) => agent.name);
}

/** Reports an app that does not say where it begins, or whose routes lead in a circle. */
export function linkRoutes(draft: Draft, report: Report): void {
  linkEntry(draft, report);
  linkCircles(draft, report);
}

function linkEntry(draft: Draft, report: Report): void {
  const { app, agents } = draft;
  const entry = textAt(app.value, 'entry');
  if (entry !== undefined) {
    if (!agents.has(entry)) unknown(report, app, 'agent', entry, [...agents.keys()], ['entry'], 'as entry of the app');
    return;
  }
  // An agent whose role is not known may be the coordinator.
  const known = [...agents.values()].every((agent) => roleOf(agent) !== undefined);
  if (entryOf(draft) !== undefined || agents.size === 0 || !known) return;
  const coordinators = coordinatorsOf(draft);
  const why =
    coordinators.length === 0
      ? `none of the ${agents.size} agents is a coordinator`
      : `${listed(coordinators)} are both coordinators`.replace('both', coordinators.length === 2 ? 'both' : 'all');
  const message = `the app needs "entry": ${why}`;
  const hint = "entry: the agent that gets the user's prompt";
  report(app, { code: 'missing-key', message, hint, path: ['agents'], at: 'key' });
}

/** A route that leads back to a coordinator which is already waiting for an answer never ends. */
function linkCircles(draft: Draft, report: Report): void {
  const parts = new Map(bodies(draft.agents).map(([{ name }, part]) => [name, part]));
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    const part = parts.get(name);
    if (part === undefined || done.has(name)) return;
    for (const [index, next] of textsAt(part.value, 'routes')) {
      const start = [...trail, name].indexOf(next);
      if (start < 0) visit(next, [...trail, name]);
      else if (next !== name) {
        const circle = [...trail, name, next].slice(start).join(' → ');
        report(part, { code: 'route-cycle', message: `routes lead in a circle: ${circle}`, path: ['routes', index] });
      }
    }
    done.add(name);
  };
  for (const name of parts.keys()) visit(name, []);
}

import { isObject, type Json } from '../core/json.ts';
import { nearest } from '../core/nearest.ts';
import { bodies, type Definition, type Draft, memberAt, type Report, textAt, textsAt } from './draft.ts';
import type { Part } from './finding.ts';
import { entryOf } from './link-routes.ts';
import { roleOf } from './tools.ts';
import { quote } from './words.ts';

/**
 * Warns of definitions that nobody uses. A name that is misspelled somewhere counts as used where it was probably
 * meant, so that one slip is not reported twice.
 * @param scripts smoke scripts and eval cases, which may start any agent
 */
export function linkUnused(draft: Draft, scripts: readonly Part[], report: Report): void {
  // What an agent that could not be read uses is not known.
  const agents = bodies(draft.agents);
  const providers = [...draft.providers.keys()];
  const models = memberAt(draft.app.value, 'models');
  if (agents.length === draft.agents.size) {
    const mentioned = agents.flatMap(([, , value]) => mentions(value));
    warn(draft, 'agent', draft.agents.keys(), reached(draft, scripts), report);
    warn(draft, 'toolkit', draft.toolkits.keys(), meant(mentioned, [...draft.toolkits.keys()]), report);
    warn(draft, 'plan', draft.plans.keys(), plansInUse(draft, mentioned), report);
    const names = Object.keys(isObject(models) ? models : {});
    const fallbacks = names.flatMap((name) => textsAt(memberAt(models, name), 'fallback').map(([, text]) => text));
    warn(draft, 'model', names, meant([...mentioned, ...fallbacks], names), report);
  }
  warn(draft, 'provider', providers, meant(mentions(models ?? null), providers), report);
}

function warn(
  draft: Draft,
  kind: string,
  all: Iterable<string>,
  used: ReadonlySet<string> | undefined,
  report: Report,
) {
  for (const name of all) {
    if (used === undefined || used.has(name)) continue;
    const message = `nobody uses ${kind} ${quote(name)}`;
    const path = [`${kind}s`, name];
    report(draft.app, { code: `unused-${kind}`, severity: 'warning', message, path, at: 'key' });
  }
}

/** All texts in a value but its prompts and descriptions. */
function mentions(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(mentions);
  if (!isObject(value)) return [];
  const prose = ['prompt', 'promptFile', 'description'];
  return Object.entries(value).flatMap(([key, inner]) => (prose.includes(key) ? [] : mentions(inner)));
}

/** Of the known names, those that some text is, or was probably meant to be. */
function meant(texts: readonly string[], known: readonly string[]): ReadonlySet<string> {
  return new Set(texts.map((text) => (known.includes(text) ? text : (nearest(text, known) ?? ''))));
}

function plansInUse(draft: Draft, mentioned: readonly string[]): ReadonlySet<string> {
  const known = [...draft.plans.keys()];
  const usesAll = [...draft.agents.values()].some((agent) => {
    const role = roleOf(agent) ?? 'planner';
    return (role === 'planner' || role === 'executor') && memberAt(agent.part?.value, 'plans') === undefined;
  });
  return usesAll ? new Set(known) : meant(mentioned, known);
}

/** Agents that the entry, or a script, can reach; undefined when it is not known where a run begins. */
function reached(draft: Draft, scripts: readonly Part[]): ReadonlySet<string> | undefined {
  const entry = entryOf(draft);
  if (entry === undefined) return undefined;
  const known = [...draft.agents.keys()];
  const started = scripts.map((part) => textAt(part.value, 'agent')).filter((agent) => agent !== undefined);
  const found = new Set([entry, ...meant(started, known)]);
  for (const agent of found) {
    const definition = draft.agents.get(agent);
    const routes = routesOf(definition, known);
    if (routes.size === 0 && roleOf(definition) === 'coordinator') return undefined;
    for (const route of routes) found.add(route);
  }
  return found;
}

function routesOf(agent: Definition | undefined, known: readonly string[]): ReadonlySet<string> {
  const routes = textsAt(agent?.part?.value, 'routes').map(([, route]) => route);
  return meant(routes, known);
}

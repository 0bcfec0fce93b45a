import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { nearest, suggest } from '../core/nearest.ts';
import { type Draft, itemsAt, memberAt, objectAt, type Report, textAt, textsAt } from './draft.ts';
import type { Part } from './finding.ts';
import { unknown } from './link-agents.ts';
import type { Inventory } from './tools.ts';
import { label, type Path, quote } from './words.ts';

/** What scripts and eval cases may name. */
export interface Names {
  readonly draft: Draft;
  readonly inventory: Inventory;
}

/** Reports names in a smoke script that do not exist, and steps that are two things at once. */
export function linkSmoke(part: Part, names: Names, report: Report): void {
  const link: Link = { part, names, report };
  linkStart(link);
  linkSteps(link);
  const expect = objectAt(part.value, 'expect');
  linkAgentList(link, expect, 'agents', ['expect']);
  for (const [index, call] of itemsAt(expect, 'calls')) linkCall(link, call, ['expect', 'calls', index]);
  for (const [index, action] of itemsAt(expect, 'actions')) {
    linkKind(link, textAt(action, 'kind'), ['expect', 'actions', index, 'kind']);
  }
}

/** A script or a case whose names are looked up. */
export interface Link {
  readonly part: Part;
  readonly names: Names;
  readonly report: Report;
}

/** Its `agent` and `workspace`. */
export function linkStart(link: Link): void {
  const { part, names, report } = link;
  const agent = textAt(part.value, 'agent');
  if (agent !== undefined) linkAgent(link, agent, ['agent']);
  const workspace = textAt(part.value, 'workspace');
  const known = names.draft.workspaces;
  if (workspace === undefined || known.has(workspace)) return;
  unknown(report, part, 'workspace', workspace, [...known.keys()], ['workspace'], `in ${part.subject}`);
}

/** The name of an agent. */
export function linkAgent(
  { part, names, report }: Link,
  agent: string,
  path: Path,
  at: 'key' | 'value' = 'value',
): void {
  const known = [...names.draft.agents.keys()];
  if (known.includes(agent)) return;
  const message = `unknown agent ${quote(agent)} in ${label(path.slice(0, -1), part.subject)}`;
  report(part, { code: 'unknown-agent', message, hint: suggest(agent, known), path, at });
}

/** The list of agents at a key of `value`, which stands at `base`. */
export function linkAgentList(link: Link, value: Json, key: string, base: Path): void {
  for (const [index, agent] of textsAt(value, key)) linkAgent(link, agent, [...base, key, index]);
}

/** The steps of its `script`. */
export function linkSteps(link: Link): void {
  const script = memberAt(link.part.value, 'script');
  for (const agent of Object.keys(isObject(script) ? script : {})) {
    linkAgent(link, agent, ['script', agent], 'key');
    for (const [index, step] of itemsAt(script, agent)) {
      if (!isObject(step)) continue;
      const path = ['script', agent, index];
      linkStep(link, step, agent, path);
    }
  }
}

function linkStep(link: Link, step: JsonObject, agent: string, path: Path): void {
  const has = (key: string) => Object.hasOwn(step, key);
  const conflict = (key: string, message: string) => {
    const name = label(path, link.part.subject);
    link.report(link.part, {
      code: 'conflicting-keys',
      message: `${name} ${message}`,
      path: [...path, key],
      at: 'key',
    });
  };
  const beside = ['say', 'call', 'calls'].find(has);
  if (has('fail') && beside !== undefined) conflict(beside, `fails, and cannot have ${quote(beside)} too`);
  else if (has('call') && has('calls')) conflict('calls', 'takes only one of "call" and "calls"');
  if (has('call')) linkScriptedCall(link, step, agent, path);
  for (const [index, call] of itemsAt(step, 'calls')) {
    if (isObject(call)) linkScriptedCall(link, call, agent, [...path, 'calls', index]);
  }
}

function linkScriptedCall(link: Link, call: JsonObject, agent: string, path: Path): void {
  const tool = textAt(call, 'call');
  if (tool === undefined) return;
  linkTool(link, tool, agent, [...path, 'call']);
  if (tool !== 'call_agent') return;
  const target = textAt(objectAt(call, 'args'), 'agent');
  const { agents } = link.names.draft;
  const routes = textsAt(agents.get(agent)?.part?.value, 'routes').map(([, route]) => route);
  if (target === undefined || routes.length === 0 || routes.includes(target)) return;
  // A route that is misspelled has been reported.
  if (!routes.every((route) => agents.has(route))) return;
  link.report(link.part, {
    code: 'unknown-route',
    severity: 'warning',
    message: `agent ${quote(agent)} has no route to ${quote(target)}, in ${link.part.subject}`,
    hint: suggest(target, routes),
    path: [...path, 'args', 'agent'],
  });
}

/** The agent and the tool of an expected call. */
export function linkCall(link: Link, call: Json, path: Path): void {
  const agent = textAt(call, 'agent');
  if (agent !== undefined) linkAgent(link, agent, [...path, 'agent']);
  const tool = textAt(call, 'tool');
  if (tool !== undefined) linkTool(link, tool, agent, [...path, 'tool']);
}

/** A tool that nobody has is a mistake; one that only this agent lacks may be there to show the refusal. */
export function linkTool(
  { part, names, report }: Link,
  tool: string,
  agent: string | undefined,
  path: Path,
  at: 'key' | 'value' = 'value',
): void {
  const { agentTools, toolsKnown, tools, agents } = names.inventory;
  const own = agent === undefined ? undefined : agents.get(agent);
  const where = label(path.slice(0, -1), part.subject);
  if (!agentTools.has(tool)) {
    // A tool may be one of those that could not be read, unless it is a slip in the name of one that this agent has.
    if (!toolsKnown && !(own?.known && nearest(tool, own.tools) !== undefined)) return;
    const message = `unknown tool ${quote(tool)} in ${where}: no agent has it`;
    const hint = tools.has(tool) ? 'give its toolkit to an agent' : suggest(tool, [...agentTools]);
    report(part, { code: 'unknown-tool', message, hint, path, at });
  } else if (own?.known && !own.tools.has(tool)) {
    const message = `agent ${quote(agent ?? '')} does not have the tool ${quote(tool)}, in ${where}`;
    report(part, { code: 'unavailable-tool', severity: 'warning', message, hint: suggest(tool, [...own.tools]), path });
  }
}

/** The kind of an action. */
export function linkKind({ part, names, report }: Link, kind: string | undefined, path: Path): void {
  const { kinds, kindsKnown } = names.inventory;
  if (kind === undefined || !kindsKnown || kinds.has(kind)) return;
  const known = [...kinds];
  unknown(report, part, 'action-kind', kind, known, path, `in ${part.subject}`);
}

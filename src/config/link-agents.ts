import { suggest } from '../core/nearest.ts';
import { roleTools } from '../core/roles.ts';
import { bodies, type Definitions, type Draft, memberAt, type Report, textAt, textsAt } from './draft.ts';
import type { Part } from './finding.ts';
import { roleOf, toolsOfToolkit } from './tools.ts';
import { type Path, quote } from './words.ts';

/** Reports names in agents that do not exist, and keys that do not belong to their role. */
export function linkAgents(draft: Draft, report: Report): void {
  const models = Object.keys((memberAt(draft.app.value, 'models') as object | undefined) ?? {});
  for (const [definition, part] of bodies(draft.agents)) {
    const model = textAt(part.value, 'model');
    if (model !== undefined && !models.includes(model)) {
      unknown(report, part, 'model', model, models, ['model'], `in ${part.subject}`);
    }
    linkNames(draft.toolkits, 'toolkit', part, 'toolkits', report);
    linkNames(draft.plans, 'plan', part, 'plans', report);
    linkRoutes(draft, part, definition.name, report);
    checkPromptKeys(part, report);
    checkRoleKeys(part, roleOf(definition), report);
    checkToolNames(draft, part, roleOf(definition), report);
  }
}

/** Reports a name that stands for nothing. */
export function unknown(
  report: Report,
  part: Part,
  kind: string,
  name: string,
  known: readonly string[],
  path: Path,
  where: string,
  at: 'key' | 'value' = 'value',
): void {
  const noun = kind.replace('-', ' ');
  const message = `unknown ${noun} ${quote(name)} ${where}`;
  const hint = suggest(name, known) ?? (known.length === 0 ? `the app has no ${noun}s` : undefined);
  report(part, { code: `unknown-${kind}`, message, hint, path, at });
}

function linkNames(definitions: Definitions, kind: string, part: Part, key: string, report: Report): void {
  for (const [index, name] of textsAt(part.value, key)) {
    if (definitions.has(name)) continue;
    unknown(report, part, kind, name, [...definitions.keys()], [key, index], `in the ${key} of ${part.subject}`);
  }
}

function linkRoutes(draft: Draft, part: Part, self: string, report: Report): void {
  for (const [index, name] of textsAt(part.value, 'routes')) {
    const path = ['routes', index];
    if (name === self) {
      report(part, { code: 'route-to-self', message: `${part.subject} has a route to itself`, path });
    } else if (!draft.agents.has(name)) {
      const others = [...draft.agents.keys()].filter((each) => each !== self);
      unknown(report, part, 'agent', name, others, path, `in the routes of ${part.subject}`);
    }
  }
}

function checkPromptKeys(part: Part, report: Report): void {
  const inline = memberAt(part.value, 'prompt') !== undefined;
  const file = memberAt(part.value, 'promptFile') !== undefined;
  if (inline && file) {
    const message = `${part.subject} takes only one of "prompt" and "promptFile"`;
    report(part, { code: 'conflicting-keys', message, path: ['promptFile'], at: 'key' });
  } else if (!inline && !file) {
    const message = `${part.subject} needs one of "prompt" and "promptFile"`;
    report(part, { code: 'missing-key', message, path: [], at: 'key' });
  }
}

function checkRoleKeys(part: Part, role: ReturnType<typeof roleOf>, report: Report): void {
  if (role === undefined) return;
  const has = (key: string) => memberAt(part.value, key) !== undefined;
  const misplaced = (key: string, owner: string) => {
    const message = `${quote(key)} in ${part.subject}, which is ${article(role)}, belongs to ${owner}`;
    report(part, { code: 'misplaced-key', message, path: [key], at: 'key' });
  };
  if (has('routes') && role !== 'coordinator') misplaced('routes', 'a coordinator');
  if (has('plans') && role !== 'planner' && role !== 'executor') misplaced('plans', 'a planner or an executor');
  if (!has('routes') && role === 'coordinator') {
    const message = `${part.subject} is a coordinator and needs "routes"`;
    report(part, { code: 'missing-key', message, hint: 'routes: the agents that it may call', path: [], at: 'key' });
  }
}

function article(role: string): string {
  return role === 'executor' ? 'an executor' : `a ${role}`;
}

/** A model knows tools by name, so that an agent cannot have two of the same. */
function checkToolNames(draft: Draft, part: Part, role: ReturnType<typeof roleOf>, report: Report): void {
  const owners = new Map<string, string>();
  for (const tool of role ? roleTools[role] : []) owners.set(tool, `every ${role}`);
  for (const [index, name] of textsAt(part.value, 'toolkits')) {
    for (const tool of toolsOfToolkit(draft.toolkits.get(name))?.keys() ?? []) {
      const owner = owners.get(tool);
      if (owner !== undefined && owner !== `toolkit ${quote(name)}`) {
        const message = `${part.subject} has two tools ${quote(tool)}: of ${owner} and of toolkit ${quote(name)}`;
        report(part, { code: 'duplicate-tool', message, path: ['toolkits', index] });
      }
      owners.set(tool, owner ?? `toolkit ${quote(name)}`);
    }
  }
}

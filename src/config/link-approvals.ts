import { globMatcher } from '../core/glob.ts';
import { isObject, type Json, type JsonSchema } from '../core/json.ts';
import { suggest } from '../core/nearest.ts';
import { bodies, type Draft, itemsAt, memberAt, objectAt, type Report, textAt } from './draft.ts';
import type { Part } from './finding.ts';
import { lintCondition } from './lint-condition.ts';
import type { PatternAt } from './lint-patterns.ts';
import { resolveIn } from './prepare-schema.ts';
import type { Inventory } from './tools.ts';
import { dotted, type Path, quote } from './words.ts';

/** Reports rules that name nothing, loosen what they may not, or cannot be evaluated. Returns their patterns. */
export function linkApprovals(draft: Draft, inventory: Inventory, report: Report): readonly PatternAt[] {
  const linking: Linking = { draft, inventory, report };
  const ofAgents = bodies(draft.agents).flatMap(([{ name }, part]) => linkRules(linking, part, name));
  return [...linkRules(linking, draft.app, undefined), ...ofAgents];
}

interface Linking {
  readonly draft: Draft;
  readonly inventory: Inventory;
  readonly report: Report;
}

function linkRules(linking: Linking, part: Part, agent: string | undefined): readonly PatternAt[] {
  return itemsAt(objectAt(part.value, 'approvals'), 'rules').flatMap(([index, rule]) => {
    const path = ['approvals', 'rules', index];
    if (agent !== undefined && memberAt(rule, 'allow') !== undefined) {
      const message = `${part.subject} cannot allow anything; an agent may only ask and deny`;
      linking.report(part, { code: 'loosened-approval', message, path: [...path, 'allow'], at: 'key' });
    }
    const verdict = ['allow', 'ask', 'deny'].find((word) => textAt(rule, word) !== undefined);
    if (verdict === undefined) return [];
    const target = textAt(rule, verdict) ?? '';
    linkTarget(linking, part, agent, target, [...path, verdict]);
    return linkWhen(linking, part, rule, target, path);
  });
}

function linkTarget(linking: Linking, part: Part, agent: string | undefined, target: string, path: Path): void {
  const { draft, inventory, report } = linking;
  const plans = [...draft.plans.keys()].map((name) => `plan:${name}`);
  const fits = (names: Iterable<string>) => [...names].some(globMatcher(target));
  if (fits(plans)) return;
  if (!fits(inventory.tools)) {
    missedTarget(linking, part, target, plans, path);
    return;
  }
  const own = agent === undefined ? undefined : inventory.agents.get(agent);
  if (!own?.known || fits(own.tools)) return;
  const message = `no tool of ${part.subject} fits the rule for ${quote(target)}`;
  report(part, { code: 'unused-rule', severity: 'warning', message, path });
}

function missedTarget(
  { inventory, report }: Linking,
  part: Part,
  target: string,
  plans: readonly string[],
  path: Path,
): void {
  const where = `in the approvals of ${part.subject}`;
  if (target.startsWith('plan:')) {
    const message = `no plan of the app fits ${quote(target)}, ${where}`;
    report(part, { code: 'unknown-plan', message, hint: suggest(target, plans), path });
  } else if (inventory.toolsKnown) {
    const message = `no tool of the app fits ${quote(target)}, ${where}`;
    report(part, { code: 'unknown-tool', message, hint: suggest(target, [...inventory.tools, ...plans]), path });
  }
}

function linkWhen(linking: Linking, part: Part, rule: Json, target: string, path: Path): readonly PatternAt[] {
  const when = memberAt(rule, 'when');
  if (!isObject(when)) return [];
  const shape = shapeOf(linking, target);
  const subject = `the condition of ${quote(dotted(path))} of ${part.subject}`;
  const linted = lintCondition(when, [...path, 'when'], subject, shape, shape ? resolveIn(shape) : () => undefined);
  for (const finding of linted.findings) linking.report(part, finding);
  return linted.patterns.map((use) => ({ part, ...use, subject }));
}

/** The schema of what a rule judges, when it speaks of one thing whose schema the app declares. */
function shapeOf({ draft, inventory }: Linking, target: string): JsonSchema | undefined {
  if (!target.startsWith('plan:')) return inventory.inputs.get(target);
  const value = draft.plans.get(target.slice('plan:'.length))?.part?.value;
  return isObject(value) ? value : undefined;
}

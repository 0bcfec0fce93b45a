import { holds, type PatternMaker } from '../core/condition.ts';
import { globMatcher } from '../core/glob.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { Effect } from '../core/tool.ts';
import type { ApprovalRule, Approvals } from '../generated/config.ts';

/** What a policy is asked about. */
export type PolicySubject =
  | {
      readonly kind: 'tool';
      readonly tool: string;
      readonly effect: Effect;
      readonly selfGated: boolean;
      readonly args: JsonObject;
    }
  | { readonly kind: 'plan'; readonly specName: string; readonly body: JsonObject };

export interface Ruling {
  readonly verdict: 'allow' | 'ask' | 'deny';
  /** The rule that spoke, as it is written: `deny plan:CatalogActionPlan`; or `default`. */
  readonly rule: string;
  /** The rule's condition, where it has one. */
  readonly when?: Json;
  readonly reason: string;
}

/**
 * @param granted whether a person has allowed for the rest of the session what a rule asks about; a rule that denies
 * still does
 */
export type Policy = (subject: PolicySubject, granted?: (asking: Ruling) => boolean) => Ruling;

/**
 * The policy of one agent: deny beats ask beats allow, wherever they are written. The agent's own rules may only
 * ask and deny, so they can tighten the app's and never loosen them.
 */
export function agentPolicy(app: Approvals, ofAgent: readonly ApprovalRule[], pattern: PatternMaker): Policy {
  const rules = [...app.rules.map((rule) => readRule(rule)), ...ofAgent.map((rule) => readRule(rule))];
  return (subject, granted = () => false) => {
    const allowed = (ruling: Ruling): Ruling =>
      ruling.verdict === 'ask' && granted(ruling) ? { ...ruling, verdict: 'allow' } : ruling;
    const target = targetOf(subject);
    const data = subject.kind === 'tool' ? subject.args : subject.body;
    const spoken = rules.flatMap((rule) => {
      if (!rule.matches(target)) return [];
      const verity = rule.when === undefined ? 'yes' : holds(rule.when, data, pattern);
      if (verity === 'no') return [];
      // What cannot be judged is neither allowed nor refused by machine: a person looks at it, each time.
      return [verity === 'yes' ? allowed(rule.ruling) : { ...rule.ruling, verdict: 'ask' as const }];
    });
    return strictest(spoken) ?? allowed(byDefault(app, subject));
  };
}

/**
 * Every rule that may speak about a tool or a plan, the strictest first, and last what holds where none of them does.
 * @param subject its arguments do not matter here: a ruling with a condition speaks where that holds
 */
export function rulingsAbout(
  app: Approvals,
  ofAgent: readonly ApprovalRule[],
  subject: PolicySubject,
): readonly Ruling[] {
  const target = targetOf(subject);
  const spoken = [...app.rules, ...ofAgent].map((rule) => readRule(rule)).filter(({ matches }) => matches(target));
  const order: readonly Ruling['verdict'][] = ['deny', 'ask', 'allow'];
  const strictestFirst = spoken
    .map(({ ruling }) => ruling)
    .toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  return [...strictestFirst, byDefault(app, subject)];
}

function targetOf(subject: PolicySubject): string {
  return subject.kind === 'tool' ? subject.tool : `plan:${subject.specName}`;
}

interface ReadRule {
  matches(target: string): boolean;
  readonly when: Json | undefined;
  readonly ruling: Ruling;
}

function readRule(rule: ApprovalRule): ReadRule {
  const verdict = rule.deny !== undefined ? 'deny' : rule.ask !== undefined ? 'ask' : 'allow';
  const glob = rule[verdict] ?? '';
  return {
    matches: globMatcher(glob),
    when: rule.when as Json | undefined,
    ruling: {
      verdict,
      rule: `${verdict} ${glob}`,
      reason: rule.reason ?? '',
      ...(rule.when !== undefined && { when: rule.when as Json }),
    },
  };
}

function strictest(rulings: readonly Ruling[]): Ruling | undefined {
  for (const verdict of ['deny', 'ask', 'allow'] as const) {
    const found = rulings.find((ruling) => ruling.verdict === verdict);
    if (found) return found;
  }
  return undefined;
}

function byDefault(app: Approvals, subject: PolicySubject): Ruling {
  if (subject.kind === 'plan') return { verdict: app.default.plan, rule: 'default', reason: 'executing a plan' };
  if (subject.selfGated) return { verdict: 'allow', rule: 'default', reason: '' };
  return { verdict: app.default[subject.effect], rule: 'default', reason: `the tool's effect is ${subject.effect}` };
}

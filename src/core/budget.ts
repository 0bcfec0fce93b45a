import type { Limits } from '../generated/config.ts';
import { dollars, seconds } from './amounts.ts';
import { HarnessError } from './errors.ts';
import type { Amounts } from './meter.ts';

/** What is limited. */
export type LimitKind = keyof Limits;

export const limitKinds: readonly LimitKind[] = ['steps', 'tokens', 'costUsd', 'seconds'];

/** Whose budget it is. */
export type BudgetOwner =
  | { readonly of: 'run' }
  | { readonly of: 'session' }
  | { readonly of: 'agent'; readonly agent: string };

/** A budget that ended a run. */
export interface BudgetReport {
  readonly owner: BudgetOwner;
  readonly kind: LimitKind;
  readonly limit: number;
  /** Null when it cannot be told, so that the limit cannot be kept. */
  readonly used: number | null;
  /** What the next step would take at the least, where that is too much. */
  readonly next?: number;
  /** What each agent used of it. */
  readonly agents: Readonly<Record<string, number | null>>;
}

/** Ends a run before a step that no budget is left for. Nothing is lost: with a larger budget it can go on. */
export class BudgetReached extends HarnessError {
  readonly budget: BudgetReport;

  constructor(budget: BudgetReport, runId: string) {
    super('budget-reached', describeBudget(budget), { hint: wayOn(budget, `harness chat --resume ${runId}`) });
    this.budget = budget;
  }
}

/** What one more step would use at the least. */
export type Least = Pick<Amounts, 'steps' | 'tokens' | 'costUsd'>;

/**
 * The first limit that leaves no room for one more step.
 * @param used so far; of everything that the limits hold for
 * @param least what the next step certainly takes
 */
export function limitReached(
  limits: Limits,
  used: Amounts,
  least: Least,
):
  | { readonly kind: LimitKind; readonly limit: number; readonly used: number | null; readonly next?: number }
  | undefined {
  for (const kind of limitKinds) {
    const limit = limits[kind];
    if (limit === undefined) continue;
    const had = used[kind];
    const next = kind === 'seconds' ? 0 : (least[kind] ?? 0);
    if (had === null || had >= limit) return { kind, limit, used: had };
    if (had + next > limit) return { kind, limit, used: had, next };
  }
  return undefined;
}

/** `the run's budget of 20,000 tokens is reached: 21,340 were used (planner 15,000, coordinator 6,340)` */
function describeBudget({ owner, kind, limit, used, next, agents }: BudgetReport): string {
  const whose = owner.of === 'agent' ? `agent "${owner.agent}"'s budget` : `the ${owner.of}'s budget`;
  const budget = `${whose} of ${amount(kind, limit)}`;
  if (used === null) {
    const why = kind === 'costUsd' ? 'what a model costs is not known' : 'a model does not tell its tokens';
    return `${budget} cannot be kept: ${why}`;
  }
  const shares = Object.entries(agents)
    .filter(([, share]) => share !== 0)
    .sort(([, left], [, right]) => (right ?? 0) - (left ?? 0))
    .map(([agent, share]) => `${agent} ${share === null ? '?' : plain(kind, share)}`);
  const by = owner.of === 'agent' || shares.length === 0 ? '' : ` (${shares.join(', ')})`;
  const had = `${plain(kind, used)} ${used === 1 ? 'was' : 'were'} used${by}`;
  if (next === undefined) return `${budget} is reached: ${had}`;
  return `${budget} has no room for another step: ${had}, and the next takes at least ${plain(kind, next)}`;
}

const flags: Readonly<Record<LimitKind, string>> = {
  steps: '--max-steps',
  tokens: '--max-tokens',
  costUsd: '--max-cost',
  seconds: '--max-seconds',
};

/** What to do about it. @param resume the command that goes on with the run */
export function wayOn({ owner, kind, limit, used }: BudgetReport, resume: string): string {
  if (used === null) return `limit ${kind === 'costUsd' ? 'tokens or steps' : 'steps or seconds'} instead`;
  if (owner.of === 'agent') return `raise budget.${kind} of agent "${owner.agent}", and go on: ${resume}`;
  return `go on with a larger one: ${resume} ${flags[kind]} ${Number((Math.max(limit, used) * 2).toPrecision(2))}`;
}

function amount(kind: LimitKind, count: number): string {
  if (kind === 'costUsd') return plain(kind, count);
  return `${plain(kind, count)} ${count === 1 ? kind.slice(0, -1) : kind}`;
}

function plain(kind: LimitKind, count: number): string {
  if (kind === 'costUsd') return dollars(count);
  return kind === 'seconds' ? seconds(count) : Math.round(count).toLocaleString('en-US');
}

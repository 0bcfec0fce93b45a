import { hash } from 'node:crypto';
import { canonical, isObject, type Json, type JsonObject } from './json.ts';

/** One thing to do. `kind` is a constant of its plan schema; the other members are its payload. */
export interface Action extends JsonObject {
  readonly kind: string;
}

/**
 * Where a plan stands. `unknown`: its process died while an action was on its way, so nobody knows whether
 * that action took effect; only a person can decide.
 */
export type PlanStatus =
  | 'stored'
  | 'approved'
  | 'executing'
  | 'executed'
  | 'failed'
  | 'unknown'
  | 'rejected'
  | 'superseded';

/** One version of a plan as the store keeps it. */
export interface PlanRecord {
  readonly planId: string;
  readonly version: number;
  /** Name of the plan schema in the app. */
  readonly specName: string;
  /** SHA-256 of spec name and body, hex. An approval holds for this and nothing else. */
  readonly hash: string;
  readonly body: JsonObject;
  readonly status: PlanStatus;
  /** The run that stored it. */
  readonly runId: string;
  /** The run that executes or executed it. */
  readonly executingRun: string | null;
  readonly storedAt: string;
  readonly result?: PlanResult;
}

/** What became of one action. `skipped`: an earlier action failed, so this one was not tried. */
export interface ActionResult {
  readonly index: number;
  readonly kind: string;
  readonly status: 'applied' | 'failed' | 'unknown' | 'skipped';
  readonly entitiesAffected: number;
  readonly summary: string;
  readonly details?: Json;
}

/** What `executePlan` answers. */
export interface PlanResult {
  readonly planId: string;
  readonly status: PlanStatus;
  /** Sum over the applied actions. */
  readonly entitiesAffected: number;
  readonly summary: string;
  readonly details: JsonObject;
  readonly actions: readonly ActionResult[];
}

export function hashPlan(specName: string, body: JsonObject): string {
  return hash('sha256', canonical({ specName, body }), 'hex');
}

/** The actions of a checked plan body, in order. */
export function actionsOf(body: JsonObject): readonly Action[] {
  const actions = body.actions;
  return Array.isArray(actions) ? actions.filter(isAction) : [];
}

function isAction(value: unknown): value is Action {
  return isObject(value) && typeof value.kind === 'string';
}

/**
 * What identifies one action for ever: the same key is never dispatched twice. A new version is a new plan to do the
 * same, which a person wanted: it has keys of its own.
 */
export function actionKey(
  workspace: string,
  { planId, version, hash }: { planId: string; version: number; hash: string },
  index: number,
): string {
  return `${workspace}/${planId}/${version}/${hash.slice(0, 16)}/${index}`;
}

/** The plan's result from what became of its actions. */
export function planResult(planId: string, status: PlanStatus, actions: readonly ActionResult[]): PlanResult {
  const count = (wanted: ActionResult['status']) => actions.filter((action) => action.status === wanted).length;
  const applied = count('applied');
  const parts = [`${applied} of ${actions.length} ${actions.length === 1 ? 'action' : 'actions'} applied`];
  for (const other of ['failed', 'unknown', 'skipped'] as const) {
    if (count(other) > 0) parts.push(`${count(other)} ${other}`);
  }
  return {
    planId,
    status,
    entitiesAffected: actions.reduce((sum, action) => sum + action.entitiesAffected, 0),
    summary: parts.join(', '),
    details: { applied, total: actions.length },
    actions,
  };
}

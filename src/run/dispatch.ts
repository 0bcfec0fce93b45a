import { messageOf, ToolFailure } from '../core/errors.ts';
import type { Scope } from '../core/event.ts';
import { handlesIn } from '../core/handles.ts';
import type { JsonObject } from '../core/json.ts';
import {
  type Action,
  type ActionResult,
  actionKey,
  actionsOf,
  type PlanRecord,
  type PlanResult,
  planResult,
} from '../core/plan.ts';
import type { RunContext } from './context.ts';

/**
 * Execute an approved plan: claim it, hand its actions to the dispatcher one by one, stop at the first that fails.
 * The claim fails when another process was faster, so no plan is executed twice.
 * @param body the plan's body with stored results in place; the record has their handles
 */
export async function dispatchPlan(
  context: RunContext,
  scope: Scope,
  plan: PlanRecord,
  body: JsonObject,
): Promise<PlanResult> {
  const { recorder } = context;
  const { planId, version, hash } = plan;
  context.signal.throwIfAborted();
  recorder.record({ ...scope, type: 'plan.executing', data: { planId, version, hash } });
  const actions = actionsOf(body);
  const results: ActionResult[] = [];
  for (const [index, action] of actions.entries()) {
    const stopped = results.some((result) => result.status !== 'applied') || context.signal.aborted;
    results.push(stopped ? skipped(action, index) : await dispatchAction(context, scope, plan, action, index));
  }
  const result = planResult(planId, planStatus(results), results);
  recorder.record({ ...scope, type: 'plan.executed', data: { planId, version, result } });
  return result;
}

async function dispatchAction(
  context: RunContext,
  scope: Scope,
  plan: PlanRecord,
  action: Action,
  index: number,
): Promise<ActionResult> {
  const { recorder, dispatcher, workspace, signal } = context;
  const { planId, version } = plan;
  const key = actionKey(workspace, plan, index);
  // First everything that led here, then the intent alone: whoever finds the intent without a result knows that
  // exactly this action may have happened.
  recorder.commit();
  const written = actionsOf(plan.body)[index] ?? action;
  const results = [...new Set(handlesIn(written).map((handle) => handle.result))];
  const started = { planId, version, index, key, action: written, ...(results.length > 0 && { results }) };
  recorder.record({ ...scope, type: 'action.started', data: started });
  recorder.commit();
  let result: ActionResult;
  try {
    const { entitiesAffected, summary, details } = await dispatcher.apply(action, {
      key,
      planId,
      index,
      workspace,
      signal,
    });
    const more = details === undefined ? {} : { details };
    result = { index, kind: action.kind, status: 'applied', entitiesAffected, summary, ...more };
  } catch (thrown) {
    const status = thrown instanceof ToolFailure ? 'failed' : 'unknown';
    result = { index, kind: action.kind, status, entitiesAffected: 0, summary: messageOf(thrown) };
  }
  recorder.record({ ...scope, type: 'action.finished', data: { planId, key, result } });
  return result;
}

function skipped(action: Action, index: number): ActionResult {
  return { index, kind: action.kind, status: 'skipped', entitiesAffected: 0, summary: 'not tried' };
}

/** Where a plan stands once its actions have been through. */
export function planStatus(results: readonly ActionResult[]): 'executed' | 'failed' | 'unknown' {
  if (results.some((result) => result.status === 'unknown')) return 'unknown';
  return results.every((result) => result.status === 'applied') ? 'executed' : 'failed';
}

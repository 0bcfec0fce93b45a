import { messageOf, ToolFailure } from '../core/errors.ts';
import type { Decision, Scope } from '../core/event.ts';
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
import type { Applied } from '../core/ports.ts';
import { askAction, isStepwise } from './approve.ts';
import type { RunContext } from './context.ts';

/**
 * Execute an approved plan: claim it, hand its actions to the dispatcher one by one, stop at the first that fails.
 * The claim fails when another process was faster, so no plan is executed twice. A plan that this run claimed before
 * it was interrupted goes on behind the last action that was begun. Of a plan that was approved step by step, each
 * action is asked about before its intent is recorded, so that a question survives the process like any other.
 * @param call the call that executes the plan
 * @param body the plan's body with stored results in place; the record has their handles
 */
export async function dispatchPlan(
  context: RunContext,
  scope: Scope,
  call: string,
  plan: PlanRecord,
  body: JsonObject,
): Promise<PlanResult> {
  const { recorder } = context;
  const { planId, version, hash } = plan;
  context.signal.throwIfAborted();
  const begun = plan.status === 'executing' ? begunBefore(context, plan) : [];
  if (plan.status !== 'executing') {
    recorder.record({ ...scope, type: 'plan.executing', data: { planId, version, hash } });
  }
  const asks = isStepwise(context, plan) ? call : undefined;
  const results: ActionResult[] = [];
  for (const [index, action] of actionsOf(body).entries()) {
    const stopped = results.some((result) => result.status !== 'applied') || context.signal.aborted;
    results.push(
      begun[index]?.result ??
        (stopped
          ? skipped(action, index)
          : await dispatchAction(context, scope, plan, { action, index, ...begun[index] }, asks)),
    );
  }
  const whole = planResult(planId, planStatus(results), results);
  const refused = results.find(({ status, summary }) => status === 'skipped' && summary !== notTried);
  const result = refused ? { ...whole, summary: `${whole.summary}: ${refused.summary}` } : whole;
  recorder.record({ ...scope, type: 'plan.executed', data: { planId, version, result } });
  return result;
}

/** Why a person stops the plan before an action; undefined when the action may run. */
async function refusal(
  context: RunContext,
  scope: Scope,
  call: string,
  plan: PlanRecord,
  index: number,
): Promise<string | undefined> {
  return stoppedBefore(index, await askAction(context, scope, call, plan, index));
}

/** What is said of an action that a person did not let run; undefined where it may run. */
export function stoppedBefore(index: number, decision: Decision): string | undefined {
  if (decision.kind === 'approve') return undefined;
  const said = decision.kind === 'reject' ? decision.reason : decision.kind === 'revise' ? decision.comment : '';
  return `a person stopped it before action ${index + 1}${said === '' ? '' : `: ${said}`}`;
}

/** One action of a plan that is being dispatched. */
interface Place {
  readonly action: Action;
  readonly index: number;
  /** Set when its intent was recorded before the run was interrupted. */
  readonly key?: string;
}

/** @param asks the call that executes the plan, where a person is asked before each action */
async function dispatchAction(
  context: RunContext,
  scope: Scope,
  plan: PlanRecord,
  { action, index, key: intended }: Place,
  asks: string | undefined,
): Promise<ActionResult> {
  const { recorder, workspace } = context;
  const { planId } = plan;
  if (asks !== undefined && intended === undefined) {
    const refused = await refusal(context, scope, asks, plan, index);
    if (refused !== undefined) return skipped(action, index, refused);
  }
  const key = intended ?? actionKey(workspace, plan, index);
  let result = intended === undefined ? undefined : await lookUp(context, action, index, intended);
  if (!result) {
    if (intended === undefined) recordIntent(context, scope, plan, { action, index, key });
    result = await applyAction(context, plan, { action, index, key });
  }
  recorder.record({ ...scope, type: 'action.finished', data: { planId, key, result } });
  return result;
}

function recordIntent(
  { recorder }: RunContext,
  scope: Scope,
  { planId, version, body }: PlanRecord,
  { action, index, key }: Required<Place>,
): void {
  // First everything that led here, then the intent alone: whoever finds the intent without a result knows that
  // exactly this action may have happened.
  recorder.commit();
  const written = actionsOf(body)[index] ?? action;
  const results = [...new Set(handlesIn(written).map((handle) => handle.result))];
  const started = { planId, version, index, key, action: written, ...(results.length > 0 && { results }) };
  recorder.record({ ...scope, type: 'action.started', data: started });
  recorder.commit();
}

async function applyAction(
  { dispatcher, workspace, signal }: RunContext,
  { planId }: PlanRecord,
  { action, index, key }: Required<Place>,
): Promise<ActionResult> {
  try {
    const applied = await dispatcher.apply(action, { key, planId, index, workspace, signal });
    return appliedResult(action, index, applied);
  } catch (thrown) {
    const status = thrown instanceof ToolFailure ? 'failed' : 'unknown';
    return { index, kind: action.kind, status, entitiesAffected: 0, summary: messageOf(thrown) };
  }
}

/**
 * What became of an action whose intent is all that an earlier process left; undefined when it certainly did nothing,
 * so that it is still to be done, under the same key.
 */
async function lookUp(
  { dispatcher }: RunContext,
  action: Action,
  index: number,
  key: string,
): Promise<ActionResult | undefined> {
  const summary = 'the process ended while it was on its way';
  const unknown = { index, kind: action.kind, status: 'unknown', entitiesAffected: 0 } as const;
  if (!dispatcher.lookup) return { ...unknown, summary };
  try {
    const applied = await dispatcher.lookup(key);
    return applied && appliedResult(action, index, applied);
  } catch (thrown) {
    return { ...unknown, summary: `${summary}, and nobody could be asked: ${messageOf(thrown)}` };
  }
}

function appliedResult({ kind }: Action, index: number, { entitiesAffected, summary, details }: Applied): ActionResult {
  const more = details === undefined ? {} : { details };
  return { index, kind, status: 'applied', entitiesAffected, summary, ...more };
}

/** The actions of a plan that this run has begun, in order, with their results where they have one. */
function begunBefore({ recorder, store, runId }: RunContext, { planId, version }: PlanRecord): readonly Begun[] {
  recorder.commit();
  const events = store.events(runId);
  const results = new Map<string, ActionResult>();
  for (const event of events) if (event.type === 'action.finished') results.set(event.data.key, event.data.result);
  return events.flatMap((event) => {
    if (event.type !== 'action.started' || event.data.planId !== planId || event.data.version !== version) return [];
    return [{ key: event.data.key, result: results.get(event.data.key) }];
  });
}

interface Begun {
  readonly key: string;
  readonly result: ActionResult | undefined;
}

export const notTried = 'not tried';

function skipped(action: Action, index: number, summary = notTried): ActionResult {
  return { index, kind: action.kind, status: 'skipped', entitiesAffected: 0, summary };
}

/** Where a plan stands once its actions have been through. */
export function planStatus(results: readonly ActionResult[]): 'executed' | 'failed' | 'unknown' {
  if (results.some((result) => result.status === 'unknown')) return 'unknown';
  return results.every((result) => result.status === 'applied') ? 'executed' : 'failed';
}

import { messageOf } from '../core/errors.ts';
import type { Decision, Event, Fact } from '../core/event.ts';
import type { ActionResult, PlanRecord } from '../core/plan.ts';
import { actionsOf, planResult } from '../core/plan.ts';
import type { Applied, Clock, Dispatcher, Store } from '../core/ports.ts';
import { actionsDispatched } from '../core/trajectory.ts';
import { notTried, planStatus, stoppedBefore } from './dispatch.ts';

/**
 * Settle plans whose process died while it executed them. Call it only while holding the workspace, when no other
 * process can be executing. An action on its way is looked up if the dispatcher can; otherwise it is `unknown`, and
 * so is its plan, until a person decides. Nothing is dispatched here.
 * @param except a run that is about to go on: it goes on with its plans itself
 * @returns the plans that were settled, as they are now.
 */
export async function recoverPlans(
  store: Store,
  dispatcher: Dispatcher,
  clock: Clock,
  except?: string,
): Promise<readonly PlanRecord[]> {
  const settled: PlanRecord[] = [];
  for (const plan of store.plans('executing')) {
    if (except !== undefined && plan.executingRun === except) continue;
    const asked = askedBetweenActions(store, plan);
    const reason = asked?.decision ? stoppedBefore(asked.index, asked.decision) : undefined;
    if (asked && reason === undefined) continue;
    const results = await lookUp(store, dispatcher, plan);
    const told = asked
      ? results.map((result) => (result.status === 'skipped' ? stopped(result, asked.index, reason) : result))
      : results;
    settled.push(closePlan(store, clock, plan, told));
  }
  return settled;
}

/**
 * The action before which a plan that is carried out step by step stands, with what a person decided about it: nothing
 * is on its way. Unless the plan was stopped there, its run goes on with it.
 */
function askedBetweenActions(
  store: Store,
  { planId, executingRun }: PlanRecord,
): { readonly index: number; readonly decision: Decision | null } | undefined {
  const status = executingRun === null ? undefined : store.run(executingRun)?.status;
  if (executingRun === null || status === undefined || status === 'done' || status === 'failed') return undefined;
  const events = store.events(executingRun);
  const last = events.findLast(
    ({ type, data }) =>
      ((type === 'action.started' || type === 'action.finished') && data.planId === planId) ||
      (type === 'approval.requested' && data.subject.kind === 'action' && data.subject.planId === planId),
  );
  if (last?.type !== 'approval.requested' || last.data.subject.kind !== 'action') return undefined;
  return { index: last.data.subject.index, decision: store.approval(last.data.approval)?.decision ?? null };
}

/**
 * A person says what became of the actions of an `unknown` plan that were on their way. What was not tried stays so.
 * @returns the plan as it is now.
 */
export function settlePlan(store: Store, clock: Clock, plan: PlanRecord, applied: boolean): PlanRecord {
  const results = (plan.result?.actions ?? []).map((action): ActionResult => {
    if (action.status !== 'unknown') return action;
    return applied
      ? { ...action, status: 'applied', entitiesAffected: 1, summary: 'applied, as a person found out' }
      : { ...action, status: 'failed', entitiesAffected: 0, summary: 'not applied, as a person found out' };
  });
  return closePlan(store, clock, plan, results);
}

/** An action that was not tried, of a plan that a person stopped before the action at `place`. */
function stopped(result: ActionResult, place: number, reason = notTried): ActionResult {
  return { ...result, summary: result.index === place ? reason : notTried };
}

async function lookUp(store: Store, dispatcher: Dispatcher, plan: PlanRecord): Promise<ActionResult[]> {
  const events = plan.executingRun === null ? [] : store.events(plan.executingRun);
  const dispatched = actionsDispatched(events.filter((event) => ofPlan(event, plan)));
  const started = events.filter((event) => event.type === 'action.started' && ofPlan(event, plan));
  const results: ActionResult[] = [];
  for (const [index, action] of actionsOf(plan.body).entries()) {
    const known = dispatched[index];
    const base = { index, kind: action.kind, entitiesAffected: 0 };
    if (!known) {
      results.push({ ...base, status: 'skipped', summary: `${notTried}: the process ended before it` });
    } else if (known.result) {
      results.push(known.result);
    } else {
      const intent = started[index];
      const key = intent?.type === 'action.started' ? intent.data.key : '';
      results.push(await lookUpAction(dispatcher, key, base));
    }
  }
  return results;
}

async function lookUpAction(
  dispatcher: Dispatcher,
  key: string,
  base: Pick<ActionResult, 'index' | 'kind' | 'entitiesAffected'>,
): Promise<ActionResult> {
  const summary = 'the process ended while it was on its way';
  if (!dispatcher.lookup) return { ...base, status: 'unknown', summary };
  let applied: Applied | undefined;
  try {
    applied = await dispatcher.lookup(key);
  } catch (thrown) {
    return { ...base, status: 'unknown', summary: `${summary}, and nobody could be asked: ${messageOf(thrown)}` };
  }
  if (!applied) return { ...base, status: 'failed', summary: 'the process ended before it was applied' };
  return { ...base, status: 'applied', entitiesAffected: applied.entitiesAffected, summary: applied.summary };
}

function ofPlan(event: Event, { planId, version }: PlanRecord): boolean {
  if (event.type === 'action.started') return event.data.planId === planId && event.data.version === version;
  return event.type === 'action.finished' && event.data.planId === planId;
}

function closePlan(store: Store, clock: Clock, plan: PlanRecord, results: readonly ActionResult[]): PlanRecord {
  const { planId, version } = plan;
  const runId = plan.executingRun ?? plan.runId;
  const events = store.events(runId);
  const executing = events.findLast((event) => event.type === 'plan.executing' && event.data.planId === planId);
  const { span, parent, agent } = executing ?? { span: '1', parent: null, agent: '' };
  const scope = { span, parent, agent };
  const fact: Fact = {
    ...scope,
    type: 'plan.executed',
    data: { planId, version, result: planResult(planId, planStatus(results), results) },
  };
  const at = new Date(clock.now()).toISOString();
  store.append([{ runId, seq: (events.at(-1)?.seq ?? 0) + 1, at, ...fact }]);
  return store.plan(planId, version) ?? plan;
}

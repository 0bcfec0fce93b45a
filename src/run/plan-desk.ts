import { HarnessError, ToolFailure } from '../core/errors.ts';
import type { Decision, Event, Scope } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import { hashPlan, type PlanRecord, type PlanResult } from '../core/plan.ts';
import type { PlanDesk } from '../core/tool.ts';
import {
  agentOf,
  askPlanApproval,
  decidedBefore,
  editedIn,
  refuseDenied,
  rejection,
  writtenByPerson,
} from './approve.ts';
import type { RunContext } from './context.ts';
import { dispatchPlan } from './dispatch.ts';
import { refuseSecrets } from './plan-secrets.ts';
import { resolveHandles } from './resolve.ts';
import { plannerOf, sentBackFailure } from './sent-back.ts';

/**
 * The plans of the workspace, as a tool of one agent may touch them.
 * @param tell takes what the model is to know besides the result
 */
export function planDesk(context: RunContext, scope: Scope, call: string, tell: (note: string) => void): PlanDesk {
  const { recorder, store } = context;
  const get = (planId: string) => {
    recorder.commitPlans();
    return store.plan(planId);
  };
  return {
    get,
    ids: () => store.plans().map((plan) => plan.planId),
    store: async (plan) => {
      const before = storedBefore(context, scope, call);
      if (before) return before;
      await withResults(context, plan, context.session);
      return storePlan(context, scope, plan);
    },
    execute: async (plan) => {
      const result = await executePlan(context, scope, call, plan);
      // What became of its actions is durable before anything else is done.
      recorder.commitPlans();
      const ran = editedIn(context, scope, call) ? store.plan(plan.planId) : undefined;
      if (ran && writtenByPerson(context, scope, call, ran)) {
        tell(`A person changed the plan before it ran. Version ${ran.version} ran: ${JSON.stringify(ran.body)}`);
      }
      return result;
    },
  };
}

/** What the same call has stored before the run was interrupted. Plans are stored by one call at a time. */
function storedBefore(context: RunContext, scope: Scope, call: string): PlanRecord | undefined {
  const stored = eventsOfCall(context, scope, call).find((event) => event.type === 'plan.stored');
  return stored && context.store.plan(stored.data.planId, stored.data.version);
}

/** What a call left in the record before the run was interrupted. */
function eventsOfCall({ recorder, store, runId }: RunContext, { span }: Scope, call: string): readonly Event[] {
  if (!recorder.resumed) return [];
  const events = store.events(runId).filter((event) => event.span === span);
  const began = events.findIndex((event) => event.type === 'tool.called' && event.data.call.id === call);
  return began < 0 ? [] : events.slice(began + 1);
}

function storePlan(
  context: RunContext,
  scope: Scope,
  {
    specName,
    planId = context.ids.next('plan'),
    body,
  }: { specName: string; planId: string | undefined; body: JsonObject },
): PlanRecord {
  const { recorder, store, runId } = context;
  recorder.commitPlans();
  refuseSecrets(recorder, { planId, specName, body });
  const hash = hashPlan(specName, body);
  const earlier = store.plan(planId);
  if (earlier?.hash === hash && earlier.status === 'stored') return earlier;
  if (earlier) refuseToReplace(earlier);
  const version = (earlier?.version ?? 0) + 1;
  recorder.record({ ...scope, type: 'plan.stored', data: { planId, version, specName, hash, body } });
  const storedAt = new Date(context.clock.now()).toISOString();
  return { planId, version, specName, hash, body, status: 'stored', runId, executingRun: null, storedAt };
}

/** A plan's body with its stored results in place. @throws ToolFailure when one is not there or does not fit. */
function withResults(
  { results, planAccepts }: RunContext,
  { specName, body }: { readonly specName: string; readonly body: JsonObject },
  session: string,
): Promise<JsonObject> {
  const handled = { value: body, accepts: planAccepts.get(specName), name: `the actions of ${specName}` };
  return resolveHandles(results, { ...handled, base: ['body'], session });
}

/** A plan that has done anything, or may have, stays as it is: its successor gets an id of its own. */
function refuseToReplace({ planId, status, result }: PlanRecord): void {
  const touched = result?.actions.some((action) => action.status === 'applied' || action.status === 'unknown') ?? false;
  const closed = status === 'executing' || status === 'executed' || status === 'unknown' || touched;
  if (!closed) return;
  throw new ToolFailure(
    'plan-closed',
    `plan "${planId}" is ${status} and cannot be replaced; store the plan under another id`,
  );
}

async function executePlan(context: RunContext, scope: Scope, call: string, plan: PlanRecord): Promise<PlanResult> {
  const { status, result } = plan;
  // Executed (or tried) before: the first result is the answer, and nothing happens.
  if (result && (status === 'executed' || status === 'failed')) return result;
  if (status === 'unknown' && wasExecuting(context, scope, call, plan)) throw outcomeNeeded(context, plan);
  // What was decided in this call before the run was interrupted holds for this version alone.
  const before = decidedBefore(context, scope, call, plan);
  const refusedOrEdited = before?.kind === 'approve' ? undefined : before;
  const mine = status === 'executing' && plan.executingRun === context.runId;
  if (!mine && !refusedOrEdited) refuseBlocked(plan);
  refuseOutdated(context, plan);
  const session = sessionOf(context, plan);
  const body = await withResults(context, plan, session);
  if (mine) return dispatchRest(context, scope, call, plan, body);
  const decision = refusedOrEdited ?? (await askPlanApproval(context, scope, call, plan, body));
  return carryOut(context, scope, call, { plan, body, session }, decision);
}

/** The session that stored a plan: what the plan's handles stand for was stored there. */
function sessionOf({ store, runId, session }: RunContext, plan: PlanRecord): string {
  return plan.runId === runId ? session : (store.run(plan.runId)?.session ?? session);
}

/** A plan that may be executed, its body with stored results in place, and the session whose results they are. */
interface Filled {
  readonly plan: PlanRecord;
  readonly body: JsonObject;
  readonly session: string;
}

async function carryOut(
  context: RunContext,
  scope: Scope,
  call: string,
  { plan, body, session }: Filled,
  decision: Decision,
): Promise<PlanResult> {
  const { planId, specName } = plan;
  switch (decision.kind) {
    case 'approve':
      return dispatchPlan(context, scope, call, plan, body);
    case 'edit': {
      const edited = checkEdited(context, plan, decision.body);
      const whole = await withResults(context, edited, session);
      refuseDenied(agentOf(context, scope), { kind: 'plan', specName, body: whole });
      return dispatchPlan(context, scope, call, storePlan(context, scope, edited), whole);
    }
    case 'revise':
      throw new ToolFailure('revise', sentBackFailure(planId, plannerOf(context, plan), decision.comment));
    case 'reject':
      throw new ToolFailure('plan-rejected', `plan "${planId}": ${rejection(decision.reason)}`);
  }
}

/** @throws ToolFailure when the app has moved on since the plan was stored */
function refuseOutdated({ planChecks }: RunContext, { planId, specName, body }: PlanRecord): void {
  const check = planChecks.get(specName);
  if (!check) throw new ToolFailure('unknown-plan-schema', `the app has no plan schema "${specName}" any more`);
  const problems = check(body);
  if (problems.length === 0) return;
  const message = `plan "${planId}" does not fit its plan schema any more; store it again`;
  throw new ToolFailure('plan-outdated', message, problems);
}

/** Goes on with what this run had begun before it was interrupted. What nobody knows, a person has to say first. */
async function dispatchRest(
  context: RunContext,
  scope: Scope,
  call: string,
  plan: PlanRecord,
  body: JsonObject,
): Promise<PlanResult> {
  const result = await dispatchPlan(context, scope, call, plan, body);
  context.recorder.commit();
  if (result.status === 'unknown') throw outcomeNeeded(context, plan);
  return result;
}

function wasExecuting(context: RunContext, scope: Scope, call: string, { planId }: PlanRecord): boolean {
  return eventsOfCall(context, scope, call).some(
    (event) => event.type === 'plan.executing' && event.data.planId === planId,
  );
}

function outcomeNeeded({ runId }: RunContext, { planId }: PlanRecord): HarnessError {
  return new HarnessError(
    'approval-needed',
    `plan "${planId}" was interrupted, and nobody knows whether one of its actions took effect`,
    {
      hint: `find out, say so by harness plans settle ${planId} --applied (or --not-applied), and resume run ${runId}`,
    },
  );
}

/** @throws ToolFailure when a plan of this status cannot be executed */
function refuseBlocked({ planId, status }: PlanRecord): void {
  const obstacle = obstacles[status];
  if (obstacle !== undefined) throw new ToolFailure(`plan-${status}`, `plan "${planId}" ${obstacle}`);
}

const obstacles: { readonly [K in PlanRecord['status']]?: string } = {
  rejected: 'was rejected; store a new version first',
  superseded: 'has been replaced by a newer version',
  executing: 'is being executed by another run',
  unknown:
    'was interrupted while an action was on its way; a person has to decide what became of it (harness plans settle)',
};

function checkEdited({ planChecks }: RunContext, { specName, planId }: PlanRecord, body: JsonObject) {
  const problems = planChecks.get(specName)?.(body) ?? [];
  if (problems.length > 0) throw new ToolFailure('invalid-edit', 'the edited plan does not fit its schema', problems);
  return { specName, planId, body };
}

import type { Event } from '../core/event.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { type Action, actionsOf, type PlanResult } from '../core/plan.ts';
import type { Failure } from '../core/step.ts';
import { actionsDispatched, type CallRecord, callsOf } from '../core/trajectory.ts';

/** Something that was refused or failed in a run. */
export interface Incident {
  readonly agent: string;
  readonly tool: string;
  readonly args: JsonObject;
  /** Why. Of a plan that was not executed to its end: the plan's status and summary. */
  readonly error: Failure;
  /** The actions that did not happen by it, each with its own reason: of a refused plan all, of a failed one what failed. */
  readonly actions: readonly { readonly action: Action; readonly error: Failure }[];
  /** Place of the call among all calls of the run. */
  readonly at: number;
}

/**
 * Calls that were refused or failed, and plans that were not executed to their end, in order. An agent that gave up
 * shows as the call that asked it; the entry agent as the end of the run.
 */
export function incidentsOf(events: readonly Event[]): Incident[] {
  return callsOf(events).flatMap((call, at): Incident[] => {
    const error = callFailure(call);
    if (error === undefined) return [];
    const { agent, tool, args } = call;
    return [{ agent, tool, args, error, actions: actionsNotDone(call, error, events), at }];
  });
}

/** Why a call failed. A plan that was not executed to its end counts as a failure of the call that executed it. */
export function callFailure({ tool, outcome }: Pick<CallRecord, 'tool' | 'outcome'>): Failure | undefined {
  if (outcome?.ok === false) return outcome.error;
  const result = tool === 'executePlan' ? planResultOf(outcome?.result) : undefined;
  if (result === undefined || result.status === 'executed') return undefined;
  return { code: result.status, message: result.summary };
}

/** A failure with all its problems. */
export function fullMessage({ message, problems = [] }: Failure): string {
  return [message, ...problems.map((problem) => `${problem.path}: ${problem.message}`)].join('\n');
}

function planResultOf(result: Json | undefined): PlanResult | undefined {
  return isObject(result) && typeof result.status === 'string' ? (result as unknown as PlanResult) : undefined;
}

function actionsNotDone({ tool, args, outcome }: CallRecord, error: Failure, events: readonly Event[]) {
  if (tool === 'storePlan') return isObject(args.body) ? all(actionsOf(args.body), error) : [];
  if (tool !== 'executePlan') return [];
  if (outcome?.ok === false) return all(actionsOf(newestBody(events, args.planId)), error);
  return actionsDispatched(events).flatMap(({ planId, action, result }) => {
    if (planId !== args.planId || result === undefined || result.status === 'applied') return [];
    return [{ action, error: { code: result.status, message: result.summary } }];
  });
}

function all(actions: readonly Action[], error: Failure) {
  return actions.map((action) => ({ action, error }));
}

function newestBody(events: readonly Event[], planId: Json | undefined): JsonObject {
  const stored = events.findLast((event) => event.type === 'plan.stored' && event.data.planId === planId);
  return stored?.type === 'plan.stored' ? stored.data.body : {};
}

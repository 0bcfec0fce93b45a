import type { Event, EventOf } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import { type Action, actionsOf } from '../core/plan.ts';
import { actionsDispatched } from '../core/trajectory.ts';

/** An action in the words of eval cases: its kind, and all its other members. */
export interface TypedAction extends JsonObject {
  readonly type: string;
  readonly payload: JsonObject;
}

export function typed({ kind, ...payload }: Action): TypedAction {
  return { type: kind, payload };
}

/** Actions of the newest version of each stored plan, in the order in which these versions were stored. */
export function plannedActions(events: readonly Event[]): readonly Action[] {
  const newest = new Map<string, EventOf<'plan.stored'>>();
  for (const event of events) {
    if (event.type !== 'plan.stored') continue;
    newest.delete(event.data.planId);
    newest.set(event.data.planId, event);
  }
  return [...newest.values()].flatMap(({ data }) => actionsOf(data.body));
}

/** Actions that were applied, in order. */
export function appliedActions(events: readonly Event[]): readonly Action[] {
  return actionsDispatched(events)
    .filter((record) => record.result?.status === 'applied')
    .map((record) => record.action);
}

import type { Event, EventOf } from './event.ts';
import type { JsonObject } from './json.ts';
import type { Action, ActionResult } from './plan.ts';
import type { Outcome } from './step.ts';

/** One tool call as it happened. */
export interface CallRecord {
  readonly agent: string;
  readonly span: string;
  readonly id: string;
  readonly tool: string;
  readonly args: JsonObject;
  /** Number of the step that made it, counted over the whole run: calls of one step share it. */
  readonly turn: number;
  /** Absent when the run ended before the call did. */
  readonly outcome: Outcome | undefined;
}

/** One action as it was dispatched. */
export interface ActionRecord {
  readonly planId: string;
  readonly action: Action;
  /** Absent when the run ended before the action did. */
  readonly result: ActionResult | undefined;
}

/** Tool calls in the order in which they were made. */
export function callsOf(events: readonly Event[]): CallRecord[] {
  const outcomes = new Map<string, Outcome>();
  for (const event of events) {
    if (event.type === 'tool.finished') outcomes.set(`${event.span} ${event.data.call}`, event.data.outcome);
  }
  const calls: CallRecord[] = [];
  let turn = 0;
  const turnOf = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'step.finished') turnOf.set(event.span, ++turn);
    if (event.type !== 'tool.called') continue;
    const { id, tool, args } = event.data.call;
    const outcome = outcomes.get(`${event.span} ${id}`);
    calls.push({ agent: event.agent, span: event.span, id, tool, args, turn: turnOf.get(event.span) ?? 0, outcome });
  }
  return calls;
}

/** Agents in the order in which they started, one entry for each time. */
export function agentsOf(events: readonly Event[]): string[] {
  return events.filter((event) => event.type === 'agent.started').map((event) => event.agent);
}

/** Actions in the order in which they were dispatched. */
export function actionsDispatched(events: readonly Event[]): ActionRecord[] {
  const results = new Map<string, ActionResult>();
  for (const event of events) if (event.type === 'action.finished') results.set(event.data.key, event.data.result);
  return events
    .filter((event): event is EventOf<'action.started'> => event.type === 'action.started')
    .map(({ data }) => ({ planId: data.planId, action: data.action, result: results.get(data.key) }));
}

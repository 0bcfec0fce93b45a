import type { Event } from '../core/event.ts';
import { fold, statusOf } from '../core/fold.ts';
import { handlesIn } from '../core/handles.ts';
import { isObject } from '../core/json.ts';
import { type CallRecord, callsOf } from '../core/trajectory.ts';
import { storedResults } from './replay-ids.ts';

/** Why a case cannot be made of a run, and what to do about it. */
export interface Obstacle {
  readonly message: string;
  readonly hint?: string;
}

/**
 * What keeps a run from being played again in a new workspace: it has no end, was ended from outside, or goes on with
 * what an earlier run left.
 */
export function unrepeatable(events: readonly Event[]): Obstacle | undefined {
  return endOf(events) ?? earlierPlan(events) ?? earlierResult(events);
}

function endOf(events: readonly Event[]): Obstacle | undefined {
  const state = fold(events);
  const status = statusOf(state);
  const why = state.finished?.error?.message;
  switch (status) {
    case 'open':
      return { message: 'it has not ended: it is running, or its process died', hint: 'choose a run that has ended' };
    case 'interrupted':
      return { message: 'it was interrupted, so that nobody knows how it would have ended' };
    case 'budget':
      return { message: `a limit ended it${why === undefined ? '' : `: ${why}`}` };
    case 'failed': {
      // An agent that gave up says so itself; everything else came from outside.
      const own = state.spans.get('1')?.finished?.error !== undefined;
      return own
        ? undefined
        : { message: `it failed from outside, which no case can repeat: ${why ?? 'no reason given'}` };
    }
    case 'done':
    case 'paused':
      return undefined;
  }
}

const fresh = 'a case starts in a new workspace, without plans and results of earlier runs';

/** A plan that is used or replaced, and that this run did not make. */
function earlierPlan(events: readonly Event[]): Obstacle | undefined {
  const first = new Map<string, number>();
  for (const event of events) {
    if (event.type !== 'plan.stored' || first.has(event.data.planId)) continue;
    first.set(event.data.planId, event.data.version);
  }
  for (const call of callsOf(events)) {
    const planId = planOf(call);
    if (planId === undefined || first.get(planId) === 1) continue;
    return { message: `it goes on with plan "${planId}", which an earlier run stored`, hint: fresh };
  }
  return undefined;
}

/** The plan that a call found; undefined where it found none. */
function planOf({ tool, args, outcome }: CallRecord): string | undefined {
  if (!['storePlan', 'getPlan', 'executePlan'].includes(tool)) return undefined;
  if (outcome?.ok === false && blind.includes(outcome.error.code)) return undefined;
  const result = outcome?.ok && isObject(outcome.result) ? outcome.result.planId : undefined;
  const planId = result ?? args.planId;
  return typeof planId === 'string' ? planId : undefined;
}

/** Failures that say nothing about plans that are there. */
const blind = ['invalid-arguments', 'unknown-tool', 'unknown-plan', 'denied', 'rejected', 'revise'];

function earlierResult(events: readonly Event[]): Obstacle | undefined {
  const own = new Set(storedResults(events));
  const foreign = callsOf(events)
    .flatMap(resultsUsed)
    .find((handle) => !own.has(handle));
  if (foreign === undefined) return undefined;
  return { message: `it uses the stored result ${foreign}, which an earlier run left`, hint: fresh };
}

function resultsUsed({ tool, args }: CallRecord): readonly string[] {
  const placed = handlesIn(args).map(({ result }) => result);
  if (tool === 'result_query') {
    const tables = String(args.sql).match(/\br_[1-9]\d*\b/g) ?? [];
    return [...placed, ...tables.map((table) => table.replace('_', '-'))];
  }
  const named = tool === 'result_read' || tool === 'result_search' ? args.result : undefined;
  return typeof named === 'string' ? [...placed, named] : placed;
}

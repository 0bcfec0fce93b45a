import type { ActionResult, PlanRecord } from '../core/plan.ts';
import { actionsOf } from '../core/plan.ts';
import type { Store } from '../core/ports.ts';

/** How far an action is of a plan that is being executed. */
export interface ActionProgress {
  readonly index: number;
  readonly kind: string;
  /** `started`: it is on its way. `waits`: a person is asked about it. `next`: nothing keeps it from being begun. */
  readonly status: ActionResult['status'] | 'started' | 'waits' | 'next' | 'to come';
  /** What came of it. */
  readonly summary?: string;
  /** The approval that it waits for. */
  readonly approval?: string;
}

/** The actions of a plan that is being executed, in order; undefined for one that is not. */
export function progressOf(plan: PlanRecord, store: Store): readonly ActionProgress[] | undefined {
  const { planId, version, status, executingRun } = plan;
  if (status !== 'executing' || executingRun === null) return undefined;
  const started = new Map<number, string>();
  const results = new Map<string, ActionResult>();
  for (const { type, data } of store.events(executingRun)) {
    if (type === 'action.finished') results.set(data.key, data.result);
    if (type === 'action.started' && data.planId === planId && data.version === version)
      started.set(data.index, data.key);
  }
  const waiting = waitingActions(plan, store);
  let before = true;
  return actionsOf(plan.body).map(({ kind }, index): ActionProgress => {
    const key = started.get(index);
    const result = key === undefined ? undefined : results.get(key);
    if (result) return { index, kind, status: result.status, summary: result.summary };
    const first = before;
    before = false;
    if (key !== undefined) return { index, kind, status: 'started' };
    const approval = waiting.get(index);
    if (approval !== undefined) return { index, kind, status: 'waits', approval };
    return { index, kind, status: first ? 'next' : 'to come' };
  });
}

/** The approvals that actions of a plan wait for, by the action's place. */
function waitingActions({ planId, version, executingRun }: PlanRecord, store: Store): ReadonlyMap<number, string> {
  return new Map(
    store.approvals({ pending: true }).flatMap(({ approval, runId, subject }) => {
      if (subject.kind !== 'action' || runId !== executingRun) return [];
      return subject.planId === planId && subject.version === version ? [[subject.index, approval] as const] : [];
    }),
  );
}

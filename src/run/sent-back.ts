import type { Scope } from '../core/event.ts';
import type { PlanRecord } from '../core/plan.ts';
import type { SentBack } from '../core/tool.ts';
import type { RunContext } from './context.ts';

/** The agent that stored this version of a plan. */
export function plannerOf({ store, recorder }: RunContext, { planId, version, runId }: PlanRecord): string {
  recorder.commitPlans();
  const stored = store
    .events(runId)
    .find(({ type, data }) => type === 'plan.stored' && data.planId === planId && data.version === version);
  return stored?.agent ?? 'its planner';
}

/** What the agent is told that wanted to execute a plan which a person sends back. */
export function sentBackFailure(planId: string, planner: string, comment: string): string {
  return (
    `A person sends plan "${planId}" back to "${planner}": ${ended(comment)} It was not executed. Do not try again, and do not ` +
    `change it yourself: answer with this comment, so that "${planner}" stores a new version, which is asked about again`
  );
}

/** What was sent back while a call of an agent was answered, and has not been stored anew since. */
export function sentBackIn(context: RunContext, { span }: Scope, call: string): readonly SentBack[] {
  const { recorder, store } = context;
  const { spans, approvals } = recorder.state;
  const called = [...spans.values()].find((each) => each.parent === span && each.call === call)?.span;
  if (called === undefined) return [];
  return [...approvals.values()].flatMap(({ request, decision }) => {
    const { subject } = request.data;
    const below = request.span === called || request.span.startsWith(`${called}.`);
    if (!below || decision?.kind !== 'revise' || subject.kind !== 'plan') return [];
    recorder.commitPlans();
    const plan = store.plan(subject.planId);
    if (plan?.version !== subject.version) return [];
    return [{ planId: plan.planId, planner: plannerOf(context, plan), comment: decision.comment }];
  });
}

/** What the agent that called is told of it. */
export function sentBackNote({ planId, planner, comment }: SentBack): string {
  return (
    `A person sent plan "${planId}" back. Call "${planner}" with the id of the plan and this comment, word for word, and ` +
    `have the new version executed: ${comment}`
  );
}

/** A comment as a sentence. */
function ended(comment: string): string {
  return /[.!?]$/.test(comment) ? comment : `${comment}.`;
}

import type { ApprovalSubject } from '../core/event.ts';
import type { ChatController } from './controller.ts';
import { knowPlan, type Screen } from './state.ts';

/** The screen with the plan that a decision is about, and the version before it, where an earlier run stored them. */
export function knowSubject(controller: ChatController, screen: Screen, subject: ApprovalSubject): Screen {
  if (subject.kind !== 'plan') return screen;
  const { planId, version } = subject;
  return [version - 1, version].reduce((known, each) => {
    const plan = each < 1 ? undefined : controller.records.plan(planId, each);
    return plan ? knowPlan(known, plan) : known;
  }, screen);
}

import { limitKinds } from '../core/budget.ts';
import type { Json } from '../core/json.ts';
import { bodies, type Draft, memberAt, objectAt, type Report } from './draft.ts';
import { quote } from './words.ts';

/** Reports budgets that another budget keeps from ever being used. */
export function linkBudgets(draft: Draft, report: Report): void {
  const budget = objectAt(draft.app.value, 'budget');
  const [run, session] = [objectAt(budget, 'run'), objectAt(budget, 'session')];
  for (const kind of limitKinds) {
    const whole = numberAt(session, kind);
    const one = numberAt(run, kind);
    if (whole !== undefined && one !== undefined && whole < one) {
      const message = `the session's budget of ${whole} ${kind} is smaller than a run's of ${one}`;
      const hint = 'a run can use no more than its session may';
      const path = ['budget', 'session', kind];
      report(draft.app, { code: 'budget-too-large', severity: 'warning', message, hint, path });
    }
    const most = Math.min(whole ?? Number.POSITIVE_INFINITY, one ?? Number.POSITIVE_INFINITY);
    for (const [{ name }, part, value] of bodies(draft.agents)) {
      const own = numberAt(objectAt(value, 'budget'), kind);
      if (own === undefined || own <= most) continue;
      const message = `the budget of ${own} ${kind} of agent ${quote(name)} is larger than a run's of ${most}`;
      const hint = 'the run ends before it is reached';
      report(part, { code: 'budget-too-large', severity: 'warning', message, hint, path: ['budget', kind] });
    }
  }
}

function numberAt(value: Json, key: string): number | undefined {
  const member = memberAt(value, key);
  return typeof member === 'number' ? member : undefined;
}

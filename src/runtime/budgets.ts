import type { App } from '../config/app.ts';
import { dollars } from '../core/amounts.ts';
import { HarnessError, type Problem } from '../core/errors.ts';
import type { Limits } from '../generated/config.ts';
import { costOf, priceAt } from '../interpreters/models.ts';
import type { Budgets } from '../run/budget.ts';
import { modelsInUse } from './models.ts';

/**
 * What a run of an app may use.
 * @param asked of the person who starts it: holds in the place of the run's and the session's own limits
 */
export function budgetsOf(app: App, asked: Limits = {}): Budgets {
  const session = Object.entries(app.budget.session).filter(([kind]) => !Object.hasOwn(asked, kind));
  const agents = Object.entries(app.agents).map(([name, { budget }]) => [name, budget ?? {}] as const);
  return {
    run: { ...app.budget.run, ...asked },
    session: Object.fromEntries(session),
    agents: Object.fromEntries(agents),
    priceOf: costOf,
  };
}

/**
 * A limit of costs can only be kept where all prices are known.
 * @param at ISO 8601
 * @throws HarnessError `unknown-price` with every model whose price is not
 */
export function refuseUnpriced(app: App, { run, session, agents }: Budgets, at: string): void {
  const limited = Object.entries(agents).filter(([, { costUsd }]) => costUsd !== undefined);
  const whole = run.costUsd ?? session.costUsd;
  const names =
    whole === undefined
      ? modelsInUse(
          app,
          limited.map(([name]) => name),
        )
      : modelsInUse(app);
  const problems = names.flatMap((name): Problem[] => {
    const id = app.models[name]?.id;
    if (id === undefined || priceAt(id, at) !== undefined) return [];
    const message = `the price of model "${name}" (${id}) is not known`;
    return [{ code: 'unknown-price', severity: 'error', message, pointer: `/models/${name}/id` }];
  });
  if (problems.length === 0) return;
  const limit = whole ?? Math.min(...limited.map(([, { costUsd = 0 }]) => costUsd));
  throw new HarnessError('unknown-price', `a budget of ${dollars(limit)} cannot be kept; nothing was run`, {
    problems,
    hint: 'limit tokens or steps instead: --max-tokens, --max-steps, or budget in app.yaml',
  });
}

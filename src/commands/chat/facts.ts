import type { App } from '../../config/app.ts';
import { HarnessError } from '../../core/errors.ts';
import { costOf, factsOf } from '../../interpreters/models.ts';
import type { Runtime } from '../../runtime/build.ts';
import type { ChatFacts } from '../../ui/controller.ts';

export interface FactsRequest {
  readonly app: App;
  /** The agent that gets the prompts. */
  readonly agent: string;
  readonly runtime: Pick<Runtime, 'workspace' | 'session'>;
  readonly forkedFrom?: string | undefined;
  readonly draft: string;
  /** A script takes the place of the models. */
  readonly scripted: boolean;
}

/** What a chat is about. */
export function chatFacts({ app, agent, runtime, forkedFrom, draft, scripted }: FactsRequest): ChatFacts {
  const names = Object.entries(app.agents);
  return {
    app: app.name,
    workspace: runtime.workspace,
    session: runtime.session,
    ...(forkedFrom !== undefined && { forkedFrom }),
    agent,
    models: Object.fromEntries(names.map(([name, { model }]) => [name, scripted ? 'script' : (model ?? '')])),
    agents: Object.fromEntries(names.map(([name, { description = '' }]) => [name, description])),
    approvals: app.approvals.default.plan,
    draft,
    priceOf: costOf,
    contextOf: (model) => factsOf(model)?.contextWindow,
  };
}

/** @throws HarnessError `unknown-name` before anything is opened */
export function checkAgent(app: App, agent: string): string {
  if (Object.hasOwn(app.agents, agent)) return agent;
  throw new HarnessError('unknown-name', `app "${app.name}" has no agent "${agent}"`, {
    hint: Object.keys(app.agents).join(', '),
  });
}

import type { Scope } from '../core/event.ts';
import type { StepListeners, View } from '../core/ports.ts';
import type { Agent, RunContext } from './context.ts';

/** What an agent's interpreter sees for its next step. */
export function viewOf({ recorder, runId }: RunContext, agent: Agent, scope: Scope, turns: View['turns']): View {
  return {
    runId,
    span: scope.span,
    agent: agent.name,
    model: agent.model,
    prompt: agent.prompt,
    tools: agent.specs,
    turns,
    stepsOfAgent: recorder.state.stepsOfAgent.get(agent.name) ?? 0,
  };
}

/** Gets ready for a step: what was decided so far is durable, nobody has stopped the run, and there is budget left. */
export function readyForStep({ recorder, signal, budget }: RunContext, agent: Agent, scope: Scope): void {
  // Whatever was decided so far is durable before a model hears of it.
  recorder.commit();
  signal.throwIfAborted();
  budget.check(agent.name, scope.span, agent.model);
}

/** Writes down that tries of a step failed: one event for each, with what it took. */
export function retryListener({ recorder }: RunContext, scope: Scope): Pick<StepListeners, 'retried' | 'failed'> {
  return {
    failed: (last) => recorder.record({ ...scope, type: 'provider.failed', data: last }),
    retried: (retry) => {
      recorder.record({ ...scope, type: 'provider.retried', data: retry });
      // A person who waits is told why.
      recorder.commit();
    },
  };
}

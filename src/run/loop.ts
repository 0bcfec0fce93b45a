import { ToolFailure } from '../core/errors.ts';
import type { Scope } from '../core/event.ts';
import type { View } from '../core/ports.ts';
import type { Step, Stop } from '../core/step.ts';
import type { AgentAnswer } from '../core/tool.ts';
import { type Agent, type RunContext, spanOf, type Task } from './context.ts';
import { failureOf } from './failure.ts';
import { invokeAll } from './invoke.ts';

/**
 * The one loop: look at the conversation, take a step, run its calls, until the agent answers.
 * @throws ToolFailure when the agent ends without an answer: `step-limit`, `agent-refused`, `cut-off`.
 * @throws HarnessError when the run cannot go on.
 */
export async function runAgent(context: RunContext, task: Task): Promise<AgentAnswer> {
  const scope = start(context, task);
  const span = spanOf(context, scope);
  const finish = (answer: string, error?: ToolFailure) => {
    const data = { answer, steps: span.steps, plans: [...span.plans].sort() };
    const failure = error && { error: failureOf(error) };
    context.recorder.record({ ...scope, type: 'agent.finished', data: { ...data, ...failure } });
    return { agent: scope.agent, answer, plans: data.plans };
  };
  try {
    return finish(await converse(context, task.agent, scope));
  } catch (thrown) {
    if (thrown instanceof ToolFailure) finish('', thrown);
    throw thrown;
  }
}

async function converse(context: RunContext, agent: Agent, scope: Scope): Promise<string> {
  const span = spanOf(context, scope);
  while (span.steps < agent.maxSteps) {
    const step = await nextStep(context, agent, scope);
    if (step.calls.length === 0) return answerOf(agent, step);
    await invokeAll(context, agent, scope, step.calls);
  }
  throw new ToolFailure('step-limit', `agent "${agent.name}" gave no answer within ${agent.maxSteps} steps`);
}

async function nextStep(context: RunContext, agent: Agent, scope: Scope): Promise<Step> {
  const { recorder, interpreter, signal } = context;
  // Whatever was decided so far is durable before a model hears of it.
  recorder.commit();
  signal.throwIfAborted();
  const span = spanOf(context, scope);
  const view: View = {
    runId: context.runId,
    span: scope.span,
    agent: agent.name,
    model: agent.model,
    prompt: agent.prompt,
    tools: agent.specs,
    turns: span.conversation.turns,
    stepsOfAgent: recorder.state.stepsOfAgent.get(agent.name) ?? 0,
  };
  const step = await interpreter.next(view, signal, {
    delta: (text) => recorder.delta(scope.span, agent.name, text),
    retried: (retry) => {
      recorder.record({ ...scope, type: 'provider.retried', data: retry });
      // A person who waits is told why.
      recorder.commit();
    },
  });
  recorder.record({ ...scope, type: 'step.finished', data: { index: span.steps + 1, step } });
  return step;
}

function start(context: RunContext, { agent, prompt, caller }: Task): Scope {
  const { recorder } = context;
  const parent = caller ? recorder.state.spans.get(caller.scope.span) : undefined;
  const scope: Scope = {
    span: parent ? `${parent.span}.${parent.children + 1}` : '1',
    parent: parent?.span ?? null,
    agent: agent.name,
  };
  const continues = agent.stateful ? (recorder.state.lastAnswered.get(agent.name) ?? null) : null;
  recorder.record({ ...scope, type: 'agent.started', data: { prompt, call: caller?.call ?? null, continues } });
  return scope;
}

function answerOf(agent: Agent, step: Step): string {
  const problem = endings[step.stop];
  if (problem === undefined) return step.text;
  const note = step.note === undefined ? '' : `: ${step.note}`;
  throw new ToolFailure(problem.code, `agent "${agent.name}" ${problem.message}${note}`);
}

const endings: { readonly [K in Stop]?: { readonly code: string; readonly message: string } } = {
  refusal: { code: 'agent-refused', message: 'refused to answer' },
  max_tokens: { code: 'cut-off', message: 'was cut off at its limit of output tokens' },
  context_full: { code: 'context-full', message: 'has no room left in its context' },
  other: { code: 'stopped', message: 'stopped without an answer' },
};

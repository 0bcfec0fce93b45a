import { ToolFailure } from '../core/errors.ts';
import type { AgentFinished, Scope } from '../core/event.ts';
import { lastAnswer, type SpanState } from '../core/fold.ts';
import type { Step, Stop } from '../core/step.ts';
import type { AgentAnswer } from '../core/tool.ts';
import { compactFull, compactIfLong } from './compact.ts';
import { type Agent, type RunContext, spanOf, type Task } from './context.ts';
import { failureOf, thrownAgain } from './failure.ts';
import { invokeAll } from './invoke.ts';
import { readyForStep, retryListener, viewOf } from './view.ts';

/**
 * The one loop: look at the conversation, take a step, run its calls, until the agent answers. A task that was begun
 * before the run was interrupted goes on where it stood.
 * @throws ToolFailure when the agent ends without an answer: `step-limit`, `agent-refused`, `cut-off`.
 * @throws HarnessError when the run cannot go on.
 */
export async function runAgent(context: RunContext, task: Task): Promise<AgentAnswer> {
  const begun = begunBefore(context, task);
  if (begun?.finished) return answerBefore(begun, begun.finished);
  const scope = begun ? { span: begun.span, parent: begun.parent, agent: begun.agent } : start(context, task);
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
  let cut = cutStep(span);
  while (cut || span.steps < agent.maxSteps) {
    const step = cut ?? (await nextStep(context, agent, scope));
    cut = undefined;
    if (step.calls.length === 0) return answerOf(agent, step);
    await invokeAll(context, agent, scope, step.calls);
  }
  throw new ToolFailure('step-limit', `agent "${agent.name}" gave no answer within ${agent.maxSteps} steps`);
}

async function nextStep(context: RunContext, agent: Agent, scope: Scope): Promise<Step> {
  await compactIfLong(context, agent, scope);
  const step = await takeStep(context, agent, scope);
  if (step.stop !== 'context_full' || !(await compactFull(context, agent, scope))) return step;
  return takeStep(context, agent, scope);
}

async function takeStep(context: RunContext, agent: Agent, scope: Scope): Promise<Step> {
  const { recorder, interpreter, signal } = context;
  readyForStep(context, agent, scope);
  const span = spanOf(context, scope);
  const step = await interpreter.next(viewOf(context, agent, scope, span.conversation.turns), signal, {
    delta: (text, kind) => recorder.delta(scope.span, agent.name, text, kind),
    ...retryListener(context, scope),
  });
  recorder.record({ ...scope, type: 'step.finished', data: { index: span.steps + 1, step } });
  return step;
}

/** The last step of a span, where the run was interrupted before everything was done that it wanted. */
function cutStep({ conversation }: SpanState): Step | undefined {
  const last = conversation.turns.at(-1);
  return last?.role === 'assistant' ? last.step : undefined;
}

/** The span of a task that an earlier process has begun. */
function begunBefore({ recorder }: RunContext, { caller }: Task): SpanState | undefined {
  const { spans } = recorder.state;
  if (!caller) return spans.get('1');
  const { scope, call } = caller;
  return [...spans.values()].find((span) => span.parent === scope.span && span.call === call);
}

function answerBefore({ agent }: SpanState, { answer, plans, error }: AgentFinished): AgentAnswer {
  if (!error) return { agent, answer, plans };
  throw thrownAgain(error);
}

function start(context: RunContext, { agent, prompt, caller }: Task): Scope {
  const { recorder } = context;
  const parent = caller ? recorder.state.spans.get(caller.scope.span) : undefined;
  const scope: Scope = {
    span: parent ? `${parent.span}.${parent.children + 1}` : '1',
    parent: parent?.span ?? null,
    agent: agent.name,
  };
  const continues = agent.stateful ? lastAnswer(recorder.state, agent.name) : null;
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

import { BudgetReached, type BudgetReport } from '../core/budget.ts';
import { exits, HarnessError, messageOf, ToolFailure } from '../core/errors.ts';
import type { Event, RunStarted, RunStatus } from '../core/event.ts';
import type { Json } from '../core/json.ts';
import type { Approver, Check, Clock, Dispatcher, Ids, Interpreter, RunSink, Store } from '../core/ports.ts';
import type { Redactor } from '../core/redact.ts';
import { redactError } from '../core/redact-fact.ts';
import type { Acceptance, Results } from '../core/results.ts';
import type { Failure } from '../core/step.ts';
import { type BudgetKeeper, type Budgets, keepBudget } from './budget.ts';
import { canCompact, compactNow } from './compact.ts';
import type { Agent, RunContext, Task } from './context.ts';
import { type Grant, grantsOfSession } from './earlier.ts';
import { failureOf } from './failure.ts';
import { runAgent } from './loop.ts';
import { Recorder } from './recorder.ts';
import { resumeObstacle, type SessionMemory } from './session.ts';

/** Everything a run needs from outside. */
export interface RunRequest {
  readonly workspace: string;
  readonly session: string;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly interpreter: { readonly kind: string; readonly use: Interpreter };
  readonly approver: Approver;
  readonly dispatcher: Dispatcher;
  readonly planChecks: ReadonlyMap<string, Check>;
  readonly planAccepts: ReadonlyMap<string, Acceptance>;
  readonly results: Results;
  /** What was said in the session. */
  readonly memory: SessionMemory;
  /** Of a session that no run has begun: the run up to which it takes over another conversation. */
  readonly fork?: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly signal: AbortSignal;
  readonly budgets: Budgets;
  /** Removes secrets from all that is recorded and shown. */
  readonly redactor: Redactor;
  readonly sink?: RunSink;
}

/** One prompt for one agent. */
export interface NewRun extends RunRequest {
  readonly app: string;
  readonly entry: Agent;
  readonly prompt: string;
}

export interface RunResult {
  readonly runId: string;
  readonly status: RunStatus | 'paused';
  readonly answer: string;
  readonly error?: Failure;
  /** The budget that ended it. */
  readonly budget?: BudgetReport;
  /** What ended the run from outside the conversation; it decides the exit code. */
  readonly cause?: HarnessError;
}

/**
 * Answer one prompt. Whatever happens is in the store when this returns.
 * @throws HarnessError when the store or the disk failed, so that nothing more can be recorded.
 */
export async function startRun(request: NewRun): Promise<RunResult> {
  const { entry, prompt, ids } = request;
  const work = openRun(request, ids.next('r'));
  const scope = { span: '1', parent: null, agent: entry.name };
  work.context.recorder.record({ ...scope, type: 'run.started', data: startOf(request, prompt) });
  return finishTask(work, { agent: entry, prompt, caller: null });
}

function startOf(request: Omit<NewRun, 'prompt'>, prompt: string): RunStarted {
  const { app, workspace, session, entry, interpreter, fork, store } = request;
  const forked = fork !== undefined && store.runs({ session, limit: 1 }).length === 0;
  const started = { app, workspace, session, agent: entry.name, prompt, interpreter: interpreter.kind };
  return { ...started, ...(forked && { forkedFrom: fork }) };
}

/**
 * Compact what was said to an agent in the session, as a run of its own: nothing is asked.
 * @returns undefined where there is nothing to compact. @throws as `startRun`
 */
export function compactRun(request: Omit<NewRun, 'prompt'>): Promise<RunResult> | undefined {
  const { entry, memory, ids } = request;
  const runId = ids.next('r');
  const said = memory.before(runId).get(entry.name);
  if (!said || !entry.stateful || !canCompact(said.conversation, entry)) return undefined;
  const work = openRun(request, runId);
  const { context } = work;
  const scope = { span: '1', parent: null, agent: entry.name };
  const prompt = '/compact';
  context.recorder.record({ ...scope, type: 'run.started', data: { ...startOf(request, prompt), compacts: true } });
  context.recorder.record({ ...scope, type: 'agent.started', data: { prompt, call: null, continues: said.ref } });
  return finishRun(work, entry, async () => {
    await compactNow(context, entry, scope);
    const data = { answer: '', steps: 0, plans: [] };
    context.recorder.record({ ...scope, type: 'agent.finished', data });
    return data;
  });
}

/**
 * Go on with a run that an earlier process began, from its events. What has a result is not done again; a step that
 * was cut off is asked for again; of a side effect without a result a person has to say what became of it.
 * @throws HarnessError `not-resumable` when there is nothing to go on with. Else as `startRun`.
 */
export async function resumeRun(request: RunRequest, runId: string): Promise<RunResult> {
  const { agents, store, interpreter } = request;
  const earlier = store.events(runId);
  const work = openRun(request, runId, earlier);
  const { state } = work.context.recorder;
  const obstacle = resumeObstacle(state);
  const entry = agents.get(state.started?.agent ?? '');
  if (obstacle !== undefined || !state.started || !entry) {
    work.budget.close();
    const why = obstacle ?? `the app has no agent "${state.started?.agent}" any more`;
    throw new HarnessError('not-resumable', `run ${runId} cannot go on: ${why}`);
  }
  const scope = { span: '1', parent: null, agent: entry.name };
  work.context.recorder.record({ ...scope, type: 'run.resumed', data: { interpreter: interpreter.kind } });
  return finishTask(work, { agent: entry, prompt: state.started.prompt, caller: null });
}

interface Work {
  readonly context: RunContext;
  readonly budget: BudgetKeeper;
  readonly memory: SessionMemory;
  readonly redactor: Redactor;
}

function openRun(request: RunRequest, runId: string, earlier?: readonly Event[]): Work {
  const { session, store, clock, signal, budgets, redactor, memory, sink = {} } = request;
  const before = earlier ? { earlier } : {};
  const budget = keepBudget({ budgets, runId, session, store, clock, signal, ...before });
  const recorder = new Recorder({
    runId,
    store,
    clock,
    sink,
    redactor,
    observe: budget.take,
    ...before,
    memory: memory.before(runId),
  });
  const { workspace, ids, agents, dispatcher, planChecks, planAccepts, results } = request;
  const shared = { workspace, session, store, ids, clock, agents, dispatcher, planChecks, planAccepts, results };
  let grants: readonly Grant[] | undefined;
  const context: RunContext = {
    ...shared,
    runId,
    recorder,
    budget,
    signal: budget.signal,
    interpreter: request.interpreter.use,
    approver: budget.waiting(request.approver),
    grants: () => {
      grants ??= grantsOfSession(store, session, runId);
      return grants;
    },
    delegate: (task) => runAgent(context, task),
  };
  return { context, budget, memory, redactor };
}

function finishTask(work: Work, task: Task): Promise<RunResult> {
  return finishRun(work, task.agent, () => runAgent(work.context, task));
}

async function finishRun(
  { context, budget, memory, redactor }: Work,
  agent: Agent,
  work: () => Promise<{ readonly answer: string }>,
): Promise<RunResult> {
  const { recorder, runId } = context;
  const result = withoutSecrets(await conclude(runId, budget, work), redactor);
  const { status, answer, error, budget: reached } = result;
  // A paused run has no end: it goes on when its approval is decided.
  if (status !== 'paused') {
    const more = { ...(error && { error }), ...(reached && { budget: reached }) };
    const scope = { span: '1', parent: null, agent: agent.name };
    recorder.record({ ...scope, type: 'run.finished', data: { status, answer, ...more } });
  }
  recorder.commit();
  memory.keep(runId, recorder.state);
  return result;
}

/** What a caller is told of the end of a run is what the record says. */
function withoutSecrets({ cause, ...result }: RunResult, redactor: Redactor): RunResult {
  const shown = redactor.json(result as unknown as Json) as unknown as RunResult;
  return cause ? { ...shown, cause: redactError(cause, redactor) } : shown;
}

async function conclude(
  runId: string,
  budget: BudgetKeeper,
  work: () => Promise<{ readonly answer: string }>,
): Promise<RunResult> {
  try {
    const { answer } = await work();
    return { runId, status: 'done', answer };
  } catch (thrown) {
    const cause = causeOf(budget.causeOf(thrown));
    if (cause.exit === 3 && cause.code !== 'provider-fault') throw cause;
    const error = thrown instanceof ToolFailure ? failureOf(thrown) : { code: cause.code, message: cause.message };
    const reached = cause instanceof BudgetReached ? { budget: cause.budget } : {};
    return { runId, status: statusAfter(cause), answer: '', error, ...reached, cause };
  } finally {
    budget.close();
  }
}

function statusAfter(cause: HarnessError): RunResult['status'] {
  if (cause.code === 'approval-needed') return 'paused';
  if (cause.code === 'interrupted') return 'interrupted';
  return cause.exit === exits.budget ? 'budget' : 'failed';
}

/** @throws whatever is neither ours nor an interruption: a broken program must not look like a failed run. */
function causeOf(thrown: unknown): HarnessError {
  if (thrown instanceof HarnessError) return thrown;
  if (thrown instanceof ToolFailure) {
    return new HarnessError(thrown.code === 'step-limit' ? 'step-limit' : 'run-failed', thrown.message, {
      cause: thrown,
    });
  }
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new HarnessError('interrupted', 'interrupted', { cause: thrown });
  }
  throw thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}

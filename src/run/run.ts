import { HarnessError, messageOf, ToolFailure } from '../core/errors.ts';
import type { RunStatus } from '../core/event.ts';
import type { Approver, Check, Clock, Dispatcher, Ids, Interpreter, RunSink, Store } from '../core/ports.ts';
import type { Acceptance, Results } from '../core/results.ts';
import type { Failure } from '../core/step.ts';
import type { Agent, RunContext } from './context.ts';
import { failureOf } from './failure.ts';
import { runAgent } from './loop.ts';
import { Recorder } from './recorder.ts';

/** One prompt for one agent, and everything the run needs from outside. */
export interface RunRequest {
  readonly app: string;
  readonly workspace: string;
  readonly session: string;
  readonly entry: Agent;
  readonly prompt: string;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly interpreter: { readonly kind: string; readonly use: Interpreter };
  readonly approver: Approver;
  readonly dispatcher: Dispatcher;
  readonly planChecks: ReadonlyMap<string, Check>;
  readonly planAccepts: ReadonlyMap<string, Acceptance>;
  readonly results: Results;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly signal: AbortSignal;
  readonly sink?: RunSink;
}

export interface RunResult {
  readonly runId: string;
  readonly status: RunStatus | 'paused';
  readonly answer: string;
  readonly error?: Failure;
  /** What ended the run from outside the conversation; it decides the exit code. */
  readonly cause?: HarnessError;
}

/**
 * Answer one prompt. Whatever happens is in the store when this returns.
 * @throws HarnessError when the store or the disk failed, so that nothing more can be recorded.
 */
export async function startRun(request: RunRequest): Promise<RunResult> {
  const { app, workspace, session, entry, prompt, store, clock, ids, signal, interpreter } = request;
  const runId = ids.next('r');
  const recorder = new Recorder({ runId, store, clock, sink: request.sink ?? {} });
  const context: RunContext = {
    runId,
    workspace,
    session,
    recorder,
    store,
    ids,
    clock,
    signal,
    agents: request.agents,
    interpreter: interpreter.use,
    approver: request.approver,
    dispatcher: request.dispatcher,
    planChecks: request.planChecks,
    planAccepts: request.planAccepts,
    results: request.results,
    delegate: (task) => runAgent(context, task),
  };
  const scope = { span: '1', parent: null, agent: entry.name };
  const started = { app, workspace, session, agent: entry.name, prompt, interpreter: interpreter.kind };
  recorder.record({ ...scope, type: 'run.started', data: started });
  const result = await conclude(runId, () => runAgent(context, { agent: entry, prompt, caller: null }));
  const { status, answer, error } = result;
  // A paused run has no end: it goes on when its approval is decided.
  if (status !== 'paused') {
    recorder.record({ ...scope, type: 'run.finished', data: { status, answer, ...(error && { error }) } });
  }
  recorder.commit();
  return result;
}

async function conclude(runId: string, work: () => Promise<{ readonly answer: string }>): Promise<RunResult> {
  try {
    const { answer } = await work();
    return { runId, status: 'done', answer };
  } catch (thrown) {
    const cause = causeOf(thrown);
    if (cause.exit === 3 && cause.code !== 'provider-fault') throw cause;
    const error = thrown instanceof ToolFailure ? failureOf(thrown) : { code: cause.code, message: cause.message };
    return { runId, status: statusAfter(cause), answer: '', error, cause };
  }
}

function statusAfter(cause: HarnessError): RunResult['status'] {
  if (cause.code === 'approval-needed') return 'paused';
  if (cause.code === 'interrupted') return 'interrupted';
  return cause.code === 'step-limit' ? 'budget' : 'failed';
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

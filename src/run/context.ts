import type { Scope } from '../core/event.ts';
import type { SpanState } from '../core/fold.ts';
import type { Approver, Check, Clock, Dispatcher, Ids, Interpreter, ModelRef, Store } from '../core/ports.ts';
import type { Acceptance, Results } from '../core/results.ts';
import type { Role } from '../core/roles.ts';
import type { AgentAnswer, Tool, ToolSpec } from '../core/tool.ts';
import type { BudgetKeeper } from './budget.ts';
import type { Grant } from './earlier.ts';
import type { Policy } from './policy.ts';
import type { Recorder } from './recorder.ts';

/** When an agent's conversations are compacted. */
export interface ContextRules {
  /** Part of `window` that a conversation may fill. */
  readonly compactAt: number;
  /** Turns at the end that stay. */
  readonly keepTurns: number;
  /** Tokens; null where nobody knows how many the model takes. */
  readonly window: number | null;
}

/** An agent that is ready to run. */
export interface Agent {
  readonly name: string;
  readonly role: Role;
  readonly prompt: string;
  readonly model: ModelRef | null;
  readonly stateful: boolean;
  readonly maxSteps: number;
  readonly context: ContextRules;
  readonly tools: ReadonlyMap<string, Tool>;
  /** What the interpreter is told of the tools, sorted by name. */
  readonly specs: readonly ToolSpec[];
  readonly policy: Policy;
}

/** What all agents of one run share. */
export interface RunContext {
  readonly runId: string;
  readonly workspace: string;
  readonly session: string;
  readonly recorder: Recorder;
  readonly store: Store;
  readonly ids: Ids;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly interpreter: Interpreter;
  readonly approver: Approver;
  /** What a person allowed for the rest of the session, in earlier runs. Read when it is first asked for. */
  grants(): readonly Grant[];
  readonly dispatcher: Dispatcher;
  /** The check of each plan schema, by its name. */
  readonly planChecks: ReadonlyMap<string, Check>;
  /** Where stored results may stand in plans, by plan schema; only those that accept any. */
  readonly planAccepts: ReadonlyMap<string, Acceptance>;
  /** The stored results of the session. */
  readonly results: Results;
  readonly clock: Clock;
  readonly budget: BudgetKeeper;
  readonly signal: AbortSignal;
  /** Enter the loop again, one level deeper. */
  delegate(task: Task): Promise<AgentAnswer>;
}

/** Which agent works on what, and on whose behalf. */
export interface Task {
  readonly agent: Agent;
  readonly prompt: string;
  /** The scope of the agent that called it, and its call; null for the entry agent. */
  readonly caller: { readonly scope: Scope; readonly call: string } | null;
}

/** The span of an agent that is at work. It is an error of the program if it does not exist. */
export function spanOf(context: RunContext, scope: Scope): SpanState {
  const span = context.recorder.state.spans.get(scope.span);
  if (!span) throw new Error(`span ${scope.span} was not started`);
  return span;
}

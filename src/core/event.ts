import type { JsonObject } from './json.ts';
import type { Action, ActionResult, PlanResult } from './plan.ts';
import type { Failure, Outcome, Retry, Step, ToolCall } from './step.ts';
import type { Effect } from './tool.ts';

/** What waits for a decision. */
export type ApprovalSubject =
  | { readonly kind: 'tool'; readonly tool: string; readonly args: JsonObject }
  | {
      readonly kind: 'plan';
      readonly planId: string;
      readonly specName: string;
      readonly version: number;
      readonly hash: string;
    };

/** How an approval was resolved. `edit` carries the new plan body or arguments. */
export type Decision =
  | { readonly kind: 'approve' }
  | { readonly kind: 'edit'; readonly body: JsonObject }
  | { readonly kind: 'revise'; readonly comment: string }
  | { readonly kind: 'reject'; readonly reason: string };

/** How a run ended. A run that waits for an approval, or whose process died, has no `run.finished`. */
export type RunStatus = 'done' | 'failed' | 'budget' | 'interrupted';

/** The facts of a run, by event type. */
export interface Facts {
  'run.started': RunStarted;
  'agent.started': AgentStarted;
  'step.finished': StepFinished;
  'tool.called': { readonly call: ToolCall; readonly effect: Effect };
  'tool.finished': { readonly call: string; readonly tool: string; readonly outcome: Outcome };
  'approval.requested': ApprovalRequested;
  'approval.decided': ApprovalDecided;
  'plan.stored': PlanStored;
  'plan.executing': { readonly planId: string; readonly version: number; readonly hash: string };
  'action.started': ActionStarted;
  'action.finished': { readonly planId: string; readonly key: string; readonly result: ActionResult };
  'plan.executed': { readonly planId: string; readonly version: number; readonly result: PlanResult };
  'provider.retried': Retry;
  'agent.finished': AgentFinished;
  'run.finished': { readonly status: RunStatus; readonly answer: string; readonly error?: Failure };
}

export interface RunStarted {
  readonly app: string;
  readonly workspace: string;
  readonly session: string;
  readonly agent: string;
  readonly prompt: string;
  /** What produces the steps: `scripted`, `anthropic`, … */
  readonly interpreter: string;
}

export interface AgentStarted {
  readonly prompt: string;
  /** The `call_agent` call that started it; null for the entry agent. */
  readonly call: string | null;
  /** The finished span whose conversation goes on here; null for a fresh conversation. */
  readonly continues: string | null;
}

export interface StepFinished {
  /** Counts from 1 in its span. */
  readonly index: number;
  readonly step: Step;
}

export interface ApprovalRequested {
  readonly approval: string;
  readonly call: string;
  readonly subject: ApprovalSubject;
  /** The rule that asked, as it is written in the app; or `default`. */
  readonly rule: string;
  readonly reason: string;
}

export interface ApprovalDecided {
  readonly approval: string;
  readonly decision: Decision;
  /** Who or what decided: `user`, `script`, `unattended`. */
  readonly by: string;
}

export interface PlanStored {
  readonly planId: string;
  readonly version: number;
  readonly specName: string;
  readonly hash: string;
  readonly body: JsonObject;
}

/** The intent: durable before the dispatcher is called. */
export interface ActionStarted {
  readonly planId: string;
  readonly version: number;
  readonly index: number;
  readonly key: string;
  readonly action: Action;
  /** Handles in the action; the dispatcher gets the values that they stand for. */
  readonly results?: readonly string[];
}

export interface AgentFinished {
  readonly answer: string;
  readonly steps: number;
  /** Plans that it or an agent below it stored or executed. */
  readonly plans: readonly string[];
  /** Set when it ended without an answer. */
  readonly error?: Failure;
}

export type EventType = keyof Facts;

/** Which agent, at which place in the tree of delegations, a fact belongs to. */
export interface Scope {
  /** `1` for the entry agent, `1.2` for the second agent it called, and so on. */
  readonly span: string;
  readonly parent: string | null;
  readonly agent: string;
}

/** Something that happened, not yet stored. */
export type Fact = { [K in EventType]: Scope & { readonly type: K; readonly data: Facts[K] } }[EventType];

/** One immutable fact of a run, stored before it is shown. `seq` counts from 1; `at` is ISO 8601 in UTC. */
export type Event = Fact & { readonly runId: string; readonly seq: number; readonly at: string };

/** The event of one type. */
export type EventOf<K extends EventType> = Event & { readonly type: K; readonly data: Facts[K] };

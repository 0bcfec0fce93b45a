import type { BudgetReport } from './budget.ts';
import type { Json, JsonObject } from './json.ts';
import type { Action, ActionResult, PlanResult } from './plan.ts';
import type { FailedTry, Failure, Outcome, Retry, Step, SummaryFacts, ToolCall } from './step.ts';
import type { Effect } from './tool.ts';

/**
 * What waits for a decision. `outcome`: the process ended while a call with a side effect was on its way, and nobody
 * knows whether it took effect; to approve is to run it again. `action`: one action of a plan that was approved step by
 * step; whatever is not an approval stops the plan there.
 */
export type ApprovalSubject =
  | { readonly kind: 'tool' | 'outcome'; readonly tool: string; readonly args: JsonObject }
  | {
      readonly kind: 'plan';
      readonly planId: string;
      readonly specName: string;
      readonly version: number;
      readonly hash: string;
    }
  | {
      readonly kind: 'action';
      readonly planId: string;
      readonly version: number;
      /** Place in the plan, from 0, and how many actions there are. */
      readonly index: number;
      readonly count: number;
      readonly action: Action;
    };

/**
 * How an approval was resolved. `edit` carries the new plan body or arguments. `always` holds for the rest of the
 * session, or until it is revoked: what the same rule would ask about the same agent's calls of the same tool is no longer
 * asked. `step` lets a plan begin, and asks before each of its actions.
 */
export type Decision =
  | { readonly kind: 'approve'; readonly always?: true; readonly step?: true }
  | { readonly kind: 'edit'; readonly body: JsonObject }
  | { readonly kind: 'revise'; readonly comment: string }
  | { readonly kind: 'reject'; readonly reason: string };

/** How a run ended. A run that waits for an approval, or whose process died, has no `run.finished`. */
export type RunStatus = 'done' | 'failed' | 'budget' | 'interrupted';

/** The facts of a run, by event type. */
export interface Facts {
  'run.started': RunStarted;
  /** A later process goes on with the run; an end that was recorded before holds no longer. */
  'run.resumed': { readonly interpreter: string };
  'agent.started': AgentStarted;
  'step.finished': StepFinished;
  'tool.called': { readonly call: ToolCall; readonly effect: Effect };
  /** The intent of a call with a side effect: durable before the tool runs. */
  'tool.started': { readonly call: string; readonly tool: string };
  'tool.finished': { readonly call: string; readonly tool: string; readonly outcome: Outcome };
  'approval.requested': ApprovalRequested;
  'approval.decided': ApprovalDecided;
  /** What an approval allowed for the rest of its session is asked about again. */
  'grant.revoked': GrantRevoked;
  'plan.stored': PlanStored;
  'plan.executing': { readonly planId: string; readonly version: number; readonly hash: string };
  'action.started': ActionStarted;
  'action.finished': { readonly planId: string; readonly key: string; readonly result: ActionResult };
  'plan.executed': { readonly planId: string; readonly version: number; readonly result: PlanResult };
  'provider.retried': Retry;
  /** The last try of a step, or one that was interrupted: the step was not taken. */
  'provider.failed': FailedTry;
  'context.compacted': ContextCompacted;
  'agent.finished': AgentFinished;
  'run.finished': RunFinished;
}

export interface RunStarted {
  readonly app: string;
  readonly workspace: string;
  readonly session: string;
  readonly agent: string;
  readonly prompt: string;
  /** What produces the steps: `scripted`, `anthropic`, … */
  readonly interpreter: string;
  /** Of the first run of a session that began with another conversation: the last run of that one. */
  readonly forkedFrom?: string;
  /** Nothing is asked: the agent's conversation is compacted, and goes on in the next run. */
  readonly compacts?: true;
}

export interface AgentStarted {
  readonly prompt: string;
  /** The `call_agent` call that started it; null for the entry agent. */
  readonly call: string | null;
  /**
   * The finished span whose conversation goes on here, with its run before it (`r-1:1.2`) where that is an earlier run
   * of the session; null for a fresh conversation.
   */
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
  /** The condition of that rule, where it has one. */
  readonly when?: Json;
  readonly reason: string;
}

export interface ApprovalDecided {
  readonly approval: string;
  readonly decision: Decision;
  /** Who or what decided: `user`, `script`, `unattended`, or the chat's mode: `mode plans`, `mode auto`. */
  readonly by: string;
}

export interface GrantRevoked {
  /** The approval that allowed it. */
  readonly approval: string;
  /** Who wants to be asked again: `user`. */
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

/** A summary has taken the place of the first turns of a conversation. The events of those turns stay as they are. */
export interface ContextCompacted {
  /** Places of turns in the conversation, from 0: those from `from` up to and without `to` were replaced. */
  readonly from: number;
  readonly to: number;
  /** Tokens of the whole conversation, as far as they can be told. */
  readonly before: number;
  readonly after: number;
  /** `summary`: a model wrote it. `dropped`: only what is known without one was kept. */
  readonly how: 'summary' | 'dropped';
  /** Why no model wrote it. */
  readonly note?: string;
  /** What stands in the place of the turns. */
  readonly text: string;
  readonly facts: SummaryFacts;
  /** The step that was asked for the summary; absent when none was. */
  readonly asked?: Pick<Step, 'stop' | 'usage' | 'model' | 'note'>;
}

export interface RunFinished {
  readonly status: RunStatus;
  readonly answer: string;
  readonly error?: Failure;
  /** The budget that ended it. */
  readonly budget?: BudgetReport;
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

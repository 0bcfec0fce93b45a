import type { ApprovalRequested, ApprovalSubject, Decision, RunStatus } from '../core/event.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { ActionResult } from '../core/plan.ts';
import type { Failure } from '../core/step.ts';

/** What distinguishes two versions of a value at one place: `actions[1].quantity`. */
export interface Difference {
  readonly path: string;
  /** Undefined where there was, or is, nothing. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** One version of a plan, as the record shows it. */
export interface PlanVersion {
  readonly planId: string;
  readonly version: number;
  readonly specName: string;
  readonly hash: string;
  readonly body: JsonObject;
}

/** A call of a tool, on one line. */
export interface ToolCard {
  readonly kind: 'tool';
  readonly span: string;
  readonly call: string;
  readonly tool: string;
  readonly args: JsonObject;
  readonly startedAt: number;
  /** Milliseconds; absent while it runs. */
  readonly ms?: number;
  readonly result?: Json;
  readonly error?: Failure;
}

/** A decision that somebody waits for. */
export interface PendingApproval extends ApprovalRequested {
  readonly span: string;
  /** Agents from the entry to the one that asks. */
  readonly path: readonly string[];
  /** Set for a plan whose body is known. */
  readonly plan?: PlanVersion;
  /** The version before it, where there is one. */
  readonly before?: PlanVersion;
}

/** What is written below each other in the transcript. `span` says how deep in the tree of agents. */
export type ItemContent =
  | { readonly kind: 'prompt'; readonly text: string }
  | { readonly kind: 'agent'; readonly span: string; readonly path: readonly string[]; readonly prompt: string }
  | {
      readonly kind: 'text';
      readonly span: string;
      readonly text: string;
      /** It goes on with the list or the code of the item before it. */
      readonly within?: true;
    }
  | ToolCard
  | { readonly kind: 'plan'; readonly span: string; readonly plan: PlanVersion; readonly before?: PlanVersion }
  | { readonly kind: 'approval'; readonly approval: PendingApproval }
  | {
      readonly kind: 'decision';
      readonly span: string;
      readonly subject: ApprovalSubject | null;
      readonly decision: Decision;
      readonly by: string;
    }
  | { readonly kind: 'action'; readonly span: string; readonly result: ActionResult }
  | { readonly kind: 'aside'; readonly span: string; readonly text: string; readonly tone: Tone }
  | {
      readonly kind: 'left';
      readonly span: string;
      readonly agent: string;
      readonly answer: string;
      readonly calls: number;
      readonly ms: number;
      readonly error?: Failure;
    }
  | {
      readonly kind: 'end';
      readonly runId: string;
      readonly status: RunStatus | 'paused';
      readonly ms: number;
      readonly error?: Failure;
      readonly more?: string;
    }
  | { readonly kind: 'changes'; readonly changes: readonly Difference[]; readonly title?: string }
  | { readonly kind: 'detail'; readonly title: string; readonly value: Json }
  | { readonly kind: 'whole-plan'; readonly plan: PlanVersion }
  /** A slash command that answers in the conversation. */
  | { readonly kind: 'command'; readonly text: string }
  /** Lines that are safe to print as they are. */
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'note'; readonly text: string; readonly tone: Tone };

export type Tone = 'plain' | 'good' | 'bad' | 'warn';

/** An item with its place in the transcript, from 1. */
export type Item = ItemContent & { readonly id: number };

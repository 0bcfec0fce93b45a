import type { Json, JsonObject } from './json.ts';

/** One request of a model to use a tool. `id` is unique within its run. */
export interface ToolCall {
  readonly id: string;
  readonly tool: string;
  readonly args: JsonObject;
}

/** Why an interpreter ended a step: `calls` when it wants tools, `end` when the agent has answered. */
export type Stop = 'end' | 'calls' | 'max_tokens' | 'refusal' | 'context_full' | 'other';

/** Tokens of one step. `input` counts everything sent, cached or not. */
export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** Part of `cacheWrite` that was written for an hour, which costs more; absent where there is none. */
  readonly cacheWriteHour?: number;
}

/** What two steps used together. */
export function plusUsage(left: Usage, right: Usage): Usage {
  const hour = (left.cacheWriteHour ?? 0) + (right.cacheWriteHour ?? 0);
  return {
    input: left.input + right.input,
    output: left.output + right.output,
    cacheRead: left.cacheRead + right.cacheRead,
    cacheWrite: left.cacheWrite + right.cacheWrite,
    ...(hour > 0 && { cacheWriteHour: hour }),
  };
}

/** An agent's next step, in no vendor's terms. */
export interface Step {
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly stop: Stop;
  readonly usage?: Usage;
  /** The provider's name for the model that took it. */
  readonly model?: string;
  /** What the provider said about how it ended, where there is more to say than `stop`. */
  readonly note?: string;
  /** What the interpreter must see again, word for word, to continue. Opaque to everybody else. */
  readonly opaque?: Json;
}

/** Why something could not be done, as the model and the reader of events see it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly problems?: readonly { readonly path: string; readonly message: string }[];
}

/** A try to take a step that failed. Text that was streamed before it does not count. */
export interface FailedTry {
  /** Counts from 1 in its step. */
  readonly attempt: number;
  readonly error: Failure;
  /** What the try took, where the provider told it. */
  readonly used?: Used;
}

/** A try that failed and is followed by another. */
export interface Retry extends FailedTry {
  /** Until the next try. */
  readonly delayMs: number;
  /** The provider's name for the model of the next try, where it is another one. */
  readonly model?: string;
}

/** Tokens that a model took, by the provider's name for it. */
export interface Used {
  readonly model: string;
  readonly usage: Usage;
}

/** How a tool call ended. `note` tells the model what a person changed about it. */
export type Outcome =
  | { readonly ok: true; readonly result: Json; readonly note?: string }
  | { readonly ok: false; readonly error: Failure };

/** One turn of the conversation that an agent sees. */
export type Turn =
  | {
      readonly role: 'user';
      readonly text: string;
      /** Set on a summary of earlier turns. */
      readonly summary?: SummaryFacts;
    }
  | { readonly role: 'assistant'; readonly step: Step }
  | { readonly role: 'tools'; readonly results: readonly ToolResult[] };

/** What a summary holds of the turns that it replaced, whoever wrote it. */
export interface SummaryFacts {
  /** Plans by id, with what was last known of each. */
  readonly plans: Readonly<Record<string, string>>;
  /** Handles of stored results. */
  readonly results: readonly string[];
  /** What the user (or the agent that called) said, oldest first. All but the last may be cut. */
  readonly words: readonly string[];
  /** What a model wrote about the turns. */
  readonly written: string;
}

export interface ToolResult {
  readonly call: string;
  readonly tool: string;
  readonly outcome: Outcome;
}

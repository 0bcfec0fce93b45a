import type { Problem } from '../core/errors.ts';
import type { Decision, Event, RunStatus } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import type { Delta, Store } from '../core/ports.ts';
import type { Failure } from '../core/step.ts';
import type { PriceStep } from '../core/usage.ts';

/** What a chat is about. */
export interface ChatFacts {
  readonly app: string;
  readonly workspace: string;
  readonly session: string;
  /** The agent that gets the prompts. */
  readonly agent: string;
  /** The model of each agent, in a word; `script` where a script replaces it. */
  readonly models: Readonly<Record<string, string>>;
  /** Agents with what they are for. */
  readonly agents: Readonly<Record<string, string>>;
  /** What executing a plan needs: `ask`, `allow`, `deny`. */
  readonly approvals: string;
  /** What stands in the editor at first. */
  readonly draft: string;
  readonly priceOf: PriceStep;
  /** Tokens that fit into a model's context, where that is known. */
  contextOf(model: string): number | undefined;
}

/** How a prompt's run ended. */
export interface RunEnd {
  readonly runId: string;
  readonly status: RunStatus | 'paused';
  readonly error?: Failure;
  /** How to go on. */
  readonly hint?: string;
}

/** Something that can be mentioned in a prompt by its name. */
export interface Mention {
  readonly name: string;
  /** What it is: `agent`, `table`, `plan`, `file`. */
  readonly what: string;
}

export interface ChatListener {
  event(event: Event): void;
  delta(delta: Delta): void;
}

/** What the workspace's record can be asked. */
export type Records = Omit<Store, 'append' | 'close'>;

/** What the chat can do; the command line wires it to a runtime. */
export interface ChatController {
  readonly facts: ChatFacts;
  readonly records: Records;
  /** The record of the session so far. */
  readonly earlier: readonly Event[];
  /** Set where a run is to go on before any prompt: a paused or interrupted one. */
  resume?(): Promise<RunEnd>;
  /** Runs one prompt, one at a time. @throws HarnessError when nothing can be recorded any more. */
  send(prompt: string): Promise<RunEnd>;
  /** Stops the run in good order: an action that is under way comes to its end. What waits for a decision is paused. */
  cancel(): void;
  /** Decides an approval; `pause` leaves it to later. One that was decided elsewhere is left as it is. */
  decide(approval: string, answer: Decision | 'pause'): void;
  subscribe(listener: ChatListener): () => void;
  /** All problems of what a person wrote: a plan's body, or arguments, which have no plan schema. */
  check(specName: string | null, body: JsonObject): readonly Problem[];
  /** Everything that can be mentioned. */
  mentions(): readonly Mention[];
  /** Earlier prompts of the workspace, oldest first. */
  readonly history: { read(): readonly string[]; add(prompt: string): void };
}

import type { ApprovalMode } from '../core/approval-mode.ts';
import type { Problem } from '../core/errors.ts';
import type { Decision, Event, RunStatus } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import type { Delta, Store } from '../core/ports.ts';
import type { Failure } from '../core/step.ts';
import type { PriceStep } from '../core/usage.ts';
import type { ChatViews } from './chat-views.ts';
import type { Tone } from './items.ts';
import type { SessionDesk } from './session-desk.ts';

/** What a chat is about. */
export interface ChatFacts {
  readonly app: string;
  readonly workspace: string;
  readonly session: string;
  /** The run up to which the session took over another conversation. */
  readonly forkedFrom?: string;
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

/** What is sent for a prompt. */
export interface Attached {
  /** With the text of the files that it mentions. */
  readonly prompt: string;
  /** Why files that it mentions cannot go along. */
  readonly problems: readonly string[];
}

export interface ChatListener {
  event(event: Event): void;
  delta(delta: Delta): void;
  /** The chat goes somewhere else; until `moved` nothing can be sent. @param where in words: `opening workspace north` */
  moving?(where: string): void;
  /** The way has come to its end. Also told, with `stayed`, when the app or its models have changed. */
  moved?(end: Moved): void;
  /** Something that the person should know, which is part of no run. */
  told?(text: string, tone: Tone): void;
}

/**
 * `arrived`: `facts`, `records` and `earlier` are about another conversation now. `stayed`: it is the same one, though
 * perhaps with another version of the app. `failed`: nothing has changed.
 */
export type Moved = 'arrived' | 'stayed' | 'failed';

/** Where a chat can go. */
export type Move =
  /** A new session. */
  | { readonly kind: 'new' }
  /** A session, or a run that has not ended: its id, the start of it, or `last`. */
  | { readonly kind: 'resume'; readonly id: string }
  /** A new session that begins with the conversation up to a run, by default the last one. */
  | { readonly kind: 'fork'; readonly run?: string }
  /** A new session of another workspace. */
  | { readonly kind: 'workspace'; readonly workspace: string }
  /** Where it is, with the app as its files are now. */
  | { readonly kind: 'app' };

/** What the workspace's record can be asked. */
export type Records = Omit<Store, 'append' | 'close'>;

/** What the chat can do; the command line wires it to a runtime. What it tells of is where the chat is now. */
export interface ChatController extends ChatViews, SessionDesk {
  readonly facts: ChatFacts;
  readonly records: Records;
  /** The record of the session so far. */
  readonly earlier: readonly Event[];
  /** Set where a run is to go on before any prompt: a paused or interrupted one. */
  readonly resume: { readonly runId: string; start(): Promise<RunEnd> } | undefined;
  /**
   * Goes somewhere else; listeners are told. Where that cannot be opened, the chat stays where it is.
   * @throws HarnessError with what is wrong, also while a run is at work
   */
  move(to: Move): Promise<void>;
  /** What would be sent for a prompt. */
  attach(prompt: string): Attached;
  /** Runs one prompt, one at a time, with the files that it mentions. @throws HarnessError when nothing can be recorded any more. */
  send(prompt: string): Promise<RunEnd>;
  /** Stops the run in good order: an action that is under way comes to its end. What waits for a decision is paused. */
  cancel(): void;
  /** Decides an approval; `pause` leaves it to later. One that was decided elsewhere is left as it is. */
  decide(approval: string, answer: Decision | 'pause'): void;
  /** What is asked about in this chat; a change holds from the next question on. */
  readonly mode: ApprovalMode;
  setMode(mode: ApprovalMode): void;
  subscribe(listener: ChatListener): () => void;
  /** All problems of what a person wrote: a plan's body, or arguments, which have no plan schema. */
  check(specName: string | null, body: JsonObject): readonly Problem[];
  /** Everything that can be mentioned. */
  mentions(): readonly Mention[];
  /** Earlier prompts of the workspace, oldest first. */
  readonly history: { read(): readonly string[]; add(prompt: string): void };
}

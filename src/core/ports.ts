import type { Effort, Thinking } from '../generated/config.ts';
import type { Problem } from './errors.ts';
import type { ApprovalSubject, Decision, Event, RunStatus } from './event.ts';
import type { Json, JsonSchema } from './json.ts';
import type { Action, PlanRecord, PlanStatus } from './plan.ts';
import type { FailedTry, Retry, Step, Turn } from './step.ts';
import type { ToolSpec } from './tool.ts';

/** What an interpreter sees when it produces an agent's next step. */
export interface View {
  readonly runId: string;
  readonly span: string;
  readonly agent: string;
  readonly model: ModelRef | null;
  /** The agent's system prompt. */
  readonly prompt: string;
  readonly tools: readonly ToolSpec[];
  /** Grows by appending; the same array for the whole span. */
  readonly turns: readonly Turn[];
  /** Steps that agents of this name have finished in this run, summaries too. */
  readonly stepsOfAgent: number;
  /** Set where the step is to be a summary of the conversation, as its last turn asks; not a step of the task. */
  readonly purpose?: 'summary';
}

/** A model as an agent names it, with what is asked of it. What is absent is left to the provider. */
export interface ModelRef {
  readonly name: string;
  readonly provider: string;
  readonly id: string;
  readonly effort?: Effort;
  readonly thinking?: Thinking;
  readonly maxOutputTokens?: number;
  /** Tokens that a request and its answer may have together, where that is known. */
  readonly contextWindow?: number;
  /** Models that take the step while this one is overloaded, in order. */
  readonly fallback?: readonly ModelRef[];
}

/** Whether streamed text belongs to the answer, or is what the model thinks before it. */
export type DeltaKind = 'text' | 'thinking';

/** A piece of streamed text. Shown, never stored. */
export interface Delta {
  readonly span: string;
  readonly agent: string;
  readonly kind: DeltaKind;
  readonly text: string;
}

/** Who is told how a step comes along. */
export interface StepListeners {
  /** @param kind default: `text` */
  delta?(text: string, kind?: DeltaKind): void;
  retried?(retry: Retry): void;
  /** Told before `next` throws: no other try follows. Of one that was interrupted, where it took anything. */
  failed?(last: FailedTry): void;
}

/** What produces an agent's next step. */
export interface Interpreter {
  /** Its name in the record of a run. Default: `custom`. */
  readonly kind?: string;
  /** False when it cannot write summaries, and is not to be asked for one. */
  readonly summarizes?: false;
  /** @throws HarnessError when no step can be produced any more. */
  next(view: View, signal: AbortSignal, listeners?: StepListeners): Promise<Step>;
}

/** What a dispatcher knows of the action it applies. */
export interface ActionContext {
  /** Stable across processes: the same key means the same action of the same plan. */
  readonly key: string;
  readonly planId: string;
  /** Place in the plan, from 0. */
  readonly index: number;
  readonly workspace: string;
  readonly signal: AbortSignal;
}

/** What an action did. */
export interface Applied {
  readonly entitiesAffected: number;
  readonly summary: string;
  readonly details?: Json;
}

/** The one place where actions become side effects. `A` is the union of a plan's actions, as codegen writes it. */
export interface Dispatcher<A extends { readonly kind: string } = Action> {
  /**
   * @throws ToolFailure when the action was certainly not applied. Anything else that is thrown leaves the
   * outcome unknown.
   */
  apply(action: A, context: ActionContext): Promise<Applied>;
  /** What an earlier process did under this key; undefined when it certainly did nothing. */
  lookup?(key: string): Promise<Applied | undefined>;
  close?(): Promise<void> | void;
}

/** A pause that asks for a decision. */
export interface ApprovalRequest {
  readonly approval: string;
  readonly runId: string;
  readonly agent: string;
  /** Agents from the entry to the one that asks. */
  readonly path: readonly string[];
  readonly subject: ApprovalSubject;
  readonly rule: string;
  /** The condition of that rule, where it has one. */
  readonly when?: Json;
  readonly reason: string;
}

/** Decides approvals. `pause` leaves the decision to a later process. */
export interface Approver {
  /** @param signal aborted when the approval was decided elsewhere, or the run was interrupted */
  decide(
    request: ApprovalRequest,
    signal?: AbortSignal,
  ): Promise<{ readonly decision: Decision; readonly by: string } | 'pause'>;
}

/** One line of `harness runs list`. */
export interface RunSummary {
  readonly runId: string;
  readonly session: string;
  readonly agent: string;
  readonly prompt: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /**
   * Of a run without an end: `paused` waits for an approval, or to be told what became of an action; `decided` has what
   * it waited for, and waits to be gone on with; `open` is at work, or its process ended.
   */
  readonly status: RunStatus | 'paused' | 'decided' | 'open';
  readonly events: number;
}

/** All runs of a workspace in a few figures. */
export interface RunFigures {
  readonly runs: number;
  readonly byStatus: Readonly<Partial<Record<RunSummary['status'], number>>>;
  /** Milliseconds that finished runs took, waiting included; null where none has finished. */
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
}

/** A conversation of runs. */
export interface SessionSummary {
  readonly session: string;
  /** Ids of its runs. */
  readonly runIds: readonly string[];
  /** The first of its prompts. */
  readonly prompt: string;
  readonly startedAt: string;
  /** Its last run: id, how it stands, and when it ended, or began where it has not ended. */
  readonly lastRun: string;
  readonly status: RunSummary['status'];
  readonly lastAt: string;
}

/** One row of pending or past approvals. */
export interface ApprovalRow extends Omit<ApprovalRequest, 'path' | 'when'> {
  readonly requestedAt: string;
  readonly decision: Decision | null;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  /** Set where what it allowed for the rest of its session is asked about again. */
  readonly revokedBy: string | null;
  readonly revokedAt: string | null;
}

/** The durable record of one workspace. */
export interface Store {
  /**
   * Store facts of one instant in one transaction, with everything that follows from them (plan status, pending
   * approvals, claimed action keys). Either all of it is durable when this returns, or nothing is.
   * @throws HarnessError `store-conflict` when a plan, an approval or an action key was taken by somebody else, a grant
   * was revoked before, or somebody else has added to the run.
   */
  append(events: readonly Event[]): void;
  /** The events of a run, in order, at most the first `limit`; empty for an unknown run. */
  events(runId: string, limit?: number): readonly Event[];
  run(runId: string): RunSummary | undefined;
  runs(filter?: { readonly session?: string; readonly limit?: number }): readonly RunSummary[];
  /** The newest run of a session, leaving one out. */
  lastRun(session: string, besides: string): string | undefined;
  /** Runs whose status is `decided`, newest first. */
  decidedRuns(): readonly RunSummary[];
  /** At most `limit` runs, newest first: those that began before the run `before`, or the newest of all. */
  runsBefore(before: string | undefined, limit: number): readonly RunSummary[];
  /** Agents that took part in a run. */
  agentsOf(runId: string): readonly string[];
  figures(): RunFigures;
  /** Newest first, by their last run. */
  sessions(): readonly SessionSummary[];
  plan(planId: string, version?: number): PlanRecord | undefined;
  /** Newest version of each plan, newest first; only those of `status` when given. */
  plans(status?: PlanStatus): readonly PlanRecord[];
  /** All versions of one plan, oldest first. */
  planVersions(planId: string): readonly PlanRecord[];
  /** With `pending` those that wait for a decision which would still change something, oldest first; else all, newest first. */
  approvals(filter?: { readonly pending?: boolean }): readonly ApprovalRow[];
  approval(approval: string): ApprovalRow | undefined;
  close(): void;
}

/** Time and new names come from here, so that a scripted run gives the same record each time. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

export interface Ids {
  /** A new id that starts with `prefix` and a hyphen. */
  next(prefix: 'r' | 's' | 'plan'): string;
}

/** Reads a workspace's target database. Never writes. */
export interface TargetDatabase {
  /**
   * Run one statement. Statements run one after the other; an aborted one is ended.
   * @throws ToolFailure when the statement is refused, fails or takes too much.
   */
  query(sql: string, limits: QueryLimits, signal?: AbortSignal): Promise<QueryResult>;
  close(): void;
}

/** How much one statement may answer with. */
export interface QueryLimits {
  readonly maxRows: number;
  /** Of the rows as JSON. */
  readonly maxBytes: number;
}

/** Rows as JSON can hold them: integers beyond 2^53, infinity and blobs are text. Equal column names stay apart. */
export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Json[])[];
  /** Set when a limit cut the answer: which one. */
  readonly truncated?: 'rows' | 'bytes';
  /** Tables that were really read, views resolved, sorted. */
  readonly tables: readonly string[];
  /** Milliseconds that the statement took, without waiting for others. */
  readonly elapsedMs: number;
}

/** Everything a subscriber of a run can be told. */
export interface RunSink {
  event?(event: Event): void;
  delta?(delta: Delta): void;
}

/** All problems of a value, none when it fits. */
export type Check = (value: Json) => readonly Problem[];

/** Makes the check of a JSON Schema. @throws HarnessError when the schema itself is wrong. */
export type CompileSchema = (schema: JsonSchema) => Check;

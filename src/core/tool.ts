import type { Problem } from './errors.ts';
import type { Json, JsonObject, JsonSchema } from './json.ts';
import type { PlanRecord, PlanResult } from './plan.ts';
import type { Acceptance } from './results.ts';

/** What a tool may do to the world outside the run. */
export type Effect = 'read' | 'write' | 'destructive';

/** What a model is told of a tool. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
}

/** One callable. Its arguments were checked by `check` before `run` sees them. */
export interface Tool extends ToolSpec {
  readonly effect: Effect;
  /**
   * Set on tools of the harness itself, which ask for approval where it is due (executePlan) or change nothing
   * outside the run. The defaults by effect do not hold for them; rules that name them do.
   */
  readonly selfGated?: boolean;
  /** Set where stored results may stand for arguments. `run` sees the values in their places. */
  readonly accepts?: Acceptance;
  /** All problems of the arguments; none when they fit `inputSchema` and the tool's own rules. */
  check(args: JsonObject): readonly Problem[];
  /** @throws ToolFailure when the tool cannot do it; the model is told and the run goes on. */
  run(args: JsonObject, context: ToolContext): Promise<Json>;
}

/** What a sub-agent hands back to its caller. */
export interface AgentAnswer {
  readonly agent: string;
  readonly answer: string;
  /** Plans that were stored or executed on the way. */
  readonly plans: readonly string[];
  /** Plans that a person sent back on the way; absent where there are none. */
  readonly sentBack?: readonly SentBack[];
}

/** A plan that a person wants changed before it is executed. */
export interface SentBack {
  readonly planId: string;
  /** The agent that stored it. */
  readonly planner: string;
  readonly comment: string;
}

/** What a tool may use of the run it is called in. */
export interface ToolContext {
  readonly runId: string;
  readonly workspace: string;
  readonly agent: string;
  readonly callId: string;
  readonly signal: AbortSignal;
  /** Run another agent on a prompt and wait for its answer. */
  delegate(agent: string, prompt: string): Promise<AgentAnswer>;
  readonly plans: PlanDesk;
}

/** The plans of the workspace, as far as tools may touch them. */
export interface PlanDesk {
  get(planId: string): PlanRecord | undefined;
  /** Ids of all plans of the workspace, newest first. */
  ids(): readonly string[];
  /**
   * Store a checked body as the next version.
   * @throws ToolFailure when the plan has been executed, or a stored result in it is not there or does not fit.
   */
  store(plan: {
    readonly specName: string;
    readonly planId: string | undefined;
    readonly body: JsonObject;
  }): Promise<PlanRecord>;
  /** Approve, dispatch each action once, and report. @throws ToolFailure when the plan may not be executed. */
  execute(plan: PlanRecord): Promise<PlanResult>;
}

/** A source of tools. */
export interface Toolkit {
  readonly tools: readonly Tool[];
  close?(): Promise<void> | void;
}

import type { App } from '../config/app.ts';
import type { Catalog } from '../core/catalog.ts';
import { HarnessError } from '../core/errors.ts';
import { suggest } from '../core/nearest.ts';
import type { Approver, RunSink, Store, TargetDatabase } from '../core/ports.ts';
import type { RowChange } from '../core/row-change.ts';
import type { ToolSpec } from '../core/tool.ts';
import { unattended } from '../run/approvers.ts';
import type { Agent } from '../run/context.ts';
import { compactRun, type RunResult, resumeRun, startRun } from '../run/run.ts';
import { budgetsOf, refuseUnpriced } from './budgets.ts';
import type { RuntimeOptions } from './options.ts';
import { partsOf, type RuntimeParts } from './parts.ts';
import { systemClock } from './ports.ts';
import { openWorkspace, type ThrowAwayWorkspace, throwAwayWorkspace, type Workspace } from './workspace.ts';

export interface Prompt {
  readonly prompt: string;
  /** Default: the app's entry. */
  readonly agent?: string;
  readonly approver?: Approver;
  readonly signal?: AbortSignal;
  readonly sink?: RunSink;
}

/** A run to go on with, and who watches it. */
export type Resume = Pick<Prompt, 'approver' | 'signal' | 'sink'> & { readonly runId: string };

/** An app in one workspace, ready to answer prompts. */
export interface Runtime {
  readonly workspace: string;
  readonly session: string;
  readonly store: Store;
  /** With `trackRows`: rows of the target database that differ from before the first run. */
  rowChanges(): Promise<readonly RowChange[]>;
  /** What an agent's model is told of its tools. */
  tools(agent: string): readonly ToolSpec[];
  /** The agents as they run, by name. */
  readonly agents: ReadonlyMap<string, Agent>;
  /** What its agents ask about the target database, and the database itself; opened when they are first asked for. */
  catalog(): Promise<Catalog>;
  database(): Promise<TargetDatabase>;
  run(prompt: Prompt): Promise<RunResult>;
  /** Go on with a run of this session that was paused or interrupted. @throws HarnessError `not-resumable` */
  resume(run: Resume): Promise<RunResult>;
  /**
   * Compacts what was said to an agent in this session, as a run of its own.
   * @returns undefined where there is nothing to compact
   */
  compact(request: Omit<Prompt, 'prompt'>): Promise<RunResult> | undefined;
  close(): Promise<void>;
}

/**
 * Puts an app together in one workspace. Holds the workspace until closed.
 * @throws HarnessError when the workspace cannot be opened.
 */
export async function openRuntime(app: App, options: RuntimeOptions): Promise<Runtime> {
  const { clock = systemClock, held } = options;
  const { kind } = options.interpreter;
  if (kind !== undefined && asksModels(kind)) {
    refuseUnpriced(app, budgetsOf(app, options.budget), new Date(clock.now()).toISOString());
  }
  const workspace = held ?? (await ownWorkspace(app, options));
  const end = async () => {
    if (!held) await workspace.close();
  };
  try {
    return runtimeOf(app, options, workspace, await partsOf(app, options, workspace), end);
  } catch (thrown) {
    await end();
    throw thrown;
  }
}

async function ownWorkspace(app: App, options: RuntimeOptions): Promise<Workspace | ThrowAwayWorkspace> {
  const { throwAway = false, trackRows = false, prepared, command = 'harness', onWait } = options;
  const name = options.workspace ?? app.defaultWorkspace;
  if (!throwAway) return openWorkspace({ app, name, command, ...(onWait && { onWait }) });
  const shared = prepared && { stores: prepared.stores, pristine: prepared.pristine(name) };
  return throwAwayWorkspace(app, name, { trackRows, ...shared });
}

function runtimeOf(
  app: App,
  options: RuntimeOptions,
  workspace: Workspace | ThrowAwayWorkspace,
  { shared, catalog, close }: RuntimeParts,
  end: () => Promise<void>,
): Runtime {
  const { agents, store, session } = shared;
  const uninterrupted = new AbortController().signal;
  const attended = ({ approver, signal = uninterrupted, sink = {} }: Pick<Prompt, 'approver' | 'signal' | 'sink'>) => ({
    approver: approver ?? options.approver ?? unattended(app.approvals.unattended),
    signal,
    sink,
  });
  const agentOf = (name: string) => {
    const agent = agents.get(name);
    if (!agent) throw unknownAgent(app, name);
    return agent;
  };
  return {
    workspace: workspace.name,
    session,
    store,
    tools: (agent) => agents.get(agent)?.specs ?? [],
    agents,
    catalog,
    database: () => workspace.database(),
    rowChanges: async () => ('rowChanges' in workspace ? workspace.rowChanges() : []),
    run: async ({ prompt, agent = app.entry, ...more }) =>
      startRun({ ...shared, ...attended(more), app: app.name, entry: agentOf(agent), prompt }),
    compact: ({ agent = app.entry, ...more }) =>
      compactRun({ ...shared, ...attended(more), app: app.name, entry: agentOf(agent) }),
    resume: async ({ runId, ...more }) => resumeRun({ ...shared, ...attended(more) }, runId),
    close: async () => {
      await close();
      await end();
    },
  };
}

/** Whether steps cost what the app's models cost. What a program brings along is its own affair. */
function asksModels(kind: string): boolean {
  return kind !== 'scripted' && kind !== 'cassette' && kind !== 'custom';
}

function unknownAgent(app: App, agent: string): HarnessError {
  const hint = suggest(agent, Object.keys(app.agents));
  return new HarnessError(
    'unknown-name',
    `app "${app.name}" has no agent "${agent}"`,
    hint === undefined ? {} : { hint },
  );
}

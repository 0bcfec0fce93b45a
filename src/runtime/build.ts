import type { App } from '../config/app.ts';
import { HarnessError } from '../core/errors.ts';
import { suggest } from '../core/nearest.ts';
import type { Approver, Clock, Dispatcher, Ids, Interpreter, RunSink, Store } from '../core/ports.ts';
import type { RowChange } from '../core/row-change.ts';
import type { Toolkit, ToolSpec } from '../core/tool.ts';
import type { Progress } from '../data/catalog/refresh.ts';
import { createDispatcher } from '../dispatchers/registry.ts';
import { type InterpreterInputs, type InterpreterKind, interpreters } from '../interpreters/registry.ts';
import { unattended } from '../run/approvers.ts';
import { recoverPlans } from '../run/recover.ts';
import { type RunResult, startRun } from '../run/run.ts';
import { createToolkit } from '../toolkits/registry.ts';
import { buildAgents } from './agents.ts';
import { workspaceCatalog } from './catalog.ts';
import { countedIds, systemClock, uniqueIds } from './ports.ts';
import { type PreparedApp, prepareApp } from './prepare.ts';
import { openResults } from './results.ts';
import { openWorkspace, type ThrowAwayWorkspace, throwAwayWorkspace, type Workspace } from './workspace.ts';

/** What produces the steps of a runtime's agents. */
export type InterpreterChoice<K extends InterpreterKind = InterpreterKind> = {
  readonly [P in K]: { readonly kind: P; readonly input: InterpreterInputs[P] };
}[K];

export interface RuntimeOptions {
  /** Default: the app's default workspace. */
  readonly workspace?: string;
  /** Leave nothing behind: no state on disk, a target database of its own, ids that count. */
  readonly throwAway?: boolean;
  /** Of a throw-away workspace: tell which rows of the target database change. */
  readonly trackRows?: boolean;
  /** A kind with what it is made from, or an interpreter of your own. */
  readonly interpreter: InterpreterChoice | Interpreter;
  /** What was prepared of the same app before. */
  readonly prepared?: PreparedApp;
  /** Default: as the app's `unattended` says. */
  readonly approver?: Approver;
  /** Default: the app's. */
  readonly dispatcher?: Dispatcher;
  /** What the process is doing, for others that wait for the workspace. */
  readonly command?: string;
  readonly clock?: Clock;
  readonly ids?: Ids;
  onWait?(holder: string): void;
  /** Told how far the work on the workspace's catalog has come. */
  onCatalog?(progress: Progress): void;
}

export interface Prompt {
  readonly prompt: string;
  /** Default: the app's entry. */
  readonly agent?: string;
  readonly approver?: Approver;
  readonly signal?: AbortSignal;
  readonly sink?: RunSink;
}

/** An app in one workspace, ready to answer prompts. */
export interface Runtime {
  readonly workspace: string;
  readonly session: string;
  readonly store: Store;
  /** With `trackRows`: rows of the target database that differ from before the first run. */
  rowChanges(): Promise<readonly RowChange[]>;
  /** What an agent's model is told of its tools. */
  tools(agent: string): readonly ToolSpec[];
  run(prompt: Prompt): Promise<RunResult>;
  close(): Promise<void>;
}

/**
 * Puts an app together in one workspace: the only place that knows all the parts. Holds the workspace until closed.
 * @throws HarnessError when the workspace cannot be opened.
 */
export async function openRuntime(app: App, options: RuntimeOptions): Promise<Runtime> {
  const { throwAway = false, trackRows = false, prepared, command = 'harness', onWait } = options;
  const name = options.workspace ?? app.defaultWorkspace;
  const workspace = throwAway
    ? throwAwayWorkspace(app, name, { trackRows, ...(prepared && { stores: prepared.stores }) })
    : await openWorkspace({ app, name, command, ...(onWait && { onWait }) });
  try {
    return await assemble(app, options, workspace);
  } catch (thrown) {
    await workspace.close();
    throw thrown;
  }
}

async function assemble(
  app: App,
  options: RuntimeOptions,
  workspace: Workspace | ThrowAwayWorkspace,
): Promise<Runtime> {
  const { throwAway = false, clock = systemClock, onCatalog } = options;
  const ids = options.ids ?? (throwAway ? countedIds() : uniqueIds(clock));
  const { name, store } = workspace;
  const prepared = options.prepared ?? (await prepareApp(app));
  const { compile, specs, planChecks, planAccepts } = prepared;
  const catalog = workspaceCatalog({ app, workspace, clock, throwAway, ...(onCatalog && { progress: onCatalog }) });
  const env = { compile, database: () => workspace.database(), catalog: () => catalog.catalog() };
  const toolkits = new Map(
    Object.entries(app.toolkits).map(([key, config]): [string, Toolkit] => [key, createToolkit(config, env)]),
  );
  const session = ids.next('s');
  const stored = openResults({ app, workspace, session, clock, throwAway });
  const { results } = stored;
  const agents = buildAgents(app, { compile, toolkits, specs, results, prepared: prepared.agents });
  const dispatcher = options.dispatcher ?? createDispatcher(app.dispatcher, workspace);
  const interpreter = makeInterpreter(options.interpreter);
  if (!throwAway) await recoverPlans(store, dispatcher, clock);
  try {
    await catalog.prepare();
  } catch (thrown) {
    await stored.close();
    await catalog.close();
    throw thrown;
  }
  const uninterrupted = new AbortController().signal;
  return {
    workspace: name,
    session,
    store,
    tools: (agent) => agents.get(agent)?.specs ?? [],
    rowChanges: async () => ('rowChanges' in workspace ? workspace.rowChanges() : []),
    run: async ({ prompt, agent = app.entry, signal = uninterrupted, sink = {}, ...more }) => {
      const entry = agents.get(agent);
      if (!entry) throw unknownAgent(app, agent);
      const approver = more.approver ?? options.approver ?? unattended(app.approvals.unattended);
      const shared = {
        app: app.name,
        workspace: name,
        session,
        agents,
        dispatcher,
        planChecks,
        planAccepts,
        results,
        store,
        clock,
        ids,
      };
      return startRun({ ...shared, entry, prompt, interpreter, approver, signal, sink });
    },
    close: async () => {
      for (const toolkit of toolkits.values()) await toolkit.close?.();
      await dispatcher.close?.();
      await stored.close();
      await catalog.close();
      await workspace.close();
    },
  };
}

function makeInterpreter(choice: InterpreterChoice | Interpreter): {
  readonly kind: string;
  readonly use: Interpreter;
} {
  if ('next' in choice) return { kind: choice.kind ?? 'custom', use: choice };
  return { kind: choice.kind, use: createInterpreter(choice) };
}

function createInterpreter<K extends InterpreterKind>({ kind, input }: InterpreterChoice<K>): Interpreter {
  return interpreters[kind](input);
}

function unknownAgent(app: App, agent: string): HarnessError {
  const hint = suggest(agent, Object.keys(app.agents));
  return new HarnessError(
    'unknown-name',
    `app "${app.name}" has no agent "${agent}"`,
    hint === undefined ? {} : { hint },
  );
}

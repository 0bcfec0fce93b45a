import type { App } from '../config/app.ts';
import { HarnessError } from '../core/errors.ts';
import { suggest } from '../core/nearest.ts';
import type { Approver, Clock, Dispatcher, Ids, Interpreter, RunSink, Store } from '../core/ports.ts';
import { redactedStore } from '../core/redact-store.ts';
import type { RowChange } from '../core/row-change.ts';
import type { Toolkit, ToolSpec } from '../core/tool.ts';
import type { Progress } from '../data/catalog/refresh.ts';
import { createDispatcher } from '../dispatchers/registry.ts';
import type { Limits } from '../generated/config.ts';
import { type InterpreterInputs, type InterpreterKind, interpreters } from '../interpreters/registry.ts';
import { unattended } from '../run/approvers.ts';
import { recoverPlans } from '../run/recover.ts';
import { type RunResult, resumeRun, startRun } from '../run/run.ts';
import { sessionMemory } from '../run/session.ts';
import { createToolkit } from '../toolkits/registry.ts';
import { buildAgents } from './agents.ts';
import { budgetsOf, refuseUnpriced } from './budgets.ts';
import { workspaceCatalog } from './catalog.ts';
import { type Environment, redactorOf } from './keys.ts';
import { countedIds, systemClock, uniqueIds } from './ports.ts';
import { type PreparedApp, prepareApp } from './prepare.ts';
import { openResults } from './results.ts';
import { throwAwayCatalog } from './throw-away-catalog.ts';
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
  /** What a run may use; holds before what the app says of a run and a session. */
  readonly budget?: Limits;
  /** Id of a session to go on with. Default: a new one. */
  readonly session?: string;
  /** Id of a run that `resume` is going to be asked for; its session is gone on with. */
  readonly resume?: string;
  /** What was prepared of the same app before. */
  readonly prepared?: PreparedApp;
  /** Default: as the app's `unattended` says. */
  readonly approver?: Approver;
  /** Default: the app's. */
  readonly dispatcher?: Dispatcher;
  /** What the process is doing, for others that wait for the workspace. */
  readonly command?: string;
  /** Where the app's secrets are looked up, besides `.env`. Default: the process's. */
  readonly env?: Environment;
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
  run(prompt: Prompt): Promise<RunResult>;
  /** Go on with a run of this session that was paused or interrupted. @throws HarnessError `not-resumable` */
  resume(run: Resume): Promise<RunResult>;
  close(): Promise<void>;
}

/**
 * Puts an app together in one workspace: the only place that knows all the parts. Holds the workspace until closed.
 * @throws HarnessError when the workspace cannot be opened.
 */
export async function openRuntime(app: App, options: RuntimeOptions): Promise<Runtime> {
  const { throwAway = false, trackRows = false, prepared, command = 'harness', clock = systemClock, onWait } = options;
  const { kind } = options.interpreter;
  const name = options.workspace ?? app.defaultWorkspace;
  if (kind !== undefined && asksModels(kind)) {
    refuseUnpriced(app, budgetsOf(app, options.budget), new Date(clock.now()).toISOString());
  }
  const workspace = throwAway
    ? throwAwayWorkspace(app, name, {
        trackRows,
        ...(prepared && { stores: prepared.stores, pristine: prepared.pristine(name) }),
      })
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
  const { name } = workspace;
  const redactor = redactorOf(app, options.env);
  const store = redactedStore(workspace.store, redactor);
  const prepared = options.prepared ?? (await prepareApp(app));
  const { compile, specs, planChecks, planAccepts } = prepared;
  const catalog =
    'pristine' in workspace
      ? throwAwayCatalog({ app, workspace, clock, redactor })
      : workspaceCatalog({ app, workspace, clock, redactor, ...(onCatalog && { progress: onCatalog }) });
  const env = { compile, database: () => workspace.database(), catalog: () => catalog.catalog() };
  const toolkits = new Map(
    Object.entries(app.toolkits).map(([key, config]): [string, Toolkit] => [key, createToolkit(config, env)]),
  );
  const session = sessionOf(store, options) ?? ids.next('s');
  const stored = openResults({ app, workspace, session, clock, throwAway });
  const { results } = stored;
  const agents = buildAgents(app, { compile, toolkits, specs, results, prepared: prepared.agents });
  const dispatcher = options.dispatcher ?? createDispatcher(app.dispatcher, workspace);
  const interpreter = makeInterpreter(options.interpreter);
  const budgets = budgetsOf(app, options.budget);
  if (!throwAway) await recoverPlans(store, dispatcher, clock, options.resume);
  try {
    await catalog.prepare();
  } catch (thrown) {
    await stored.close();
    await catalog.close();
    throw thrown;
  }
  const shared = {
    workspace: name,
    session,
    agents,
    interpreter,
    dispatcher,
    planChecks,
    planAccepts,
    results,
    memory: sessionMemory(store, session),
    budgets,
    store,
    clock,
    ids,
    redactor,
  };
  const uninterrupted = new AbortController().signal;
  const attended = ({ approver, signal = uninterrupted, sink = {} }: Pick<Prompt, 'approver' | 'signal' | 'sink'>) => ({
    approver: approver ?? options.approver ?? unattended(app.approvals.unattended),
    signal,
    sink,
  });
  return {
    workspace: name,
    session,
    store,
    tools: (agent) => agents.get(agent)?.specs ?? [],
    rowChanges: async () => ('rowChanges' in workspace ? workspace.rowChanges() : []),
    run: async ({ prompt, agent = app.entry, ...more }) => {
      const entry = agents.get(agent);
      if (!entry) throw unknownAgent(app, agent);
      return startRun({ ...shared, ...attended(more), app: app.name, entry, prompt });
    },
    resume: async ({ runId, ...more }) => resumeRun({ ...shared, ...attended(more) }, runId),
    close: async () => {
      for (const toolkit of toolkits.values()) await toolkit.close?.();
      await dispatcher.close?.();
      await stored.close();
      await catalog.close();
      await workspace.close();
    },
  };
}

/** Whether steps cost what the app's models cost. What a program brings along is its own affair. */
function asksModels(kind: string): boolean {
  return kind !== 'scripted' && kind !== 'cassette' && kind !== 'custom';
}

/** The session that is to go on. @throws HarnessError `unknown-name` */
function sessionOf(store: Store, { session, resume }: RuntimeOptions): string | undefined {
  if (resume !== undefined) {
    const run = store.run(resume);
    if (!run) throw new HarnessError('unknown-name', `there is no run "${resume}"`, { hint: 'harness runs list' });
    return run.session;
  }
  if (session === undefined || store.runs({ session, limit: 1 }).length > 0) return session;
  throw new HarnessError('unknown-name', `there is no session "${session}"`, { hint: 'harness sessions list' });
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

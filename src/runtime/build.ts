import type { App } from '../config/app.ts';
import { loadCompiler } from '../config/compile.ts';
import { loadPatterns } from '../config/patterns.ts';
import { HarnessError } from '../core/errors.ts';
import { suggest } from '../core/nearest.ts';
import type { Approver, Clock, Dispatcher, Ids, Interpreter, RunSink, Store } from '../core/ports.ts';
import type { Toolkit } from '../core/tool.ts';
import type { Progress } from '../data/catalog/refresh.ts';
import { createDispatcher } from '../dispatchers/registry.ts';
import { type InterpreterInputs, type InterpreterKind, interpreters } from '../interpreters/registry.ts';
import { unattended } from '../run/approvers.ts';
import { recoverPlans } from '../run/recover.ts';
import { type RunResult, startRun } from '../run/run.ts';
import { createToolkit } from '../toolkits/registry.ts';
import { buildAgents, planAccepts, planChecks, planSpecs } from './agents.ts';
import { workspaceCatalog } from './catalog.ts';
import { countedIds, systemClock, uniqueIds } from './ports.ts';
import { openResults } from './results.ts';
import { openWorkspace, throwAwayWorkspace, type Workspace } from './workspace.ts';

/** What produces the steps of a runtime's agents. */
export type InterpreterChoice = {
  readonly [K in InterpreterKind]: { readonly kind: K; readonly input: InterpreterInputs[K] };
}[InterpreterKind];

export interface RuntimeOptions {
  /** Default: the app's default workspace. */
  readonly workspace?: string;
  /** Leave nothing behind: no state on disk, a target database of its own, ids that count. */
  readonly throwAway?: boolean;
  /** A kind with what it is made from, or an interpreter of your own. */
  readonly interpreter: InterpreterChoice | Interpreter;
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
  run(prompt: Prompt): Promise<RunResult>;
  close(): Promise<void>;
}

/**
 * Puts an app together in one workspace: the only place that knows all the parts. Holds the workspace until closed.
 * @throws HarnessError when the workspace cannot be opened.
 */
export async function openRuntime(app: App, options: RuntimeOptions): Promise<Runtime> {
  const { throwAway = false, command = 'harness', onWait } = options;
  const name = options.workspace ?? app.defaultWorkspace;
  const workspace = throwAway
    ? throwAwayWorkspace(app, name)
    : await openWorkspace({ app, name, command, ...(onWait && { onWait }) });
  try {
    return await assemble(app, options, workspace);
  } catch (thrown) {
    await workspace.close();
    throw thrown;
  }
}

async function assemble(app: App, options: RuntimeOptions, workspace: Workspace): Promise<Runtime> {
  const { throwAway = false, clock = systemClock, onCatalog } = options;
  const ids = options.ids ?? (throwAway ? countedIds() : uniqueIds(clock));
  const { name, store } = workspace;
  const compile = await loadCompiler();
  const catalog = workspaceCatalog({ app, workspace, clock, throwAway, ...(onCatalog && { progress: onCatalog }) });
  const env = { compile, database: () => workspace.database(), catalog: () => catalog.catalog() };
  const toolkits = new Map(
    Object.entries(app.toolkits).map(([key, config]): [string, Toolkit] => [key, createToolkit(config, env)]),
  );
  const specs = planSpecs(app, compile);
  const session = ids.next('s');
  const stored = openResults({ app, workspace, session, clock, throwAway });
  const { results } = stored;
  const agents = buildAgents(app, { compile, patterns: await loadPatterns(), toolkits, specs, results });
  const dispatcher = options.dispatcher ?? createDispatcher(app.dispatcher, workspace);
  const plans = { planChecks: planChecks(specs), planAccepts: planAccepts(specs) };
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
        ...plans,
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
  if ('next' in choice) return { kind: 'custom', use: choice };
  return { kind: choice.kind, use: interpreters[choice.kind](choice.input) };
}

function unknownAgent(app: App, agent: string): HarnessError {
  const hint = suggest(agent, Object.keys(app.agents));
  return new HarnessError(
    'unknown-name',
    `app "${app.name}" has no agent "${agent}"`,
    hint === undefined ? {} : { hint },
  );
}

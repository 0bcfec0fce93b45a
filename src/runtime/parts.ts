import type { App } from '../config/app.ts';
import type { Catalog } from '../core/catalog.ts';
import { HarnessError } from '../core/errors.ts';
import type { Interpreter, Store } from '../core/ports.ts';
import { redactedStore } from '../core/redact-store.ts';
import type { Toolkit } from '../core/tool.ts';
import { type InterpreterKind, interpreters } from '../interpreters/registry.ts';
import { recoverPlans } from '../run/recover.ts';
import type { RunRequest } from '../run/run.ts';
import { sessionMemory, sessionsOfConversation } from '../run/session.ts';
import type { ToolkitEnv } from '../toolkits/env.ts';
import { createToolkit } from '../toolkits/registry.ts';
import { buildAgents } from './agents.ts';
import { budgetsOf } from './budgets.ts';
import { type CatalogRequest, workspaceCatalog } from './catalog.ts';
import { dispatcherOf } from './dispatcher.ts';
import { redactorOf } from './keys.ts';
import type { InterpreterChoice, RuntimeOptions } from './options.ts';
import { countedIds, systemClock, uniqueIds } from './ports.ts';
import { prepareApp } from './prepare.ts';
import { openResults } from './results.ts';
import { throwAwayCatalog } from './throw-away-catalog.ts';
import type { ThrowAwayWorkspace, Workspace } from './workspace.ts';

/** An app put together in one workspace, for the runs of one session. */
export interface RuntimeParts {
  /** What all runs of the session have. */
  readonly shared: Omit<RunRequest, 'approver' | 'signal' | 'sink'>;
  readonly catalog: ToolkitEnv['catalog'];
  /** Closes everything but the workspace. */
  close(): Promise<void>;
}

/** The only place that knows all the parts. @throws HarnessError when one of them cannot be made */
export async function partsOf(
  app: App,
  options: RuntimeOptions,
  workspace: Workspace | ThrowAwayWorkspace,
): Promise<RuntimeParts> {
  const { throwAway = false, clock = systemClock } = options;
  const ids = options.ids ?? (throwAway ? countedIds() : uniqueIds(clock));
  const redactor = redactorOf(app, options.env);
  const store = redactedStore(workspace.store, redactor);
  const prepared = options.prepared ?? (await prepareApp(app));
  const { compile, specs, planChecks, planAccepts } = prepared;
  const dispatcher = options.dispatcher ?? (await dispatcherOf(app, workspace, { throwAway, env: options.env }));
  const catalog = catalogOf({ app, workspace, clock, redactor }, options);
  const env = { compile, database: () => workspace.database(), catalog: () => catalog.catalog() };
  const toolkits = toolkitsOf(app, env);
  const fork = forkOf(store, options);
  const session = sessionOf(store, options) ?? options.newSession ?? ids.next('s');
  const stored = openResults({
    app,
    workspace,
    session,
    sessions: sessionsOfConversation(store, session, fork),
    clock,
    throwAway,
  });
  const { results } = stored;
  const agents = buildAgents(app, { compile, toolkits, specs, results, prepared: prepared.agents });
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
  const memory = sessionMemory(store, session, fork);
  const found = { workspace: workspace.name, session, store, clock, ids, redactor, memory, results, budgets };
  return {
    shared: { ...found, ...(fork !== undefined && { fork }), agents, interpreter, dispatcher, planChecks, planAccepts },
    catalog: env.catalog,
    close: async () => {
      for (const toolkit of toolkits.values()) await toolkit.close?.();
      await dispatcher.close?.();
      await stored.close();
      await catalog.close();
    },
  };
}

interface CatalogParts {
  catalog(): Promise<Catalog>;
  prepare(): Promise<void>;
  close(): Promise<void>;
}

function catalogOf(
  { workspace, ...request }: Omit<CatalogRequest, 'workspace'> & { readonly workspace: Workspace | ThrowAwayWorkspace },
  { onCatalog }: RuntimeOptions,
): CatalogParts {
  if ('pristine' in workspace) return throwAwayCatalog({ ...request, workspace });
  return workspaceCatalog({ ...request, workspace, ...(onCatalog && { progress: onCatalog }) });
}

function toolkitsOf(app: App, env: ToolkitEnv): ReadonlyMap<string, Toolkit> {
  return new Map(Object.entries(app.toolkits).map(([key, config]) => [key, createToolkit(config, env)]));
}

/** The run whose conversation a new session takes over. @throws HarnessError `unknown-name` */
function forkOf(store: Store, { fork }: RuntimeOptions): string | undefined {
  if (fork === undefined || store.run(fork)) return fork;
  throw new HarnessError('unknown-name', `there is no run "${fork}"`, { hint: 'harness runs list' });
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

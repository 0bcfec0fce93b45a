import type { App } from '../config/app.ts';
import { HarnessError, type Problem, ToolFailure } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { Redactor } from '../core/redact.ts';
import { type OpenCatalog, openCatalog } from '../data/catalog/catalog.ts';
import type { Progress } from '../data/catalog/refresh.ts';
import { type Workspace, workspaceOf } from './workspace.ts';

/** The catalog of a workspace, opened when it is first asked for. */
export interface WorkspaceCatalog {
  catalog(): Promise<OpenCatalog>;
  /**
   * Begins to bring it up to date where agents may ask it, so that it is when they do. Waits only until the app's
   * files have been checked against the target database.
   * @throws HarnessError `invalid-files` when they name what is not there.
   */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

export interface CatalogRequest {
  readonly app: App;
  readonly workspace: Workspace;
  readonly clock: Clock;
  readonly redactor: Redactor;
  progress?(progress: Progress): void;
}

export function workspaceCatalog(request: CatalogRequest): WorkspaceCatalog {
  const { app, workspace } = request;
  const { rebuildOnStart } = workspaceOf(app, workspace.name).dataEnvironment.catalogSearch;
  let opened: Promise<OpenCatalog> | undefined;
  const catalog = () => {
    opened ??= open(request);
    return opened;
  };
  return {
    catalog,
    async prepare() {
      if (!rebuildOnStart || !asksCatalog(app)) return;
      const found = await catalog();
      // A target that cannot be read is told to the agent that asks.
      found.update().catch(() => undefined);
      await found.checked().catch((thrown) => {
        if (!(thrown instanceof ToolFailure)) throw thrown;
      });
    },
    close: async () => {
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

async function open({ app, workspace, clock, redactor, progress }: CatalogRequest): Promise<OpenCatalog> {
  const { catalog, catalogSearch, targetDatabase } = workspaceOf(app, workspace.name).dataEnvironment;
  return openCatalog({
    file: workspace.stateFile(catalog.file),
    ensureSchema: catalog.ensureSchema,
    target: await workspace.targetFile(),
    tables: targetDatabase.tables,
    declaration: app.catalog,
    keepCurrent: catalogSearch.rebuildOnStart,
    redactor,
    now: () => clock.now(),
    ...(progress && { progress }),
  });
}

/** Whether agents have tools that ask the catalog. */
function asksCatalog(app: App): boolean {
  const used = new Set(Object.values(app.agents).flatMap((agent) => agent.toolkits));
  return Object.entries(app.toolkits).some(
    ([name, toolkit]) =>
      used.has(name) && toolkit.kind === 'catalog' && toolkit.tools.some((tool) => tool !== 'execute_query'),
  );
}

/**
 * What in the app's files about the catalog names something that a target database does not have. One that cannot be
 * read is not its matter.
 * @param target absolute path of the target database of the app's default workspace
 */
export async function catalogProblems(app: App, target: string): Promise<readonly Problem[]> {
  if (app.catalog.entries.length === 0) return [];
  const { dataEnvironment } = workspaceOf(app, app.defaultWorkspace);
  const catalog = openCatalog({
    file: ':memory:',
    ensureSchema: true,
    target,
    tables: dataEnvironment.targetDatabase.tables,
    declaration: app.catalog,
    keepCurrent: true,
    now: () => 0,
  });
  try {
    await catalog.checked();
    return [];
  } catch (thrown) {
    if (thrown instanceof HarnessError) return thrown.problems;
    if (thrown instanceof ToolFailure) return [];
    throw thrown;
  } finally {
    await catalog.close();
  }
}

import type { Problem } from '../core/errors.ts';
import type { JsonSchema } from '../core/json.ts';
import type {
  AgentConfig,
  Approvals,
  BudgetConfig,
  CatalogEntry,
  ContextConfig,
  DispatcherConfig,
  Model,
  ProviderConfig,
  ResultsConfig,
  SmokeScript,
  ToolkitConfig,
  WorkspaceConfig,
} from '../generated/config.ts';

/** An app as it was loaded, checked and linked: every name in it exists and every file was read. */
export interface App {
  readonly name: string;
  readonly description: string;
  /** Absolute real path of the folder that holds app.yaml. */
  readonly dir: string;
  /** Folder that holds `apps/`, `evals/` and `.harness/`: the parent of `apps/`, or the app's own folder. */
  readonly root: string;
  readonly entry: string;
  readonly defaultWorkspace: string;
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  /** Names of variables whose values are secret, besides the keys of providers. */
  readonly secrets: readonly string[];
  readonly models: Readonly<Record<string, Model>>;
  readonly agents: Readonly<Record<string, AgentDefinition>>;
  readonly plans: Readonly<Record<string, JsonSchema>>;
  readonly toolkits: Readonly<Record<string, ToolkitConfig>>;
  readonly dispatcher: DispatcherConfig;
  /** Absolute paths of the files that the dispatcher names, by what is written there. */
  readonly dispatcherFiles: Readonly<Record<string, string>>;
  /** Where a part of the dispatcher is written. */
  locateDispatcher(path: readonly string[]): Pick<Problem, 'pointer' | 'place'>;
  readonly catalog: DeclaredCatalog;
  readonly approvals: Approvals;
  readonly results: ResultsConfig;
  readonly budget: BudgetConfig;
  readonly context: ContextConfig;
  readonly workspaces: Readonly<Record<string, WorkspaceDefinition>>;
}

/** What the app's files say about its target databases. */
export interface DeclaredCatalog {
  readonly entries: readonly CatalogEntry[];
  /** Where a part of an entry is written. */
  locate(index: number, path: readonly string[]): Pick<Problem, 'pointer' | 'place'>;
}

/** An agent whose prompt has been read and whose defaults have been filled in. */
export interface AgentDefinition extends Omit<AgentConfig, 'prompt' | 'promptFile' | 'stateful'> {
  readonly prompt: string;
  readonly stateful: boolean;
}

export interface WorkspaceDefinition extends WorkspaceConfig {
  /** Absolute paths of the target database's seed, and of its file where there is no seed. */
  readonly seedFile: string | undefined;
  readonly databaseFile: string | undefined;
}

/** A smoke script with where it came from. */
export interface LoadedScript {
  /** File name without its ending. */
  readonly name: string;
  /** Absolute path. */
  readonly file: string;
  readonly script: SmokeScript;
}

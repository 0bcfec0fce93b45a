import type { AgentDetails } from './agent-details.ts';
import type { CatalogPort } from './catalog-port.ts';
import type { EvalCases } from './eval-desk.ts';
import type { RecordFiles } from './record-files.ts';
import type { SmokeScripts } from './smoke-scripts.ts';
import type { WorkspaceList } from './workspace-list.ts';

/** What pages may look at, besides the record: the workspace and the app that the chat is in now. */
export interface ChatViews {
  /** What can be written into files. */
  readonly files: RecordFiles;
  /** The catalog of the workspace, until it is closed. */
  openCatalog(): CatalogPort;
  /** Undefined for an agent that the app does not have. */
  agentDetails(agent: string): AgentDetails | undefined;
  workspaces(): WorkspaceList;
  readonly evals: EvalCases;
  readonly smoke: SmokeScripts;
}

import type { ChatViews } from '../../ui/chat-views.ts';
import { agentDetails } from './agent-details.ts';
import { catalogPort } from './catalog-port.ts';
import { evalCasesOf } from './eval-desk.ts';
import type { Place } from './place.ts';
import { recordFiles } from './record-files.ts';
import { smokeScriptsOf } from './smoke.ts';
import { workspaceList } from './workspace-list.ts';

/** What the pages of a chat look at. @param here where the chat is now */
export function chatViews(here: () => Pick<Place, 'app' | 'runtime'>): ChatViews {
  return {
    files: recordFiles(here),
    openCatalog: () => catalogPort(here().app, here().runtime),
    agentDetails: (agent) => agentDetails(here().app, here().runtime, agent),
    workspaces: () => workspaceList(here().app),
    evals: evalCasesOf(here().app.dir),
    smoke: smokeScriptsOf(here().app.dir),
  };
}

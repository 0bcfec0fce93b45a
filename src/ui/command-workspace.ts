import { failing } from './command-session.ts';
import type { CommandContext } from './commands.ts';

/** Opens pages about the workspace and the app. */
type Command = (context: CommandContext, words: readonly string[]) => void;

export const catalogCommand: Command = ({ page }, words) =>
  page(async (desk) => (await import('./screens/catalog.ts')).catalogPage(desk, words.join(' ')));

export const agentsCommand: Command = ({ page }, [name]) =>
  page(async (desk) => (await import('./screens/agents.ts')).agentsPage(desk, name));

export const approvalsCommand: Command = ({ page }, [id]) =>
  page(async (desk) => (await import('./screens/approvals.ts')).approvalsPage(desk, id));

/** Without a name: the workspaces, of which one can be chosen. */
export const workspaceCommand: Command = (context, [workspace]) => {
  const { page, move } = context;
  if (workspace === undefined) page(async (desk) => (await import('./screens/workspaces.ts')).workspacesPage(desk));
  else move({ kind: 'workspace', workspace }).catch(failing(context));
};

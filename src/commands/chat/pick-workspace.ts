import type { App } from '../../config/app.ts';
import type { ThemeName } from '../../ui/paint.ts';
import { workspaceList } from './workspace-list.ts';

/**
 * The workspace of a chat that nothing on the command line names: a person chooses it, where there are several. Nothing
 * is opened for that.
 * @param plain a question in words
 * @returns undefined when the person leaves instead
 */
export async function pickWorkspace(app: App, plain: boolean, colours: ThemeName): Promise<string | undefined> {
  if (Object.keys(app.workspaces).length < 2) return app.defaultWorkspace;
  const list = workspaceList(app);
  const pick = await import('../../ui/pick.ts');
  if (plain) return pick.askWorkspace(list);
  const { theme } = await import('../../ui/paint.ts');
  return pick.pickWorkspace(list, theme(colours));
}

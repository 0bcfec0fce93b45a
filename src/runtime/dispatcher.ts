import type { App } from '../config/app.ts';
import type { Dispatcher } from '../core/ports.ts';
import { createDispatcher } from '../dispatchers/registry.ts';
import { type Environment, variablesOf } from './keys.ts';
import type { Workspace } from './workspace.ts';

type Place = Pick<Workspace, 'name' | 'stateFile' | 'targetFile'>;

/**
 * The app's dispatcher, in one workspace.
 * @param throwAway the workspace is one of a test
 * @param env where the variables that it gets are looked up, besides `.env`
 * @throws HarnessError `missing-keys`, `invalid-files`
 */
export function dispatcherOf(
  app: App,
  { name, stateFile, targetFile }: Place,
  {
    throwAway = false,
    env = process.env,
  }: { readonly throwAway?: boolean; readonly env?: Environment | undefined } = {},
): Promise<Dispatcher> {
  const variables = variablesOf(app, env);
  const about = {
    workspace: name,
    appFolder: app.dir,
    stateFile,
    targetFile,
    appFile: (written: string) => app.dispatcherFiles[written],
    variable: variables.value,
    variableNames: variables.names,
    locate: app.locateDispatcher,
  };
  return createDispatcher(app.dispatcher, about, throwAway);
}

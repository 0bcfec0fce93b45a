import type { Problem } from '../core/errors.ts';

/** What a dispatcher may use of its workspace, and of its app. */
export interface DispatcherEnv {
  readonly workspace: string;
  /** Absolute path of the app's folder. */
  readonly appFolder: string;
  /** Absolute path of a file in the workspace's state folder. */
  stateFile(name: string): string;
  /** Absolute path of the workspace's target database, which is made when it is first asked for. */
  targetFile(): Promise<string>;
  /** Absolute path of a file of the app, as its config names it; undefined for what names none. */
  appFile(written: string): string | undefined;
  /** The value of an environment variable; undefined when it is not set. */
  variable(name: string): string | undefined;
  /** Names of the variables that are set. */
  variableNames(): readonly string[];
  /** Where a part of the dispatcher is written. */
  locate(path: readonly string[]): Pick<Problem, 'pointer' | 'place'>;
}

import type { Dispatcher } from '../core/ports.ts';
import type { DispatcherConfig } from '../generated/config.ts';
import { mock } from './mock.ts';
import { sqlite } from './sqlite.ts';

/** What a dispatcher may use of its workspace. */
export interface DispatcherEnv {
  /** Absolute path of a file in the workspace's state folder. */
  stateFile(name: string): string;
  /** Absolute path of the workspace's target database, which is made when it is first asked for. */
  targetFile(): Promise<string>;
}

type Kind = DispatcherConfig['kind'];
type ConfigOf<K extends Kind> = Extract<DispatcherConfig, { kind: K }>;

/** A new kind is one file, one line here and one schema. */
const dispatchers: { readonly [K in Kind]: (config: ConfigOf<K>, env: DispatcherEnv) => Dispatcher } = {
  mock,
  sqlite,
};

export function createDispatcher(config: DispatcherConfig, env: DispatcherEnv): Dispatcher {
  const create = dispatchers[config.kind] as (config: DispatcherConfig, env: DispatcherEnv) => Dispatcher;
  return create(config, env);
}

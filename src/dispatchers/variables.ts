import type { DispatcherConfig } from '../generated/config.ts';

/** Names of the environment variables that a dispatcher gets. Their values are secrets. */
export function variablesOf(config: DispatcherConfig): readonly string[] {
  switch (config.kind) {
    case 'http':
      return [...(config.tokenEnv === undefined ? [] : [config.tokenEnv]), ...Object.values(config.headersEnv)];
    case 'command':
    case 'module':
      return config.env;
    default:
      return [];
  }
}

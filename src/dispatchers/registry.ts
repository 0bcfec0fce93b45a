import { HarnessError, type Problem } from '../core/errors.ts';
import { suggest } from '../core/nearest.ts';
import type { Dispatcher } from '../core/ports.ts';
import type { DispatcherConfig } from '../generated/config.ts';
import { command } from './command.ts';
import type { DispatcherEnv } from './env.ts';
import { http } from './http.ts';
import { mock } from './mock.ts';
import { module } from './module.ts';
import { sqlite } from './sqlite.ts';
import { variablesOf } from './variables.ts';

type Kind = DispatcherConfig['kind'];
type ConfigOf<K extends Kind> = Extract<DispatcherConfig, { kind: K }>;
type Create<C> = (config: C, env: DispatcherEnv) => Dispatcher | Promise<Dispatcher>;

/** A new kind is one file, one line here and one schema. */
const dispatchers: { readonly [K in Kind]: Create<ConfigOf<K>> } = { mock, sqlite, http, command, module };

/**
 * The dispatcher of an app, in one workspace.
 * @param throwAway the workspace is one of a test: nothing outside of it changes, unless the app says so
 * @throws HarnessError `missing-keys` with all variables that are not set; `invalid-files` for code that does not load
 */
export async function createDispatcher(
  config: DispatcherConfig,
  env: DispatcherEnv,
  throwAway = false,
): Promise<Dispatcher> {
  if (throwAway && 'inTests' in config && config.inTests === 'mock') {
    return mock({ kind: 'mock', results: config.results, delayMs: 0 }, env);
  }
  refuseMissing(config, env);
  const create = dispatchers[config.kind] as Create<DispatcherConfig>;
  return create(config, env);
}

function refuseMissing(config: DispatcherConfig, env: DispatcherEnv): void {
  const missing = variablesOf(config).filter((name) => env.variable(name) === undefined);
  const problems = [...new Set(missing)].map((name): Problem => {
    const hint = suggest(name, env.variableNames()) ?? `export ${name}=…, or write ${name}=… into .env beside the apps`;
    const message = `the dispatcher needs ${name}, which is not set`;
    return { code: 'missing-key', severity: 'error', message, hint, pointer: '/dispatcher' };
  });
  if (problems.length === 0) return;
  const count = problems.length === 1 ? 'something is' : `${problems.length} things are`;
  throw new HarnessError('missing-keys', `${count} missing for the dispatcher; nothing was run`, { problems });
}

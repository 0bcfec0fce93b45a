import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import type { App } from '../config/app.ts';
import { HarnessError, messageOf, type Problem } from '../core/errors.ts';
import { type Redactor, redactor, type Secret } from '../core/redact.ts';
import { variablesOf as namesIn } from '../dispatchers/variables.ts';
import { modelsInUse } from './models.ts';

/** Variables of a process, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The providers that an app's models use, with their keys. */
export interface Keys {
  /** The key of a provider; undefined for one that needs none. */
  of(provider: string): string | undefined;
  /** For a redactor. */
  readonly secrets: readonly Secret[];
}

/**
 * Looks up the keys of all providers that the app's models use: in the environment, then in the file `.env` beside
 * the app's project.
 * @throws HarnessError `missing-keys` with everything that a live run lacks
 */
export function readKeys(app: App, env: Environment): Keys {
  const lookUp = variables(app, env);
  const problems = [...agentsWithoutModel(app)];
  const keys = new Map<string, string>();
  for (const [name, providers] of keysInUse(app)) {
    const value = lookUp(name) ?? '';
    const fault = faultOf(value);
    if (fault !== undefined) problems.push(missing(providers, name, fault));
    else for (const provider of providers) keys.set(provider, value);
  }
  if (problems.length > 0) {
    const count = problems.length === 1 ? 'something is' : `${problems.length} things are`;
    throw new HarnessError('missing-keys', `${count} missing for a live run of app "${app.name}"; nothing was run`, {
      problems,
      hint: 'without a key: --script <file>, or `harness smoke`',
    });
  }
  return { of: (provider) => keys.get(provider), secrets: secretsOf(app, env) };
}

/**
 * The keys of all the app's providers that are set, used or not, and the variables that app.yaml calls secret. What is
 * shown or stored must not hold them. Of a `.env` that cannot be read nothing can be shown.
 */
export function secretsOf(app: App, env: Environment): readonly Secret[] {
  const lookUp = variables(app, env, () => ({}));
  return secretNames(app).flatMap((name) => {
    const value = lookUp(name);
    return value === undefined ? [] : [{ name, value }];
  });
}

/** Removes the app's secrets. */
export function redactorOf(app: App, env: Environment = process.env): Redactor {
  return redactor(secretsOf(app, env), secretNames(app));
}

/** The variables of the `.env` that an app in this folder would have, also when its files are wrong. */
export function envBeside(dir: string): Environment {
  const roots = [dir, dirname(dirname(dir))];
  return Object.assign({}, ...roots.map((root) => readEnvFile(join(root, '.env'), () => ({}))));
}

/** Names of the variables that hold the app's secrets, set or not. */
export function secretNames(app: App): readonly string[] {
  const keys = Object.values(app.providers).map(({ apiKeyEnv }) => apiKeyEnv);
  return [...new Set([...keys, ...app.secrets, ...dispatcherVariables(app)])];
}

/** Names of the variables that the app's dispatcher gets. */
export function dispatcherVariables({ dispatcher }: App): readonly string[] {
  return [...new Set(namesIn(dispatcher))];
}

/** The variables that are set, in the environment and in `.env`. */
export function variablesOf(
  app: App,
  env: Environment,
): { value(name: string): string | undefined; names(): readonly string[] } {
  const value = variables(app, env);
  return { value, names: () => Object.keys({ ...env, ...readEnvFile(envFileOf(app), () => ({})) }) };
}

/** Whether the key of a provider is there; its value is told to nobody. */
export function hasKey(app: App, provider: string, env: Environment): boolean {
  const config = app.providers[provider];
  if (config === undefined) return false;
  return config.auth === 'none' || variables(app, env)(config.apiKeyEnv) !== undefined;
}

/** The variables that hold the keys of a live run, each with the providers that need it. */
function keysInUse(app: App): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  const providers = new Set(modelsInUse(app).flatMap((model) => app.models[model]?.provider ?? []));
  for (const provider of [...providers].sort()) {
    const config = app.providers[provider];
    if (config === undefined || config.auth === 'none') continue;
    names.set(config.apiKeyEnv, [...(names.get(config.apiKeyEnv) ?? []), provider]);
  }
  return names;
}

function agentsWithoutModel(app: App): readonly Problem[] {
  const names = Object.keys(app.agents).filter((name) => app.agents[name]?.model === undefined);
  return names.map((name) => ({
    code: 'missing-model',
    severity: 'error',
    message: `agent "${name}" has no model`,
    hint: 'model: one of the models of app.yaml',
    pointer: `/agents/${name}`,
  }));
}

function missing(providers: readonly string[], name: string, fault: string): Problem {
  const names = providers.map((provider) => `"${provider}"`).join(' and ');
  const who = providers.length === 1 ? `provider ${names} needs` : `providers ${names} need`;
  return {
    code: 'missing-key',
    severity: 'error',
    message: `${who} ${name}, which ${fault}`,
    hint: `export ${name}=…, or write ${name}=… into .env beside the apps`,
    pointer: `/providers/${providers[0]}`,
  };
}

/** The environment holds before the file, and an empty variable counts as none. */
function variables(
  app: App,
  env: Environment,
  unreadable = (error: HarnessError): Environment => {
    throw error;
  },
): (name: string) => string | undefined {
  let file: Environment | undefined;
  const set = (value: string | undefined) => (value?.trim() ? value.trim() : undefined);
  return (name) => {
    const own = set(env[name]);
    if (own !== undefined) return own;
    file ??= readEnvFile(envFileOf(app), unreadable);
    return set(file[name]);
  };
}

/** Where an app's variables may be written: beside its project's `apps/`. */
export function envFileOf(app: App): string {
  return join(app.root, '.env');
}

function readEnvFile(path: string, unreadable: (error: HarnessError) => Environment): Environment {
  if (!existsSync(path)) return {};
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (thrown) {
    return unreadable(new HarnessError('missing-keys', `${path} cannot be read: ${messageOf(thrown)}`));
  }
}

/** A quote that is not closed makes the following lines part of the value, and no header can carry it. */
function faultOf(value: string): string | undefined {
  if (value === '') return 'is not set';
  if (/^[\x21-\x7e]+$/.test(value)) return undefined;
  return /[\r\n]/.test(value)
    ? 'spans several lines; look for a quote that is not closed'
    : 'holds a space or another character that no key has';
}

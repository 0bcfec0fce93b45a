import { pathToFileURL } from 'node:url';
import { HarnessError, messageOf, ToolFailure } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { Action } from '../core/plan.ts';
import type { Dispatcher } from '../core/ports.ts';
import type { ModuleDispatcher } from '../generated/config.ts';
import { appliedFrom } from './applied.ts';
import type { DispatcherEnv } from './env.ts';

/** What `createDispatcher` of a module is told. */
export interface DispatcherAbout {
  readonly workspace: string;
  /** Values of the variables that the app names for it. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a module may export under this name: makes the dispatcher of one workspace. */
export type CreateDispatcher<A extends { readonly kind: string } = Action> = (
  about: DispatcherAbout,
) => Dispatcher<A> | Promise<Dispatcher<A>>;

/** Hands actions to code of the app. What it answers is held to the same form as what a server or a program answers. */
export async function module(config: ModuleDispatcher, env: DispatcherEnv): Promise<Dispatcher> {
  const refuse = (message: string, hint?: string): never => {
    const problem = {
      code: 'invalid-module',
      severity: 'error',
      message,
      ...(hint !== undefined && { hint }),
    } as const;
    throw new HarnessError('invalid-files', 'the dispatcher cannot be used; nothing was run', {
      problems: [{ ...problem, ...env.locate(['file']) }],
    });
  };
  const file = env.appFile(config.file) ?? refuse(`there is no file "${config.file}"`);
  const unread = unreadable(file, config.file);
  if (unread) refuse(unread.message, unread.hint);
  const exported = await load(file).catch((thrown: unknown) =>
    refuse(`"${config.file}" cannot be loaded: ${firstLine(thrown)}`),
  );
  const variables = Object.fromEntries(config.env.map((name) => [name, env.variable(name) ?? '']));
  const made = await dispatcherOf(exported, { workspace: env.workspace, env: variables }).catch((thrown: unknown) =>
    refuse(`createDispatcher of "${config.file}" failed: ${firstLine(thrown)}`),
  );
  if (isDispatcher(made)) return held(made);
  const near = nearest('createDispatcher', Object.keys(exported));
  const hint = near === undefined ? undefined : `did you mean createDispatcher by "${near}"?`;
  return refuse(`"${config.file}" exports no dispatcher: neither as default nor by createDispatcher`, hint);
}

type Exported = Readonly<Record<string, unknown>>;

async function load(file: string): Promise<Exported> {
  return (await import(pathToFileURL(file).href)) as Exported;
}

async function dispatcherOf({ createDispatcher, default: own }: Exported, about: DispatcherAbout): Promise<unknown> {
  return typeof createDispatcher === 'function' ? createDispatcher(about) : own;
}

function isDispatcher(value: unknown): value is Dispatcher {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Dispatcher>).apply === 'function';
}

function held(made: Dispatcher): Dispatcher {
  return {
    async apply(action, context) {
      try {
        return appliedFrom(await made.apply(action, context), action.kind);
      } catch (thrown) {
        throw asOurs(thrown);
      }
    },
    ...(made.lookup && {
      async lookup(key) {
        const found: unknown = await made.lookup?.(key);
        return found === undefined || found === null ? undefined : appliedFrom(found, 'the action');
      },
    }),
    close: async () => made.close?.(),
  };
}

/** The module may have a Harness of its own, with an error of the same name. */
function asOurs(thrown: unknown): unknown {
  const isFailure = thrown instanceof Error && thrown.name === 'ToolFailure' && !(thrown instanceof ToolFailure);
  return isFailure ? new ToolFailure('action-failed', thrown.message) : thrown;
}

/** Why this Node cannot load a module, and what to do; undefined when it can. @param name what the app calls the file */
export function unreadable(
  file: string,
  name: string,
): { readonly message: string; readonly hint: string } | undefined {
  if (!/\.m?ts$/.test(file) || readsTypeScript()) return undefined;
  return {
    message: `Node ${process.versions.node} does not run TypeScript, as "${name}" is`,
    hint: 'use Node 22.18 or later, or compile the module and name the .js file',
  };
}

function readsTypeScript(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript);
}

function firstLine(thrown: unknown): string {
  return messageOf(thrown).split('\n', 1)[0] ?? '';
}

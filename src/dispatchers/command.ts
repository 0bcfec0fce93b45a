import { ToolFailure } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Dispatcher } from '../core/ports.ts';
import type { CommandDispatcher } from '../generated/config.ts';
import { appliedFromText } from './applied.ts';
import { type Ended, type Program, runProgram } from './child.ts';
import type { DispatcherEnv } from './env.ts';

/** The exit code by which a program says that nothing was changed. Others come by themselves, also after a change. */
const notApplied = 10;

/** Runs a program for each action: the action on its standard input, what it did on its standard output. */
export function command(config: CommandDispatcher, env: DispatcherEnv): Dispatcher {
  const run = (call: readonly string[], input: Json): Promise<Ended> => runProgram(programOf(call, config, env), input);
  const { lookup } = config;
  return {
    async apply(action, { key, planId, index, workspace }) {
      const ended = await run(config.command, { key, planId, index, workspace, action });
      if ('code' in ended && ended.code === 0) return appliedFromText(ended.stdout, action.kind);
      const reason = reasonOf(ended, config);
      if (certainlyNothing(ended)) throw new ToolFailure('action-failed', `${action.kind} was not applied: ${reason}`);
      throw new Error(`nobody knows whether ${action.kind} was applied: ${reason}`);
    },
    ...(lookup && {
      async lookup(key) {
        const ended = await run(lookup, { key, workspace: env.workspace });
        if ('code' in ended && ended.code === 0) return appliedFromText(ended.stdout, 'the action');
        if ('code' in ended && ended.code === notApplied) return undefined;
        throw new Error(`the program does not tell what it did: ${reasonOf(ended, config)}`);
      },
    }),
  };
}

function programOf(call: readonly string[], config: CommandDispatcher, env: DispatcherEnv): Program {
  return {
    // No name of a file can be taken for an option, or for a program somewhere else.
    words: call.map((word) => env.appFile(word) ?? word),
    folder: env.appFolder,
    variables: Object.fromEntries(config.env.map((name) => [name, env.variable(name) ?? ''])),
    timeoutMs: config.timeoutSeconds * 1000,
  };
}

function certainlyNothing(ended: Ended): boolean {
  return 'notStarted' in ended || ('code' in ended && ended.code === notApplied);
}

function reasonOf(ended: Ended, { timeoutSeconds }: CommandDispatcher): string {
  if ('notStarted' in ended) return `the program cannot be started: ${ended.notStarted}`;
  if ('late' in ended) return `the program was ended after ${timeoutSeconds} s`;
  const end = ended.code === null ? `the program was ended by ${ended.signal}` : `the program ended with ${ended.code}`;
  return ended.stderr === '' ? end : `${end}: ${ended.stderr}`;
}

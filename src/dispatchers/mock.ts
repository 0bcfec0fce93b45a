import { appendFileSync, closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ToolFailure } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { Dispatcher } from '../core/ports.ts';
import type { MockDispatcher } from '../generated/config.ts';
import type { DispatcherEnv } from './env.ts';

/** Accepts every action and changes nothing; with a journal, each applied action is a durable line of JSON. */
export function mock(config: MockDispatcher, env: Pick<DispatcherEnv, 'stateFile'>): Dispatcher {
  const journal = config.journal === undefined ? undefined : env.stateFile(config.journal);
  return {
    async apply(action, { key }) {
      // An interruption waits for it: an action that has begun comes to its end.
      if (config.delayMs > 0) await sleep(config.delayMs);
      const result = config.results[action.kind];
      if (result?.fail !== undefined) throw new ToolFailure('action-failed', result.fail);
      if (journal !== undefined) writeLine(journal, { key, action });
      return {
        entitiesAffected: result?.entitiesAffected ?? 1,
        summary: result?.summary ?? `${action.kind} accepted`,
        ...(result?.details === undefined ? {} : { details: result.details as Json }),
      };
    },
  };
}

function writeLine(file: string, line: Json): void {
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(file, 'a');
  try {
    appendFileSync(handle, `${JSON.stringify(line)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

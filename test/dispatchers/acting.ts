import { ToolFailure } from '../../src/core/errors.ts';
import type { Action } from '../../src/core/plan.ts';
import type { Applied, Dispatcher } from '../../src/core/ports.ts';
import type { DispatcherEnv } from '../../src/dispatchers/env.ts';

/** What a dispatcher may use, as far as a test gives it. */
export function envOf(more: Partial<DispatcherEnv> & { readonly variables?: Readonly<Record<string, string>> } = {}) {
  const { variables = {}, ...parts } = more;
  const env: DispatcherEnv = {
    workspace: 'main',
    appFolder: process.cwd(),
    stateFile: (name) => name,
    targetFile: async () => 'target.db',
    appFile: () => undefined,
    variable: (name) => variables[name],
    variableNames: () => Object.keys(variables),
    locate: () => ({ pointer: '' }),
    ...parts,
  };
  return env;
}

export const lowered: Action = { kind: 'price_change', productId: 'p-001', newPrice: 6.49 };

export const key = 'main/plan-1/1/0123456789abcdef/0';

/** What came of an action: what was applied, or why it was not (`failed`), or why nobody knows (`unknown`). */
export async function outcomeOf(dispatcher: Dispatcher): Promise<Applied | readonly ['failed' | 'unknown', string]> {
  const signal = new AbortController().signal;
  try {
    return await dispatcher.apply(lowered, { key, planId: 'plan-1', index: 0, workspace: 'main', signal });
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    return [thrown instanceof ToolFailure ? 'failed' : 'unknown', thrown.message];
  }
}

import { join } from 'node:path';
import type { Test } from 'tap';
import { stringify } from 'yaml';
import type { App } from '../src/config/app.ts';
import { loadApp } from '../src/config/load.ts';
import type { Event } from '../src/core/event.ts';
import type { Approver, Dispatcher, Interpreter } from '../src/core/ports.ts';
import type { Script, ScriptedApprovals } from '../src/generated/config.ts';
import { scriptedApprover } from '../src/run/approvers.ts';
import type { RunResult } from '../src/run/run.ts';
import { openRuntime, type Runtime } from '../src/runtime/build.ts';
import { folderOf } from './folder.ts';

/** A plan schema with two kinds of action. */
const shopPlan = {
  type: 'object',
  additionalProperties: false,
  required: ['rationale', 'actions'],
  properties: {
    rationale: { type: 'string' },
    actions: {
      type: 'array',
      minItems: 1,
      items: {
        oneOf: [
          {
            type: 'object',
            additionalProperties: false,
            required: ['kind', 'productId', 'newPrice'],
            properties: {
              kind: { const: 'price_change' },
              productId: { type: 'string', pattern: '^p-[0-9]{3}$' },
              newPrice: { type: 'number', exclusiveMinimum: 0 },
            },
          },
          {
            type: 'object',
            additionalProperties: false,
            required: ['kind', 'productId'],
            properties: { kind: { const: 'delist' }, productId: { type: 'string' } },
          },
        ],
      },
    },
  },
} as const;

/** A small app as app.yaml would hold it. */
export const smallApp = {
  harness: 1,
  name: 'small',
  agents: {
    coordinator: { role: 'coordinator', prompt: 'Coordinate.', routes: ['planner', 'executor', 'clerk'] },
    planner: { role: 'planner', prompt: 'Plan.' },
    executor: { role: 'executor', prompt: 'Execute.' },
    clerk: { role: 'specialist', prompt: 'Look things up.', toolkits: ['desk'], maxSteps: 3 },
  },
  plans: { ShopPlan: shopPlan },
  toolkits: {
    desk: {
      kind: 'stub',
      tools: {
        look: {
          description: 'Look up a price.',
          input: {
            type: 'object',
            additionalProperties: false,
            required: ['id'],
            properties: { id: { type: 'string' } },
          },
          results: [{ when: { id: 'p-001' }, result: { price: 6.99 } }],
          error: 'no such product',
        },
        wipe: { description: 'Wipe a product.', effect: 'destructive', result: { wiped: true } },
      },
    },
  },
  dispatcher: { kind: 'mock' },
  workspaces: { main: { dataEnvironment: { targetDatabase: { kind: 'sqlite', file: 't.db', seed: 'seed.sql' } } } },
};

export type AppYaml = typeof smallApp;

/** Writes an app into a folder of the test and loads it. */
export async function appOf(t: Test, yaml: object = smallApp): Promise<App> {
  const dir = folderOf(t, {
    apps: { small: { 'app.yaml': stringify(yaml), 'seed.sql': 'CREATE TABLE p (id TEXT);' } },
  });
  const { app, problems } = await loadApp(join(dir, 'apps', 'small'));
  if (!app) throw new Error(problems.map((problem) => problem.message).join('\n'));
  return app;
}

export interface Played {
  readonly result: RunResult;
  readonly events: readonly Event[];
  readonly runtime: Runtime;
}

export interface PlayOptions {
  readonly app?: object;
  readonly agent?: string;
  readonly approvals?: ScriptedApprovals;
  readonly approver?: Approver;
  readonly dispatcher?: Dispatcher;
  readonly interpreter?: Interpreter;
}

/** Plays a script in a throw-away workspace. */
export async function play(t: Test, script: Script, options: PlayOptions = {}): Promise<Played> {
  const app = await appOf(t, options.app);
  const { approvals, approver = approvals && scriptedApprover(approvals), dispatcher, interpreter } = options;
  const runtime = await openRuntime(app, {
    throwAway: true,
    interpreter: interpreter ?? { kind: 'scripted', input: script },
    ...(approver && { approver }),
    ...(dispatcher && { dispatcher }),
  });
  t.teardown(() => runtime.close());
  const result = await runtime.run({ prompt: 'Do it.', agent: options.agent ?? app.entry });
  return { result, events: runtime.store.events(result.runId), runtime };
}

/** A step that stores a plan. */
export function storeStep(actions: unknown, planId = 'plan-1') {
  return { call: 'storePlan', args: { specName: 'ShopPlan', planId, body: { rationale: 'because', actions } } };
}

export const priceChange = { kind: 'price_change', productId: 'p-001', newPrice: 6.49 };

export function executeStep(planId = 'plan-1') {
  return { call: 'executePlan', args: { planId } };
}

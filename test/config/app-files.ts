import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Test } from 'tap';
import { type LoadedApp, loadApp } from '../../src/config/load.ts';

/** Files by path from the project's folder; null leaves a file out. */
export type Files = Readonly<Record<string, string | null>>;

/** A sound app in twenty files. */
export const soundApp = {
  'apps/shop/app.yaml': `# yaml-language-server: $schema=../../schemas/app.schema.json
harness: 1
name: shop
defaultWorkspace: acme
providers:
  anthropic: ./providers/anthropic.yaml
models:
  main: { provider: anthropic, id: claude-sonnet-5-5 }
  fast: { provider: anthropic, id: claude-haiku-5-5 }
agents:
  coordinator: ./agents/coordinator.yaml
  analyst: ./agents/analyst.yaml
  planner: ./agents/planner.yaml
  executor: ./agents/executor.yaml
plans:
  PricePlan: ./plans/price-plan.yaml
  StockPlan: ./plans/stock-plan.yaml
toolkits:
  catalog: ./toolkits/catalog.yaml
  desk: ./toolkits/desk.yaml
dispatcher: ./dispatcher.yaml
approvals:
  rules:
    - ask: execute_query
      when: { sql: { matches: "(?i)customer" } }
      reason: Personal data
    - deny: plan:PricePlan
      when: { actions: { any: { newPrice: { lt: 1 } } } }
workspaces:
  acme: ./workspaces/acme.yaml
  globex: ./workspaces/globex.yaml
`,
  'apps/shop/providers/anthropic.yaml': `kind: anthropic
`,
  'apps/shop/agents/coordinator.yaml': `role: coordinator
model: main
routes: [analyst, planner, executor]
prompt: |
  You coordinate.
`,
  'apps/shop/agents/analyst.yaml': `role: specialist
model: fast
toolkits: [catalog, desk]
promptFile: ./prompts/analyst.md
`,
  'apps/shop/agents/prompts/analyst.md': `You look things up.
`,
  'apps/shop/agents/planner.yaml': `role: planner
model: main
plans: [PricePlan, StockPlan]
prompt: You plan.
approvals:
  rules:
    - ask: storePlan
      when: { specName: StockPlan }
`,
  'apps/shop/agents/executor.yaml': `role: executor
model: fast
prompt: You execute.
`,
  'apps/shop/plans/price-plan.yaml': `type: object
additionalProperties: false
required: [rationale, actions]
properties:
  rationale: { type: string, minLength: 1 }
  actions:
    type: array
    minItems: 1
    items:
      oneOf:
        - $ref: "#/$defs/priceChange"
        - $ref: "#/$defs/delist"
$defs:
  priceChange:
    type: object
    additionalProperties: false
    required: [kind, productId, newPrice]
    properties:
      kind: { const: price_change }
      productId: { type: string, pattern: "^p-[0-9]{3}$" }
      newPrice: { type: number, exclusiveMinimum: 0 }
  delist:
    type: object
    additionalProperties: false
    required: [kind, productId]
    properties:
      kind: { const: delist }
      productId: { type: string }
`,
  'apps/shop/plans/stock-plan.yaml': `type: object
additionalProperties: false
required: [actions]
properties:
  actions:
    type: array
    items:
      type: object
      additionalProperties: false
      required: [kind, units]
      properties:
        kind: { const: restock }
        units: { type: integer, minimum: 1 }
`,
  'apps/shop/toolkits/catalog.yaml': `kind: catalog
tools: [execute_query]
`,
  'apps/shop/toolkits/desk.yaml': `kind: stub
tools:
  get_stock:
    description: Units on hand.
    input:
      type: object
      additionalProperties: false
      required: [productId]
      properties:
        productId: { type: string }
    results:
      - { when: { productId: p-001 }, result: { units: 12 } }
    result: { units: 0 }
  wipe:
    description: Wipe the desk.
    effect: destructive
    result: {}
`,
  'apps/shop/dispatcher.yaml': `kind: mock
results:
  price_change: { entitiesAffected: 1 }
journal: actions.jsonl
`,
  'apps/shop/workspaces/acme.yaml': `displayName: ACME
dataEnvironment:
  targetDatabase: { kind: sqlite, file: target.db, seed: ../data/shop.sql }
`,
  'apps/shop/workspaces/globex.yaml': `displayName: Globex
dataEnvironment:
  targetDatabase: { kind: sqlite, file: ../data/globex.db }
`,
  'apps/shop/data/shop.sql': `CREATE TABLE products (id TEXT);
`,
  'apps/shop/data/globex.db': '',
  'apps/shop/smoke/price.yaml': `prompt: Lower p-001.
approvals: approve
script:
  coordinator:
    - { call: call_agent, args: { agent: planner, prompt: Plan it. } }
    - say: Done.
  planner:
    - calls:
        - { call: getPlan, args: { planId: plan-1 } }
    - say: Stored.
expect:
  agents: [coordinator, planner]
  calls:
    - { tool: getPlan, agent: planner, error: unknown-plan }
  actions:
    - { kind: price_change, newPrice: 6.49 }
`,
  'apps/shop/smoke/stock.yaml': `prompt: How many?
agent: analyst
workspace: acme
script:
  analyst:
    - { say: Looking., call: get_stock, args: { productId: p-001 } }
    - say: Twelve.
`,
  'evals/shop/price.yaml': `id: price
workspace: globex
input: Lower p-001.
expectedTrajectory: [storePlan, { tool: executePlan, agent: executor }]
expectedAgents: [coordinator, planner]
forbiddenTools: [wipe]
structuredGroundTruth:
  executedActions:
    - { type: price_change, payload: { productId: p-001 } }
`,
  'evals/shop/stock.yaml': `id: stock
input: How many?
assert:
  - { kind: contains, value: Twelve }
`,
} as const satisfies Files;

/** Writes files into a folder of the test and gives the folder. */
export function writeFiles(t: Test, files: Files): string {
  const root = t.testdir({});
  for (const [path, text] of Object.entries(files)) {
    if (text === null) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

export interface Tried extends LoadedApp {
  readonly root: string;
  /** `path:line:column severity code: message (hint)` of each problem. */
  readonly lines: readonly string[];
}

/** Loads the sound app with some files changed. */
export async function tryApp(
  t: Test,
  changes: Files = {},
  options: Parameters<typeof loadApp>[1] = {},
): Promise<Tried> {
  const root = writeFiles(t, { ...soundApp, ...changes });
  const loaded = await loadApp(join(root, 'apps/shop'), options);
  return { ...loaded, root, lines: loaded.problems.map((problem) => lineOf(problem, root)) };
}

export function lineOf({ severity, code, message, hint, place }: LoadedApp['problems'][number], root: string): string {
  const where = place ? `${relative(root, place.file)}:${place.line}:${place.column} ` : '';
  return `${where}${severity} ${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
}

/** The text of one of the app's files with a piece replaced; the piece must be there. */
export function edit(path: keyof typeof soundApp, piece: string, by: string): Files {
  const text = soundApp[path];
  if (!text.includes(piece)) throw new Error(`${path} does not contain ${piece}`);
  return { [path]: text.replace(piece, () => by) };
}

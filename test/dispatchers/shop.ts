import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import type { Test } from 'tap';
import { folderOf } from '../folder.ts';

/** What is different in an app. */
export interface ShopParts {
  readonly dispatcher?: string;
  readonly plan?: string;
  readonly seed?: string;
  readonly smoke?: Readonly<Record<string, string>>;
  readonly evals?: Readonly<Record<string, string>>;
  /** The target database is a file of the app's own, that the test makes, and not made from the seed. */
  readonly ownFile?: boolean;
}

export const shopDispatcher = `kind: sqlite
actions:
  price_change:
    sql: UPDATE products SET price = :newPrice, note = :note WHERE id = :productId
    rows: 1
    summary: Price of {productId} set to {newPrice}
  restock:
    sql: |
      UPDATE products SET stock = stock + :quantity  -- :not, a parameter
      WHERE id = :productId;
  delist:
    sql: DELETE FROM products WHERE id = :productId
    rows: 1
`;

export const shopPlan = `type: object
additionalProperties: false
required: [actions]
properties:
  actions:
    type: array
    minItems: 1
    items:
      oneOf:
        - type: object
          additionalProperties: false
          required: [kind, productId, newPrice]
          properties:
            kind: { const: price_change }
            productId: { type: string }
            newPrice: { type: number }
            note: { type: string }
        - type: object
          additionalProperties: false
          required: [kind, productId, quantity]
          properties:
            kind: { const: restock }
            productId: { type: string }
            quantity: { type: integer }
        - type: object
          additionalProperties: false
          required: [kind, productId]
          properties:
            kind: { const: delist }
            productId: { type: string }
`;

const shopSeed = `CREATE TABLE products (
  id TEXT PRIMARY KEY,
  price REAL NOT NULL CHECK (price > 0),
  stock INTEGER NOT NULL DEFAULT 0,
  note TEXT
);
INSERT INTO products (id, price, stock) VALUES ('p-001', 6.99, 10), ('p-002', 2.49, 20), ('p-003', 3.79, 30);
CREATE TABLE orders (id INTEGER PRIMARY KEY, product TEXT NOT NULL REFERENCES products DEFERRABLE INITIALLY DEFERRED);
INSERT INTO orders VALUES (1, 'p-003');
`;

const agents = `agents:
  coordinator: { role: coordinator, prompt: Coordinate., routes: [planner, executor, analyst] }
  planner: { role: planner, prompt: Plan. }
  executor: { role: executor, prompt: Execute. }
  analyst: { role: specialist, prompt: Look things up., toolkits: [catalog] }
`;

/** A project with one app whose actions change rows. @returns the project's folder. */
export function shop(t: Test, parts: ShopParts = {}): string {
  const { dispatcher = shopDispatcher, plan = shopPlan, seed = shopSeed, smoke = {}, evals = {}, ownFile } = parts;
  const target = ownFile ? 'file: shop.db' : 'file: target.db, seed: seed.sql';
  const app = `harness: 1
name: shop
${agents}plans: { ShopPlan: ./plan.yaml }
toolkits:
  catalog: { kind: catalog, tools: [execute_query, search_catalog, describe_table] }
dispatcher: ./dispatcher.yaml
workspaces:
  main: { dataEnvironment: { targetDatabase: { kind: sqlite, ${target} } } }
`;
  const dir = folderOf(t, {
    apps: {
      shop: { 'app.yaml': app, 'plan.yaml': plan, 'dispatcher.yaml': dispatcher, 'seed.sql': seed, smoke },
    },
    evals: { shop: evals },
  });
  if (ownFile) {
    const db = new Sqlite(join(dir, 'apps/shop/shop.db'));
    db.exec(seed);
    db.close();
  }
  return dir;
}

/** A script that stores a plan with these actions, in YAML flow style, and executes it. */
export function scriptOf(actions: string, approvals = 'approve'): string {
  return `prompt: Do it.
approvals: ${approvals}
script:
${stepsOf(actions)}`;
}

export function stepsOf(actions: string): string {
  return `  coordinator:
    - { call: call_agent, args: { agent: planner, prompt: Plan it. } }
    - { call: call_agent, args: { agent: executor, prompt: Execute plan-1. } }
    - say: Done.
  planner:
    - { call: storePlan, args: { specName: ShopPlan, planId: plan-1, body: { actions: ${actions} } } }
    - say: Stored plan-1.
  executor:
    - { call: executePlan, args: { planId: plan-1 } }
    - say: Applied.
`;
}

export const targetOfShop = '.harness/shop/main/target.db';

/** Rows of a database file. */
export function rowsOf(file: string, sql = 'SELECT id, price, stock, note FROM products ORDER BY id'): unknown[] {
  return using(file, (db) => db.prepare(sql).raw().all());
}

export function using<T>(file: string, use: (db: Database) => T): T {
  const db = new Sqlite(file, { fileMustExist: true });
  try {
    return use(db);
  } finally {
    db.close();
  }
}

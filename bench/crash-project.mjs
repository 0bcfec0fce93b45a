// The project that bench/crash.mjs works on: a copy of the sample app, its scripts, and what is stored in it.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';

export const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const sample = fileURLToPath(new URL('../apps/coordinator-planner-executor', import.meta.url));
export const folder = mkdtempSync(join(tmpdir(), 'harness-crash-'));
const state = join(folder, '.harness/coordinator-planner-executor/acme');
const journalFile = join(state, 'journal.jsonl');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

export const actionCount = 3;
export const eventCount = 34;
/** How long the mock dispatcher takes for an action. */
export const delayMs = 15;

/** A copy of the sample app whose dispatcher takes a while and keeps a journal. */
export function prepare() {
  const app = join(folder, 'apps/coordinator-planner-executor');
  cpSync(sample, app, { recursive: true });
  const file = join(app, 'app.yaml');
  const dispatcher = `dispatcher:\n  kind: mock\n  journal: journal.jsonl\n  delayMs: ${delayMs}\n`;
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^dispatcher:\n(?: .*\n)+/m, dispatcher));
}

/** A script like the sample's, with a plan of its own. */
export function script(planId) {
  const actions = ['p-001', 'p-002', 'p-003'].map((productId) => ({
    kind: 'price_change',
    productId,
    newPrice: 6.49,
    reason: 'Demand is strong.',
  }));
  const body = { rationale: `The changes of ${planId}.`, actions };
  const value = {
    prompt: 'Lower the prices, and apply it.',
    approvals: 'approve',
    script: {
      coordinator: [
        { call: 'call_agent', args: { agent: 'planner', prompt: 'Plan it.' } },
        { call: 'call_agent', args: { agent: 'executor', prompt: `Execute ${planId}.` } },
        { say: 'Done.' },
      ],
      planner: [
        { call: 'storePlan', args: { specName: 'CatalogActionPlan', planId, body } },
        { say: `Stored ${planId}.` },
      ],
      executor: [{ call: 'executePlan', args: { planId } }, { say: 'Executed.' }],
    },
  };
  const file = join(folder, `${planId}.yaml`);
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(value));
  return file;
}

/** Runs a command to its end. */
export function harness(...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}

export function journal() {
  if (!existsSync(journalFile)) return [];
  const lines = readFileSync(journalFile, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line).key);
}

/** Facts of the store, read past Harness. Undefined before there is one. */
export function store() {
  const file = join(state, 'state.db');
  if (!existsSync(file)) return undefined;
  const db = new Database(file);
  try {
    const tables = db.prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").pluck().get();
    if (tables === 0) return undefined;
    return {
      integrity: db.pragma('integrity_check', { simple: true }),
      events: db.prepare(everyEvent).all().map(eventOf),
    };
  } finally {
    db.close();
  }
}

/** An event's id is made of its run and its place there. */
const everyEvent = `
  SELECT runs.run_id AS runId, events.id & 16777215 AS seq, events.* FROM events
  JOIN runs ON runs.run = events.id >> 24 ORDER BY events.id`;

function eventOf({ id: _id, data, ...row }) {
  return { ...row, data: JSON.parse(data) };
}

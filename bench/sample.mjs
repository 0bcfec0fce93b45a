// The sample's turn for benchmarks: coordinator → planner storePlan → executor executePlan; 7 model steps, 4 tool calls.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadApp } from '../dist/index.js';

const sample = fileURLToPath(new URL('../apps/coordinator-planner-executor', import.meta.url));

/** A folder of this process, gone when it ends. */
export const folder = mkdtempSync(join(tmpdir(), 'harness-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** A copy of the sample app, so that its state is a new one. */
export async function sampleApp(name, change = (app) => app) {
  const dir = join(folder, name, 'apps', 'sample');
  cpSync(sample, dir, { recursive: true });
  const { app } = await loadApp(dir);
  return change(app);
}

export const prompt = 'Lower p-001 to 6.49 because wholesale demand is strong, and apply it.';
export const approver = { decide: async () => ({ decision: { kind: 'approve' }, by: 'bench' }) };

/** What a stub model says: the `count`th step of an agent, from 0, as text or as one tool call. */
export function turnStep(agent, count, planId) {
  const actions = [{ kind: 'price_change', productId: 'p-001', newPrice: 6.49, reason: 'Wholesale demand is strong.' }];
  const steps = {
    coordinator: [
      { tool: 'call_agent', args: { agent: 'planner', prompt: 'Plan the price change of p-001.' } },
      { tool: 'call_agent', args: { agent: 'executor', prompt: `Execute ${planId}.` } },
      { text: 'Sparkling Water 12pk now costs 6.49.' },
    ],
    planner: [
      {
        tool: 'storePlan',
        args: { specName: 'CatalogActionPlan', planId, body: { rationale: 'Demand is strong.', actions } },
      },
      { text: `Stored ${planId}.` },
    ],
    executor: [{ tool: 'executePlan', args: { planId } }, { text: 'Applied one price change.' }],
  };
  return steps[agent][count];
}

/** Plays the turn for Harness, with plan ids of its own for each run. */
export function sampleScript() {
  let run = 0;
  let current = '';
  const counts = new Map();
  return {
    async next(view) {
      if (view.runId !== current) {
        current = view.runId;
        run += 1;
        counts.clear();
      }
      const count = counts.get(view.agent) ?? 0;
      counts.set(view.agent, count + 1);
      const { text = '', tool, args } = turnStep(view.agent, count, `plan-${run}`);
      const calls = tool === undefined ? [] : [{ id: `${view.span}-${count}`, tool, args }];
      return { text, calls, stop: calls.length > 0 ? 'calls' : 'end' };
    },
  };
}

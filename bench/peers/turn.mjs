// What the peers have in common: the shapes of the tools' arguments, and plans that are kept in memory.
import { z } from 'zod';
import { prompt } from '../sample.mjs';

const priceChange = z.object({
  kind: z.literal('price_change'),
  productId: z.string().regex(/^p-[0-9]{3}$/),
  newPrice: z.number(),
  reason: z.string().min(1),
});

export const planBody = z.object({ rationale: z.string().min(1), actions: z.array(priceChange).min(1) });
export const agentCall = z.object({ agent: z.enum(['planner', 'executor']), prompt: z.string().min(1) });

export const instructions = {
  coordinator: 'You coordinate a small team that looks after the catalog of a shop.',
  planner: 'You turn a wished catalog change into a plan and store it.',
  executor: 'You execute stored plans.',
};

/** Plans of one run. */
export function planTools() {
  const plans = new Map();
  return {
    prompt,
    async storePlan({ planId, body }) {
      plans.set(planId, body);
      return { planId, version: 1, status: 'stored' };
    },
    async executePlan({ planId }) {
      const { actions } = plans.get(planId);
      return { planId, status: 'executed', entitiesAffected: actions.length };
    },
  };
}

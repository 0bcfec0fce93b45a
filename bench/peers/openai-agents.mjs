// The turn in OpenAI Agents: a coordinator whose tool runs the other agents. Tracing is off.
import { Agent, Runner, setTracingDisabled, tool, Usage } from '@openai/agents';
import { z } from 'zod';
import { turnStep } from '../sample.mjs';
import { agentCall, instructions, planBody, planTools } from './turn.mjs';

setTracingDisabled(true);

/** A model that plays the steps of one agent. */
function stub(agent, planId) {
  let count = 0;
  return {
    async getResponse() {
      const step = turnStep(agent, count++, planId);
      const id = `${agent}-${count}`;
      const item = step.tool
        ? {
            type: 'function_call',
            callId: id,
            name: step.tool,
            arguments: JSON.stringify(step.args),
            status: 'completed',
          }
        : {
            type: 'message',
            id,
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text: step.text }],
          };
      return { usage: new Usage({ inputTokens: 1, outputTokens: 1, totalTokens: 2 }), output: [item] };
    },
    async *getStreamedResponse() {},
  };
}

/** @returns the answer of the coordinator. */
export async function run(planId) {
  const plans = planTools();
  const runner = new Runner({ tracingDisabled: true });
  const agentOf = (name, tools) =>
    new Agent({ name, instructions: instructions[name], model: stub(name, planId), tools });
  const agents = {
    planner: agentOf('planner', [
      tool({
        name: 'storePlan',
        description: 'Check a plan and store it.',
        parameters: z.object({ specName: z.literal('CatalogActionPlan'), planId: z.string(), body: planBody }),
        execute: plans.storePlan,
      }),
    ]),
    executor: agentOf('executor', [
      tool({
        name: 'executePlan',
        description: 'Execute a stored plan.',
        parameters: z.object({ planId: z.string() }),
        execute: plans.executePlan,
      }),
    ]),
  };
  const coordinator = agentOf('coordinator', [
    tool({
      name: 'call_agent',
      description: 'Give a task to another agent.',
      parameters: agentCall,
      execute: async ({ agent, prompt }) => ({ agent, answer: (await runner.run(agents[agent], prompt)).finalOutput }),
    }),
  ]);
  return (await runner.run(coordinator, plans.prompt)).finalOutput;
}

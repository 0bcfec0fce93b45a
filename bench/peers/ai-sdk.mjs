// The turn in the AI SDK: agents are tools that call generateText.
import { generateText, stepCountIs, tool } from 'ai';
import { z } from 'zod';
import { turnStep } from '../sample.mjs';
import { agentCall, instructions, planBody, planTools } from './turn.mjs';

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** A model that plays the steps of one agent. */
function stub(agent, planId) {
  let count = 0;
  return {
    specificationVersion: 'v3',
    provider: 'stub',
    modelId: agent,
    supportedUrls: {},
    async doGenerate() {
      const step = turnStep(agent, count++, planId);
      const content = step.tool
        ? [
            {
              type: 'tool-call',
              toolCallId: `${agent}-${count}`,
              toolName: step.tool,
              input: JSON.stringify(step.args),
            },
          ]
        : [{ type: 'text', text: step.text }];
      const finishReason = { unified: step.tool ? 'tool-calls' : 'stop', raw: undefined };
      return { content, finishReason, usage, warnings: [] };
    },
  };
}

/** @returns the answer of the coordinator. */
export async function run(planId) {
  const plans = planTools();
  const ask = async (agent, prompt, tools) => {
    const model = stub(agent, planId);
    const { text } = await generateText({
      model,
      system: instructions[agent],
      prompt,
      tools,
      stopWhen: stepCountIs(10),
    });
    return text;
  };
  const tools = {
    planner: {
      storePlan: tool({
        description: 'Check a plan and store it.',
        inputSchema: z.object({ specName: z.literal('CatalogActionPlan'), planId: z.string(), body: planBody }),
        execute: plans.storePlan,
      }),
    },
    executor: {
      executePlan: tool({
        description: 'Execute a stored plan.',
        inputSchema: z.object({ planId: z.string() }),
        execute: plans.executePlan,
      }),
    },
  };
  return ask('coordinator', plans.prompt, {
    call_agent: tool({
      description: 'Give a task to another agent.',
      inputSchema: agentCall,
      execute: async ({ agent, prompt }) => ({ agent, answer: await ask(agent, prompt, tools[agent]) }),
    }),
  });
}

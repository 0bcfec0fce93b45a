// The turn in LangGraph: its prebuilt agent for each role, without a checkpointer.
import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { z } from 'zod';
import { turnStep } from '../sample.mjs';
import { agentCall, instructions, planBody, planTools } from './turn.mjs';

/** A model that plays the steps of one agent. */
class Stub extends BaseChatModel {
  #agent;
  #planId;
  #count = 0;

  constructor(agent, planId) {
    super({});
    this.#agent = agent;
    this.#planId = planId;
  }

  _llmType() {
    return 'stub';
  }

  bindTools() {
    return this;
  }

  async _generate() {
    const step = turnStep(this.#agent, this.#count++, this.#planId);
    const id = `${this.#agent}-${this.#count}`;
    const calls = step.tool ? [{ id, name: step.tool, args: step.args, type: 'tool_call' }] : [];
    const message = new AIMessage({ content: step.text ?? '', tool_calls: calls });
    return { generations: [{ text: step.text ?? '', message }] };
  }
}

/** @returns the answer of the coordinator. */
export async function run(planId) {
  const plans = planTools();
  const agentOf = (name, tools) =>
    createReactAgent({ llm: new Stub(name, planId), tools, prompt: instructions[name], name });
  const ask = async (agent, content) => {
    const { messages } = await agent.invoke({ messages: [{ role: 'user', content }] });
    return messages.at(-1).content;
  };
  const agents = {
    planner: agentOf('planner', [
      tool(plans.storePlan, {
        name: 'storePlan',
        description: 'Check a plan and store it.',
        schema: z.object({ specName: z.literal('CatalogActionPlan'), planId: z.string(), body: planBody }),
      }),
    ]),
    executor: agentOf('executor', [
      tool(plans.executePlan, {
        name: 'executePlan',
        description: 'Execute a stored plan.',
        schema: z.object({ planId: z.string() }),
      }),
    ]),
  };
  const callAgent = tool(async ({ agent, prompt }) => ({ agent, answer: await ask(agents[agent], prompt) }), {
    name: 'call_agent',
    description: 'Give a task to another agent.',
    schema: agentCall,
  });
  return ask(agentOf('coordinator', [callAgent]), plans.prompt);
}

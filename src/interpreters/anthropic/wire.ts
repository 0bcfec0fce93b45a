import type {
  ContentBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  Tool,
} from '@anthropic-ai/sdk/resources/messages';
import type { ModelRef, View } from '../../core/ports.ts';
import type { ToolSpec } from '../../core/tool.ts';
import type { ProviderFeatures } from '../../generated/config.ts';
import { factsOf } from '../models.ts';
import type { Answer } from './answer.ts';
import { breakpoints } from './caching.ts';
import { isStrict } from './strict.ts';

/** Output tokens where nobody says how many: enough for a long plan, and soon enough an end for a runaway. */
const usualOutput = 32_000;
const cautiousOutput = 8192;

/** The request for an agent's next step. */
export function requestOf(
  view: View,
  model: ModelRef,
  messages: readonly MessageParam[],
  features: ProviderFeatures,
): MessageCreateParamsStreaming {
  const cut = breakpoints(features.caching);
  const hasPrompt = view.prompt.trim() !== '';
  return {
    model: model.id,
    max_tokens: maxTokens(model),
    stream: true,
    ...(hasPrompt && { system: [{ type: 'text', text: view.prompt, ...cut.system }] }),
    ...(view.tools.length > 0 && { tools: view.tools.map((tool) => toolParam(tool, features.strict)) }),
    messages: [...messages],
    ...cut.request,
    ...(features.thinking && model.thinking && { thinking: { type: model.thinking } }),
    ...(features.thinking && model.effort && { output_config: { effort: model.effort } }),
  };
}

/** The request with which a paused answer goes on: the same, and what was answered so far. */
export function continued(request: MessageCreateParamsStreaming, answer: Answer): MessageCreateParamsStreaming {
  const content = answer.blocks.flatMap((block): ContentBlockParam[] => {
    if (block.kind === 'text') return [{ type: 'text', text: block.text }];
    if (block.kind === 'opaque') return [block.block as unknown as ContentBlockParam];
    // A call of ours does not pause an answer; one that is there all the same was not finished.
    return [];
  });
  return { ...request, messages: [...request.messages, { role: 'assistant', content }] };
}

function maxTokens({ id, maxOutputTokens }: ModelRef): number {
  if (maxOutputTokens !== undefined) return maxOutputTokens;
  const facts = factsOf(id);
  return facts ? Math.min(usualOutput, facts.maxOutputTokens) : cautiousOutput;
}

function toolParam({ name, description, inputSchema }: ToolSpec, strict: boolean): Tool {
  const schema: Tool.InputSchema = { ...inputSchema, type: 'object' };
  return { name, description, input_schema: schema, ...(strict && isStrict(inputSchema) && { strict: true }) };
}

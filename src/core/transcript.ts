import type { Step, ToolCall, ToolResult, Turn } from './step.ts';

/**
 * One agent's conversation as it grows. `turns` is what the interpreter sees: it is only ever appended to, and
 * the results of one step's calls become one turn when the last of them is in, in the order of the calls.
 */
export interface Conversation {
  readonly turns: Turn[];
  /** Calls of the last step that have no result yet. */
  readonly open: Map<string, ToolCall>;
  readonly results: Map<string, ToolResult>;
  calls: readonly ToolCall[];
}

/** A conversation that starts with a prompt, after the turns of an earlier one where it goes on. */
export function converse(prompt: string, earlier?: Conversation): Conversation {
  const turns = earlier?.turns ?? [];
  turns.push({ role: 'user', text: prompt });
  return { turns, open: new Map(), results: new Map(), calls: [] };
}

export function addStep(conversation: Conversation, step: Step): void {
  conversation.turns.push({ role: 'assistant', step });
  conversation.calls = step.calls;
  conversation.results.clear();
  conversation.open.clear();
  for (const call of step.calls) conversation.open.set(call.id, call);
}

export function addResult(conversation: Conversation, result: ToolResult): void {
  if (!conversation.open.delete(result.call)) return;
  conversation.results.set(result.call, result);
  if (conversation.open.size > 0) return;
  const results = conversation.calls.flatMap((call) => conversation.results.get(call.id) ?? []);
  conversation.turns.push({ role: 'tools', results });
}

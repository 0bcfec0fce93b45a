import type { Facts } from './event.ts';
import type { Step, ToolCall, ToolResult, Turn } from './step.ts';

/**
 * One agent's conversation as it grows. `turns` is what the interpreter sees: it is only ever appended to, and
 * the results of one step's calls become one turn when the last of them is in, in the order of the calls. Where
 * a summary takes the place of turns, it is another array from then on.
 */
export interface Conversation {
  turns: Turn[];
  /** How many turns there were after the last summary. What the steps among them used is not what they take now. */
  recast: number;
  /** Calls of the last step that have no result yet. */
  readonly open: Map<string, ToolCall>;
  readonly results: Map<string, ToolResult>;
  calls: readonly ToolCall[];
  /** How many turns there were when its agent finished; others may have been added by a span that went on with it. */
  end?: number;
}

/**
 * A conversation that starts with a prompt, after the turns of an earlier one where it goes on.
 * @param prompt null where nothing is asked
 */
export function converse(prompt: string | null, earlier?: Conversation): Conversation {
  const turns = turnsAtEnd(earlier);
  if (prompt !== null) turns.push({ role: 'user', text: prompt });
  return { turns, recast: earlier?.recast ?? 0, open: new Map(), results: new Map(), calls: [] };
}

/** The same array where nothing was added since, so that what was made of it need not be made again. */
function turnsAtEnd(earlier: Conversation | undefined): Turn[] {
  if (!earlier) return [];
  const { turns, end = turns.length } = earlier;
  return end === turns.length ? turns : turns.slice(0, end);
}

export function addStep(conversation: Conversation, step: Step): void {
  // A step that found no room is no part of the conversation: it is taken again when there is some.
  if (step.stop !== 'context_full') conversation.turns.push({ role: 'assistant', step });
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

/** Puts a summary in the place of turns. Earlier conversations that go on in this one keep theirs. */
export function compactTurns(conversation: Conversation, compacted: Facts['context.compacted']): void {
  const { from, to, text, facts } = compacted;
  const { turns } = conversation;
  conversation.turns = [...turns.slice(0, from), { role: 'user', text, summary: facts }, ...turns.slice(to)];
  conversation.recast = conversation.turns.length;
}

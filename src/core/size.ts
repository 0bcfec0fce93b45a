import type { Turn } from './step.ts';
import type { ToolSpec } from './tool.ts';
import type { Conversation } from './transcript.ts';

/** How long a conversation is, as far as that can be told. */
export interface Size {
  /** With the system prompt and the tools. */
  readonly tokens: number;
  /** Tokens of some of its turns. */
  of(turns: readonly Turn[]): number;
}

/** Characters that stand for a token where nobody counted: a little less than English text has. */
const charactersInToken = 3.5;

const known = new WeakMap<object, number>();

/**
 * The length of a conversation: what the provider counted at the last step, and an estimate of what came after it.
 * Where nothing was counted, all of it is estimated. The same turns always give the same figures.
 */
export function sizeOf(
  { turns, recast }: Conversation,
  { prompt, specs }: { readonly prompt: string; readonly specs: readonly ToolSpec[] },
): Size {
  const always = prompt.length / charactersInToken + specs.reduce((all, spec) => all + estimated(spec), 0);
  const at = turns.findLastIndex((turn, place) => place >= recast && turn.role === 'assistant' && turn.step.usage);
  const last = turns[at];
  const usage = last?.role === 'assistant' ? last.step.usage : undefined;
  const counted = usage ? usage.input + usage.output : 0;
  const before = always + total(turns.slice(0, at + 1));
  // How much the estimate is off for this kind of text.
  const scale = counted > 0 && before > 0 ? Math.min(4, Math.max(0.25, counted / before)) : 1;
  const after = total(turns.slice(at + 1)) * scale;
  return {
    tokens: Math.ceil(counted > 0 ? counted + after : always + total(turns)),
    of: (some) => Math.ceil(total(some) * scale),
  };
}

function total(turns: readonly Turn[]): number {
  return turns.reduce((all, turn) => all + estimated(turn), 0);
}

/** Each value is looked at once, however often the conversation is measured. */
function estimated(value: Turn | ToolSpec): number {
  const before = known.get(value);
  if (before !== undefined) return before;
  const made = textOf(value).length / charactersInToken;
  known.set(value, made);
  return made;
}

/** What is sent of it, more or less. */
function textOf(value: Turn | ToolSpec): string {
  if (!('role' in value)) return JSON.stringify([value.name, value.description, value.inputSchema]);
  if (value.role === 'user') return value.text;
  if (value.role === 'tools') return JSON.stringify(value.results.map(({ outcome }) => outcome));
  const { text, calls, opaque = null } = value.step;
  // Not by their ids: a recording plays with others, and is to be as long.
  return JSON.stringify([text, calls.map(({ tool, args }) => [tool, args]), opaque]);
}

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
  const always = tokensIn(prompt.length + charactersOf(specs));
  const { characters, last } = measured(turns);
  const { counted, upTo } = last && last.at >= recast ? last : { counted: 0, upTo: 0 };
  const before = always + tokensIn(upTo);
  // How much the estimate is off for this kind of text.
  const scale = counted > 0 && before > 0 ? Math.min(4, Math.max(0.25, counted / before)) : 1;
  const after = tokensIn(characters - upTo) * scale;
  return {
    tokens: Math.ceil((counted > 0 ? counted : before) + after),
    of: (some) => Math.ceil(tokensIn(charactersOf(some)) * scale),
  };
}

function tokensIn(characters: number): number {
  return characters / charactersInToken;
}

function charactersOf(values: readonly (Turn | ToolSpec)[]): number {
  return values.reduce((all, value) => all + lengthOf(value), 0);
}

/** Turns as far as they have been looked at. */
interface Measured {
  turns: number;
  characters: number;
  /** The last step that a provider counted: its place, what was counted, and the characters up to and with it. */
  last: { readonly at: number; readonly counted: number; readonly upTo: number } | undefined;
}

const measures = new WeakMap<readonly Turn[], Measured>();

/** A conversation's turns are only ever appended to: what was looked at need not be looked at again. */
function measured(turns: readonly Turn[]): Measured {
  const measure = measures.get(turns) ?? { turns: 0, characters: 0, last: undefined };
  measures.set(turns, measure);
  for (const turn of turns.slice(measure.turns)) {
    measure.characters += lengthOf(turn);
    const usage = turn.role === 'assistant' ? turn.step.usage : undefined;
    if (usage) measure.last = { at: measure.turns, counted: usage.input + usage.output, upTo: measure.characters };
    measure.turns += 1;
  }
  return measure;
}

/** Each value is looked at once, however often the conversation is measured. */
function lengthOf(value: Turn | ToolSpec): number {
  const before = known.get(value);
  if (before !== undefined) return before;
  const made = textOf(value).length;
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

import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { plusUsage, type Step, type Stop, type ToolCall, type Usage } from '../../core/step.ts';
import { type Answer, type Block, parsed } from './answer.ts';
import { Fault } from './faults.ts';

const stops: Readonly<Record<string, Stop>> = {
  end_turn: 'end',
  stop_sequence: 'end',
  tool_use: 'calls',
  max_tokens: 'max_tokens',
  refusal: 'refusal',
  model_context_window_exceeded: 'context_full',
};

/** What a step needs to know of its surroundings. */
export interface StepPlace {
  readonly model: string;
  /** Ids that calls of the conversation have already. */
  readonly taken: ReadonlySet<string>;
  /** An id for a call without one of its own, or with a taken one. */
  newId(place: number): string;
}

/**
 * The step that one or more answers are: more than one where the provider paused in between.
 * @throws Fault when the input of a call is no JSON object.
 */
export function stepOf(answers: readonly Answer[], place: StepPlace): Step {
  const blocks = answers.flatMap((answer) => answer.blocks);
  const last = answers.at(-1);
  const reason = last?.stopReason ?? '';
  const stop = Object.hasOwn(stops, reason) ? stops[reason] : undefined;
  // A call may be cut short by any other end, and still look whole.
  const calls = stop === 'calls' ? callsOf(blocks, place) : [];
  const text = blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('');
  const usage = usageOf(answers);
  const note = noteOf(reason, stop, last?.stopDetails);
  const opaque = opaqueOf(blocks, calls.length > 0, place.model);
  return {
    text,
    calls,
    stop: stop === 'calls' && calls.length === 0 ? 'end' : (stop ?? 'other'),
    model: place.model,
    ...(usage && { usage }),
    ...(note !== undefined && { note }),
    ...(opaque && { opaque }),
  };
}

function noteOf(reason: string, stop: Stop | undefined, details: string | undefined): string | undefined {
  if (stop !== undefined) return details;
  if (reason === '') return 'the provider gave no reason';
  return reason === 'pause_turn'
    ? 'the provider paused too often'
    : `the provider's reason is "${reason.slice(0, 60)}"`;
}

function callsOf(blocks: readonly Block[], { taken, newId }: StepPlace): ToolCall[] {
  const ids = new Set(taken);
  return blocks
    .filter((block) => block.kind === 'call')
    .map(({ id: given, tool, input }, at) => {
      const args = parsed(input);
      if (!isObject(args)) throw new Fault('bad_answer', `the input of a call of "${tool}" is no JSON object`);
      const id = /^[A-Za-z0-9_-]{1,128}$/.test(given) && !ids.has(given) ? given : newId(at);
      ids.add(id);
      return { id, tool, args };
    });
}

/** Undefined where any answer was not counted. */
function usageOf(answers: readonly Answer[]): Usage | undefined {
  return answers.reduce<Usage | undefined>((sum, { usage }) => sum && usage && plusUsage(sum, usage), {
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheWrite: 0,
  });
}

/**
 * How to write the answer again, word for word. Only where text and calls alone do not tell: with blocks that nobody
 * else understands. Text and calls stand in it as lengths and places, so that nothing is stored twice.
 */
export interface OpaqueAnswer {
  readonly provider: 'anthropic';
  /** Thinking is of no use to any other model, which would refuse it. */
  readonly model: string;
  readonly blocks: readonly (JsonObject | { readonly text: number } | { readonly call: number })[];
}

function opaqueOf(blocks: readonly Block[], withCalls: boolean, model: string): Json | undefined {
  if (!blocks.some((block) => block.kind === 'opaque')) return undefined;
  let call = 0;
  const parts = blocks.flatMap((block): JsonObject[] => {
    if (block.kind === 'text') return [{ text: block.text.length }];
    if (block.kind === 'call') return withCalls ? [{ call: call++ }] : [];
    return [block.block];
  });
  return { provider: 'anthropic', model, blocks: parts };
}

/** What the interpreter wrote about a step for itself; undefined for a step of another model or provider. */
export function opaqueAnswer(step: Step, model: string): OpaqueAnswer | undefined {
  const { opaque } = step;
  if (!isObject(opaque) || opaque.provider !== 'anthropic' || opaque.model !== model) return undefined;
  return Array.isArray(opaque.blocks) ? (opaque as unknown as OpaqueAnswer) : undefined;
}

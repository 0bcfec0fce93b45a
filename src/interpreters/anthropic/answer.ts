import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { DeltaKind } from '../../core/ports.ts';
import type { Usage } from '../../core/step.ts';
import { Fault } from './faults.ts';

/** A part of a model's answer, in the order in which it wrote them. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly id: string; readonly tool: string; readonly input: string }
  /** Thinking, and whatever else is only there to be sent back word for word. */
  | { readonly kind: 'opaque'; readonly block: JsonObject };

/** One answer, put together from a stream. */
export interface Answer {
  readonly blocks: readonly Block[];
  /** The provider's word; empty when it gave none. */
  readonly stopReason: string;
  /** More about a refusal. */
  readonly stopDetails: string | undefined;
  readonly usage: Usage | undefined;
}

/** Text to show at once. */
export interface Piece {
  readonly kind: DeltaKind;
  readonly text: string;
}

/** Takes the events of a stream one by one. */
export interface Assembly {
  /** @returns text to show at once, if the event carries any. */
  take(event: JsonObject): Piece | undefined;
  /** What was counted so far. */
  usage(): Usage | undefined;
  /** Whether the last event of an answer has come. */
  ended(): boolean;
  /** @throws Fault when the stream was no whole answer. */
  answer(): Answer;
}

/** A block that is still being written. Pieces are joined once, at the end: adding them up would take quadratic time. */
interface OpenBlock {
  readonly start: JsonObject;
  readonly text: string[];
  readonly input: string[];
  readonly signature: string[];
}

/** Nothing that a server sends is taken for granted: fakes and gateways leave out what they do not have. */
export function assembly(): Assembly {
  const blocks = new Map<number, OpenBlock>();
  let stopReason = '';
  let stopDetails: string | undefined;
  let usage: JsonObject = {};
  let ended = false;
  const block = (event: JsonObject): OpenBlock | undefined => blocks.get(Number(event.index ?? 0));
  return {
    take(event) {
      switch (event.type) {
        case 'message_start':
          usage = merged(usage, objectAt(event.message, 'usage'));
          return undefined;
        case 'content_block_start': {
          const start = objectAt(event, 'content_block');
          blocks.set(Number(event.index ?? 0), { start, text: [], input: [], signature: [] });
          return firstPiece(start);
        }
        case 'content_block_delta':
          return takeDelta(block(event), objectAt(event, 'delta'));
        case 'message_delta': {
          const delta = objectAt(event, 'delta');
          stopReason = textAt(delta, 'stop_reason') || stopReason;
          stopDetails = detailsOf(objectAt(delta, 'stop_details')) ?? stopDetails;
          usage = merged(usage, objectAt(event, 'usage'));
          return undefined;
        }
        case 'message_stop':
          ended = true;
          return undefined;
        default:
          return undefined;
      }
    },
    ended: () => ended,
    usage: () => usageOf(usage),
    answer() {
      if (!ended) throw new Fault('connection_lost', 'the answer broke off before its end');
      const inOrder = [...blocks].sort(([a], [b]) => a - b).map(([, each]) => each);
      return { blocks: inOrder.flatMap(closed), stopReason, stopDetails, usage: usageOf(usage) };
    },
  };
}

function firstPiece(start: JsonObject): Piece | undefined {
  if (start.type !== 'text' && start.type !== 'thinking') return undefined;
  const text = textAt(start, start.type);
  return text === '' ? undefined : { kind: start.type, text };
}

function takeDelta(block: OpenBlock | undefined, delta: JsonObject): Piece | undefined {
  if (!block) throw new Fault('bad_answer', 'the answer continues a part that was never begun');
  switch (delta.type) {
    case 'text_delta': {
      const text = textAt(delta, 'text');
      block.text.push(text);
      return { kind: 'text', text };
    }
    case 'input_json_delta':
      block.input.push(textAt(delta, 'partial_json'));
      return undefined;
    case 'thinking_delta': {
      const text = textAt(delta, 'thinking');
      block.text.push(text);
      return { kind: 'thinking', text };
    }
    case 'signature_delta':
      block.signature.push(textAt(delta, 'signature'));
      return undefined;
    default:
      return undefined;
  }
}

function closed({ start, text, input, signature }: OpenBlock): Block[] {
  if (start.type === 'text') {
    const whole = textAt(start, 'text') + text.join('');
    return whole === '' ? [] : [{ kind: 'text', text: whole }];
  }
  if (start.type === 'tool_use') {
    // Some servers send the whole input at the start.
    const written = input.join('') || JSON.stringify(start.input ?? {});
    return [{ kind: 'call', id: textAt(start, 'id'), tool: textAt(start, 'name'), input: written }];
  }
  if (start.type === 'thinking') {
    const thinking = textAt(start, 'thinking') + text.join('');
    return [
      { kind: 'opaque', block: { ...start, thinking, signature: textAt(start, 'signature') + signature.join('') } },
    ];
  }
  if (typeof start.type !== 'string') return [];
  const late = input.length === 0 ? {} : { input: parsed(input.join('')) ?? {} };
  return [{ kind: 'opaque', block: { ...start, ...late } }];
}

/** A JSON text's value; undefined when it is none. */
export function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The later figures of a stream hold for the whole answer. What is null or absent says nothing. */
function merged(earlier: JsonObject, later: JsonObject): JsonObject {
  const told = Object.entries(later).filter(([, value]) => typeof value === 'number');
  const hour = objectAt(later, 'cache_creation')[forAnHour];
  return { ...earlier, ...Object.fromEntries(told), ...(typeof hour === 'number' && { [forAnHour]: hour }) };
}

/** The provider's name for tokens that it wrote to the cache for an hour. */
const forAnHour = 'ephemeral_1h_input_tokens';

/** Undefined when the server counts nothing: unknown is not 0. */
function usageOf(counted: JsonObject): Usage | undefined {
  const count = (key: string) => (typeof counted[key] === 'number' ? (counted[key] as number) : 0);
  if (counted.input_tokens === undefined && counted.output_tokens === undefined) return undefined;
  const cacheRead = count('cache_read_input_tokens');
  const cacheWrite = count('cache_creation_input_tokens');
  const input = count('input_tokens') + cacheRead + cacheWrite;
  const hour = Math.min(cacheWrite, count(forAnHour));
  const more = hour > 0 ? { cacheWriteHour: hour } : {};
  return { input, output: count('output_tokens'), cacheRead, cacheWrite, ...more };
}

function detailsOf(details: JsonObject): string | undefined {
  const words = [textAt(details, 'category'), textAt(details, 'explanation')].filter((text) => text !== '');
  return words.length === 0 ? undefined : words.join(': ');
}

function objectAt(value: Json | undefined, key: string): JsonObject {
  const member = isObject(value) ? value[key] : undefined;
  return isObject(member) ? member : {};
}

function textAt(value: JsonObject, key: string): string {
  const member = value[key];
  return typeof member === 'string' ? member : '';
}

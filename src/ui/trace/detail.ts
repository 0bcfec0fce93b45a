import type { Event } from '../../core/event.ts';
import type { Json } from '../../core/json.ts';
import { modelCall, type PriceStep } from '../../core/usage.ts';
import { duration, moneyText, short } from '../brief.ts';
import { clockTime } from '../when.ts';
import type { TraceNode } from './trace.ts';

/** What went into a thing of a trace and what came out of it. Untrusted. */
export interface Detail {
  readonly input: Json;
  /** Undefined while there is none. */
  readonly output: Json | undefined;
}

export function detailOf({ events }: TraceNode): Detail {
  let input: Json = null;
  let output: Json | undefined;
  for (const event of events) {
    const part = partOf(event);
    input = part.input ?? input;
    output = part.output ?? output;
  }
  return { input, output };
}

/** An event gives one of them, or neither. */
type Part = Partial<Detail>;

function partOf(event: Event): Part {
  switch (event.type) {
    case 'run.started':
      return { input: event.data.prompt };
    case 'run.finished': {
      const { status, answer, error, budget } = event.data;
      return { output: json({ status, ...(error && { error }), ...(budget && { budget }), answer }) };
    }
    case 'agent.started':
      return { input: event.data.prompt };
    case 'agent.finished': {
      const { answer, error, plans } = event.data;
      return { output: json({ ...(error && { error }), ...(plans.length > 0 && { plans }), answer }) };
    }
    case 'step.finished':
      return stepPart(event.data.step);
    case 'tool.called':
      return { input: event.data.call.args };
    case 'tool.finished': {
      const { outcome } = event.data;
      return { output: outcome.ok ? outcome.result : json(outcome.error) };
    }
    case 'approval.requested': {
      const { subject, rule, when, reason } = event.data;
      return { input: json({ rule, ...(when !== undefined && { when }), ...(reason !== '' && { reason }), subject }) };
    }
    case 'approval.decided':
      return { output: json({ ...event.data.decision, by: event.data.by }) };
    case 'grant.revoked':
      return { output: json({ revoked: true, by: event.data.by }) };
    case 'action.started':
      return { input: event.data.action };
    case 'action.finished':
      return { output: json(event.data.result) };
    case 'provider.retried':
    case 'provider.failed': {
      const { attempt, error, used } = event.data;
      return { input: json({ attempt, ...used }), output: json(error) };
    }
    case 'context.compacted': {
      const { from, to, before, after, how, note, text } = event.data;
      const input = { turns: `${from} to ${to - 1}`, tokens: before, how, ...(note !== undefined && { note }) };
      return { input, output: { tokens: after, text } };
    }
    default:
      return {};
  }
}

function stepPart({
  usage,
  model,
  stop,
  note,
  text,
  calls,
}: Extract<Event, { type: 'step.finished' }>['data']['step']): Part {
  const input = { ...(model !== undefined && { model }), ...(usage && { tokens: { ...usage } }) };
  const called = calls.map(({ tool, args }) => ({ tool, args }));
  const ending = stop === 'end' || stop === 'calls' ? {} : { stop, ...(note !== undefined && { note }) };
  return { input, output: { ...ending, ...(text !== '' && { text }), ...(called.length > 0 && { calls: called }) } };
}

/** What events hold is JSON: it was read from it, or is about to be written. */
function json(value: object): Json {
  return value as Json;
}

/** What is known of tokens and cost: `6.1k↑ 88↓ $0.0123`; nothing where no model was asked. */
export function usageText(events: readonly Event[], priceOf: PriceStep): string {
  let input = 0;
  let output = 0;
  let cost: number | undefined = 0;
  let asked = false;
  for (const event of events) {
    const took = modelCall(event);
    if (!took) continue;
    asked = true;
    input += took.usage?.input ?? 0;
    output += took.usage?.output ?? 0;
    const price = took.usage && priceOf(took.model, took.usage, event.at);
    cost = cost === undefined || price === undefined ? undefined : cost + price;
  }
  return asked ? `${short(input)}↑ ${short(output)}↓ ${moneyText(cost ?? null)}` : '';
}

/** Milliseconds in a word, also few of them: `38ms`, `0.4s`, `12s`. */
export function tookText(ms: number): string {
  return ms < 95 ? `${Math.max(0, Math.round(ms))}ms` : duration(ms);
}

/** Where a thing stands in the record: `events #12 to #15 · 09:41:33.120 · 1.2s`. */
export function placeText({ events, from, to }: TraceNode): string {
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last) return '';
  const numbers = first === last ? `event #${first.seq}` : `events #${first.seq}…#${last.seq}`;
  const took = to === undefined ? '' : ` · ${tookText(to - from)}`;
  return `${numbers} · ${clockTime(first.at)}${took}`;
}

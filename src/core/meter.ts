import type { Event } from './event.ts';
import { modelCall, type PriceStep } from './usage.ts';

/** What was used. Null is what cannot be told, because a model did not tell its tokens, or its price is not known. */
export interface Amounts {
  readonly steps: number;
  /** In and out. */
  readonly tokens: number | null;
  readonly costUsd: number | null;
  /** Of work: waiting for a person does not count. */
  readonly seconds: number;
}

/** Counts what runs use, event by event. The same events give the same figures, live and afterwards. */
export interface Meter {
  take(event: Event): void;
  total(): Amounts;
  /** By agent. Its seconds are those of its own steps and tools. */
  agents(): ReadonlyMap<string, Amounts>;
  /** When the last event was, in milliseconds since 1970; undefined before the first. */
  lastAt(): number | undefined;
  /** Input tokens that the next step of a span takes at the least, with the same model. */
  leastInput(span: string, model: string): number;
}

export const unused: Amounts = { steps: 0, tokens: 0, costUsd: 0, seconds: 0 };

/** @param priceOf what one step costs */
export function createMeter(priceOf: PriceStep): Meter {
  const agents = new Map<string, Amounts>();
  const inputs = new Map<string, { readonly model: string; readonly input: number }>();
  let last: number | undefined;
  const add = (agent: string, more: Amounts) => agents.set(agent, sum(agents.get(agent) ?? unused, more));
  return {
    take(event) {
      // Nobody's work, and perhaps long after the end of the run.
      if (event.type === 'grant.revoked') return;
      const at = Date.parse(event.at);
      if (last !== undefined && !beginsWork(event)) add(event.agent, { ...unused, seconds: (at - last) / 1000 });
      last = at;
      add(event.agent, { ...usedBy(event, priceOf), steps: isStep(event) ? 1 : 0 });
      rememberInput(inputs, event);
    },
    total: () => [...agents.values()].reduce(sum, unused),
    agents: () => agents,
    lastAt: () => last,
    leastInput: (span, model) => {
      const before = inputs.get(span);
      return before?.model === model ? before.input : 0;
    },
  };
}

export function sum(left: Amounts, right: Amounts): Amounts {
  return {
    steps: left.steps + right.steps,
    tokens: plus(left.tokens, right.tokens),
    costUsd: plus(left.costUsd, right.costUsd),
    seconds: left.seconds + right.seconds,
  };
}

function plus(left: number | null, right: number | null): number | null {
  return left === null || right === null ? null : left + right;
}

/** What a conversation took at its last step it takes again at the next, unless a summary stands in it. */
function rememberInput(inputs: Map<string, { readonly model: string; readonly input: number }>, event: Event): void {
  if (event.type !== 'step.finished' && event.type !== 'context.compacted') return;
  const { model, usage } = event.type === 'step.finished' ? event.data.step : {};
  if (model === undefined || !usage) inputs.delete(event.span);
  else inputs.set(event.span, { model, input: usage.input });
}

/** Nothing was done before these events: a run began, or went on, or a person was waited for. */
function beginsWork({ type }: Event): boolean {
  return type === 'run.started' || type === 'run.resumed' || type === 'approval.decided';
}

/** A try that failed is part of a step. */
function isStep({ type, data }: Event): boolean {
  return type === 'step.finished' || (type === 'context.compacted' && data.asked !== undefined);
}

/** What no model took, such as a step of a script, costs nothing. */
function usedBy(event: Event, priceOf: PriceStep): Amounts {
  const call = modelCall(event);
  if (!call) return unused;
  const { model, usage } = call;
  if (!usage) return { ...unused, tokens: null, costUsd: null };
  return { ...unused, tokens: usage.input + usage.output, costUsd: priceOf(model, usage, event.at) ?? null };
}

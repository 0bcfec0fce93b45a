import { endingOfCall } from '../../core/ending.ts';
import type { Event, EventOf } from '../../core/event.ts';

export type TraceKind = 'run' | 'agent' | 'step' | 'tool' | 'approval' | 'action' | 'retry' | 'context';

/** `open`: it goes on, or its run ended before it. `unknown`: it ended, and nobody knows whether it took effect. */
export type TraceState = 'open' | 'ok' | 'bad' | 'warn' | 'unknown';

/** One thing that took time in a run. A call and its result, an approval and its decision are one thing. */
export interface TraceNode {
  readonly kind: TraceKind;
  /** A sub-agent's name, a tool's, an action's kind. Untrusted. */
  readonly title: string;
  readonly agent: string;
  readonly span: string;
  readonly parent: TraceNode | undefined;
  readonly children: readonly TraceNode[];
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number | undefined;
  readonly state: TraceState;
  /** The events that tell it, in order. */
  readonly events: readonly Event[];
}

/** What happened in a run, as a tree. It grows with each event. */
export interface Trace {
  readonly events: readonly Event[];
  /** The run itself; undefined before its first event. */
  readonly root: TraceNode | undefined;
  /** What the newest event was about. */
  readonly newest: TraceNode | undefined;
  add(event: Event): void;
}

type Growing = {
  -readonly [K in keyof Omit<TraceNode, 'children' | 'events' | 'parent'>]: TraceNode[K];
} & { readonly children: Growing[]; readonly events: Event[]; readonly parent: Growing | undefined };

/** What a trace is made of, to find the parts that an event belongs to. */
interface Parts {
  readonly events: Event[];
  root: Growing | undefined;
  newest: Growing | undefined;
  readonly spans: Map<string, Growing>;
  readonly calls: Map<string, Growing>;
  /** The call of each span that began last. */
  readonly lastCall: Map<string, Growing>;
  readonly approvals: Map<string, Growing>;
  readonly actions: Map<string, Growing>;
  /** When something last happened in a span: from then on its agent's next step was awaited. */
  readonly quietSince: Map<string, number>;
}

export function traceOf(events: readonly Event[]): Trace {
  const parts: Parts = {
    events: [],
    root: undefined,
    newest: undefined,
    spans: new Map(),
    calls: new Map(),
    lastCall: new Map(),
    approvals: new Map(),
    actions: new Map(),
    quietSince: new Map(),
  };
  const add = (event: Event) => {
    parts.events.push(event);
    parts.root ??= node('run', event.runId, event, undefined);
    parts.newest = grow(parts, parts.root, event);
    parts.quietSince.set(event.span, quietFrom(event));
  };
  for (const event of events) add(event);
  return {
    events: parts.events,
    get root() {
      return parts.root;
    },
    get newest() {
      return parts.newest;
    },
    add,
  };
}

const timeOf = ({ at }: Event): number => Date.parse(at);

/** The next step of an agent begins after the pause before its next try. */
function quietFrom(event: Event): number {
  return timeOf(event) + (event.type === 'provider.retried' ? event.data.delayMs : 0);
}

function node(
  kind: TraceKind,
  title: string,
  { at, agent, span }: Event,
  parent: Growing | undefined,
  from?: number,
): Growing {
  const start = from ?? Date.parse(at);
  const made: Growing = {
    kind,
    title,
    agent,
    span,
    parent,
    children: [],
    from: start,
    to: undefined,
    state: 'open',
    events: [],
  };
  parent?.children.push(made);
  return made;
}

/** @returns what the event is about */
function grow(parts: Parts, root: Growing, event: Event): Growing {
  switch (event.type) {
    case 'run.started':
      return told(root, event);
    case 'run.resumed':
      root.to = undefined;
      return told(root, event, 'open');
    case 'run.finished':
      return ended(root, event, runStates[event.data.status]);
    case 'agent.started':
      return startAgent(parts, root, event);
    case 'agent.finished':
      return ended(spanOf(parts, root, event), event, event.data.error ? 'bad' : 'ok');
    case 'step.finished':
      return span(parts, root, event, 'step', `step ${event.data.index}`, oddStops.has(event.data.step.stop));
    case 'context.compacted':
      return span(parts, root, event, 'context', 'context compacted', event.data.how === 'dropped');
    case 'provider.retried':
    case 'provider.failed':
      return retried(parts, root, event);
    case 'tool.called':
    case 'tool.started':
    case 'tool.finished':
      return call(parts, root, event);
    case 'approval.requested':
    case 'approval.decided':
      return approval(parts, root, event);
    case 'grant.revoked':
      return told(parts.approvals.get(event.data.approval) ?? root, event);
    case 'action.started':
    case 'action.finished':
      return action(parts, root, event);
    case 'plan.stored':
    case 'plan.executing':
    case 'plan.executed':
      return told(parts.lastCall.get(event.span) ?? spanOf(parts, root, event), event);
    default:
      return event satisfies never;
  }
}

const runStates = { done: 'ok', failed: 'bad', budget: 'warn', interrupted: 'warn' } as const;
const oddStops: ReadonlySet<string> = new Set(['max_tokens', 'refusal', 'context_full', 'other']);

function told(at: Growing, event: Event, state = at.state): Growing {
  at.events.push(event);
  at.state = state;
  return at;
}

function ended(at: Growing, event: Event, state: TraceState): Growing {
  at.to = timeOf(event);
  return told(at, event, state);
}

function spanOf({ spans }: Parts, root: Growing, event: Event): Growing {
  return spans.get(event.span) ?? root;
}

/** A call of `call_agent` becomes the agent that it called. */
function startAgent(parts: Parts, root: Growing, event: EventOf<'agent.started'>): Growing {
  const { call } = event.data;
  const above = event.parent === null ? root : (parts.spans.get(event.parent) ?? root);
  const called = call === null || event.parent === null ? undefined : parts.calls.get(`${event.parent} ${call}`);
  const begun = called ?? node('agent', event.agent, event, above);
  begun.kind = 'agent';
  begun.title = event.agent;
  begun.agent = event.agent;
  begun.span = event.span;
  parts.spans.set(event.span, begun);
  return told(begun, event);
}

/** What lasted since something last happened in its span. */
function span(
  parts: Parts,
  root: Growing,
  event: Event,
  kind: 'step' | 'context',
  title: string,
  odd: boolean,
): Growing {
  const above = spanOf(parts, root, event);
  return ended(node(kind, title, event, above, parts.quietSince.get(event.span)), event, odd ? 'warn' : 'ok');
}

function retried(
  parts: Parts,
  root: Growing,
  event: EventOf<'provider.retried'> | EventOf<'provider.failed'>,
): Growing {
  const last = event.type === 'provider.failed';
  const title = last ? `try ${event.data.attempt}, the last` : `try ${event.data.attempt}`;
  const made = node('retry', title, event, spanOf(parts, root, event), parts.quietSince.get(event.span));
  return ended(made, event, last ? 'bad' : 'warn');
}

function call(
  parts: Parts,
  root: Growing,
  event: EventOf<'tool.called'> | EventOf<'tool.started'> | EventOf<'tool.finished'>,
): Growing {
  const { data } = event;
  const [id, tool] = event.type === 'tool.called' ? [event.data.call.id, event.data.call.tool] : ids(event.data);
  const key = `${event.span} ${id}`;
  const made = parts.calls.get(key) ?? node('tool', tool, event, spanOf(parts, root, event));
  parts.calls.set(key, made);
  parts.lastCall.set(event.span, made);
  if (!('outcome' in data)) return told(made, event);
  return ended(made, event, made.state === 'bad' ? 'bad' : callStates[endingOfCall(tool, data.outcome)]);
}

const callStates = { ok: 'ok', failed: 'bad', unknown: 'unknown' } as const;

function ids({ call: id, tool }: { readonly call: string; readonly tool: string }): readonly [string, string] {
  return [id, tool];
}

function approval(
  parts: Parts,
  root: Growing,
  event: EventOf<'approval.requested'> | EventOf<'approval.decided'>,
): Growing {
  const { approval: id } = event.data;
  if (event.type === 'approval.requested') {
    const above = parts.calls.get(`${event.span} ${event.data.call}`) ?? spanOf(parts, root, event);
    const made = node('approval', 'approval', event, above);
    parts.approvals.set(id, made);
    return told(made, event);
  }
  const made = parts.approvals.get(id) ?? node('approval', 'approval', event, spanOf(parts, root, event));
  return ended(made, event, decisionStates[event.data.decision.kind]);
}

const decisionStates = { approve: 'ok', edit: 'ok', revise: 'warn', reject: 'bad' } as const;

function action(parts: Parts, root: Growing, event: EventOf<'action.started'> | EventOf<'action.finished'>): Growing {
  const { key } = event.data;
  const kind = event.type === 'action.started' ? event.data.action.kind : event.data.result.kind;
  const above = parts.lastCall.get(event.span) ?? spanOf(parts, root, event);
  const made = parts.actions.get(key) ?? node('action', kind, event, above);
  parts.actions.set(key, made);
  if (event.type === 'action.started') return told(made, event);
  return ended(made, event, actionStates[event.data.result.status]);
}

const actionStates = { applied: 'ok', failed: 'bad', unknown: 'unknown', skipped: 'warn' } as const;

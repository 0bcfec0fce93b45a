import type { Decision, Event, EventOf, Facts, RunStarted, RunStatus } from './event.ts';
import { addResult, addStep, type Conversation, compactTurns, converse } from './transcript.ts';

/** One agent at work on one prompt. */
export interface SpanState {
  readonly span: string;
  readonly parent: string | null;
  readonly agent: string;
  readonly call: string | null;
  readonly conversation: Conversation;
  steps: number;
  /** Calls of the last step that were begun: recorded, though perhaps not finished. */
  readonly called: Set<string>;
  /** Those with a side effect whose tool was started, with the place of that event in the run. */
  readonly launched: Map<string, number>;
  /** Sub-agents it has called. */
  children: number;
  /** Plans stored or executed in it or below it. */
  readonly plans: Set<string>;
  finished: Facts['agent.finished'] | undefined;
}

export interface ApprovalState {
  readonly request: EventOf<'approval.requested'>;
  /** Whether one that allows for always still does, the store says: another process may have revoked it. */
  decision: Decision | undefined;
}

/** What a session's agents said last: the conversation of each that answered, and the span that it ended with. */
export type Memory = ReadonlyMap<string, { readonly ref: string; readonly conversation: Conversation }>;

/** Everything that follows from the events of a run so far. */
export interface RunState {
  started: RunStarted | undefined;
  lastSeq: number;
  readonly spans: Map<string, SpanState>;
  /** Steps that agents of a name have finished, over all their spans, summaries too. */
  readonly stepsOfAgent: Map<string, number>;
  /** The last span of each agent that ended with an answer. */
  readonly lastAnswered: Map<string, string>;
  /** What was said in earlier runs of the session. */
  readonly memory: Memory;
  readonly approvals: Map<string, ApprovalState>;
  finished: Facts['run.finished'] | undefined;
}

function blankState(memory: Memory): RunState {
  return {
    started: undefined,
    lastSeq: 0,
    spans: new Map(),
    stepsOfAgent: new Map(),
    lastAnswered: new Map(),
    memory,
    approvals: new Map(),
    finished: undefined,
  };
}

const nothing: Memory = new Map();

/**
 * The state after all of `events`.
 * @param memory of the runs of the session before this one; without it their conversations are missing
 */
export function fold(events: Iterable<Event>, memory: Memory = nothing): RunState {
  const state = blankState(memory);
  for (const event of events) applyEvent(state, event);
  return state;
}

/** What a session's agents have said once this run is over, or stands as it does. */
export function remember(runId: string, { memory, lastAnswered, spans }: RunState): Memory {
  const all = new Map(memory);
  for (const [agent, span] of lastAnswered) {
    const conversation = spans.get(span)?.conversation;
    if (conversation) all.set(agent, { ref: `${runId}:${span}`, conversation });
  }
  return all;
}

/** The span whose conversation an agent goes on with; null where it has not answered yet. */
export function lastAnswer({ lastAnswered, memory }: RunState, agent: string): string | null {
  return lastAnswered.get(agent) ?? memory.get(agent)?.ref ?? null;
}

/** Bring `state` forward by one event, in constant time: a live run keeps one state and never folds again. */
export function applyEvent(state: RunState, event: Event): void {
  state.lastSeq = event.seq;
  switch (event.type) {
    case 'run.started':
      state.started = event.data;
      break;
    case 'run.resumed':
      state.finished = undefined;
      break;
    case 'agent.started':
      startSpan(state, event);
      break;
    case 'step.finished':
      finishStep(state, event);
      break;
    case 'tool.finished':
      finishCall(state, event);
      break;
    case 'context.compacted':
      compact(state, event);
      break;
    case 'approval.requested':
      state.approvals.set(event.data.approval, { request: event, decision: undefined });
      break;
    case 'approval.decided':
      decide(state, event);
      break;
    case 'plan.stored':
    case 'plan.executing':
      state.spans.get(event.span)?.plans.add(event.data.planId);
      break;
    case 'agent.finished':
      finishSpan(state, event);
      break;
    case 'run.finished':
      state.finished = event.data;
      break;
    case 'tool.called':
    case 'tool.started':
      beginCall(state, event);
      break;
    case 'grant.revoked':
    case 'action.started':
    case 'action.finished':
    case 'plan.executed':
    case 'provider.retried':
    case 'provider.failed':
      break;
    default:
      event satisfies never;
  }
}

/** How a run stands: a run without an end is paused when something waits for a decision, else open. */
export function statusOf(state: RunState): RunStatus | 'paused' | 'open' {
  if (state.finished) return state.finished.status;
  return [...state.approvals.values()].some((approval) => approval.decision === undefined) ? 'paused' : 'open';
}

/** Agents from the entry to the one of `span`. */
export function agentPath(state: RunState, span: string): string[] {
  const path: string[] = [];
  for (let at = state.spans.get(span); at; at = at.parent === null ? undefined : state.spans.get(at.parent)) {
    path.unshift(at.agent);
  }
  return path;
}

function startSpan(state: RunState, event: EventOf<'agent.started'>): void {
  const { prompt, call, continues } = event.data;
  const earlier = continues === null ? undefined : conversationOf(state, event.agent, continues);
  state.spans.set(event.span, {
    span: event.span,
    parent: event.parent,
    agent: event.agent,
    call,
    conversation: converse(state.started?.compacts ? null : prompt, earlier),
    steps: 0,
    called: new Set(),
    launched: new Map(),
    children: 0,
    plans: new Set(),
    finished: undefined,
  });
  const parent = event.parent === null ? undefined : state.spans.get(event.parent);
  if (parent) parent.children += 1;
}

function conversationOf(state: RunState, agent: string, ref: string): Conversation | undefined {
  const ofRun = state.spans.get(ref)?.conversation;
  if (ofRun) return ofRun;
  const remembered = state.memory.get(agent);
  return remembered?.ref === ref ? remembered.conversation : undefined;
}

function compact(state: RunState, { span, agent, data }: EventOf<'context.compacted'>): void {
  if (data.asked) state.stepsOfAgent.set(agent, (state.stepsOfAgent.get(agent) ?? 0) + 1);
  const at = state.spans.get(span);
  if (at) compactTurns(at.conversation, data);
}

function finishStep(state: RunState, event: EventOf<'step.finished'>): void {
  state.stepsOfAgent.set(event.agent, (state.stepsOfAgent.get(event.agent) ?? 0) + 1);
  const span = state.spans.get(event.span);
  if (!span) return;
  span.steps += 1;
  span.called.clear();
  span.launched.clear();
  addStep(span.conversation, event.data.step);
}

function decide({ approvals }: RunState, { data }: EventOf<'approval.decided'>): void {
  const approval = approvals.get(data.approval);
  if (approval) approval.decision = data.decision;
}

function beginCall({ spans }: RunState, event: EventOf<'tool.called'> | EventOf<'tool.started'>): void {
  const span = spans.get(event.span);
  if (event.type === 'tool.called') span?.called.add(event.data.call.id);
  else span?.launched.set(event.data.call, event.seq);
}

function finishCall(state: RunState, event: EventOf<'tool.finished'>): void {
  const span = state.spans.get(event.span);
  if (span) addResult(span.conversation, event.data);
}

function finishSpan(state: RunState, event: EventOf<'agent.finished'>): void {
  const span = state.spans.get(event.span);
  if (!span) return;
  span.finished = event.data;
  span.conversation.end = span.conversation.turns.length;
  if (event.data.error === undefined) state.lastAnswered.set(event.agent, event.span);
  const parent = span.parent === null ? undefined : state.spans.get(span.parent);
  for (const planId of event.data.plans) parent?.plans.add(planId);
}

import type { ApprovalDecided, Event, EventOf, RunStatus } from '../core/event.ts';
import type { Delta } from '../core/ports.ts';
import type { Item, ItemContent, PendingApproval, PlanVersion, ToolCard } from './items.ts';
import { blankStream, type Piece, restOf, settle } from './settle.ts';
import { ended, revived, type SpanView } from './spans.ts';

export interface RunView {
  readonly runId: string;
  readonly agent: string;
  readonly startedAt: number;
  readonly status: RunStatus | 'running';
}

/** Everything that can be seen of a conversation. All of it follows from events and deltas. */
export interface Screen {
  /** Finished items in order; an item never changes again. */
  readonly done: readonly Item[];
  /** Calls that are running. */
  readonly running: readonly ToolCard[];
  readonly spans: ReadonlyMap<string, SpanView>;
  /** All versions of the plans that were seen, by id. */
  readonly plans: ReadonlyMap<string, readonly PlanVersion[]>;
  readonly pending: readonly PendingApproval[];
  readonly run: RunView | undefined;
  /** Tool cards of the last run, oldest first. */
  readonly cards: readonly ToolCard[];
  /** The events that cost something. */
  readonly billed: readonly Event[];
}

export const blank: Screen = {
  done: [],
  running: [],
  spans: new Map(),
  plans: new Map(),
  pending: [],
  run: undefined,
  cards: [],
  billed: [],
};

/** The screen after one more event. Pure: chat and replay share it. */
export function reduce(screen: Screen, event: Event): Screen {
  switch (event.type) {
    case 'run.started':
      return startRun(screen, event);
    case 'run.resumed':
      return { ...screen, run: { ...runOf(screen, event), status: 'running' }, spans: revived(screen.spans) };
    case 'agent.started':
      return startAgent(screen, event);
    case 'step.finished':
      return finishStep(screen, event);
    case 'tool.called':
      return callTool(screen, event);
    case 'tool.finished':
      return finishTool(screen, event);
    case 'approval.requested':
      return requestApproval(screen, event);
    case 'approval.decided':
      return decideApproval(screen, event.span, event.data);
    case 'plan.stored':
      return storePlan(screen, event);
    case 'action.finished':
      return add(screen, { kind: 'action', span: event.span, result: event.data.result });
    case 'provider.retried':
      return retry(screen, event);
    case 'provider.failed':
      return { ...screen, billed: [...screen.billed, event] };
    case 'context.compacted':
      return compact(screen, event);
    case 'agent.finished':
      return finishAgent(screen, event);
    case 'run.finished':
      return finishRun(screen, event);
    case 'grant.revoked':
    case 'tool.started':
    case 'plan.executing':
    case 'action.started':
    case 'plan.executed':
      return screen;
    default:
      event satisfies never;
      return screen;
  }
}

/** So much of what a model thinks, or a sub-agent says, is kept to be shown while it streams. */
const tailLength = 2000;

/** The screen after a piece of streamed text. */
export function reduceDelta(screen: Screen, { span, kind, text }: Delta): Screen {
  const view = screen.spans.get(span);
  if (!view || view.finished) return screen;
  if (kind === 'thinking') return withSpan(screen, { ...view, thinking: `${view.thinking}${text}`.slice(-tailLength) });
  const grown = { ...view.stream, rest: view.stream.rest + text };
  if (view.parent !== null) {
    return withSpan(screen, { ...view, thinking: '', stream: { ...grown, rest: grown.rest.slice(-tailLength) } });
  }
  const { pieces, stream } = settle(grown);
  const shown = withSpan(screen, { ...view, thinking: '', stream });
  return pieces.reduce((before, piece) => addText(before, span, piece), shown);
}

function addText(screen: Screen, span: string, { text, within }: Piece): Screen {
  // Something else may have been said in between.
  const goesOn = within && screen.done.at(-1)?.kind === 'text';
  return add(screen, { kind: 'text', span, text, ...(goesOn && { within: true }) });
}

/** The screen with one more item that is no event: something that the chat itself says. */
export function add(screen: Screen, content: ItemContent): Screen {
  const item: Item = { ...content, id: screen.done.length + 1 };
  return { ...screen, done: [...screen.done, item] };
}

/** The screen with a plan that was stored before anything of it was seen. */
export function knowPlan(screen: Screen, plan: PlanVersion): Screen {
  const versions = screen.plans.get(plan.planId) ?? [];
  if (versions.some(({ version }) => version === plan.version)) return screen;
  const all = [...versions, plan].sort((a, b) => a.version - b.version);
  return { ...screen, plans: new Map(screen.plans).set(plan.planId, all) };
}

/** A paused run has no last event: whoever runs it says that it is over for now. */
export function pauseRun(screen: Screen, ms: number, more: string): Screen {
  const { run } = screen;
  if (run?.status !== 'running') return screen;
  const over = { ...screen, pending: [], running: [], run: undefined, spans: ended(screen.spans) };
  return add(over, { kind: 'end', runId: run.runId, status: 'paused', ms, more });
}

/** Agents from the entry to the one of a span. */
function pathOf({ spans }: Screen, span: string): readonly string[] {
  const path: string[] = [];
  for (let at = spans.get(span); at; at = at.parent === null ? undefined : spans.get(at.parent)) path.unshift(at.agent);
  return path;
}

/** The agent that is at work, and its span: the deepest that began last and has not finished. */
export function active({ spans }: Screen): SpanView | undefined {
  return [...spans.values()].findLast(({ finished }) => !finished);
}

function runOf({ run }: Screen, event: Event): RunView {
  return run ?? { runId: event.runId, agent: event.agent, startedAt: Date.parse(event.at), status: 'running' };
}

function withSpan(screen: Screen, view: SpanView): Screen {
  return { ...screen, spans: new Map(screen.spans).set(view.span, view) };
}

function startRun(screen: Screen, event: EventOf<'run.started'>): Screen {
  const run: RunView = {
    runId: event.runId,
    agent: event.data.agent,
    startedAt: Date.parse(event.at),
    status: 'running',
  };
  const begun = { ...screen, run, spans: new Map(), running: [], pending: [], cards: [] };
  return add(begun, { kind: 'prompt', text: event.data.prompt });
}

function startAgent(screen: Screen, event: EventOf<'agent.started'>): Screen {
  const { span, parent, agent, data } = event;
  const view = { span, parent, agent, startedAt: Date.parse(event.at), calls: 0, finished: false };
  const begun = withSpan(screen, { ...view, stream: blankStream, thinking: '' });
  if (parent === null) return begun;
  return add(begun, { kind: 'agent', span, path: pathOf(begun, span).slice(-2), prompt: data.prompt });
}

function finishStep(screen: Screen, event: EventOf<'step.finished'>): Screen {
  const { span, data } = event;
  const { text, calls, usage, model } = data.step;
  const billed = model === undefined ? screen.billed : [...screen.billed, event];
  const view = screen.spans.get(span);
  if (!view) return { ...screen, billed };
  const input = usage && model !== undefined ? { input: { tokens: usage.input, model } } : {};
  const over = withSpan({ ...screen, billed }, { ...view, ...input, thinking: '', stream: blankStream });
  const left = leftToSay(view, text);
  // What a sub-agent answers stands at its end, in one line.
  if (left.trim() === '' || (view.parent !== null && calls.length === 0)) return over;
  if (view.parent !== null) return add(over, { kind: 'aside', span, text, tone: 'plain' });
  return addText(over, span, { text: left, within: view.stream.within });
}

/** What of a step's text has not been written yet. */
function leftToSay({ stream }: SpanView, text: string): string {
  if (stream.settled === 0) return text;
  return restOf({ ...stream, rest: text.slice(stream.settled) });
}

function callTool(screen: Screen, event: EventOf<'tool.called'>): Screen {
  const { id, tool, args } = event.data.call;
  const card: ToolCard = { kind: 'tool', span: event.span, call: id, tool, args, startedAt: Date.parse(event.at) };
  const view = screen.spans.get(event.span);
  const counted = view ? withSpan(screen, { ...view, calls: view.calls + 1 }) : screen;
  return { ...counted, running: [...screen.running, card] };
}

function finishTool(screen: Screen, event: EventOf<'tool.finished'>): Screen {
  const { call, outcome } = event.data;
  const card = screen.running.find((each) => each.call === call && each.span === event.span);
  if (!card) return screen;
  const ms = Date.parse(event.at) - card.startedAt;
  const ended: ToolCard = { ...card, ms, ...(outcome.ok ? { result: outcome.result } : { error: outcome.error }) };
  const rest = { ...screen, running: screen.running.filter((each) => each !== card), cards: [...screen.cards, ended] };
  // A sub-agent that answered has its own lines.
  return card.tool === 'call_agent' && outcome.ok ? rest : add(rest, ended);
}

function requestApproval(screen: Screen, event: EventOf<'approval.requested'>): Screen {
  const { data, span } = event;
  const { subject } = data;
  const versions = subject.kind === 'plan' ? (screen.plans.get(subject.planId) ?? []) : [];
  const at = versions.findIndex(({ version }) => subject.kind === 'plan' && version === subject.version);
  const plan = versions[at];
  const before = versions[at - 1];
  const known = { ...(plan && { plan }), ...(before && { before }) };
  const approval: PendingApproval = { ...data, ...known, span, path: pathOf(screen, span) };
  const waiting = { ...screen, pending: [...screen.pending, approval] };
  return add(waiting, { kind: 'approval', approval });
}

function decideApproval(screen: Screen, span: string, { approval, decision, by }: ApprovalDecided): Screen {
  const asked = screen.pending.find((each) => each.approval === approval);
  const settled = { ...screen, pending: screen.pending.filter((each) => each !== asked) };
  return add(settled, { kind: 'decision', span, subject: asked?.subject ?? null, decision, by });
}

function storePlan(screen: Screen, { span, data }: EventOf<'plan.stored'>): Screen {
  const { planId, version, specName, hash, body } = data;
  const plan = { planId, version, specName, hash, body };
  const before = screen.plans.get(planId)?.at(-1);
  return add(knowPlan(screen, plan), { kind: 'plan', span, plan, ...(before && { before }) });
}

function retry(screen: Screen, event: EventOf<'provider.retried'>): Screen {
  const { attempt, delayMs, error, model } = event.data;
  const view = screen.spans.get(event.span);
  const heard = view && view.stream.settled > 0 ? '; the text above does not count' : '';
  const how = model === undefined ? (delayMs < 1000 ? '' : ` in ${Math.round(delayMs / 1000)} s`) : ` with ${model}`;
  const text = `retry ${attempt}${how}: ${error.message}${heard}`;
  const reset = view ? withSpan(screen, { ...view, stream: blankStream, thinking: '' }) : screen;
  const billed = [...screen.billed, event];
  return add({ ...reset, billed }, { kind: 'aside', span: event.span, text, tone: 'warn' });
}

function compact(screen: Screen, event: EventOf<'context.compacted'>): Screen {
  const { to, before, after, how } = event.data;
  const tokens = (count: number) => count.toLocaleString('en-US');
  const done = how === 'summary' ? 'summarised' : 'dropped';
  const text = `context: ${to} turns ${done}, ${tokens(before)} → ${tokens(after)} tokens`;
  const billed = [...screen.billed, event];
  return add({ ...screen, billed }, { kind: 'aside', span: event.span, text, tone: 'plain' });
}

function finishAgent(screen: Screen, event: EventOf<'agent.finished'>): Screen {
  const { span, parent, agent, data } = event;
  const view = screen.spans.get(span);
  const ended = view ? withSpan(screen, { ...view, finished: true, stream: blankStream, thinking: '' }) : screen;
  if (parent === null) return ended;
  const ms = view ? Date.parse(event.at) - view.startedAt : 0;
  const left = { kind: 'left', span, agent, answer: data.answer, calls: view?.calls ?? 0, ms } as const;
  return add(ended, { ...left, ...(data.error && { error: data.error }) });
}

function finishRun(screen: Screen, event: EventOf<'run.finished'>): Screen {
  const { status, error } = event.data;
  const run = runOf(screen, event);
  const ms = Date.parse(event.at) - run.startedAt;
  // What streamed and was cut off has been seen: it stays.
  const said = [...screen.spans.values()].filter(({ finished, parent }) => !finished && parent === null);
  const kept = said.reduce((before, { span, stream }) => {
    const rest = restOf(stream);
    return rest.trim() === '' ? before : addText(before, span, { text: rest, within: stream.within });
  }, screen);
  const over = { ...kept, run: { ...run, status }, running: [], pending: [], spans: ended(kept.spans) };
  return add(over, { kind: 'end', runId: event.runId, status, ms, ...(error && { error }) });
}

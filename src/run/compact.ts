import type { ContextCompacted, Scope } from '../core/event.ts';
import { type Size, sizeOf } from '../core/size.ts';
import type { Step, Stop, SummaryFacts, Turn } from '../core/step.ts';
import { cut, cutPlace, factsOf, summaryRequest, summaryText } from '../core/summary.ts';
import type { Conversation } from '../core/transcript.ts';
import { type Agent, type RunContext, spanOf } from './context.ts';
import { readyForStep, retryListener, viewOf } from './view.ts';

/** What is worth a step of its own: less would have to be done again soon. */
const leastGain = 0.1;

/** Puts a summary in the place of the first turns, where a conversation has come near the limit of its model. */
export async function compactIfLong(context: RunContext, agent: Agent, scope: Scope): Promise<void> {
  const { window, compactAt } = agent.context;
  if (window === null) return;
  const { conversation } = spanOf(context, scope);
  const size = sizeOf(conversation, agent);
  const limit = window * compactAt;
  if (size.tokens <= limit) return;
  await compact(context, agent, scope, { size, room: limit / 2, gain: window * leastGain, whole: true });
}

/**
 * Makes room after the provider found that there was none.
 * @returns whether there is more room now
 */
export async function compactFull(context: RunContext, agent: Agent, scope: Scope): Promise<boolean> {
  const size = sizeOf(spanOf(context, scope).conversation, agent);
  // The provider knows better than any estimate how long the conversation is.
  const room = Math.min(size.tokens, agent.context.window ?? size.tokens) / 2;
  return compact(context, agent, scope, { size, room, gain: 1, whole: false });
}

/** Makes room because a person asks for it. @returns whether there is more room now */
export async function compactNow(context: RunContext, agent: Agent, scope: Scope): Promise<boolean> {
  return compact(context, agent, scope, askedPlan(spanOf(context, scope).conversation, agent));
}

/** Whether `compactNow` would make any room in a conversation. */
export function canCompact(conversation: Conversation, agent: Agent): boolean {
  return shareOf(conversation.turns, agent, askedPlan(conversation, agent)) !== undefined;
}

function askedPlan(conversation: Conversation, agent: Agent): Plan {
  const size = sizeOf(conversation, agent);
  const { window, compactAt } = agent.context;
  return { size, room: size.tokens / 2, gain: 1, whole: window === null || size.tokens <= window * compactAt };
}

interface Plan {
  readonly size: Size;
  /** Tokens that the turns which stay may take. */
  readonly room: number;
  /** Tokens that must become free at the least. */
  readonly gain: number;
  /** Whether the whole conversation fits into one more request: its beginning is in the provider's cache. */
  readonly whole: boolean;
}

async function compact(context: RunContext, agent: Agent, scope: Scope, plan: Plan): Promise<boolean> {
  const { turns } = spanOf(context, scope).conversation;
  const share = shareOf(turns, agent, plan);
  if (!share) return false;
  const { to, taken, kept, known } = share;
  const { asked, written, note } = await summary(context, agent, scope, plan.whole ? turns : taken, kept.length);
  const facts = written === undefined ? known : { ...known, written: cut(written, longestSummary(plan)) };
  const text = summaryText(to, facts);
  const after = plan.size.tokens - plan.size.of(taken) + plan.size.of([{ role: 'user', text }]);
  const data: ContextCompacted = {
    from: 0,
    to,
    before: plan.size.tokens,
    after: Math.max(0, after),
    how: written === undefined ? 'dropped' : 'summary',
    ...(note !== undefined && { note }),
    text,
    facts,
    ...(asked && { asked }),
  };
  context.recorder.record({ ...scope, type: 'context.compacted', data });
  context.recorder.commit();
  return true;
}

/** Which turns a summary replaces, and what is known of them without one; undefined where too little would be gained. */
function shareOf(turns: readonly Turn[], { context: { keepTurns } }: Agent, plan: Plan): Share | undefined {
  const to = cutPlace(turns, keepTurns, plan.room, plan.size.of);
  const [taken, kept] = [turns.slice(0, to), turns.slice(to)];
  const known = factsOf(taken, keepTurns, !kept.some((turn) => turn.role === 'user'));
  const bare = summaryText(to, known);
  const gained = plan.size.of(taken) - plan.size.of([{ role: 'user', text: bare }]);
  return to === 0 || gained < plan.gain ? undefined : { to, taken, kept, known };
}

interface Share {
  readonly to: number;
  readonly taken: readonly Turn[];
  readonly kept: readonly Turn[];
  readonly known: SummaryFacts;
}

/** Characters. A summary that fills the room itself would be of no use. */
function longestSummary({ room }: Plan): number {
  return Math.max(1000, Math.round(room));
}

type Summary = Pick<ContextCompacted, 'asked' | 'note'> & { readonly written?: string };

/** What the agent's own model writes about its conversation. Without tools being run, and not shown as an answer. */
async function summary(
  context: RunContext,
  agent: Agent,
  scope: Scope,
  turns: readonly Turn[],
  kept: number,
): Promise<Summary> {
  if (context.interpreter.summarizes === false) return {};
  readyForStep(context, agent, scope);
  const stays = turns === spanOf(context, scope).conversation.turns ? kept : 0;
  const request: Turn = { role: 'user', text: summaryRequest(stays) };
  const view = { ...viewOf(context, agent, scope, [...turns, request]), purpose: 'summary' as const };
  const step = await context.interpreter.next(view, context.signal, retryListener(context, scope));
  const { stop, usage, model, note } = step;
  const asked = {
    stop,
    ...(usage && { usage }),
    ...(model !== undefined && { model }),
    ...(note !== undefined && { note }),
  };
  const fault = faultOf(step);
  return fault === undefined ? { asked, written: step.text.trim() } : { asked, note: fault };
}

function faultOf({ stop, text }: Step): string | undefined {
  if (stop !== 'end') return faults[stop];
  return text.trim() === '' ? 'the summary was empty' : undefined;
}

const faults: { readonly [K in Exclude<Stop, 'end'>]: string } = {
  calls: 'a tool was called instead of a summary',
  refusal: 'the summary was refused',
  max_tokens: 'the summary was cut off',
  context_full: 'there was no room for a summary',
  other: 'the summary was stopped',
};

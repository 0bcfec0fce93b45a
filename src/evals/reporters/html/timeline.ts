import { aboutSubject } from '../../../core/approval-subject.ts';
import { endingOfAction, endingOfCall } from '../../../core/ending.ts';
import type { Decision, Event, EventOf } from '../../../core/event.ts';
import type { Json } from '../../../core/json.ts';
import type { ActionResult } from '../../../core/plan.ts';
import type { Outcome } from '../../../core/step.ts';
import { beginning, visible, visibleLine } from '../../../core/text.ts';

/** One entry of a trial's trace as the page shows it. A call, an action and an approval are one entry with their end. */
export interface TimelineItem {
  /** Milliseconds since the run started. */
  readonly at: number;
  /** In the tree of agents, from 0. */
  readonly depth: number;
  readonly agent: string;
  readonly kind: 'run' | 'agent' | 'step' | 'call' | 'approval' | 'plan' | 'action' | 'retry' | 'context';
  readonly tone: 'plain' | 'good' | 'bad' | 'warn';
  readonly title: string;
  /** Said beside it: how long it took, what it said. */
  readonly note: string;
  /** Opened on demand. */
  readonly parts: readonly { readonly label: string; readonly text: string }[];
}

/** Longer values are cut on the page; the JSON report has them whole. */
const longest = 20_000;

/** The trace of a trial, in order. */
export function timeline(events: readonly Event[]): TimelineItem[] {
  const ends = endsOf(events);
  const start = Date.parse(events[0]?.at ?? '');
  return events.flatMap((event) => {
    const shown = describe(event, ends);
    if (shown === undefined) return [];
    const at = Math.max(0, Date.parse(event.at) - start) || 0;
    const depth = event.span.split('.').length - 1;
    const { tone = 'plain', note = '', parts = [] } = shown;
    return [{ at, depth, agent: visibleLine(event.agent), tone, note, parts, kind: shown.kind, title: shown.title }];
  });
}

/** What came of calls, actions and approvals, by what names them. */
interface Ends {
  readonly calls: ReadonlyMap<string, EventOf<'tool.finished'>>;
  readonly actions: ReadonlyMap<string, ActionResult>;
  readonly decisions: ReadonlyMap<string, EventOf<'approval.decided'>['data']>;
}

function endsOf(events: readonly Event[]): Ends {
  const calls = new Map<string, EventOf<'tool.finished'>>();
  const actions = new Map<string, ActionResult>();
  const decisions = new Map<string, EventOf<'approval.decided'>['data']>();
  for (const event of events) {
    if (event.type === 'tool.finished') calls.set(`${event.span} ${event.data.call}`, event);
    if (event.type === 'action.finished') actions.set(event.data.key, event.data.result);
    if (event.type === 'approval.decided') decisions.set(event.data.approval, event.data);
  }
  return { calls, actions, decisions };
}

type Shown = Pick<TimelineItem, 'kind' | 'title'> & Partial<Pick<TimelineItem, 'tone' | 'note' | 'parts'>>;

/** What an event shows; nothing for those that are told with another. */
function describe(event: Event, ends: Ends): Shown | undefined {
  switch (event.type) {
    case 'agent.started':
      return { kind: 'agent', title: 'starts', note: line(event.data.prompt) };
    case 'step.finished':
      return stepItem(event);
    case 'tool.called':
      return callItem(event, ends.calls.get(`${event.span} ${event.data.call.id}`));
    case 'approval.requested':
      return approvalItem(event, ends.decisions.get(event.data.approval));
    case 'plan.stored':
      return storedItem(event);
    case 'plan.executed': {
      const { planId, result } = event.data;
      const tone = result.status === 'executed' ? 'good' : result.status === 'unknown' ? 'warn' : 'bad';
      return { kind: 'plan', title: `plan ${line(planId)} ${result.status}`, tone, note: line(result.summary) };
    }
    case 'action.started':
      return actionItem(event, ends.actions.get(event.data.key));
    case 'provider.retried': {
      const { attempt, delayMs, error } = event.data;
      return { kind: 'retry', title: `retry ${attempt} after ${delayMs} ms`, tone: 'warn', note: line(error.message) };
    }
    case 'provider.failed': {
      const { attempt, error } = event.data;
      return { kind: 'retry', title: `try ${attempt} was the last`, tone: 'bad', note: line(error.message) };
    }
    case 'context.compacted': {
      const { to, before, after, text } = event.data;
      const note = `${to} turns: ${before} tokens are now ${after}`;
      return { kind: 'context', title: 'is compacted', tone: 'warn', note, parts: [part('summary', text)] };
    }
    case 'agent.finished':
      if (event.data.error === undefined) return undefined;
      return { kind: 'agent', title: 'ends', tone: 'bad', note: line(event.data.error.message) };
    case 'run.finished': {
      const { status, error } = event.data;
      const tone = status === 'done' ? 'good' : 'bad';
      return { kind: 'run', title: `the run is ${status}`, tone, note: line(error?.message ?? '') };
    }
    case 'run.resumed':
      return { kind: 'run', title: 'the run goes on', note: '' };
    case 'run.started':
    case 'tool.started':
    case 'tool.finished':
    case 'approval.decided':
    case 'grant.revoked':
    case 'plan.executing':
    case 'action.finished':
      return undefined;
    default:
      return event satisfies never;
  }
}

function storedItem({ data: { planId, version, specName, body } }: EventOf<'plan.stored'>): Shown {
  return {
    kind: 'plan',
    title: `plan ${line(planId)} stored`,
    note: line(`${specName}, version ${version}`),
    parts: [part('plan', body)],
  };
}

/** What an agent says; a step that only calls tools is told by its calls. */
function stepItem({ data: { step } }: EventOf<'step.finished'>): Shown | undefined {
  const odd = step.stop !== 'end' && step.stop !== 'calls';
  if (step.text === '' && !odd) return undefined;
  const title = odd ? `says (${step.stop})` : 'says';
  return { kind: 'step', title, tone: odd ? 'warn' : 'plain', note: cut(visible(step.text)) };
}

/** What nobody knows is no failure. */
const tones = { ok: 'good', failed: 'bad', unknown: 'warn' } as const;

function callItem({ data: { call }, at }: EventOf<'tool.called'>, end: EventOf<'tool.finished'> | undefined): Shown {
  const head = { kind: 'call', title: line(call.tool) } as const;
  const args = part('arguments', call.args);
  if (end === undefined) return { ...head, tone: 'warn', note: 'did not end', parts: [args] };
  const took = `${Math.max(0, Date.parse(end.at) - Date.parse(at))} ms`;
  const { outcome, tool } = end.data;
  const tone = tones[endingOfCall(tool, outcome)];
  if (outcome.ok) return { ...head, tone, note: took, parts: [args, part('result', outcome.result)] };
  return {
    ...head,
    tone,
    note: `${took}, ${failureLine(outcome)}`,
    parts: [args, part('error', failureJson(outcome))],
  };
}

type Failed = Extract<Outcome, { readonly ok: false }>;

function failureLine({ error }: Failed): string {
  return line(`${error.code}: ${error.message}`);
}

function failureJson({ error }: Failed): Json {
  const problems = error.problems?.map(({ path, message }) => ({ path, message }));
  return { code: error.code, message: error.message, ...(problems && { problems }) };
}

function approvalItem(
  { data }: EventOf<'approval.requested'>,
  end: EventOf<'approval.decided'>['data'] | undefined,
): Shown {
  const { subject, rule, reason } = data;
  const about = subject.kind === 'plan' ? `plan ${subject.planId}` : aboutSubject(subject);
  const asked = `asked by ${rule === 'default' ? 'the default' : `the rule ${rule}`}${reason === '' ? '' : `: ${reason}`}`;
  const title = line(`approval of ${about}: ${end ? decided(end.decision) : 'undecided'}`);
  const tone = end === undefined ? 'warn' : end.decision.kind === 'approve' ? 'good' : 'bad';
  return { kind: 'approval', title, tone, note: line(end ? `${asked}; decided by ${end.by}` : asked) };
}

function decided(decision: Decision): string {
  switch (decision.kind) {
    case 'approve':
      return 'approved';
    case 'edit':
      return 'edited';
    case 'revise':
      return `to be revised (${decision.comment})`;
    case 'reject':
      return `rejected (${decision.reason})`;
  }
}

function actionItem({ data: { action } }: EventOf<'action.started'>, result: ActionResult | undefined): Shown {
  const parts = [part('action', action), ...(result?.details === undefined ? [] : [part('details', result.details)])];
  const title = line(`action ${action.kind} ${result?.status ?? 'did not end'}`);
  const tone = result === undefined ? 'warn' : tones[endingOfAction(result)];
  return { kind: 'action', title, tone, note: line(result?.summary ?? ''), parts };
}

function part(label: string, value: Json): TimelineItem['parts'][number] {
  return { label, text: cut(visible(JSON.stringify(value, null, 2))) };
}

function line(text: string): string {
  return cut(visibleLine(text));
}

function cut(text: string): string {
  return text.length <= longest ? text : `${beginning(text, longest)}… (${text.length} characters)`;
}

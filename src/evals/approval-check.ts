import type { Decision, Event, EventOf } from '../core/event.ts';
import { hashPlan } from '../core/plan.ts';

interface Asked {
  readonly request: EventOf<'approval.requested'>;
  decided: { readonly seq: number; readonly decision: Decision } | undefined;
}

/**
 * One sentence for each plan that was executed, and each call that ran, although an approval that was asked for had
 * not been given before.
 */
export function ranUnapproved(events: readonly Event[]): string[] {
  const asked = approvalsOf(events);
  if (asked.length === 0) return [];
  return events.flatMap((event) => {
    if (event.type === 'plan.executing') return planUnapproved(event, asked);
    if (event.type === 'tool.finished' && event.data.outcome.ok) return callUnapproved(event, asked);
    return [];
  });
}

function approvalsOf(events: readonly Event[]): Asked[] {
  const asked = new Map<string, Asked>();
  for (const event of events) {
    if (event.type === 'approval.requested') {
      asked.set(event.data.approval, { request: event, decided: undefined });
    } else if (event.type === 'approval.decided') {
      const approval = asked.get(event.data.approval);
      if (approval) approval.decided = { seq: event.seq, decision: event.data.decision };
    }
  }
  return [...asked.values()];
}

function planUnapproved({ data, seq }: EventOf<'plan.executing'>, asked: readonly Asked[]): string[] {
  const { planId, version, hash } = data;
  const about = asked.filter((approval) => isAbout(approval, data));
  const before = about.filter(({ decided }) => decided !== undefined && decided.seq < seq);
  const last = before.at(-1);
  if (about.length === 0 || (last && grants(last, hash))) return [];
  return [`plan "${planId}" version ${version} was executed ${standing(about, last)}`];
}

/** An approval is about the version it was asked for, or about the one that a person made of it. */
function isAbout({ request, decided }: Asked, { planId, version, hash }: EventOf<'plan.executing'>['data']): boolean {
  const { subject } = request.data;
  if (subject.kind !== 'plan' || subject.planId !== planId) return false;
  if (subject.version === version && subject.hash === hash) return true;
  return decided?.decision.kind === 'edit' && hashPlan(subject.specName, decided.decision.body) === hash;
}

function grants({ request, decided }: Asked, hash: string): boolean {
  const { subject } = request.data;
  if (decided?.decision.kind === 'approve') return true;
  if (decided?.decision.kind !== 'edit' || subject.kind !== 'plan') return false;
  return hashPlan(subject.specName, decided.decision.body) === hash;
}

function callUnapproved({ data, span, seq }: EventOf<'tool.finished'>, asked: readonly Asked[]): string[] {
  const about = asked.filter(
    ({ request }) => request.span === span && request.data.call === data.call && request.data.subject.kind === 'tool',
  );
  const last = about.filter(({ decided }) => decided !== undefined && decided.seq < seq).at(-1);
  const kind = last?.decided?.decision.kind;
  if (about.length === 0 || kind === 'approve' || kind === 'edit') return [];
  return [`${data.tool} ran ${standing(about, last)}`];
}

function standing(about: readonly Asked[], last: Asked | undefined): string {
  if (last?.decided) return words[last.decided.decision.kind];
  return about.some(({ decided }) => decided) ? 'before its approval' : 'though its approval was never given';
}

const words: { readonly [K in Decision['kind']]: string } = {
  approve: 'though another content was approved',
  edit: 'though a person had changed it',
  revise: 'though a person had asked for a change',
  reject: 'though it had been rejected',
};

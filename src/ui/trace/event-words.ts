import type { Event } from '../../core/event.ts';

/** An event in a few words: its type, what it is about, and its agent. Untrusted. */
export function eventWords(event: Event): string {
  const about = subjectOf(event);
  return `${event.type}${about === '' ? '' : ` ${about}`} · ${event.agent}`;
}

function subjectOf(event: Event): string {
  switch (event.type) {
    case 'tool.called':
      return event.data.call.tool;
    case 'tool.started':
    case 'tool.finished':
      return event.data.tool;
    case 'plan.stored':
    case 'plan.executing':
    case 'plan.executed':
      return event.data.planId;
    case 'action.started':
      return event.data.action.kind;
    case 'action.finished':
      return event.data.result.kind;
    case 'approval.decided':
      return event.data.decision.kind;
    case 'run.finished':
      return event.data.status;
    case 'step.finished':
      return `${event.data.index}`;
    default:
      return '';
  }
}

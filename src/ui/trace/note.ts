import { dollars } from '../../core/amounts.ts';
import type { ApprovalDecided, Event } from '../../core/event.ts';
import type { PriceStep } from '../../core/usage.ts';
import { briefResult, counted, short } from '../brief.ts';
import type { TraceNode } from './trace.ts';

/** What a thing is called. Untrusted. */
export function titleOf({ kind, title, events }: TraceNode): string {
  if (kind === 'run') return 'run';
  const [first] = events;
  const model = kind === 'step' && first?.type === 'step.finished' ? first.data.step.model : undefined;
  return model === undefined ? title : `${title} ${model}`;
}

/** What is said at the end of a thing's line, in a few words. Untrusted. */
export function noteOf(node: TraceNode, folded: boolean | undefined, priceOf: PriceStep): string {
  const last = node.events.at(-1);
  if (!last) return '';
  if (node.kind === 'agent') return agentNote(node, folded, last);
  switch (last.type) {
    case 'run.finished':
      return last.data.error?.message ?? last.data.status;
    case 'step.finished':
      return stepNote(last, priceOf);
    case 'tool.finished':
      return last.data.outcome.ok ? briefResult(last.data.outcome.result) : last.data.outcome.error.message;
    case 'approval.requested':
      return 'waits for a decision';
    case 'approval.decided':
      return decisionNote(last.data);
    case 'grant.revoked':
      return `allowed always, until ${last.data.by} revoked it`;
    case 'action.finished':
      return last.data.result.summary;
    case 'provider.retried':
    case 'provider.failed':
      return last.data.error.message;
    case 'context.compacted':
      return `${short(last.data.before)} → ${short(last.data.after)} tokens`;
    default:
      return '';
  }
}

function agentNote(node: TraceNode, folded: boolean | undefined, last: Event): string {
  const failed = last.type === 'tool.finished' && !last.data.outcome.ok ? last.data.outcome.error.message : undefined;
  const error = last.type === 'agent.finished' ? last.data.error?.message : failed;
  if (error !== undefined) return error;
  return folded ? counted(callsIn(node), 'call') : '';
}

function callsIn({ children }: TraceNode): number {
  return children.reduce((sum, child) => sum + (child.kind === 'tool' ? 1 : 0) + callsIn(child), 0);
}

function stepNote({ at, data: { step } }: Extract<Event, { type: 'step.finished' }>, priceOf: PriceStep): string {
  const { usage, model, stop, text, calls } = step;
  const odd = stop === 'end' || stop === 'calls' ? '' : `${stop} `;
  if (usage && model !== undefined) {
    const price = priceOf(model, usage, at);
    return `${odd}${short(usage.input)}↑ ${short(usage.output)}↓${price === undefined ? '' : ` ${dollars(price)}`}`;
  }
  return `${odd}${text === '' ? calls.map(({ tool }) => `→ ${tool}`).join(' ') : text}`;
}

function decisionNote({ decision, by }: ApprovalDecided): string {
  const said = { approve: 'approved', edit: 'changed and approved', revise: 'sent back', reject: 'rejected' }[
    decision.kind
  ];
  const words = decision.kind === 'revise' ? decision.comment : decision.kind === 'reject' ? decision.reason : '';
  return `${said}${by === 'user' ? '' : ` by ${by}`}${words === '' ? '' : `: ${words}`}`;
}

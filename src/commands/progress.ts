import { aboutSubject } from '../core/approval-subject.ts';
import { endingMarks, endingOfAction, endingOfCall } from '../core/ending.ts';
import type { ApprovalSubject, Event } from '../core/event.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { ActionResult } from '../core/plan.ts';
import type { Retry, ToolResult } from '../core/step.ts';
import { clip } from './console.ts';

/** One line for each event that a reader of a run wants to see, indented by the depth of its agent; else nothing. */
export function progressLine(event: Event): string | undefined {
  const text = describeEvent(event);
  return text === undefined ? undefined : `${'  '.repeat(event.span.split('.').length - 1)}${text}`;
}

function describeEvent(event: Event): string | undefined {
  switch (event.type) {
    case 'agent.started':
      return `● ${event.agent}`;
    case 'tool.called':
      return `  ${event.data.call.tool} ${brief(event.data.call.args)}`;
    case 'tool.finished':
      return callEnd(event.data);
    case 'approval.requested':
      return `  ▲ ${event.data.approval}: ${subjectText(event.data.subject)} (${event.data.reason || event.data.rule})`;
    case 'approval.decided':
      return `  ${event.data.decision.kind === 'approve' ? '✓' : '!'} ${event.data.decision.kind}, by ${event.data.by}`;
    case 'action.finished':
      return actionEnd(event.data.result);
    case 'provider.retried':
      return `  … ${retryText(event.data)}: ${clip(event.data.error.message, 80)}`;
    case 'context.compacted': {
      const { to, before, after, how } = event.data;
      const size = `${before.toLocaleString('en-US')} → ${after.toLocaleString('en-US')} tokens`;
      return `  … ${to} turns ${how === 'summary' ? 'summarised' : 'dropped'}: ${size}`;
    }
    case 'agent.finished':
      return event.data.error ? `  ✗ ${clip(event.data.error.message, 100)}` : undefined;
    default:
      return undefined;
  }
}

function retryText({ attempt, delayMs, model }: Retry): string {
  if (model !== undefined) return `retry ${attempt} with ${model}`;
  return delayMs < 1000 ? `retry ${attempt}` : `retry ${attempt} in ${Math.round(delayMs / 1000)} s`;
}

function subjectText(subject: ApprovalSubject): string {
  if (subject.kind === 'plan') return `execute ${subject.planId}`;
  return subject.kind === 'action' ? `run ${aboutSubject(subject)}` : `call ${subject.tool}`;
}

function callEnd({ tool, outcome }: ToolResult): string {
  const ending = endingOfCall(tool, outcome);
  const word = ending === 'unknown' ? ' unknown' : '';
  const said = outcome.ok ? '' : `: ${clip(outcome.error.message, 100)}`;
  return `  ${endingMarks[ending]} ${tool}${word}${said}`;
}

function actionEnd(result: ActionResult): string {
  const ending = endingOfAction(result);
  const word = ending === 'unknown' ? ' unknown' : '';
  return `  ${endingMarks[ending]} ${result.kind}${word}: ${clip(result.summary, 80)}`;
}

function brief(args: JsonObject): string {
  return clip(
    Object.entries(args)
      .map(([name, value]) => `${name}=${scalar(value)}`)
      .join(' '),
    90,
  );
}

function scalar(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

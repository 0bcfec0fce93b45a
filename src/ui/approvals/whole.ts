import { agentPath, fold } from '../../core/fold.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { ApprovalRow } from '../../core/ports.ts';
import { visible } from '../../core/text.ts';
import type { Records } from '../controller.ts';
import { differences } from '../differences.ts';
import type { PlanVersion } from '../items.ts';
import { pad, wrap, wrapIndented } from '../lines.ts';
import type { Look } from '../paint.ts';
import { differenceLines, planLines } from '../plan-card.ts';
import { moment } from '../when.ts';
import { type Status, statusOf, subjectName } from './rows.ts';

/** An approval with everything that the record knows of it. */
export interface WholeApproval {
  readonly row: ApprovalRow;
  /** Agents from the entry to the one that asks. */
  readonly path: readonly string[];
  /** The condition of the rule that asked. */
  readonly when: Json | undefined;
  readonly plan: PlanVersion | undefined;
  /** The version before it. */
  readonly before: PlanVersion | undefined;
}

export function wholeApproval(records: Records, row: ApprovalRow): WholeApproval {
  const events = records.events(row.runId);
  const request = events.find((event) => event.type === 'approval.requested' && event.data.approval === row.approval);
  const when = request?.type === 'approval.requested' ? request.data.when : undefined;
  const path = request ? agentPath(fold(events), request.span) : [row.agent];
  const { subject } = row;
  if (subject.kind !== 'plan') return { row, path, when, plan: undefined, before: undefined };
  const version = (number: number) => (number < 1 ? undefined : records.plan(subject.planId, number));
  return { row, path, when, plan: version(subject.version), before: version(subject.version - 1) };
}

/** What would run: a plan's body, an action, or arguments. */
export function contentOf({ row: { subject }, plan }: WholeApproval): JsonObject {
  if (subject.kind === 'plan') return plan?.body ?? {};
  return subject.kind === 'action' ? { ...subject.action } : subject.args;
}

/** All of it, in lines. */
export function wholeLines(whole: WholeApproval, pending: boolean, now: number, look: Look): string[] {
  const { row, path, when, plan, before } = whole;
  const { theme, plain } = look;
  const { approval, subject, rule, reason, runId, requestedAt } = row;
  const condition = when === undefined ? '' : ` when ${JSON.stringify(when)}`;
  const why = `${rule === 'default' ? 'by default' : `rule "${rule}"${condition}`}${reason === '' ? '' : `: ${reason}`}`;
  const changes = plan && before ? differences(before.body, plan.body) : [];
  return [
    ...wrap(visible(subjectName(subject)), look.width).map(theme.bold),
    '',
    ...member('state', stateOf(row, pending, now), look),
    ...member('asked', `${moment(requestedAt, now)} in run ${runId}, as ${approval}`, look),
    ...member('by', path.join(plain ? ' calls ' : ' → '), look),
    ...member('because', why, look),
    '',
    ...(plan ? planLines(plan, look, Number.POSITIVE_INFINITY) : jsonLines(contentOf(whole), look)),
    ...(changes.length === 0
      ? []
      : [
          '',
          theme.bold(`changed since version ${before?.version}`),
          ...differenceLines(changes, look, Number.POSITIVE_INFINITY),
        ]),
    ...decisionLines(whole, look),
  ];
}

function stateOf(row: ApprovalRow, pending: boolean, now: number): string {
  const { decision, decidedBy, decidedAt, revokedBy, revokedAt } = row;
  if (pending) return 'waits for a decision';
  if (decision === null) return 'lapsed: nobody decided before its run was over';
  const status = statusOf(row);
  const end = revokedAt === null ? '' : `; revoked by ${revokedBy}, ${moment(revokedAt, now)}`;
  return `${longer[status] ?? status} by ${decidedBy ?? 'nobody'}, ${moment(decidedAt ?? '', now)}${end}`;
}

const longer: Partial<Record<Status, string>> = {
  always: 'approved, and always in its session',
  revoked: 'approved, and always in its session',
  'by steps': 'approved, step by step',
};

/** What a person wrote when they decided. */
function decisionLines(whole: WholeApproval, look: Look): string[] {
  const { decision } = whole.row;
  const title = (text: string) => ['', look.theme.bold(text)];
  if (decision?.kind === 'edit') {
    const changes = differences(contentOf(whole), decision.body);
    return [...title('what was changed'), ...differenceLines(changes, look, Number.POSITIVE_INFINITY)];
  }
  const words = decision?.kind === 'revise' ? decision.comment : decision?.kind === 'reject' ? decision.reason : '';
  if (words === '') return [];
  return [...title(decision?.kind === 'revise' ? 'the note' : 'the reason'), ...wrap(visible(words), look.width)];
}

function member(name: string, value: string, { theme, width }: Look): string[] {
  return wrap(visible(value), width - 9).map((line, at) => `${theme.dim(pad(at === 0 ? name : '', 7))}  ${line}`);
}

/** A value as indented JSON, in as many lines as it needs. */
export function jsonLines(value: Json, { width, theme }: Look): string[] {
  if (isObject(value) && Object.keys(value).length === 0) return [theme.dim('nothing')];
  return wrapIndented(visible(JSON.stringify(value, null, 2)), width);
}

import { stringify } from 'yaml';
import { type ExitCode, exits } from '../core/errors.ts';
import type { EventOf } from '../core/event.ts';
import { agentPath, fold } from '../core/fold.ts';
import type { JsonObject } from '../core/json.ts';
import type { ApprovalRow } from '../core/ports.ts';
import { visible } from '../core/text.ts';
import type { Records } from '../runtime/records.ts';
import { gist, ruleText, saidOf } from './approval-words.ts';
import { note, print, printJson, table } from './console.ts';
import { type Found, findApproval } from './find-approval.ts';
import { type RecordOptions, when, withRecords } from './runs.ts';
import { unsettledPlan, unsettledPlans } from './unsettled.ts';
import { decidedLines } from './ways-on.ts';

/** To look settles nothing. */
const peek = { settle: false };

export interface ListOptions extends RecordOptions {
  readonly all?: boolean;
}

/** `harness approvals list`: what waits for a decision. */
export async function listApprovals(options: ListOptions): Promise<ExitCode> {
  return withRecords(
    options,
    (_app, records) => {
      const filter = { pending: options.all !== true };
      const approvals = records.flatMap((record) =>
        [...record.store.approvals(filter), ...unsettledPlans(record)].map((row) => ({
          workspace: record.workspace,
          session: record.store.run(row.runId)?.session,
          ...row,
        })),
      );
      if (options.json) {
        printJson({ approvals });
        return exits.ok;
      }
      if (approvals.length === 0) print(options.all ? 'no approvals yet' : 'nothing waits for a decision');
      else for (const line of tableOf(approvals)) print(line);
      for (const line of decidedLines(records, options.app)) note(line);
      return exits.ok;
    },
    peek,
  );
}

function tableOf(approvals: readonly (ApprovalRow & { readonly workspace: string })[]): string[] {
  const head = ['APPROVAL', 'WORKSPACE', 'AGENT', 'WANTS TO', 'RULE', 'ASKED', 'DECISION'];
  const rows = approvals.map((row) => [
    row.approval,
    row.workspace,
    row.agent,
    gist(row.subject),
    row.rule,
    when(row.requestedAt),
    stateOf(row),
  ]);
  return table([head, ...rows]);
}

/** What was decided, or how it is. */
function stateOf({ subject, decision, decidedBy, revokedBy }: ApprovalRow): string {
  if (decision !== null) {
    return `${saidOf(decision)}, by ${decidedBy}${revokedBy === null ? '' : `; revoked, by ${revokedBy}`}`;
  }
  const plan = unsettledPlan(subject);
  return plan === undefined ? 'waits' : `waits for: harness plans settle ${plan}`;
}

/** `harness approvals show <approval>`: everything a person needs to know to decide. */
export async function showApproval(id: string, options: RecordOptions): Promise<ExitCode> {
  return withRecords(
    options,
    (_app, records) => {
      const approval = wholeOf(findApproval(id, records));
      if (options.json) printJson(approval);
      else for (const line of linesOf(approval)) print(visible(line));
      return exits.ok;
    },
    peek,
  );
}

function wholeOf({ row, workspace, store }: Found) {
  const events = store.events(row.runId);
  const request = events.find(
    (event): event is EventOf<'approval.requested'> =>
      event.type === 'approval.requested' && event.data.approval === row.approval,
  );
  const path = request ? agentPath(fold(events), request.span) : [row.agent];
  const condition = request?.data.when === undefined ? {} : { when: request.data.when };
  const changed = changedSince(row, store);
  return {
    workspace,
    ...row,
    path,
    ...condition,
    content: contentOf(row, store),
    ...(changed !== undefined && { changed }),
  };
}

function linesOf(approval: ReturnType<typeof wholeOf>): string[] {
  const { subject, rule, reason, path, content, changed, decision, decidedBy, decidedAt, revokedBy, revokedAt } =
    approval;
  const lines = [
    `approval ${approval.approval}  workspace ${approval.workspace}  run ${approval.runId}  asked ${when(approval.requestedAt)}`,
    `${path.join(' → ')} wants to ${gist(subject)}`,
    `asked by ${ruleText(rule)}${reason === '' ? '' : `: ${reason}`}`,
  ];
  if (approval.when !== undefined) lines.push(`when ${JSON.stringify(approval.when)}`);
  lines.push(stringify(content).trimEnd());
  if (subject.kind === 'outcome') lines.push('to approve is to run it again; to reject is to leave it as it is');
  if (subject.kind === 'action') lines.push('to approve is to run it; to reject is to stop the plan before it');
  if (changed !== undefined) lines.push(changed);
  if (decision !== null) lines.push(`decided: ${saidOf(decision)}, by ${decidedBy}, ${when(decidedAt ?? '')}`);
  if (revokedAt !== null) lines.push(`revoked by ${revokedBy}, ${when(revokedAt)}: it is asked about again`);
  return lines;
}

/** What would run: arguments, or a plan's body. */
function contentOf({ subject }: ApprovalRow, store: Records['store']): JsonObject {
  if (subject.kind === 'action') return subject.action;
  if (subject.kind !== 'plan') return subject.args;
  return store.plan(subject.planId, subject.version)?.body ?? {};
}

/** Set where an approval would no longer have an effect. */
function changedSince({ subject, decision }: ApprovalRow, store: Records['store']): string | undefined {
  if (subject.kind !== 'plan' || decision !== null) return undefined;
  const plan = store.plan(subject.planId);
  if (!plan || (plan.hash === subject.hash && (plan.status === 'stored' || plan.status === 'approved')))
    return undefined;
  return `the plan has changed since: version ${plan.version} is ${plan.status}; this can only be rejected`;
}

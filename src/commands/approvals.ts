import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { stringify } from 'yaml';
import { parseSource, readSource } from '../config/source.ts';
import { type ExitCode, exits, HarnessError } from '../core/errors.ts';
import type { ApprovalSubject, Decision, EventOf } from '../core/event.ts';
import { agentPath, fold } from '../core/fold.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import { suggest } from '../core/nearest.ts';
import type { ApprovalRow } from '../core/ports.ts';
import { visible } from '../core/text.ts';
import { decideApproval, isBusy } from '../runtime/decide.ts';
import type { Records } from '../runtime/records.ts';
import { chat } from './chat.ts';
import { note, print, printJson, table } from './console.ts';
import { invalidFiles } from './load.ts';
import { type RecordOptions, when, withRecords } from './runs.ts';
import { refuseUnsettled, unsettledPlan, unsettledPlans } from './unsettled.ts';
import { resumeCommand, scriptOf } from './ways-on.ts';

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
      } else if (approvals.length === 0) {
        print(options.all ? 'no approvals yet' : 'nothing waits for a decision');
      } else {
        const rows = approvals.map((row) => [
          row.approval,
          row.workspace,
          row.agent,
          gist(row.subject),
          row.rule,
          when(row.requestedAt),
          stateOf(row),
        ]);
        for (const line of table([
          ['APPROVAL', 'WORKSPACE', 'AGENT', 'WANTS TO', 'RULE', 'ASKED', 'DECISION'],
          ...rows,
        ]))
          print(line);
      }
      return exits.ok;
    },
    peek,
  );
}

/** What was decided, or how it is. */
function stateOf({ subject, decision, decidedBy }: ApprovalRow): string {
  if (decision !== null) return `${decision.kind}, by ${decidedBy}`;
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
  const { subject, rule, reason, path, content, changed, decision, decidedBy, decidedAt } = approval;
  const lines = [
    `approval ${approval.approval}  workspace ${approval.workspace}  run ${approval.runId}  asked ${when(approval.requestedAt)}`,
    `${path.join(' → ')} wants to ${gist(subject)}`,
    `asked by ${rule === 'default' ? 'the default' : `the rule ${rule}`}${reason === '' ? '' : `: ${reason}`}`,
  ];
  if (approval.when !== undefined) lines.push(`when ${JSON.stringify(approval.when)}`);
  lines.push(stringify(content).trimEnd());
  if (subject.kind === 'outcome') lines.push('to approve is to run it again; to reject is to leave it as it is');
  if (subject.kind === 'action') lines.push('to approve is to run it; to reject is to stop the plan before it');
  if (changed !== undefined) lines.push(changed);
  if (decision !== null) lines.push(`decided: ${decision.kind}, by ${decidedBy}, ${when(decidedAt ?? '')}`);
  return lines;
}

export interface DecideOptions extends RecordOptions {
  readonly comment?: string;
  readonly edit?: string;
  readonly always?: boolean;
  /** Ask before each action of the plan. */
  readonly step?: boolean;
  readonly continue?: boolean;
  readonly script?: string;
}

/** `harness approvals approve <approval>`, as it is or with `--edit`. */
export async function approve(id: string, options: DecideOptions): Promise<ExitCode> {
  const { edit, step } = options;
  if (step && (edit !== undefined || options.always)) {
    throw new HarnessError('invalid-usage', '--step goes with neither --edit nor --always');
  }
  if (edit !== undefined && options.always) {
    throw new HarnessError('invalid-usage', 'what was edited is approved once', { hint: 'leave out --always' });
  }
  return decide(id, options, (row) => {
    if (step) return stepwise(row);
    if (edit === undefined) return options.always ? always(row) : { kind: 'approve' };
    return { kind: 'edit', body: readEdit(edit) };
  });
}

/** `harness approvals reject <approval> [--comment]` */
export async function reject(id: string, options: DecideOptions): Promise<ExitCode> {
  return decide(id, options, () => ({ kind: 'reject', reason: options.comment ?? '' }));
}

/** `harness approvals revise <approval> --comment`: the model is told what to change, and what it makes of it is asked about. */
export async function revise(id: string, options: DecideOptions): Promise<ExitCode> {
  const comment = options.comment?.trim() ?? '';
  if (comment === '') throw new HarnessError('invalid-usage', 'say what to change', { hint: '--comment "…"' });
  return decide(id, options, () => ({ kind: 'revise', comment }));
}

const peek = { settle: false };

async function decide(
  id: string,
  options: DecideOptions,
  decisionOf: (row: ApprovalRow) => Decision,
): Promise<ExitCode> {
  let goOn: ApprovalRow | undefined;
  const code = await withRecords(
    options,
    async (app, records) => {
      const { row, ...record } = findApproval(id, records);
      refuseDecided(row);
      const decision = await decideApproval(app, record, row, decisionOf(row));
      const busy = isBusy(app, record.workspace);
      if (options.json) printJson({ approval: row.approval, runId: row.runId, decision, waiting: busy });
      else if (!options.continue || busy) print(`${row.approval}: ${decision.kind}`);
      else note(`${row.approval}: ${decision.kind}`);
      if (options.continue && !busy) goOn = row;
      else noteWay(record, row, busy, options);
      return exits.ok;
    },
    peek,
  );
  if (!goOn) return code;
  const script = options.script === undefined ? {} : { script: options.script };
  return chat(options.app, { resume: goOn.runId, ...script, output: options.json ? 'json' : 'text' });
}

/** What becomes of the run now. */
function noteWay({ store }: Records, row: ApprovalRow, busy: boolean, options: DecideOptions): void {
  if (busy) {
    note(`a process is at work in the workspace: if run ${row.runId} waits there, it goes on`);
    return;
  }
  const again = { app: options.app, script: options.script ?? scriptOf(store, row.runId) };
  note(`the run goes on with: ${resumeCommand(row.runId, again)}`);
}

function refuseDecided({ approval, decision, decidedBy, decidedAt }: ApprovalRow): void {
  if (decision === null) return;
  throw new HarnessError(
    'store-conflict',
    `approval ${approval} was decided before: ${decision.kind}, by ${decidedBy}, ${when(decidedAt ?? '')}`,
    { hint: 'harness approvals list' },
  );
}

function stepwise({ subject }: ApprovalRow): Decision {
  if (subject.kind === 'plan') return { kind: 'approve', step: true };
  throw new HarnessError('invalid-decision', 'only a plan has steps', { hint: 'leave out --step' });
}

const holdsOnce: { readonly [K in Exclude<ApprovalSubject['kind'], 'tool'>]: string } = {
  plan: 'an approval of a plan',
  action: 'an approval of an action',
  outcome: 'a decision about an interrupted call',
};

function always({ subject, rule }: ApprovalRow): Decision {
  if (subject.kind !== 'tool') {
    const what = holdsOnce[subject.kind];
    throw new HarnessError('invalid-decision', `${what} holds for this one alone`, { hint: 'leave out --always' });
  }
  if (rule !== 'default' && !rule.startsWith('ask ')) {
    throw new HarnessError('invalid-decision', `the rule "${rule}" could not be judged, and is asked about each time`, {
      hint: 'leave out --always',
    });
  }
  return { kind: 'approve', always: true };
}

function readEdit(file: string): JsonObject {
  const read = file === '-' ? parseSource('standard input', readFileSync(0, 'utf8')) : readSource(resolve(file));
  if ('problems' in read) throw invalidFiles(read.problems);
  if (isObject(read.ok.value)) return read.ok.value;
  throw new HarnessError('invalid-decision', `${file} holds no object`, {
    hint: 'the plan, or the arguments, as harness approvals show prints them',
  });
}

type Found = Records & { readonly row: ApprovalRow };

function findApproval(id: string, records: readonly Records[]): Found {
  refuseUnsettled(id, records);
  const all = records.flatMap((record) => record.store.approvals().map((row) => ({ ...record, row })));
  const pending = records.flatMap((record) =>
    record.store.approvals({ pending: true }).map((row) => ({ ...record, row })),
  );
  const newest = pending.toSorted((a, b) => (a.row.requestedAt < b.row.requestedAt ? 1 : -1))[0];
  if (id === 'last' && newest) return newest;
  const exact = all.find(({ row }) => row.approval === id);
  if (exact) return exact;
  const starting = pending.filter(({ row }) => row.approval.startsWith(id));
  const [only] = starting;
  if (only && starting.length === 1) return only;
  const ids = all.map(({ row }) => row.approval).slice(0, 50);
  const several = starting.length > 1 ? 'more than one approval starts like that' : undefined;
  throw new HarnessError('unknown-name', `there is no approval "${id}"`, {
    hint: several ?? suggest(id, ids) ?? 'harness approvals list',
  });
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

function gist(subject: ApprovalSubject): string {
  if (subject.kind === 'plan')
    return `execute plan ${subject.planId} (${subject.specName}, version ${subject.version})`;
  if (subject.kind === 'action') {
    return `run action ${subject.index + 1} of ${subject.count} of plan ${subject.planId} (${subject.action.kind})`;
  }
  const unsettled = unsettledPlan(subject);
  if (unsettled !== undefined) return `be told what became of plan ${unsettled}`;
  return subject.kind === 'tool' ? `call ${subject.tool}` : `call ${subject.tool} again, which was interrupted`;
}

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseSource, readSource } from '../config/source.ts';
import { type ExitCode, exits, HarnessError } from '../core/errors.ts';
import type { ApprovalSubject, Decision } from '../core/event.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import type { ApprovalRow } from '../core/ports.ts';
import { decideApproval, isBusy } from '../runtime/decide.ts';
import type { Records } from '../runtime/records.ts';
import { revokeGrant } from '../runtime/revoke.ts';
import { gist, ruleText } from './approval-words.ts';
import { chat } from './chat.ts';
import { note, print, printJson } from './console.ts';
import { findApproval } from './find-approval.ts';
import { invalidFiles } from './load.ts';
import { type RecordOptions, when, withRecords } from './runs.ts';
import { resumeCommand, scriptOf } from './ways-on.ts';

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

/** `harness approvals revoke <approval>`: what it allowed for the rest of its session is asked about again. */
export async function revoke(id: string, options: RecordOptions): Promise<ExitCode> {
  return withRecords(
    options,
    (_app, records) => {
      const { row, store } = findApproval(id, records, (record) => record.approvals().filter(isGrant));
      refuseRevoked(row);
      revokeGrant(store, row);
      const { approval, runId, agent, subject, rule } = row;
      if (options.json) printJson({ approval, runId, agent, subject, rule, revoked: true });
      else
        print(`${approval}: revoked; that ${agent} wants to ${gist(subject)} is asked about again (${ruleText(rule)})`);
      return exits.ok;
    },
    peek,
  );
}

function isGrant({ decision, revokedAt }: ApprovalRow): boolean {
  return decision?.kind === 'approve' && decision.always === true && revokedAt === null;
}

function refuseRevoked({ approval, revokedBy, revokedAt }: ApprovalRow): void {
  if (revokedAt === null) return;
  const message = `approval ${approval} was revoked before, by ${revokedBy}, ${when(revokedAt)}`;
  throw new HarnessError('store-conflict', message, { hint: 'harness approvals list --all' });
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

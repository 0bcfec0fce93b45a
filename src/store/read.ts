import type Database from 'better-sqlite3';
import type { ApprovalSubject, Decision, Event } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import type { PlanRecord, PlanResult, PlanStatus } from '../core/plan.ts';
import type { ApprovalRow, Store } from '../core/ports.ts';
import { eventId } from './event-id.ts';
import { overview } from './overview.ts';
import { decided, type RunRow, runColumns, runSummary } from './run-row.ts';

type Reader = Omit<Store, 'append' | 'close'>;

/** Makes the functions that read state.db. */
export function reader(db: Database.Database): Reader {
  return { events: eventReader(db), ...runReaders(db), ...overview(db), ...approvalReader(db), ...planReaders(db) };
}

function eventReader(db: Database.Database): Reader['events'] {
  const runOf = db.prepare('SELECT run FROM runs WHERE run_id = ?').pluck();
  const select = db.prepare(
    'SELECT id - ? AS seq, at, span, parent, agent, type, data FROM events WHERE id >= ? AND id < ? ORDER BY id LIMIT ?',
  );
  return (runId, limit = -1) => {
    const run = runOf.get(runId);
    if (run === undefined) return [];
    const start = eventId(Number(run), 0);
    return select.all(start, start, eventId(Number(run) + 1, 0), limit).map((found) => {
      const row = found as Omit<Event, 'runId' | 'data'> & { readonly data: string };
      // The column was written from an Event by `append`, so it has the shape of its type.
      return { runId, ...row, data: JSON.parse(row.data) } as Event;
    });
  };
}

function runReaders(db: Database.Database): Pick<Reader, 'run' | 'runs' | 'lastRun' | 'decidedRuns'> {
  const all = db.prepare(`SELECT ${runColumns} FROM runs ORDER BY run DESC LIMIT ?`);
  const ofSession = db.prepare(`SELECT ${runColumns} FROM runs WHERE session = ? ORDER BY run DESC LIMIT ?`);
  const one = db.prepare(`SELECT ${runColumns} FROM runs WHERE run_id = ?`);
  const last = db
    .prepare('SELECT run_id FROM runs WHERE session = ? AND run_id <> ? ORDER BY run DESC LIMIT 1')
    .pluck();
  const ofDecided = db.prepare(`SELECT ${runColumns} FROM runs WHERE ${decided('runs')} ORDER BY run DESC`);
  return {
    lastRun: (session, besides) => last.get(session, besides) as string | undefined,
    run: (runId) => {
      const row = one.get(runId);
      return row === undefined ? undefined : runSummary(row as RunRow);
    },
    decidedRuns: () => (ofDecided.all() as RunRow[]).map(runSummary),
    runs: (filter = {}) => {
      const limit = filter.limit ?? -1;
      const rows = filter.session === undefined ? all.all(limit) : ofSession.all(filter.session, limit);
      return (rows as RunRow[]).map(runSummary);
    },
  };
}

interface PlanRow {
  readonly plan_id: string;
  readonly version: number;
  readonly spec_name: string;
  readonly hash: string;
  readonly body: string;
  readonly status: PlanStatus;
  readonly run_id: string;
  readonly executing_run: string | null;
  readonly stored_at: string;
  readonly result: string | null;
}

function planReaders(db: Database.Database): Pick<Reader, 'plan' | 'plans' | 'planVersions'> {
  const newest = db.prepare('SELECT * FROM plans WHERE plan_id = ? ORDER BY version DESC LIMIT 1');
  const exact = db.prepare('SELECT * FROM plans WHERE plan_id = ? AND version = ?');
  const versions = db.prepare('SELECT * FROM plans WHERE plan_id = ? ORDER BY version');
  const latest = 'version = (SELECT max(version) FROM plans p WHERE p.plan_id = plans.plan_id)';
  const all = db.prepare(`SELECT * FROM plans WHERE ${latest} ORDER BY stored_at DESC, plan_id`);
  const ofStatus = db.prepare(`SELECT * FROM plans WHERE status = ? AND ${latest} ORDER BY stored_at DESC, plan_id`);
  return {
    plan: (planId, version) => {
      const row = version === undefined ? newest.get(planId) : exact.get(planId, version);
      return row === undefined ? undefined : planRecord(row as PlanRow);
    },
    plans: (status) =>
      (status === undefined ? all.all() : ofStatus.all(status)).map((row) => planRecord(row as PlanRow)),
    planVersions: (planId) => versions.all(planId).map((row) => planRecord(row as PlanRow)),
  };
}

function planRecord(row: PlanRow): PlanRecord {
  return {
    planId: row.plan_id,
    version: row.version,
    specName: row.spec_name,
    hash: row.hash,
    body: JSON.parse(row.body) as JsonObject,
    status: row.status,
    runId: row.run_id,
    executingRun: row.executing_run,
    storedAt: row.stored_at,
    ...(row.result === null ? {} : { result: JSON.parse(row.result) as PlanResult }),
  };
}

function approvalReader(db: Database.Database): Pick<Reader, 'approvals' | 'approval'> {
  const columns = `approval, approvals.run_id AS runId, approvals.agent, subject, rule, reason,
    requested_at AS requestedAt, decision, decided_by AS decidedBy, decided_at AS decidedAt,
    revoked_by AS revokedBy, revoked_at AS revokedAt`;
  const all = db.prepare(`SELECT ${columns} FROM approvals ORDER BY requested_at DESC, approval DESC`);
  // A run that is over asks for nothing any more; one that was interrupted may go on.
  const pending = db.prepare(`SELECT ${columns} FROM approvals JOIN runs ON runs.run_id = approvals.run_id
    WHERE decision IS NULL AND coalesce(status, '') NOT IN ('done', 'failed') ORDER BY requested_at, approval`);
  const one = db.prepare(`SELECT ${columns} FROM approvals WHERE approval = ?`);
  return {
    approvals: (filter = {}) => (filter.pending ? pending : all).all().map(approvalRow),
    approval: (approval) => {
      const found = one.get(approval);
      return found === undefined ? undefined : approvalRow(found);
    },
  };
}

function approvalRow(found: unknown): ApprovalRow {
  const row = found as Omit<ApprovalRow, 'subject' | 'decision'> & {
    readonly subject: string;
    decision: string | null;
  };
  return {
    ...row,
    subject: JSON.parse(row.subject) as ApprovalSubject,
    decision: row.decision === null ? null : (JSON.parse(row.decision) as Decision),
  };
}

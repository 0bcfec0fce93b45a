import type Database from 'better-sqlite3';
import type { ApprovalSubject, Decision, EventOf } from '../core/event.ts';
import { conflict } from './conflict.ts';

type Requested = EventOf<'approval.requested'>;
type Decided = EventOf<'approval.decided'>;
type Revoked = EventOf<'grant.revoked'>;

/** What events about approvals change in their table, and in that of the plans they are about. */
export function approvalProjector(db: Database.Database): (event: Requested | Decided | Revoked) => void {
  const request = db.prepare(
    'INSERT INTO approvals (approval, run_id, agent, subject, rule, reason, requested_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const decide = decider(db);
  const revoke = revoker(db);
  return (event) => {
    if (event.type === 'approval.decided') return decide(event);
    if (event.type === 'grant.revoked') return revoke(event);
    const { approval, subject, rule, reason } = event.data;
    request.run(approval, event.runId, event.agent, JSON.stringify(subject), rule, reason, event.at);
  };
}

function decider(db: Database.Database): (event: Decided) => void {
  const settle = db.prepare(
    `UPDATE approvals SET decision = ?, decided_by = ?, decided_at = ? WHERE approval = ? AND decision IS NULL
     RETURNING subject`,
  );
  const movePlan = planMover(db);
  return ({ at, data: { approval, decision, by } }) => {
    const row = settle.get(JSON.stringify(decision), by, at, approval) as { readonly subject: string } | undefined;
    if (row === undefined) throw conflict(`approval ${approval} was decided by somebody else`, 'approvals');
    const subject = JSON.parse(row.subject) as ApprovalSubject;
    if (subject.kind === 'plan') movePlan(subject, decision);
  };
}

const planStatusAfter = { approve: 'approved', edit: 'superseded', revise: 'rejected', reject: 'rejected' } as const;

function planMover(db: Database.Database) {
  const move = db.prepare(
    "UPDATE plans SET status = ? WHERE plan_id = ? AND version = ? AND hash = ? AND status = 'stored'",
  );
  const statusOf = db.prepare('SELECT status FROM plans WHERE plan_id = ? AND version = ? AND hash = ?').pluck();
  return ({ planId, version, hash }: Extract<ApprovalSubject, { kind: 'plan' }>, { kind }: Decision): void => {
    if (move.run(planStatusAfter[kind], planId, version, hash).changes === 1) return;
    // What is refused does not run, however the plan stands. An approval holds for what was asked about, or for nothing.
    const refused = kind === 'reject' || kind === 'revise';
    if (!refused && statusOf.get(planId, version, hash) !== 'approved') {
      throw conflict(`version ${version} of plan "${planId}" is no longer what would be executed`, 'plans');
    }
  };
}

function revoker(db: Database.Database): (event: Revoked) => void {
  const revoke = db.prepare(
    'UPDATE approvals SET revoked_by = ?, revoked_at = ? WHERE approval = ? AND revoked_at IS NULL',
  );
  return ({ at, data: { approval, by } }) => {
    if (revoke.run(by, at, approval).changes === 1) return;
    throw conflict(`approval ${approval} was revoked before`, 'approvals');
  };
}

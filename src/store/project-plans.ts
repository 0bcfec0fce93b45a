import type Database from 'better-sqlite3';
import type { EventOf } from '../core/event.ts';
import { conflict } from './conflict.ts';

type Stored = EventOf<'plan.stored'>;
type Executing = EventOf<'plan.executing'>;
type Executed = EventOf<'plan.executed'>;

/** What events about plans change in their table. */
export function planProjector(db: Database.Database): (event: Stored | Executing | Executed) => void {
  const stored = storer(db);
  const executing = claimer(db);
  const finish = db.prepare('UPDATE plans SET status = ?, result = ? WHERE plan_id = ? AND version = ?');
  return (event) => {
    if (event.type === 'plan.stored') return stored(event);
    if (event.type === 'plan.executing') return executing(event);
    const { planId, version, result } = event.data;
    finish.run(result.status, JSON.stringify(result), planId, version);
  };
}

function storer(db: Database.Database): (event: Stored) => void {
  const supersede = db.prepare(
    "UPDATE plans SET status = 'superseded' WHERE plan_id = ? AND status IN ('stored', 'approved')",
  );
  const store = db.prepare(
    `INSERT INTO plans (plan_id, version, spec_name, hash, body, status, run_id, stored_at)
     VALUES (?, ?, ?, ?, ?, 'stored', ?, ?) ON CONFLICT DO NOTHING`,
  );
  return ({ runId, at, data }) => {
    const { planId, version, specName, hash, body } = data;
    if (version > 1) supersede.run(planId);
    if (store.run(planId, version, specName, hash, JSON.stringify(body), runId, at).changes === 1) return;
    throw conflict(`version ${version} of plan "${planId}" was stored by somebody else`, 'plans');
  };
}

function claimer(db: Database.Database): (event: Executing) => void {
  const claim = db.prepare(
    `UPDATE plans SET status = 'executing', executing_run = ?
     WHERE plan_id = ? AND version = ? AND hash = ? AND status IN ('stored', 'approved')`,
  );
  return ({ runId, data: { planId, version, hash } }) => {
    if (claim.run(runId, planId, version, hash).changes === 1) return;
    throw conflict(`plan "${planId}" is no longer waiting to be executed`, 'plans');
  };
}

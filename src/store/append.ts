import type Database from 'better-sqlite3';
import { HarnessError } from '../core/errors.ts';
import type { Decision, Event, EventOf } from '../core/event.ts';
import { eventId } from './event-id.ts';

/** Makes the one function that writes to state.db: events, and the tables that follow from them. */
export function appender(db: Database.Database): (events: readonly Event[]) => void {
  const insert = db.prepare(
    'INSERT INTO events (id, at, span, parent, agent, type, data) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const runOf = db.prepare('SELECT run FROM runs WHERE run_id = ?').pluck();
  const project = projector(db);
  const write = db.transaction((events: readonly Event[]) => {
    let run: { readonly id: string; readonly number: number } | undefined;
    for (const event of events) {
      project(event);
      if (run?.id !== event.runId) run = { id: event.runId, number: Number(runOf.get(event.runId)) };
      const { seq, at, span, parent, agent, type } = event;
      insert.run(eventId(run.number, seq), at, span, parent, agent, type, JSON.stringify(event.data));
    }
  });
  return (events) => write.immediate(events);
}

/** What each event changes in the other tables, in the transaction that stores it. */
function projector(db: Database.Database): (event: Event) => void {
  const startRun = db.prepare('INSERT INTO runs (run_id, session, agent, prompt, started_at) VALUES (?, ?, ?, ?, ?)');
  const finishRun = db.prepare('UPDATE runs SET status = ?, finished_at = ? WHERE run_id = ?');
  const resumeRun = db.prepare('UPDATE runs SET status = NULL, finished_at = NULL WHERE run_id = ?');
  const requestApproval = db.prepare(
    'INSERT INTO approvals (approval, run_id, agent, subject, rule, reason, requested_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const startAction = db.prepare(
    'INSERT INTO actions (key, plan_id, version, idx, run_id) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const finishAction = db.prepare('UPDATE actions SET status = ? WHERE key = ?');
  const plans = planProjector(db);
  const decide = decider(db);
  return (event) => {
    switch (event.type) {
      case 'run.started':
        startRun.run(event.runId, event.data.session, event.agent, event.data.prompt, event.at);
        break;
      case 'run.resumed':
        resumeRun.run(event.runId);
        break;
      case 'run.finished':
        finishRun.run(event.data.status, event.at, event.runId);
        break;
      case 'approval.requested': {
        const { approval, subject, rule, reason } = event.data;
        requestApproval.run(approval, event.runId, event.agent, JSON.stringify(subject), rule, reason, event.at);
        break;
      }
      case 'approval.decided':
        decide(event);
        break;
      case 'plan.stored':
      case 'plan.executing':
      case 'plan.executed':
        plans(event);
        break;
      case 'action.started': {
        const { key, planId, version, index } = event.data;
        const claimed = startAction.run(key, planId, version, index, event.runId).changes === 1;
        if (!claimed) throw conflict(`action ${index + 1} of plan "${planId}" has been dispatched before`);
        break;
      }
      case 'action.finished':
        finishAction.run(event.data.result.status, event.data.key);
        break;
      default:
        break;
    }
  };
}

type PlanEvent = EventOf<'plan.stored'> | EventOf<'plan.executing'> | EventOf<'plan.executed'>;

function planProjector(db: Database.Database): (event: PlanEvent) => void {
  const supersede = db.prepare(
    "UPDATE plans SET status = 'superseded' WHERE plan_id = ? AND status IN ('stored', 'approved')",
  );
  const store = db.prepare(
    `INSERT INTO plans (plan_id, version, spec_name, hash, body, status, run_id, stored_at)
     VALUES (?, ?, ?, ?, ?, 'stored', ?, ?) ON CONFLICT DO NOTHING`,
  );
  const claim = db.prepare(
    `UPDATE plans SET status = 'executing', executing_run = ?
     WHERE plan_id = ? AND version = ? AND hash = ? AND status IN ('stored', 'approved')`,
  );
  const finish = db.prepare('UPDATE plans SET status = ?, result = ? WHERE plan_id = ? AND version = ?');
  return (event) => {
    if (event.type === 'plan.stored') {
      const { planId, version, specName, hash, body } = event.data;
      if (version > 1) supersede.run(planId);
      const stored = store.run(planId, version, specName, hash, JSON.stringify(body), event.runId, event.at);
      if (stored.changes !== 1) throw conflict(`version ${version} of plan "${planId}" was stored by somebody else`);
    } else if (event.type === 'plan.executing') {
      const { planId, version, hash } = event.data;
      const claimed = claim.run(event.runId, planId, version, hash).changes === 1;
      if (!claimed) throw conflict(`plan "${planId}" is no longer waiting to be executed`);
    } else {
      const { planId, version, result } = event.data;
      finish.run(result.status, JSON.stringify(result), planId, version);
    }
  };
}

const planStatusAfter = { approve: 'approved', edit: 'superseded', revise: 'rejected', reject: 'rejected' } as const;

function decider(db: Database.Database): (event: EventOf<'approval.decided'>) => void {
  const settle = db.prepare(
    `UPDATE approvals SET decision = ?, decided_by = ?, decided_at = ? WHERE approval = ? AND decision IS NULL
     RETURNING subject`,
  );
  const movePlan = db.prepare(
    "UPDATE plans SET status = ? WHERE plan_id = ? AND version = ? AND hash = ? AND status = 'stored'",
  );
  const statusOf = db.prepare('SELECT status FROM plans WHERE plan_id = ? AND version = ? AND hash = ?').pluck();
  return (event) => {
    const { approval, decision, by } = event.data;
    const row = settle.get(JSON.stringify(decision satisfies Decision), by, event.at, approval);
    if (row === undefined) throw conflict(`approval ${approval} was decided by somebody else`);
    const subject = JSON.parse(
      (row as { subject: string }).subject,
    ) as EventOf<'approval.requested'>['data']['subject'];
    if (subject.kind !== 'plan') return;
    const { planId, version, hash } = subject;
    if (movePlan.run(planStatusAfter[decision.kind], planId, version, hash).changes === 1) return;
    // What is refused does not run, however the plan stands. An approval holds for what was asked about, or for nothing.
    const refused = decision.kind === 'reject' || decision.kind === 'revise';
    if (!refused && statusOf.get(planId, version, hash) !== 'approved') {
      throw conflict(`version ${version} of plan "${planId}" is no longer what would be executed`);
    }
  };
}

function conflict(message: string): HarnessError {
  return new HarnessError('store-conflict', message, { hint: 'look at `harness plans list`' });
}

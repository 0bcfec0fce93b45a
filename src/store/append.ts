import type Database from 'better-sqlite3';
import type { Event } from '../core/event.ts';
import { conflict } from './conflict.ts';
import { eventId } from './event-id.ts';
import { approvalProjector } from './project-approvals.ts';
import { planProjector } from './project-plans.ts';

/** Makes the one function that writes to state.db: events, and the tables that follow from them. */
export function appender(db: Database.Database): (events: readonly Event[]) => void {
  const insert = db.prepare(
    'INSERT INTO events (id, at, span, parent, agent, type, data) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const runOf = db.prepare('SELECT run FROM runs WHERE run_id = ?').pluck();
  const project = projector(db);
  /** The run that was added to last: mostly more is added to it. */
  let run: { readonly id: string; readonly number: number } | undefined;
  const write = db.transaction((events: readonly Event[]) => {
    for (const event of events) {
      project(event);
      // A run that begins has a new number, also where one of its name was forgotten or not stored after all.
      if (run?.id !== event.runId || event.type === 'run.started') {
        run = { id: event.runId, number: Number(runOf.get(event.runId)) };
      }
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
  const startAction = db.prepare(
    'INSERT INTO actions (key, plan_id, version, idx, run_id) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const finishAction = db.prepare('UPDATE actions SET status = ? WHERE key = ?');
  const plans = planProjector(db);
  const approvals = approvalProjector(db);
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
      case 'approval.requested':
      case 'approval.decided':
      case 'grant.revoked':
        approvals(event);
        break;
      case 'plan.stored':
      case 'plan.executing':
      case 'plan.executed':
        plans(event);
        break;
      case 'action.started': {
        const { key, planId, version, index } = event.data;
        const claimed = startAction.run(key, planId, version, index, event.runId).changes === 1;
        if (!claimed) throw conflict(`action ${index + 1} of plan "${planId}" has been dispatched before`, 'plans');
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

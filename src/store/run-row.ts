import type { RunSummary } from '../core/ports.ts';
import { eventId } from './event-id.ts';

/** A row of `runs` with what is counted beside it. */
export interface RunRow {
  readonly run_id: string;
  readonly session: string;
  readonly agent: string;
  readonly prompt: string;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly status: RunSummary['status'];
  readonly events: number;
}

/** The type of a run's newest event, in SQL. @param runs the table, or its alias */
function newestType(runs: string): string {
  return `(
      SELECT type FROM events
      WHERE id >= ${runs}.run * ${eventId(1, 0)} AND id < (${runs}.run + 1) * ${eventId(1, 0)}
      ORDER BY id DESC LIMIT 1
    )`;
}

/**
 * Whether a run without an end waits for a person, in SQL: for a decision, or to be told what became of an action that
 * was interrupted. A run that is at work has added something after that.
 */
function waits(runs: string): string {
  return `(EXISTS (
      SELECT 1 FROM approvals a
      WHERE a.approval > ${runs}.run_id || '.' AND a.approval < ${runs}.run_id || '/' AND a.decision IS NULL
    ) OR (
      ${runs}.run_id IN (SELECT executing_run FROM plans WHERE status = 'unknown')
      AND ${newestType(runs)} IN ('plan.executed', 'run.resumed')
    ))`;
}

/** Whether the last that is known of a run is what a person decided, in SQL. */
function endsDecided(runs: string): string {
  return `${newestType(runs)} IN ('approval.decided', 'plan.executed')`;
}

/** Whether a person has decided what a run without an end waited for, and nothing has come of that yet, in SQL. */
export function decided(runs: string): string {
  return `(${runs}.status IS NULL AND NOT ${waits(runs)} AND ${endsDecided(runs)})`;
}

/** How a run stands, in SQL. @param runs the table, or its alias */
export function standing(runs: string): string {
  return `coalesce(${runs}.status, CASE
      WHEN ${waits(runs)} THEN 'paused' WHEN ${endsDecided(runs)} THEN 'decided' ELSE 'open' END)`;
}

/** The columns of a `RunRow`, as SQL selects them from `runs`. */
export const runColumns = `run_id, session, agent, prompt, started_at, finished_at,
    ${standing('runs')} AS status,
    (
      SELECT max(id) FROM events WHERE id >= run * ${eventId(1, 0)} AND id < (run + 1) * ${eventId(1, 0)}
    ) - run * ${eventId(1, 0)} AS events`;

export function runSummary(row: RunRow): RunSummary {
  return {
    runId: row.run_id,
    session: row.session,
    agent: row.agent,
    prompt: row.prompt,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    status: row.status,
    events: row.events,
  };
}

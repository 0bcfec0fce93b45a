import type { RunStatus } from '../core/event.ts';
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
  readonly status: RunStatus | null;
  /** Null for a run that has ended: there is nothing to look up. */
  readonly pending: number | null;
  readonly events: number;
}

/**
 * Whether a run without an end waits for a person, in SQL: for a decision, or to be told what became of an action that
 * was interrupted. A run that is at work has added something after that.
 * @param runs the table, or its alias
 */
export function waits(runs: string): string {
  return `(EXISTS (
      SELECT 1 FROM approvals a
      WHERE a.approval > ${runs}.run_id || '.' AND a.approval < ${runs}.run_id || '/' AND a.decision IS NULL
    ) OR (
      ${runs}.status IS NULL AND ${runs}.run_id IN (SELECT executing_run FROM plans WHERE status = 'unknown') AND (
        SELECT type FROM events
        WHERE id >= ${runs}.run * ${eventId(1, 0)} AND id < (${runs}.run + 1) * ${eventId(1, 0)}
        ORDER BY id DESC LIMIT 1
      ) IN ('plan.executed', 'run.resumed')
    ))`;
}

/** The columns of a `RunRow`, as SQL selects them from `runs`. */
export const runColumns = `run_id, session, agent, prompt, started_at, finished_at, status,
    CASE WHEN status IS NULL THEN ${waits('runs')} END AS pending,
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
    status: row.status ?? (row.pending ? 'paused' : 'open'),
    events: row.events,
  };
}

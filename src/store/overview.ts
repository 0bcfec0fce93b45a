import type Database from 'better-sqlite3';
import type { RunFigures, RunSummary, SessionSummary, Store } from '../core/ports.ts';
import { eventId } from './event-id.ts';
import { type RunRow, runColumns, runSummary, standing } from './run-row.ts';

type Overview = Pick<Store, 'runsBefore' | 'agentsOf' | 'figures' | 'sessions'>;

/** Makes the functions that look at very many runs at a time. */
export function overview(db: Database.Database): Overview {
  return {
    runsBefore: pageReader(db),
    agentsOf: agentReader(db),
    figures: figureReader(db),
    sessions: sessionReader(db),
  };
}

function pageReader(db: Database.Database): Overview['runsBefore'] {
  const newest = db.prepare(`SELECT ${runColumns} FROM runs ORDER BY run DESC LIMIT ?`);
  const older = db.prepare(
    `SELECT ${runColumns} FROM runs WHERE run < (SELECT run FROM runs WHERE run_id = ?) ORDER BY run DESC LIMIT ?`,
  );
  return (before, limit): readonly RunSummary[] => {
    const rows = before === undefined ? newest.all(limit) : older.all(before, limit);
    return (rows as RunRow[]).map(runSummary);
  };
}

function agentReader(db: Database.Database): Overview['agentsOf'] {
  const runOf = db.prepare('SELECT run FROM runs WHERE run_id = ?').pluck();
  const agents = db.prepare('SELECT DISTINCT agent FROM events WHERE id >= ? AND id < ?').pluck();
  return (runId) => {
    const run = runOf.get(runId);
    return run === undefined ? [] : (agents.all(eventId(Number(run), 0), eventId(Number(run) + 1, 0)) as string[]);
  };
}

function figureReader(db: Database.Database): Overview['figures'] {
  const counts = db.prepare(`SELECT ${standing('runs')} AS status, count(*) AS runs FROM runs GROUP BY 1`);
  // Days since a long time ago, as SQLite counts.
  const times = db
    .prepare(
      `SELECT round((julianday(finished_at) - julianday(started_at)) * 86400000) AS ms FROM runs
       WHERE finished_at IS NOT NULL`,
    )
    .pluck();
  return (): RunFigures => {
    const byStatus = counts.all() as { readonly status: RunSummary['status']; readonly runs: number }[];
    const sorted = Float64Array.from(times.all() as number[]).sort();
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
    return {
      runs: byStatus.reduce((sum, { runs }) => sum + runs, 0),
      byStatus: Object.fromEntries(byStatus.map(({ status, runs }) => [status, runs])),
      medianMs: at(0.5),
      p95Ms: at(0.95),
    };
  };
}

function sessionReader(db: Database.Database): Overview['sessions'] {
  const select = db.prepare(
    `SELECT s.session, s.runIds, first.prompt, first.started_at AS startedAt, last.run_id AS lastRun,
       coalesce(last.finished_at, last.started_at) AS lastAt,
       ${standing('last')} AS status
     FROM (SELECT session, group_concat(run_id, ' ') AS runIds, min(run) AS first, max(run) AS last FROM runs GROUP BY session) s
     JOIN runs first ON first.run = s.first JOIN runs last ON last.run = s.last
     ORDER BY s.last DESC`,
  );
  return () =>
    select.all().map((found) => {
      const row = found as Omit<SessionSummary, 'runIds'> & { readonly runIds: string };
      return { ...row, runIds: row.runIds.split(' ') };
    });
}

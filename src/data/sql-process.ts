import type { QueryResult } from '../core/ports.ts';
import { type ChildEnd, startChild } from './child-process.ts';
import type { ChildSettings, SqlEnd, SqlFailure, SqlRequest } from './sql-protocol.ts';

/** The answer to a request, or the end of the process that should have given it. */
export type SqlOutcome = QueryResult | SqlFailure | ChildEnd;

/** One child process that runs SQL, for as long as it lives. */
export interface SqlProcess {
  /** One request at a time. */
  ask(request: SqlRequest): Promise<SqlOutcome>;
  /** True once it has answered anything. */
  readonly warm: boolean;
  kill(): void;
}

/**
 * Start a child process. It never keeps this process alive, and it ends by itself when this process does.
 * @param onEnd called once, when it is no more.
 */
export function startSqlProcess(settings: ChildSettings, onEnd: (end: ChildEnd) => void): SqlProcess {
  let warm = false;
  let rows: QueryResult['rows'][number][] = [];
  let settle: ((outcome: SqlOutcome) => void) | undefined;
  const finish = (outcome: SqlOutcome) => {
    rows = [];
    settle?.(outcome);
    settle = undefined;
  };
  const child = startChild(settings, {
    line(json) {
      if (json.startsWith('[')) {
        // Rows come by the hundred, and there may be many: none of them is moved twice.
        rows.push(...(JSON.parse(json) as QueryResult['rows']));
        return;
      }
      const end = JSON.parse(json) as SqlEnd;
      warm = true;
      finish('error' in end ? end : { ...end, rows });
    },
    end(end) {
      finish(end);
      onEnd(end);
    },
  });
  return {
    ask: (request) =>
      new Promise((resolve) => {
        settle = resolve;
        child.send(request);
      }),
    get warm() {
      return warm;
    },
    kill: child.kill,
  };
}

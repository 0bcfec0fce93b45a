import { ToolFailure } from '../core/errors.ts';
import type { QueryLimits, QueryResult, TargetDatabase } from '../core/ports.ts';
import type { ChildEnd } from './child-process.ts';
import { gateText } from './gate.ts';
import { unavailable } from './refusal.ts';
import { type SqlOutcome, type SqlProcess, startSqlProcess } from './sql-process.ts';
import type { SqlRequest } from './sql-protocol.ts';

/** How a target database is opened for agents. */
export interface SandboxOptions {
  /** Absolute path of a SQLite database. */
  readonly file: string;
  /**
   * Names of the tables that agents may read, or what tells them for each statement; default: all tables and views,
   * and the schema.
   */
  readonly tables?: readonly string[] | (() => readonly string[]);
  /** How long one statement may take; default 5,000. */
  readonly timeoutMs?: number;
  /** Resident memory that the child process may take for one statement; default 512 MiB. */
  readonly memoryBytes?: number;
}

/**
 * A target database whose statements run in a child process of its own, started by the first of them. Nothing can
 * be written and no other file be reached through it; a statement that takes too long or too much memory is ended
 * with its process, and the next one gets a new process. Statements run one after the other.
 */
export function openSandbox(options: SandboxOptions): TargetDatabase {
  return new Sandbox(options);
}

class Sandbox implements TargetDatabase {
  readonly #options: Required<Omit<SandboxOptions, 'tables'>> & Pick<SandboxOptions, 'tables'>;
  #process: SqlProcess | undefined;
  #closed = false;
  /** Settles when the last statement in line has settled. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(options: SandboxOptions) {
    this.#options = { timeoutMs: 5000, memoryBytes: 512 * 1024 * 1024, ...options };
  }

  query(sql: string, limits: QueryLimits, signal?: AbortSignal): Promise<QueryResult> {
    const turn = this.#line.then(() => this.#query(sql, limits, signal));
    // Whoever asked is told of a failure; the next in line only waits.
    this.#line = turn.catch(() => undefined);
    return turn;
  }

  close(): void {
    this.#closed = true;
    this.#process?.kill();
  }

  async #query(sql: string, limits: QueryLimits, signal: AbortSignal | undefined): Promise<QueryResult> {
    signal?.throwIfAborted();
    // The child looks too; here it saves starting one, and sending it a text of any size.
    gateText(sql);
    const { tables, timeoutMs } = this.#options;
    const request = { sql, limits, timeoutMs, ...(typeof tables === 'function' && { tables: tables() }) };
    const outcome = await this.#ask(request, signal);
    signal?.throwIfAborted();
    if ('ended' in outcome) throw this.#endFailure(outcome);
    if ('error' in outcome) throw new ToolFailure(outcome.error.code, outcome.error.message);
    return outcome;
  }

  async #ask(request: SqlRequest, signal: AbortSignal | undefined): Promise<SqlOutcome> {
    if (this.#closed) throw unavailable('it has been closed');
    this.#process ??= this.#start();
    const process = this.#process;
    const kill = () => process.kill();
    let late = false;
    // The child ends itself in time. This is for one that cannot, because it was stopped or the machine is stuck;
    // and it keeps this process alive as long as somebody waits.
    const timer = setTimeout(
      () => {
        late = true;
        kill();
      },
      request.timeoutMs + (process.warm ? 2000 : 15_000),
    );
    signal?.addEventListener('abort', kill);
    const outcome = await process.ask(request);
    signal?.removeEventListener('abort', kill);
    clearTimeout(timer);
    if (!('ended' in outcome)) return outcome;
    // It ended after the statement before this one, so this one has not been tried.
    if (outcome.ended === 'worn') return this.#ask(request, signal);
    return late ? { ...outcome, ended: 'timeout' } : outcome;
  }

  #start(): SqlProcess {
    const { file, tables = null, memoryBytes } = this.#options;
    const exposed = typeof tables === 'function' ? tables() : tables;
    const started: SqlProcess = startSqlProcess({ file, tables: exposed, memoryBytes }, () => {
      if (this.#process !== started) return;
      this.#process = undefined;
      // A new one right away, so that the next statement finds it warm; not after one that never worked.
      if (started.warm && !this.#closed) this.#startEarly();
    });
    return started;
  }

  #startEarly(): void {
    try {
      this.#process = this.#start();
    } catch {
      // The next statement tries again and tells what is wrong.
    }
  }

  #endFailure({ ended, detail }: ChildEnd): ToolFailure {
    if (this.#closed) return unavailable('it has been closed');
    const { timeoutMs, memoryBytes } = this.#options;
    if (ended === 'timeout') {
      return new ToolFailure(
        'query-timeout',
        `the statement was ended after ${timeoutMs / 1000} s; read less: filter, aggregate, or join on keys`,
      );
    }
    if (ended === 'memory') {
      return new ToolFailure(
        'query-memory',
        `the statement was ended because it took more than ${Math.round(memoryBytes / 1024 / 1024)} MiB of memory; read less at once`,
      );
    }
    return new ToolFailure('query-failed', `the process that ran the statement ended: ${detail}; try again`);
  }
}

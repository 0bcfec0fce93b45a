import type { KeyInfo, TableInfo, TableProfile } from '../../core/catalog.ts';
import { ToolFailure } from '../../core/errors.ts';
import { type ChildEnd, type ChildProcess, startChild } from '../child-process.ts';
import type { CatalogEnd, CatalogLine, CatalogPart, CatalogRequest } from './child-protocol.ts';
import type { Inspected } from './inspect.ts';

export interface ReaderOptions {
  /** Absolute path of the target database. */
  readonly file: string;
  /** Names of the tables that the workspace exposes; default: all. */
  readonly tables?: readonly string[] | undefined;
}

/** The tables that a statement reads, and those of them that are not exposed. */
export type StatementCheck = Pick<Extract<CatalogEnd, { done: 'check' }>, 'tables' | 'hidden'>;

interface FoundBy {
  table(table: Inspected): void;
  key(key: KeyInfo): void;
  /** The name of a table or view that is there and not exposed. */
  hidden(name: string): void;
}

/** Reads the target database for the catalog, in a child process of its own that is there only while it is used. */
export interface Reader {
  inspect(found: FoundBy): Promise<{ readonly version: number }>;
  /** @throws ToolFailure also `profile-failed` when it takes too much time or memory. */
  profile(table: TableInfo, looked: (rows: number) => void): Promise<TableProfile>;
  /** What a statement reads. It is not run. @throws ToolFailure when it is refused or wrong. */
  check(sql: string): Promise<StatementCheck>;
  /** Of the schema: another number when it was changed. */
  version(): Promise<number>;
  /** Ends the process at once. */
  close(): void;
}

/** How long one request may take, in milliseconds. */
const timeouts = { inspect: 300_000, profile: 60_000, view: 5000, check: 5000, version: 5000 } as const;
/** Resident memory at which the child ends itself. Half of it is Node's own. */
const memoryBytes = 190 * 1024 * 1024;
/** How long an idle process stays. */
const idleMs = 5000;

/** Requests are made one after the other; each throws ToolFailure when the database cannot be read. */
export function openReader(options: ReaderOptions): Reader {
  const line = childLine(options);
  const ask = async <K extends CatalogRequest['kind']>(
    request: Extract<CatalogRequest, { kind: K }>,
    part: (part: CatalogPart) => void = () => undefined,
  ): Promise<Extract<CatalogEnd, { done: K }>> => {
    const end = await line.ask(request, part);
    if ('error' in end) throw new ToolFailure(end.error.code, end.error.message);
    return end as Extract<CatalogEnd, { done: K }>;
  };
  return {
    inspect: (found) =>
      ask<'inspect'>({ kind: 'inspect', timeoutMs: timeouts.inspect }, (part) => {
        if ('table' in part) found.table(part.table);
        else if ('key' in part) found.key(part.key);
        else if ('hidden' in part) found.hidden(part.hidden);
      }),
    async profile(table, looked) {
      const request = {
        kind: 'profile',
        table,
        timeoutMs: timeouts[table.kind === 'view' ? 'view' : 'profile'],
      } as const;
      return (await ask<'profile'>(request, (part) => 'looked' in part && looked(part.looked))).profile;
    },
    check: (sql) => ask<'check'>({ kind: 'check', sql, timeoutMs: timeouts.check }),
    version: async () => (await ask<'version'>({ kind: 'version', timeoutMs: timeouts.version })).version,
    close: line.close,
  };
}

interface ChildLine {
  ask(request: CatalogRequest, part: (part: CatalogPart) => void): Promise<CatalogEnd>;
  close(): void;
}

interface Asked {
  part(part: CatalogPart): void;
  settle(end: CatalogEnd | ChildEnd): void;
}

function childLine({ file, tables }: ReaderOptions): ChildLine {
  let child: ChildProcess | undefined;
  let asked: Asked | undefined;
  let idle: NodeJS.Timeout | undefined;
  let closed = false;
  const start = (): ChildProcess => {
    const started: ChildProcess = startChild(
      { file, tables: tables ?? null, memoryBytes, work: 'catalog' },
      {
        line(json) {
          const said = JSON.parse(json) as CatalogLine;
          if ('done' in said || 'error' in said) asked?.settle(said);
          else asked?.part(said);
        },
        end(end) {
          if (child === started) child = undefined;
          asked?.settle(end);
        },
      },
    );
    return started;
  };
  const once = (request: CatalogRequest, part: Asked['part']): Promise<CatalogEnd | ChildEnd> => {
    clearTimeout(idle);
    child ??= start();
    const current = child;
    return new Promise((resolve) => {
      // The child ends itself in time; this is for one that cannot. It also keeps this process alive meanwhile.
      const timer = setTimeout(() => current.kill(), request.timeoutMs + 15_000);
      const settle = (end: CatalogEnd | ChildEnd) => {
        clearTimeout(timer);
        asked = undefined;
        idle = setTimeout(() => {
          if (child === current) child = undefined;
          current.kill();
        }, idleMs).unref();
        resolve(end);
      };
      asked = { part, settle };
      current.send(request);
    });
  };
  const ask = async (request: CatalogRequest, part: Asked['part']): Promise<CatalogEnd> => {
    if (closed) throw new ToolFailure('catalog-unavailable', 'the catalog has been closed');
    const end = await once(request, part);
    if (!('ended' in end)) return end;
    // It ended after the request before this one, so this one has not been tried.
    if (end.ended === 'worn') return ask(request, part);
    if (closed) throw new ToolFailure('catalog-unavailable', 'the catalog has been closed');
    const tooMuch = request.kind === 'profile' && end.ended !== 'crash';
    throw new ToolFailure(tooMuch ? 'profile-failed' : 'catalog-unavailable', endText(end, request));
  };
  let queue: Promise<unknown> = Promise.resolve();
  return {
    ask(request, part) {
      const turn = queue.then(() => ask(request, part));
      queue = turn.catch(() => undefined);
      return turn;
    },
    close() {
      closed = true;
      clearTimeout(idle);
      child?.kill();
    },
  };
}

function endText({ ended, detail }: ChildEnd, request: CatalogRequest): string {
  const what = request.kind === 'profile' ? `profiling "${request.table.name}"` : 'reading the target database';
  if (ended === 'timeout') return `${what} was ended after ${request.timeoutMs / 1000} s`;
  if (ended === 'memory') return `${what} was ended because it took too much memory`;
  return `the process that was ${what} ended: ${detail}`;
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../config/app.ts';
import type { Clock, RunSummary, Store } from '../core/ports.ts';
import type { Results } from '../core/results.ts';
import { expiredEntries } from '../data/kv/keep.ts';
import { sessionResults } from '../data/kv/results.ts';
import { type Kv, openKv } from '../data/kv/store.ts';
import { stateFolder, type Workspace, workspaceOf } from './workspace.ts';

/** The stored results of a session, open for its runs. */
export interface OpenResults {
  readonly results: Results;
  close(): Promise<void>;
}

export interface ResultsRequest {
  readonly app: App;
  readonly workspace: Workspace;
  readonly session: string;
  /** It, and those whose conversation it took over. */
  readonly sessions: ReadonlySet<string>;
  readonly clock: Clock;
  readonly throwAway: boolean;
}

/**
 * The stored results of a session. Nothing is created before there is something to store; what is there and has had
 * its time is removed.
 * @throws HarnessError when there is a kv database that cannot be used.
 */
export function openResults({ app, workspace, session, sessions, clock, throwAway }: ResultsRequest): OpenResults {
  const { file, ensureSchema } = workspaceOf(app, workspace.name).dataEnvironment.kv;
  const path = join(stateFolder(app, workspace.name), file);
  let kv: Kv | undefined;
  const open = (): Kv => {
    kv ??= openKv(workspace.stateFile(file), ensureSchema);
    return kv;
  };
  const existing = () => kv ?? (!throwAway && existsSync(path) ? open() : undefined);
  const config = app.results;
  const found = existing();
  if (found) clean(found, config.keep, workspace.store, sessions, clock);
  const results = sessionResults({ session, inherited: sessions, config, clock, open, existing });
  return {
    results,
    close: async () => {
      results.close();
      await kv?.close();
    },
  };
}

const goesOn: ReadonlySet<RunSummary['status']> = new Set(['paused', 'decided', 'open']);

function clean(kv: Kv, keep: string, store: Store, sessions: ReadonlySet<string>, clock: Clock): void {
  const entries = kv.list();
  // A run that waits for an approval, or was interrupted, may go on.
  const unfinished = [...new Set(entries.map((entry) => entry.session))].filter((each) =>
    store.runs({ session: each }).some(({ status }) => goesOn.has(status)),
  );
  const expired = expiredEntries(entries, keep, new Set([...sessions, ...unfinished]), clock.now());
  if (expired.length > 0) kv.remove(expired);
}

import { fold, type Memory, type RunState, remember } from '../core/fold.ts';
import type { Store } from '../core/ports.ts';

/** What was said in the runs of one session. */
export interface SessionMemory {
  /** Before one of its runs, or in all of it where the run is a new one. */
  before(runId: string): Memory;
  /** Keeps what was said once a run has ended, so that it need not be read again. */
  keep(runId: string, state: RunState): void;
}

/** @param fork of a session that no run has begun: the run up to which it takes over another conversation */
export function sessionMemory(store: Store, session: string, fork?: string): SessionMemory {
  let kept: { readonly runId: string; readonly memory: Memory } | undefined;
  return {
    before(runId) {
      // Mostly the run before this one is the one that has just ended here: then nothing is read.
      if (kept && kept.runId === store.lastRun(session, runId)) return kept.memory;
      const all = conversationRuns(store, session, fork);
      const at = all.indexOf(runId);
      const earlier = at === -1 ? all : all.slice(0, at);
      return earlier.reduce<Memory>((memory, run) => remember(run, fold(store.events(run), memory)), new Map());
    },
    keep(runId, state) {
      kept = { runId, memory: remember(runId, state) };
    },
  };
}

/**
 * The runs of a conversation, oldest first: those of the session, and before them those that it took over.
 * @param fork as in `sessionMemory`
 */
export function conversationRuns(
  store: Pick<Store, 'events' | 'run' | 'runs'>,
  session: string,
  fork?: string,
): readonly string[] {
  const parts: (readonly string[])[] = [];
  const seen = new Set<string>();
  for (let at: string | undefined = session, upTo: string | undefined; at !== undefined && !seen.has(at); ) {
    seen.add(at);
    // The newest run comes first.
    const own: string[] = store
      .runs({ session: at })
      .map(({ runId }) => runId)
      .reverse();
    parts.unshift(upTo === undefined ? own : own.slice(0, own.indexOf(upTo) + 1));
    const [first] = own;
    upTo = first === undefined ? fork : forkOfRun(store, first);
    at = upTo === undefined ? undefined : store.run(upTo)?.session;
  }
  return parts.flat();
}

/** The run up to which a session took over another conversation. */
export function forkOfSession(store: Pick<Store, 'events' | 'runs'>, session: string): string | undefined {
  const first = store.runs({ session }).at(-1);
  return first && forkOfRun(store, first.runId);
}

function forkOfRun(store: Pick<Store, 'events'>, runId: string): string | undefined {
  const [started] = store.events(runId, 1);
  return started?.type === 'run.started' ? started.data.forkedFrom : undefined;
}

/** The sessions whose conversations this one took over, and its own. */
export function sessionsOfConversation(
  store: Pick<Store, 'events' | 'run' | 'runs'>,
  session: string,
  fork?: string,
): ReadonlySet<string> {
  const runs = conversationRuns(store, session, fork);
  return new Set([session, ...runs.flatMap((runId) => store.run(runId)?.session ?? [])]);
}

/** Why a run cannot go on; undefined when it can. */
export function resumeObstacle({ started, finished, spans }: RunState): string | undefined {
  if (!started) return 'it is not stored';
  if (started.compacts) return 'it was to compact a conversation';
  if (!finished) return undefined;
  if (finished.status === 'done') return 'it is done';
  // An agent that has ended does not begin again.
  const error = spans.get('1')?.finished?.error;
  return error && `its agent has ended: ${error.message}`;
}

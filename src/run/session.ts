import { fold, type Memory, type RunState, remember } from '../core/fold.ts';
import type { Store } from '../core/ports.ts';

/** What was said in the runs of one session. */
export interface SessionMemory {
  /** Before one of its runs, or in all of it where the run is a new one. */
  before(runId: string): Memory;
  /** Keeps what was said once a run has ended, so that it need not be read again. */
  keep(runId: string, state: RunState): void;
}

export function sessionMemory(store: Store, session: string): SessionMemory {
  let kept: { readonly runId: string; readonly memory: Memory } | undefined;
  return {
    before(runId) {
      const runs = store.runs({ session }).map((run) => run.runId);
      // The newest run comes first.
      const earlier = runs.slice(runs.indexOf(runId) + 1);
      if (kept && kept.runId === earlier[0]) return kept.memory;
      return earlier
        .reverse()
        .reduce<Memory>((memory, run) => remember(run, fold(store.events(run), memory)), new Map());
    },
    keep(runId, state) {
      kept = { runId, memory: remember(runId, state) };
    },
  };
}

/** Why a run cannot go on; undefined when it can. */
export function resumeObstacle({ started, finished, spans }: RunState): string | undefined {
  if (!started) return 'it is not stored';
  if (!finished) return undefined;
  if (finished.status === 'done') return 'it is done';
  // An agent that has ended does not begin again.
  const error = spans.get('1')?.finished?.error;
  return error && `its agent has ended: ${error.message}`;
}

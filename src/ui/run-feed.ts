import type { RunSummary } from '../core/ports.ts';
import type { Records } from './controller.ts';
import { passes } from './filter.ts';

/** The runs of a workspace that pass a filter, newest first. They are read as far as they are looked at. */
export interface RunFeed {
  /** Those that were found so far. */
  readonly found: readonly RunSummary[];
  /** Whether these are all. */
  done(): boolean;
  /** Reads on until so many were found: some at once, the rest soon. */
  want(count: number): void;
  /** A run is another one now, or is new. */
  refresh(runId: string): void;
  close(): void;
}

/** Runs that are read at a time. */
const chunk = 500;
/** Runs that are read at once, before other things have their turn. */
const atOnce = 2000;

/** @param words of a filter: `status:failed agent:planner …` @param more told when more were found */
export function runFeed(records: Records, words: readonly string[], more: () => void): RunFeed {
  const found: RunSummary[] = [];
  let last: string | undefined;
  let ended = false;
  let wanted = 0;
  let soon: NodeJS.Immediate | undefined;
  const asksAgents = words.some((word) => word.startsWith('agent:'));
  const passing = (run: RunSummary) => words.length === 0 || passes(words, membersOf(run, records, asksAgents));
  const read = () => {
    for (let seen = 0; seen < atOnce && !ended && found.length < wanted; seen += chunk) {
      const runs = records.runsBefore(last, chunk);
      last = runs.at(-1)?.runId ?? last;
      ended = runs.length < chunk;
      found.push(...runs.filter(passing));
    }
  };
  const readOn = () => {
    soon = undefined;
    read();
    goOn();
    more();
  };
  const goOn = () => {
    if (!ended && found.length < wanted) soon ??= setImmediate(readOn);
  };
  return {
    found,
    done: () => ended,
    want: (count) => {
      if (count <= wanted && soon) return;
      wanted = Math.max(wanted, count);
      if (!ended && found.length < wanted && !soon) read();
      goOn();
    },
    refresh: (runId) => {
      const run = records.run(runId);
      const at = found.findIndex((each) => each.runId === runId);
      if (!run) return;
      if (at !== -1) found[at] = run;
      else if (passing(run) && run.startedAt >= (found[0]?.startedAt ?? '')) found.unshift(run);
    },
    close: () => clearImmediate(soon),
  };
}

function membersOf(run: RunSummary, records: Records, asksAgents: boolean): Readonly<Record<string, string>> {
  const { runId, session, agent, status, prompt } = run;
  const agents = asksAgents ? records.agentsOf(runId).join(' ') : agent;
  return { run: runId, session, agent: agents, status, prompt };
}

import type { App } from '../config/app.ts';
import { HarnessError } from '../core/errors.ts';
import { fold } from '../core/fold.ts';
import { suggest } from '../core/nearest.ts';
import type { RunSummary } from '../core/ports.ts';
import { resumeObstacle } from '../run/session.ts';
import { peekRecords, type Records } from '../runtime/records.ts';

export interface GoOnOptions {
  readonly workspace?: string;
  readonly continue?: boolean;
  /** Id of a run or a session, the start of one, or `last`. */
  readonly resume?: string;
}

/** What a chat goes on with: a session, or one run of it that has not ended. */
export interface GoOn {
  readonly workspace: string;
  readonly session: string;
  /** The run to resume; absent where a new one is added to the session. */
  readonly runId?: string;
  /** What produced the steps of that run. */
  readonly interpreter?: string;
  /** Approvals of that run that were decided. */
  readonly decided: number;
}

/** What to do where no run is left to resume. */
export interface Otherwise {
  /** A prompt will come, so that one is added to the session. */
  readonly spare?: boolean;
  /** The same where the run that was named has ended. */
  readonly ended?: boolean;
}

/**
 * Finds what `--continue` and `--resume` mean. Without a prompt of its own the chat resumes a run; with one it adds a
 * run to the session.
 * @returns undefined where a new session begins. @throws HarnessError `unknown-name`, `not-resumable`, `invalid-usage`
 */
export function goOnWith(
  app: App,
  options: GoOnOptions,
  prompt: string | undefined,
  more: Otherwise = {},
): GoOn | undefined {
  if (!options.continue && options.resume === undefined) return undefined;
  if (options.continue && options.resume !== undefined) {
    throw new HarnessError('invalid-usage', '--continue and --resume exclude each other', { hint: 'give one of them' });
  }
  const workspace = options.continue ? (options.workspace ?? app.defaultWorkspace) : options.workspace;
  const records = peekRecords(app, workspace);
  try {
    return find(records, options.resume ?? 'last', prompt, more);
  } finally {
    for (const { store } of records) store.close();
  }
}

type Found = Records & { readonly run: RunSummary };

function find(records: readonly Records[], word: string, prompt: string | undefined, more: Otherwise): GoOn {
  const all = records
    .flatMap((record) => record.store.runs().map((run): Found => ({ ...record, run })))
    .sort((a, b) => (a.run.startedAt < b.run.startedAt ? 1 : -1));
  const byRun = word === 'last' ? undefined : named(all, word, ({ run }) => run.runId);
  if (byRun) return ofRun(byRun, prompt, more);
  const [newest] =
    word === 'last' ? all : all.filter(({ run }) => run.session === named(all, word, sessionOf)?.run.session);
  if (newest) return ofSession(newest, all, prompt, more);
  if (all.length === 0)
    throw new HarnessError('unknown-name', 'there is no session yet', { hint: 'harness chat -p "…"' });
  const ids = [...new Set(all.flatMap(({ run }) => [run.runId, run.session]))].slice(0, 100);
  const several = ids.some((id) => id.startsWith(word)) ? 'more than one run or session starts like that' : undefined;
  throw new HarnessError('unknown-name', `there is no run or session "${word}"`, {
    hint: several ?? suggest(word, ids) ?? 'harness sessions list',
  });
}

function sessionOf({ run }: Found): string {
  return run.session;
}

/** The one that a word names, by its id or the start of it. */
function named(all: readonly Found[], word: string, idOf: (found: Found) => string): Found | undefined {
  const exact = all.find((found) => idOf(found) === word);
  if (exact) return exact;
  const starting = all.filter((found) => idOf(found).startsWith(word));
  return new Set(starting.map(idOf)).size === 1 ? starting[0] : undefined;
}

function ofRun(found: Found, prompt: string | undefined, { ended = false }: Otherwise): GoOn {
  const { runId, session } = found.run;
  const obstacle = obstacleOf(found);
  if (prompt === undefined) {
    if (obstacle === undefined) return resumable(found);
    if (ended) return { workspace: found.workspace, session, decided: 0 };
    throw new HarnessError('not-resumable', `run ${runId} cannot go on: ${obstacle}`, {
      hint: `a prompt adds a run to its session: harness chat --resume ${session} -p "…"`,
    });
  }
  if (obstacle !== undefined) return { workspace: found.workspace, session, decided: 0 };
  throw new HarnessError('invalid-usage', `run ${runId} has not ended, and it has its prompt`, {
    hint: `resume it without a prompt, or add a run to its session: harness chat --resume ${session} -p "…"`,
  });
}

function ofSession(
  { workspace, run: { session } }: Found,
  all: readonly Found[],
  prompt: string | undefined,
  { spare = false }: Otherwise,
): GoOn {
  const added = { workspace, session, decided: 0 };
  if (prompt !== undefined) return added;
  const unfinished = all.find((found) => found.run.session === session && obstacleOf(found) === undefined);
  if (unfinished) return resumable(unfinished);
  if (spare) return added;
  throw new HarnessError('invalid-usage', `every run of session ${session} has ended; give a prompt`, {
    hint: `harness chat --resume ${session} -p "…"`,
  });
}

function obstacleOf({ store, run }: Found): string | undefined {
  if (run.status === 'done') return 'it is done';
  return resumeObstacle(fold(store.events(run.runId)));
}

function resumable({ workspace, store, run: { runId, session } }: Found): GoOn {
  const state = fold(store.events(runId));
  const decided = [...state.approvals.values()].filter(({ decision }) => decision !== undefined).length;
  return { workspace, session, runId, interpreter: state.started?.interpreter ?? '', decided };
}

/** Steps of a script do not go on where a model was, and the other way round. @throws HarnessError `invalid-usage` */
export function refuseOtherInterpreter({ runId, interpreter }: GoOn, scripted: boolean): void {
  if (runId === undefined || (interpreter === 'scripted') === scripted) return;
  const message = scripted
    ? `run ${runId} was answered by models, and does not go on with a script`
    : `run ${runId} was played from a script, and goes on with it`;
  const hint = scripted ? 'leave out --script' : 'name the script: --script <file>';
  throw new HarnessError('invalid-usage', message, { hint });
}

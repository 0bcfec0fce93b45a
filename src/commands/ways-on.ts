import type { ApprovalRow, RunSummary, Store } from '../core/ports.ts';

/** What a person has to add to commands so that they find the same app, and the same script. */
export interface SameAgain {
  /** The app, as it was named; undefined when it was not. */
  readonly app: string | undefined;
  readonly script: string | undefined;
}

/** Stands for a script whose name is not known. */
const someScript = '<file>';

/** The script that a run needs to go on; undefined where models answered it. */
export function scriptOf(store: Store, runId: string): string | undefined {
  const [started] = store.events(runId, 1);
  return started?.type === 'run.started' && started.data.interpreter === 'scripted' ? someScript : undefined;
}

/** The command that goes on with a run or a session. */
export function resumeCommand(id: string, again: SameAgain): string {
  const app = again.app === undefined ? '' : ` ${quoted(again.app)}`;
  return `harness chat${app} --resume ${id}${scriptOption(again)}`;
}

/** One line for each command by which a paused run goes on. */
export function waysOn(runId: string, pending: readonly ApprovalRow[], again: SameAgain): string[] {
  const options = `${scriptOption(again)}${again.app === undefined ? '' : ` --app ${quoted(again.app)}`}`;
  const decisions = pending.flatMap(({ approval, subject }) => [
    `harness approvals approve ${approval} --continue${options}`,
    `harness approvals reject ${approval} --comment "why not" --continue${options}`,
    ...(subject.kind === 'plan'
      ? [`harness approvals revise ${approval} --comment "what to change" --continue${options}`]
      : []),
  ]);
  return decisions.length > 0 ? decisions : [resumeCommand(runId, again)];
}

/** The command by which a run goes on for which everything is decided; undefined where it does not wait for that. */
export function nextOf({ runId, status }: RunSummary, store: Store, app: string | undefined): string | undefined {
  return status === 'decided' ? resumeCommand(runId, { app, script: scriptOf(store, runId) }) : undefined;
}

/** A line for each of those runs: what was decided has no effect before they go on. */
export function decidedLines(records: readonly { readonly store: Store }[], app: string | undefined): string[] {
  return records.flatMap(({ store }) =>
    store.decidedRuns().flatMap((run) => {
      const next = nextOf(run, store, app);
      return next === undefined ? [] : [decidedLine(run.runId, next)];
    }),
  );
}

/** @param next the command by which the run goes on */
export function decidedLine(runId: string, next: string): string {
  return `run ${runId} is decided, and goes on with: ${next}`;
}

function scriptOption({ script }: SameAgain): string {
  if (script === undefined) return '';
  return ` --script ${script === someScript ? script : quoted(script)}`;
}

/** A word as a shell reads it. */
function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

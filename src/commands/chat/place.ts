import type { App } from '../../config/app.ts';
import type { Event } from '../../core/event.ts';
import type { Approver, Interpreter } from '../../core/ports.ts';
import type { Limits } from '../../generated/config.ts';
import { conversationRuns, forkOfSession } from '../../run/session.ts';
import { openRuntime, type Runtime } from '../../runtime/build.ts';
import type { InterpreterChoice } from '../../runtime/options.ts';
import { type PreparedApp, prepareApp } from '../../runtime/prepare.ts';
import { openWorkspace, stateFolder, type Workspace } from '../../runtime/workspace.ts';

/** Which conversation a chat is in. */
export interface Destination {
  readonly workspace: string;
  /** Default: a new one. */
  readonly session?: string;
  /** Id of a session that no run has begun yet. */
  readonly newSession?: string;
  /** The run of it that goes on before any prompt. */
  readonly resume?: string;
  /** Of a new session: the run up to which it takes over another conversation. */
  readonly fork?: string;
}

/** Where a chat is: a session of a workspace of an app. It holds the workspace. */
export interface Place {
  readonly app: App;
  readonly prepared: PreparedApp;
  readonly workspace: Workspace;
  readonly runtime: Runtime;
  readonly destination: Destination;
}

/** What is the same wherever a chat goes. */
export interface PlaceParts {
  readonly approver: Approver;
  readonly budget: Limits;
  /** What takes the steps of an app's agents. @throws HarnessError `missing-keys` */
  interpreter(app: App): InterpreterChoice | Interpreter;
  onWait(holder: string): void;
}

/** What the process is doing, for others that wait for the workspace. */
const command = 'harness chat';

/**
 * Opens a place. A workspace that `before` holds is taken over from it.
 * @param waitMs how long to wait for a workspace that is in use
 * @throws HarnessError when it cannot be opened; then `before` is as it was
 */
export async function openPlace(
  parts: PlaceParts,
  app: App,
  destination: Destination,
  { before, waitMs }: { readonly before?: Place; readonly waitMs?: number },
): Promise<Place> {
  const { approver, budget, interpreter, onWait } = parts;
  const { workspace: name, ...session } = destination;
  const chosen = interpreter(app);
  const taken = before && isSame(before, app, name) ? before.workspace : undefined;
  const workspace = taken ?? (await openWorkspace({ app, name, command, onWait, ...(waitMs && { waitMs }) }));
  try {
    const prepared = before?.app === app ? before.prepared : await prepareApp(app);
    const options = { workspace: name, ...session, held: workspace, prepared, approver, budget, interpreter: chosen };
    return { app, prepared, workspace, runtime: await openRuntime(app, options), destination };
  } catch (thrown) {
    if (!taken) await workspace.close();
    throw thrown;
  }
}

/** Closes a place, but for the workspace that `next` has taken over. */
export async function leavePlace({ runtime, workspace }: Place, next?: Place): Promise<void> {
  await runtime.close();
  if (workspace !== next?.workspace) await workspace.close();
}

function isSame(before: Place, app: App, workspace: string): boolean {
  return stateFolder(before.app, before.workspace.name) === stateFolder(app, workspace);
}

/** The record of the conversation that a place goes on with, oldest first. */
export function earlierEvents({ runtime, destination }: Place): readonly Event[] {
  const { store, session } = runtime;
  return conversationRuns(store, session, destination.fork).flatMap((runId) => store.events(runId));
}

/** The run up to which the session of a place took over another conversation. */
export function forkedFrom({ runtime, destination }: Place): string | undefined {
  const { store, session } = runtime;
  return destination.fork ?? forkOfSession(store, session);
}

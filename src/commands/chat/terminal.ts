import type { App } from '../../config/app.ts';
import { type ExitCode, exits } from '../../core/errors.ts';
import type { ChatController, RunEnd } from '../../ui/controller.ts';
import type { ChatLook } from '../../ui/start.ts';
import { note } from '../console.ts';
import { resumeCommand, waysOn } from '../ways-on.ts';
import { approvalDesk } from './approval-desk.ts';
import { openController } from './controller.ts';
import type { ControllerRequest } from './moving.ts';
import { type Destination, leavePlace, openPlace, type PlaceParts } from './place.ts';
import { reloading } from './reload.ts';
import { rememberWorkspace } from './workspace-list.ts';

/** A chat that has been made ready by the command line. */
export interface ChatRequest extends ControllerRequest, Pick<PlaceParts, 'budget' | 'interpreter'> {
  readonly app: App;
  readonly destination: Destination;
  /** For a reader that speaks, or a terminal that cannot move its cursor. */
  readonly plain: boolean;
  readonly look: ChatLook;
}

/** Whether a chat can have the terminal: both its ends are one. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** `harness chat [app]` in a terminal: until the person leaves it. */
export async function chatInTerminal(request: ChatRequest): Promise<ExitCode> {
  const { app, destination, budget, interpreter, again } = request;
  const desk = approvalDesk();
  let told = tellWaiting;
  const parts: PlaceParts = { approver: desk.approver, budget, interpreter, onWait: (holder) => told(holder) };
  // Whoever sits there sees why, and can leave at any time.
  const place = await openPlace(parts, app, destination, { waitMs: Number.POSITIVE_INFINITY });
  told = () => undefined;
  rememberWorkspace(app, place.workspace.name);
  const { controller, mover } = openController(request, parts, place, desk);
  const { here } = mover;
  const reload = reloading(mover);
  try {
    const end = await converse(request, controller);
    if (end === 'forced') {
      // A second Ctrl-C waits for nothing.
      process.exit(exits.interrupted);
    }
    const { session } = here.place.runtime;
    if (end?.status !== 'paused') {
      if (end) note(`to go on: ${resumeCommand(session, again)}`);
      return exits.ok;
    }
    note(`paused: run ${end.runId}`);
    const pending = here.place.runtime.store.approvals({ pending: true }).filter(({ runId }) => runId === end.runId);
    for (const line of waysOn(end.runId, pending, again)) note(`  ${line}`);
    return exits.approval;
  } finally {
    reload.close();
    await Promise.all([controller.evals.close(), controller.smoke.close(), here.moving]);
    await leavePlace(here.place);
  }
}

function tellWaiting(holder: string): void {
  note(`waiting for the workspace, which is in use by ${holder}; Ctrl-C leaves`);
}

async function converse(
  { plain, look }: ChatRequest,
  controller: ChatController,
): Promise<RunEnd | 'forced' | undefined> {
  if (plain) return (await import('../../ui/plain.ts')).plainChat(controller);
  return (await import('../../ui/start.ts')).startChat(controller, look);
}

import type { App } from '../../config/app.ts';
import { HarnessError, messageOf } from '../../core/errors.ts';
import type { RunResult } from '../../run/run.ts';
import type { ChatFacts, Move, Moved, RunEnd } from '../../ui/controller.ts';
import type { SameAgain } from '../ways-on.ts';
import { destinationOf } from './destination.ts';
import { chatFacts, checkAgent } from './facts.ts';
import { type Here, tell } from './here.ts';
import { withModels } from './models.ts';
import { forkedFrom, leavePlace, openPlace, type Place, type PlaceParts } from './place.ts';
import type { ChatScript } from './script.ts';
import { rememberWorkspace } from './workspace-list.ts';

export interface ControllerRequest {
  /** The agent that gets the prompts. */
  readonly agent: string;
  /** What stands in the editor at first. */
  readonly draft: string;
  readonly scripted: boolean;
  /** The script, where its file is looked after. */
  readonly script?: ChatScript;
  readonly again: SameAgain;
}

export interface Mover {
  readonly here: Here;
  readonly request: ControllerRequest;
  readonly parts: PlaceParts;
}

/** @throws HarnessError `invalid-usage` */
export function refuseBusy({ abort, moving }: Here): void {
  if (!abort && !moving) return;
  throw new HarnessError('invalid-usage', 'a run is at work', { hint: 'wait for its end, or stop it with esc' });
}

export interface How {
  /** The version of the app from now on. */
  readonly loaded?: App;
  /** The chat is busy already. */
  readonly quiet?: boolean;
}

/** @throws HarnessError; the chat stays where it is then */
export async function goTo(mover: Mover, to: Move, how: How = {}): Promise<void> {
  const { here } = mover;
  refuseBusy(here);
  const going = go(mover, to, how);
  here.moving = going.catch(() => undefined);
  try {
    await going;
  } finally {
    here.moving = undefined;
    const end: Moved = to.kind === 'app' ? 'stayed' : (await settled(going)) ? 'arrived' : 'failed';
    for (const { moved } of [...here.listeners]) moved?.(end);
  }
}

function settled(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

async function go({ here, request, parts }: Mover, to: Move, { loaded = here.loaded, quiet = false }: How) {
  if (!quiet) for (const { moving } of here.listeners) moving?.(wordsOf(to));
  try {
    const app = withModels(loaded, here.models);
    checkAgent(app, request.agent);
    const destination = destinationOf(to, here.place, app, request.scripted);
    const before = here.place;
    here.place = await openPlace(parts, app, destination, { before });
    here.loaded = loaded;
    here.facts = factsOf(here.place, request, '');
    if (to.kind === 'workspace') rememberWorkspace(app, to.workspace);
    await leavePlace(before, here.place);
  } catch (thrown) {
    here.lastError = messageOf(thrown);
    throw thrown;
  }
}

export function factsOf(place: Place, { agent, scripted }: ControllerRequest, draft: string): ChatFacts {
  const { app, runtime } = place;
  return chatFacts({ app, agent, runtime, forkedFrom: forkedFrom(place), draft, scripted });
}

function wordsOf(to: Move): string {
  switch (to.kind) {
    case 'workspace':
      return `opening workspace ${to.workspace}`;
    case 'app':
      return 'taking over the app';
    default:
      return 'opening the session';
  }
}

/** Uses a version of the app from the next prompt on; a run at work keeps its own. @throws HarnessError; see `goTo` */
export async function takeOver(mover: Mover, app: App): Promise<void> {
  const { here } = mover;
  if (here.abort || here.moving) here.next = app;
  else await goTo(mover, { kind: 'app' }, { loaded: app });
}

/** Plays a run to its end; what waits for that end is done then. */
export async function play(
  mover: Mover,
  start: (signal: AbortSignal) => Promise<RunResult>,
  abort = new AbortController(),
): Promise<RunEnd> {
  const { here } = mover;
  if (here.moving) await here.moving;
  here.abort = abort;
  try {
    const end = endOf(await start(abort.signal));
    if (end.error && end.status !== 'paused') here.lastError = `${end.error.code}: ${end.error.message}`;
    return end;
  } finally {
    here.abort = undefined;
    const { next } = here;
    here.next = undefined;
    if (next)
      await goTo(mover, { kind: 'app' }, { loaded: next, quiet: true }).catch((thrown) => tellKept(here, thrown));
  }
}

/** A version of the app cannot be used. */
export function tellKept(here: Here, thrown: unknown): void {
  const hint = thrown instanceof HarnessError && thrown.hint !== undefined ? ` (${thrown.hint})` : '';
  tell(here, `The app's files cannot be used: ${messageOf(thrown)}${hint}; the version before stays in use.`, 'bad');
}

function endOf({ runId, status, error, cause }: RunResult): RunEnd {
  const hint = status === 'interrupted' ? `/resume ${runId} goes on with it` : cause?.hint;
  return { runId, status, ...(error && { error }), ...(hint !== undefined && { hint }) };
}

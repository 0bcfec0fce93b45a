import { setTimeout as sleep } from 'node:timers/promises';
import type { ApprovalDecided } from '../core/event.ts';
import type { ApprovalRequest } from '../core/ports.ts';
import type { RunContext } from './context.ts';

/** How often a run that waits looks whether somebody else has decided, in milliseconds. */
const lookMs = 200;

/** What was decided. `recorded`: somebody else did, and it is among the events of the run. */
type Answer = { readonly data: ApprovalDecided; readonly recorded: boolean } | 'pause';

/**
 * Ask the run's approver, and listen meanwhile whether the approval is decided by another process: whichever comes
 * first holds. Everything that was recorded must have been committed.
 * @throws AbortError when the run was interrupted.
 */
export async function decideOrHear(context: RunContext, request: ApprovalRequest): Promise<Answer> {
  const { approval } = request;
  const heard = hear(context, approval);
  // A decision that was made while nobody was here.
  if (heard) return heard;
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  try {
    const asked = context.approver
      .decide(request, signal)
      .then((answer): Answer => (answer === 'pause' ? 'pause' : { data: { approval, ...answer }, recorded: false }));
    const answer = await Promise.race([asked, listen(context, approval, signal)]);
    context.signal.throwIfAborted();
    // The last look: what is recorded was first.
    return hear(context, approval) ?? answer;
  } finally {
    over.abort();
  }
}

async function listen(context: RunContext, approval: string, signal: AbortSignal): Promise<Answer> {
  for (;;) {
    try {
      await sleep(lookMs, undefined, { signal });
    } catch (thrown) {
      context.signal.throwIfAborted();
      // Decided meanwhile: whoever waits has its answer, and nobody looks at this one.
      if (signal.aborted) return 'pause';
      throw thrown;
    }
    const heard = hear(context, approval);
    if (heard) return heard;
  }
}

/** The decision of another process, which the run takes in. */
function hear({ store, recorder }: RunContext, approval: string): Answer | undefined {
  const row = store.approval(approval);
  if (!row?.decision) return undefined;
  recorder.adopt();
  return { data: { approval, decision: row.decision, by: row.decidedBy ?? '' }, recorded: true };
}

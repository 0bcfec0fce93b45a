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
 * @param again it was asked before, so that it may have been decided while nobody was here
 * @throws AbortError when the run was interrupted.
 */
export async function decideOrHear(context: RunContext, request: ApprovalRequest, again: boolean): Promise<Answer> {
  const { approval } = request;
  const { signal } = context;
  const heard = again ? hear(context, approval) : undefined;
  if (heard) return heard;
  signal.throwIfAborted();
  const elsewhere = listen(context, approval);
  const asking = new AbortController();
  let answered = false;
  try {
    const asked = context.approver
      .decide(request, asking.signal)
      .finally(() => {
        answered = true;
      })
      .then((answer): Answer => (answer === 'pause' ? 'pause' : { data: { approval, ...answer }, recorded: false }));
    const answer = await Promise.race([asked, elsewhere.answer]);
    signal.throwIfAborted();
    // The last look: what is recorded was first.
    return hear(context, approval) ?? answer;
  } finally {
    elsewhere.stop();
    if (!answered) asking.abort(signal.reason);
  }
}

/** Looks again and again whether somebody else has decided. Fails when the run is interrupted. */
function listen(context: RunContext, approval: string): { readonly answer: Promise<Answer>; stop(): void } {
  const { signal } = context;
  const over = { stop: () => {} };
  const answer = new Promise<Answer>((resolve, reject) => {
    const look = () => {
      try {
        const heard = hear(context, approval);
        if (heard) resolve(heard);
      } catch (thrown) {
        reject(thrown);
      }
    };
    const timer = setInterval(look, lookMs);
    const interrupted = () => reject(signal.reason);
    signal.addEventListener('abort', interrupted);
    over.stop = () => {
      clearInterval(timer);
      signal.removeEventListener('abort', interrupted);
    };
  });
  return { answer, stop: () => over.stop() };
}

/** The decision of another process, which the run takes in. */
function hear({ store, recorder }: RunContext, approval: string): Answer | undefined {
  const row = store.approval(approval);
  if (!row?.decision) return undefined;
  recorder.adopt();
  return { data: { approval, decision: row.decision, by: row.decidedBy ?? '' }, recorded: true };
}

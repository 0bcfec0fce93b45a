import { isObject, type Json } from './json.ts';
import type { ActionResult } from './plan.ts';
import type { Failure } from './step.ts';

/** How a call or an action ended. `unknown`: nobody can say whether it took effect. */
export type Ending = 'ok' | 'failed' | 'unknown';

/** The code of a call that was interrupted, and that a person decided not to run again. */
export const outcomeUnknown = 'outcome-unknown';

/** How a call ended. That of a plan is as unknown as the action of which nobody knows. */
export function endingOfCall(
  tool: string,
  { error, result }: { readonly error?: Failure; readonly result?: Json },
): Ending {
  if (error) return error.code === outcomeUnknown ? 'unknown' : 'failed';
  return tool === 'executePlan' && isObject(result) && result.status === 'unknown' ? 'unknown' : 'ok';
}

/** How an action ended. One that was not tried did not do its work either. */
export function endingOfAction({ status }: Pick<ActionResult, 'status'>): Ending {
  if (status === 'applied') return 'ok';
  return status === 'unknown' ? 'unknown' : 'failed';
}

/** What stands before each in a list, also without colours. */
export const endingMarks: Readonly<Record<Ending, string>> = { ok: '✓', failed: '✗', unknown: '?' };

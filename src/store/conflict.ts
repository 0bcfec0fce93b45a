import { HarnessError } from '../core/errors.ts';

/** Somebody else was there before. */
export function conflict(message: string, list: 'plans' | 'approvals'): HarnessError {
  return new HarnessError('store-conflict', message, { hint: `look at \`harness ${list} list\`` });
}

import { HarnessError, messageOf } from '../core/errors.ts';

/** What went wrong, and what to do about it, where that is known. */
export function faultWords(thrown: unknown): readonly string[] {
  const hint = thrown instanceof HarnessError ? thrown.hint : undefined;
  return hint === undefined ? [messageOf(thrown)] : [messageOf(thrown), hint];
}

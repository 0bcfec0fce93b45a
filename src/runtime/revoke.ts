import { HarnessError } from '../core/errors.ts';
import type { ApprovalRow, Store } from '../core/ports.ts';
import { appendOutside } from './append-outside.ts';

/**
 * What an approval allowed for the rest of its session is asked about again, from the next call on; also by a process
 * that is at work now.
 * @throws HarnessError `invalid-decision` when it allowed nothing but one call; `store-conflict` when it was revoked
 * before
 */
export function revokeGrant(store: Store, { approval, runId }: Pick<ApprovalRow, 'approval' | 'runId'>): void {
  const row = store.approval(approval);
  if (row?.decision?.kind !== 'approve' || !row.decision.always) {
    throw new HarnessError('invalid-decision', `approval ${approval} allows nothing for the rest of its session`, {
      hint: 'harness approvals list --all',
    });
  }
  const data = { approval, by: 'user' };
  appendOutside(
    store,
    { approval, runId },
    (standing) => ({ ...standing, type: 'grant.revoked', data }),
    () => store.approval(approval)?.revokedAt === null,
  );
}

import { HarnessError } from '../core/errors.ts';
import { suggest } from '../core/nearest.ts';
import type { ApprovalRow, Store } from '../core/ports.ts';
import type { Records } from '../runtime/records.ts';
import { refuseUnsettled } from './unsettled.ts';

export type Found = Records & { readonly row: ApprovalRow };

/**
 * The approval that a word names: its id, or, among those that are meant, the start of it, or `last`.
 * @param meant by default those that wait for a decision
 * @throws HarnessError `unknown-name`
 */
export function findApproval(
  id: string,
  records: readonly Records[],
  meant = (store: Store) => store.approvals({ pending: true }),
): Found {
  refuseUnsettled(id, records);
  const all = records.flatMap((record) => record.store.approvals().map((row) => ({ ...record, row })));
  const likely = records.flatMap((record) => meant(record.store).map((row) => ({ ...record, row })));
  const newest = likely.toSorted((a, b) => (a.row.requestedAt < b.row.requestedAt ? 1 : -1))[0];
  if (id === 'last' && newest) return newest;
  const exact = all.find(({ row }) => row.approval === id);
  if (exact) return exact;
  const starting = likely.filter(({ row }) => row.approval.startsWith(id));
  const [only] = starting;
  if (only && starting.length === 1) return only;
  if (id === 'last') {
    throw new HarnessError('unknown-name', 'there is no approval now that "last" could mean', {
      hint: 'harness approvals list --all',
    });
  }
  const ids = all.map(({ row }) => row.approval).slice(0, 50);
  const several = starting.length > 1 ? 'more than one approval starts like that' : undefined;
  throw new HarnessError('unknown-name', `there is no approval "${id}"`, {
    hint: several ?? suggest(id, ids) ?? 'harness approvals list',
  });
}

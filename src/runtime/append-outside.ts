import { HarnessError } from '../core/errors.ts';
import type { Event, EventOf, Scope } from '../core/event.ts';
import type { Store } from '../core/ports.ts';
import { systemClock } from './ports.ts';

/** Where a fact stands that is added to a run. */
export type Standing = Scope & { readonly runId: string; readonly seq: number; readonly at: string };

/**
 * Adds a fact about an approval to its run from outside of it, while the run's own process may be adding to it too.
 * @param open whether there is still something to add; asked when somebody else was faster
 * @throws HarnessError `store-conflict` when the store refuses it, or the run moves on too fast
 */
export function appendOutside(
  store: Store,
  row: { readonly approval: string; readonly runId: string },
  eventAt: (standing: Standing) => Event,
  open: () => boolean,
): void {
  const { approval, runId } = row;
  for (let tries = 1; ; tries++) {
    const { span, parent, agent } = requestOf(store.events(runId), approval);
    const seq = (store.run(runId)?.events ?? 0) + 1;
    const at = new Date(systemClock.now()).toISOString();
    try {
      store.append([eventAt({ runId, seq, at, span, parent, agent })]);
      return;
    } catch (thrown) {
      // Its process may have added to the run at the same time; whoever comes second is told by the store.
      const again = thrown instanceof HarnessError && thrown.code === 'store-conflict' && open() && tries < 3;
      if (!again) throw thrown;
    }
  }
}

function requestOf(events: readonly Event[], approval: string): EventOf<'approval.requested'> {
  const request = events.find(
    (event): event is EventOf<'approval.requested'> =>
      event.type === 'approval.requested' && event.data.approval === approval,
  );
  if (!request) throw new HarnessError('store-unavailable', `approval ${approval} is not among the events of its run`);
  return request;
}

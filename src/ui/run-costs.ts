import type { Event } from '../core/event.ts';
import { isNothing, type PriceStep, spendingOf } from '../core/usage.ts';
import { moneyText } from './brief.ts';

/** Something that may have cost something. */
export interface Billed {
  /** Another one when there is more of it. */
  readonly key: string;
  events(): Iterable<Event>;
}

/** What runs have cost, worked out for those that are shown. */
export interface RunCosts {
  /**
   * In the order of `billed`: `$0.15`, `–` where no model was asked, `…` where it is not known yet.
   * @param all whether to work out all of them at once
   */
  of(billed: readonly Billed[], all?: boolean): readonly string[];
  close(): void;
}

/** Events that are read for one frame, and those of the last thing: what is left over is read after it. */
const eventsAtOnce = 2000;

/** @param more told when more can be worked out */
export function runCosts(priceOf: PriceStep, more: () => void): RunCosts {
  const known = new Map<string, string>();
  let soon: NodeJS.Immediate | undefined;
  return {
    of: (billed, all = false) => {
      let left = all ? Number.POSITIVE_INFINITY : eventsAtOnce;
      return billed.map(({ key, events }) => {
        const cost = known.get(key);
        if (cost !== undefined) return cost;
        if (left <= 0) {
          soon ??= setImmediate(() => {
            soon = undefined;
            more();
          });
          return '…';
        }
        const read = [...events()];
        left -= Math.max(1, read.length);
        const { total } = spendingOf(read, priceOf);
        const found = isNothing(total) ? '–' : moneyText(total.cost);
        known.set(key, found);
        return found;
      });
    },
    close: () => clearImmediate(soon),
  };
}

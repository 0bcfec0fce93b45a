import { randomUUID } from 'node:crypto';
import type { Clock, Ids } from '../core/ports.ts';

export const systemClock: Clock = { now: () => Date.now() };

/** Ids that sort by time and do not repeat: `r-mq3k7x2a4f9c`. */
export function uniqueIds(clock: Clock): Ids {
  return { next: (prefix) => `${prefix}-${clock.now().toString(36)}${randomUUID().slice(0, 4)}` };
}

/** Ids that count, so that the same script gives the same record. */
export function countedIds(): Ids {
  const counts = new Map<string, number>();
  return {
    next: (prefix) => {
      const count = (counts.get(prefix) ?? 0) + 1;
      counts.set(prefix, count);
      return `${prefix}-${count}`;
    },
  };
}

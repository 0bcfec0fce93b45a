import { setTimeout as sleep } from 'node:timers/promises';

/** Holds back all steps of a provider while it limits the rate: they share one key. */
export interface Gate {
  /** Nobody passes for so many milliseconds. */
  close(forMs: number): void;
  /** @throws the signal's reason, at once */
  pass(signal: AbortSignal): Promise<void>;
}

/** @param random from 0 to 1: those who waited together do not go on together */
export function createGate(random: () => number): Gate {
  let until = 0;
  return {
    close: (forMs) => {
      until = Math.max(until, performance.now() + forMs);
    },
    async pass(signal) {
      for (let left = until - performance.now(); left > 0; left = until - performance.now()) {
        await waitFor(left + random() * 250, signal);
      }
    },
  };
}

/** Stops waiting at once when the signal says so. @throws its reason then */
export async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  }
}

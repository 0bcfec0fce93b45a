import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { channels, type Verdict } from './sql-protocol.ts';

/** What the thread that runs SQL and the one that watches it share: see `slots`. */
export interface WatchdogSettings {
  readonly shared: BigInt64Array;
  readonly memoryBytes: number;
}

/** `ready`: 1 when the watchdog watches. `deadline`: `process.hrtime` in ns at which to end, 0 between statements. */
export const slots = { ready: 0, deadline: 1 } as const;

const intervalMs = 25;

/**
 * Ends the process when a statement takes too long or too much memory, or when the host is gone. SQLite offers no
 * way to interrupt a statement from here, and a thread inside it cannot be stopped: only SIGKILL works at once.
 */
export function watch({ shared, memoryBytes }: WatchdogSettings): void {
  const host = new Socket({ fd: channels.host });
  host.on('error', () => end());
  host.on('close', () => end());
  host.resume();
  setInterval(() => {
    const deadline = Atomics.load(shared, slots.deadline);
    if (deadline === 0n) return;
    if (process.hrtime.bigint() >= deadline) end('timeout');
    else if (process.memoryUsage.rss() > memoryBytes) end('memory');
  }, intervalMs);
  Atomics.store(shared, slots.ready, 1n);
  Atomics.notify(shared, slots.ready);
}

/** Ends this process at once, and tells the host why. */
export function end(verdict?: Verdict): void {
  try {
    if (verdict !== undefined) writeSync(channels.host, verdict);
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}

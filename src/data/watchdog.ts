import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { MessagePort, Worker } from 'node:worker_threads';
import { channels, type Verdict } from './sql-protocol.ts';

/** What the thread that runs SQL and the one that watches it share: see `slots`. */
export interface WatchdogSettings {
  readonly shared: BigInt64Array;
  readonly memoryBytes: number;
}

/**
 * `ready`: 1 when the watchdog can watch. `deadline`: `process.hrtime` in ns at which to end, 0 between statements.
 * `awake`: 1 while it looks from time to time; else it has to be woken by a message.
 */
export const slots = { ready: 0, deadline: 1, awake: 2 } as const;

const intervalMs = 25;

/**
 * Ends the process when a statement takes too long or too much memory, or when the host is gone. SQLite offers no
 * way to interrupt a statement from here, and a thread inside it cannot be stopped: only SIGKILL works at once.
 */
export function watch(port: MessagePort, { shared, memoryBytes }: WatchdogSettings): void {
  const host = new Socket({ fd: channels.host });
  host.on('error', () => end());
  host.on('close', () => end());
  host.resume();
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    const deadline = Atomics.load(shared, slots.deadline);
    if (deadline === 0n) sleep();
    else if (process.hrtime.bigint() >= deadline) end('timeout');
    else if (process.memoryUsage.rss() > memoryBytes) end('memory');
  };
  const sleep = () => {
    Atomics.store(shared, slots.awake, 0n);
    // A statement that began before it could see this has not woken anybody.
    if (Atomics.load(shared, slots.deadline) !== 0n) {
      Atomics.store(shared, slots.awake, 1n);
      return;
    }
    clearInterval(timer);
    timer = undefined;
  };
  port.on('message', () => {
    timer ??= setInterval(look, intervalMs);
  });
  Atomics.store(shared, slots.ready, 1n);
  Atomics.notify(shared, slots.ready);
}

/** Has the watchdog watch one statement. @returns what to call when it is done. */
export function watched(watchdog: Worker, shared: BigInt64Array, timeoutMs: number): () => void {
  Atomics.store(shared, slots.deadline, process.hrtime.bigint() + BigInt(timeoutMs) * 1_000_000n);
  if (Atomics.exchange(shared, slots.awake, 1n) === 0n) watchdog.postMessage(null);
  return () => void Atomics.store(shared, slots.deadline, 0n);
}

/** Ends this process at once, and tells the host why. */
export function end(verdict?: Verdict): void {
  try {
    if (verdict !== undefined) writeSync(channels.host, verdict);
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}

import { readSync, writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { CatalogRequest } from './catalog/child-protocol.ts';
import { type ChildSettings, channels, type SqlRequest } from './sql-protocol.ts';
import { end, slots, type WatchdogSettings, watch, watched } from './watchdog.ts';

/** What is waited on where nothing else can be done; nobody wakes it. */
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Entry point of the child process that runs agents' SQL, or reads for the catalog. The main thread runs statements
 * and blocks on its pipes, so that nothing but the pipes stands between a request and its answer; a worker thread is
 * the watchdog.
 */
if (isMainThread) await main();
else if (parentPort) watch(parentPort, workerData as WatchdogSettings);

async function main(): Promise<void> {
  // Ctrl-C in a terminal reaches every process in it; the host alone decides what it means.
  process.on('SIGINT', () => undefined);
  const lines = readLines(channels.requests);
  const settings = JSON.parse(lines.next().value ?? '{}') as ChildSettings;
  const shared = new BigInt64Array(new SharedArrayBuffer(24));
  const workerData: WatchdogSettings = { shared, memoryBytes: settings.memoryBytes };
  // Pipes of its own: it would open those of the process for its output, and a pipe that is open so does not block.
  const watchdog = new Worker(new URL(import.meta.url), { workerData, stdout: true, stderr: true });
  // Loaded while the watchdog starts.
  const run = await runnerFor(settings, (line) => write(channels.answers, `${line}\n`));
  Atomics.wait(shared, slots.ready, 0n);
  const worn = (process.memoryUsage.rss() + settings.memoryBytes) / 2;
  for (const line of lines) {
    const request = JSON.parse(line) as SqlRequest & CatalogRequest;
    const done = watched(watchdog, shared, request.timeoutMs);
    run(request);
    done();
    if (process.memoryUsage.rss() > worn) end('worn');
  }
  end();
}

type Run = (request: SqlRequest & CatalogRequest) => void;

async function runnerFor(settings: ChildSettings, write: (json: string) => void): Promise<Run> {
  if (settings.work === 'catalog') return (await import('./catalog/child-runner.ts')).catalogRunner(settings, write);
  return (await import('./query-runner.ts')).queryRunner(settings, write);
}

/** The lines that arrive at a pipe, until it is closed. Blocks between them. */
function* readLines(descriptor: number): Generator<string, undefined> {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  let pending: Buffer[] = [];
  for (;;) {
    const read = readSync(descriptor, buffer);
    if (read === 0) return undefined;
    let start = 0;
    for (let end = buffer.indexOf(10); end !== -1 && end < read; end = buffer.indexOf(10, start)) {
      pending.push(Buffer.from(buffer.subarray(start, end)));
      start = end + 1;
      yield Buffer.concat(pending).toString();
      pending = [];
    }
    pending.push(Buffer.from(buffer.subarray(start, read)));
  }
}

function write(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSome(descriptor, bytes, at);
}

/** A pipe that does not block and is full: the host has not read yet what is in it. */
function writeSome(descriptor: number, bytes: Buffer, from: number): number {
  try {
    return writeSync(descriptor, bytes, from);
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN')) throw thrown;
    Atomics.wait(pause, 0, 0, 1);
    return 0;
  }
}

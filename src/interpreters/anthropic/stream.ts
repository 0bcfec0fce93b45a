import { isObject } from '../../core/json.ts';
import type { DeltaKind } from '../../core/ports.ts';
import type { Usage } from '../../core/step.ts';
import { type Answer, type Assembly, assembly, parsed } from './answer.ts';
import type { Client, Opened, ServerEvent } from './client.ts';
import { Fault, streamedFault } from './faults.ts';

/** One try to get an answer. */
export interface Try {
  open(controller: AbortController): ReturnType<Client['open']>;
  readonly signal: AbortSignal;
  /** Milliseconds without any sign of life after which the try is given up. */
  readonly idleMs: number;
  delta?: ((text: string, kind: DeltaKind) => void) | undefined;
  /** Told what a try that failed, or was interrupted, took, where the server had told it. */
  used?: ((usage: Usage) => void) | undefined;
}

/** A server that says that it is alive, and nothing else, is given this many times as long. */
const patience = 5;

/**
 * Reads one answer to its end. Gives up on a server that falls silent, and stops at once when the signal says so.
 * @throws Fault, whatever the connection or the SDK throws, or the signal's reason
 */
export async function readAnswer(attempt: Try): Promise<Answer> {
  const { signal, idleMs } = attempt;
  signal.throwIfAborted();
  const controller = new AbortController();
  const cancel = () => controller.abort(signal.reason);
  signal.addEventListener('abort', cancel, { once: true });
  const watchdog = watch(idleMs, (fault) => controller.abort(fault));
  const taking = assembly();
  try {
    return await Promise.race([receive(attempt, taking, controller, watchdog), aborted(controller.signal)]);
  } catch (thrown) {
    controller.abort();
    const usage = taking.usage();
    if (usage) attempt.used?.(usage);
    signal.throwIfAborted();
    throw watchdog.fault() ?? thrown;
  } finally {
    watchdog.stop();
    signal.removeEventListener('abort', cancel);
  }
}

async function receive(
  attempt: Try,
  taking: Assembly,
  controller: AbortController,
  watchdog: Watchdog,
): Promise<Answer> {
  const opened = await attempt.open(controller);
  watchdog.alive(true);
  refuseOtherFormats(opened);
  const events = opened.events[Symbol.asyncIterator]();
  while (!taking.ended()) {
    const { done, value } = await events.next();
    if (done) break;
    const isPing = value.event === 'ping';
    watchdog.alive(!isPing);
    if (isPing) continue;
    const piece = taking.take(bodyOf(value));
    // A try that was given up says nothing more.
    if (piece?.text && !controller.signal.aborted) attempt.delta?.(piece.text, piece.kind);
  }
  const answer = taking.answer();
  void finish(events, controller);
  return answer;
}

function refuseOtherFormats({ contentType }: Opened): void {
  if (contentType === '' || contentType.includes('text/event-stream')) return;
  const what = contentType.split(';', 1)[0];
  throw new Fault('bad_answer', `the server answered with ${what} where a stream of events was expected`, {
    passes: false,
    hint: "check the provider's baseUrl",
  });
}

function bodyOf({ event, data }: ServerEvent) {
  const body = data === '' ? {} : parsed(data);
  if (event === 'error' || (isObject(body) && body.type === 'error')) throw streamedFault(body ?? data);
  if (!isObject(body)) throw new Fault('bad_answer', 'the stream holds something that is no JSON object');
  return body;
}

/** The connection can be used again if the server ends its stream; it is not waited for. */
async function finish(events: AsyncIterator<ServerEvent>, controller: AbortController): Promise<void> {
  const impatient = setTimeout(() => controller.abort(), 200);
  try {
    while (!(await events.next()).done);
  } catch {
    // The answer is complete, whatever comes of its connection.
  } finally {
    clearTimeout(impatient);
  }
}

interface Watchdog {
  /** @param progress whether it was more than a sign of life */
  alive(progress: boolean): void;
  fault(): Fault | undefined;
  stop(): void;
}

function watch(idleMs: number, bark: (fault: Fault) => void): Watchdog {
  let fault: Fault | undefined;
  const giveUp = (ms: number, what: string) => () => {
    fault = new Fault('timeout', `the provider ${what} for ${ms / 1000} s`);
    bark(fault);
  };
  const idle = setTimeout(giveUp(idleMs, 'was silent'), idleMs);
  const stalled = setTimeout(giveUp(idleMs * patience, 'made no progress'), idleMs * patience);
  return {
    alive: (progress) => {
      idle.refresh();
      if (progress) stalled.refresh();
    },
    fault: () => fault,
    stop: () => {
      clearTimeout(idle);
      clearTimeout(stalled);
    },
  };
}

/** Never resolves; rejects when the signal is aborted, however busy everybody else is. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

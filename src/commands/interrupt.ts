import { exits, HarnessError } from '../core/errors.ts';
import { note } from './console.ts';

/** What Ctrl-C and SIGTERM mean while a command is at work. */
export interface Interruptible {
  /** Aborted by the first of them. */
  readonly signal: AbortSignal;
  /** @throws HarnessError `interrupted` when there has been one */
  check(): void;
  done(): void;
}

/**
 * The first Ctrl-C stops the work in good order. A second one ends the process at once, or as soon as `leave` has
 * put away what must not stay behind; a third one always does.
 * @param words what the person who pressed it is told
 */
export function interruptible(words: string, leave: () => Promise<void> = async () => undefined): Interruptible {
  const controller = new AbortController();
  const quit = () => process.exit(exits.interrupted);
  let times = 0;
  const stop = () => {
    times += 1;
    if (times === 1) {
      note(`interrupted; ${words} (again to quit at once)`);
      controller.abort();
    } else if (times === 2) leave().then(quit, quit);
    else quit();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    check() {
      if (controller.signal.aborted) throw new HarnessError('interrupted', 'interrupted');
    },
    done() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}

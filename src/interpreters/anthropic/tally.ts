import type { StepListeners } from '../../core/ports.ts';
import { type Failure, plusUsage, type Retry, type Usage, type Used } from '../../core/step.ts';
import type { Answer } from './answer.ts';

/** Counts what the tries of one step take, so that nothing is lost when it cannot be taken. */
export interface Tally {
  /** Answers so far: all but the last one were paused. */
  readonly answers: readonly Answer[];
  /** What the try that is under way took, as far as the server has told. */
  take(usage: Usage | undefined): void;
  /** The try became an answer. */
  keep(answer: Answer): void;
  /** The try failed, and another follows. */
  retried(retry: Omit<Retry, 'used'>): void;
  /** The try failed, and the step with it. */
  failed(error: Failure): void;
  /** The same for a step that was interrupted, where it took anything. */
  interrupted(): void;
}

export function createTally(model: string, listeners: StepListeners): Tally {
  const answers: Answer[] = [];
  let failed = 0;
  let open: Usage | undefined;
  const usedBy = (usage: Usage | undefined): { readonly used?: Used } => (usage ? { used: { model, usage } } : {});
  // Answers that were paused are part of no step any more.
  const inAll = () => knownUsage([...answers.map(({ usage }) => usage), open]);
  return {
    answers,
    take(usage) {
      open = usage;
    },
    keep(answer) {
      answers.push(answer);
      open = undefined;
    },
    retried(retry) {
      failed += 1;
      listeners.retried?.({ ...retry, attempt: failed, ...usedBy(open) });
      open = undefined;
    },
    failed: (error) => listeners.failed?.({ attempt: failed + 1, error, ...usedBy(inAll()) }),
    interrupted() {
      const used = inAll();
      const error = { code: 'interrupted', message: 'interrupted' };
      if (used) listeners.failed?.({ attempt: failed + 1, error, ...usedBy(used) });
    },
  };
}

/** The sum of what is known; undefined where nothing is. */
export function knownUsage(usages: readonly (Usage | undefined)[]): Usage | undefined {
  const known = usages.filter((usage) => usage !== undefined);
  if (known.length === 0) return undefined;
  return known.reduce(plusUsage);
}

/** So long after a question was drawn, or after the last key since then, no key counts as an answer. Milliseconds. */
export const guardMs = 400;

/**
 * What a key is that is pressed while a question is there: an answer to it; one that comes `ahead` of it, because the
 * question could not be read yet, or goes on with what was being typed; or one that is an answer given too `early`.
 */
export type Admission = 'answer' | 'ahead' | 'early';

/** Keeps keys that were pressed before a question could be read from answering it. */
export interface Guard {
  /** A question has come up: nothing answers it until it has been drawn. */
  close(): void;
  /** A frame with the question has reached the terminal. */
  drawn(): void;
  /** A text was typed, for something else. */
  typed(): void;
  /** What a key is that is pressed now. One that is no answer begins the time anew. */
  admit(): Admission;
}

export function guard(now: () => number): Guard {
  let quietSince: number | undefined = Number.NEGATIVE_INFINITY;
  let lastTyped = Number.NEGATIVE_INFINITY;
  return {
    close: () => {
      quietSince = undefined;
    },
    drawn: () => {
      quietSince ??= now();
    },
    typed: () => {
      lastTyped = now();
    },
    admit: () => {
      if (quietSince === undefined) return 'ahead';
      if (now() - quietSince >= guardMs) return 'answer';
      quietSince = now();
      return now() - lastTyped < guardMs ? 'ahead' : 'early';
    },
  };
}

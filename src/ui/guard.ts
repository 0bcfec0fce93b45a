/** So long after a question was drawn, or after the last key since then, no key counts as an answer. Milliseconds. */
export const guardMs = 400;

/** Keeps keys that were pressed before a question could be read from answering it. */
export interface Guard {
  /** A question has come up: nothing answers it until it has been drawn. */
  close(): void;
  /** A frame with the question has reached the terminal. */
  drawn(): void;
  /** Whether a key that is pressed now counts. One that does not begins the time anew. */
  admits(): boolean;
}

export function guard(now: () => number): Guard {
  let quietSince: number | undefined = Number.NEGATIVE_INFINITY;
  return {
    close: () => {
      quietSince = undefined;
    },
    drawn: () => {
      quietSince ??= now();
    },
    admits: () => {
      if (quietSince === undefined) return false;
      const open = now() - quietSince >= guardMs;
      if (!open) quietSince = now();
      return open;
    },
  };
}

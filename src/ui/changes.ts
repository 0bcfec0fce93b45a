import type { Delta } from '../core/ports.ts';

/** Tells listeners that what they show has changed. */
export interface Changes<View> {
  /** Deltas that wait are taken in now. */
  applyDeltas(): void;
  /** Everybody is told now. */
  changed(): void;
  /** Everybody is told before long; what changes until then is told with it. */
  changedSoon(): void;
  delta(delta: Delta): void;
  /** @returns how to stop it */
  subscribe(listener: () => void): () => void;
  /** The same object until something changes. */
  view(): View;
  close(): void;
}

/** Streamed text and events are shown at most this often. Milliseconds. */
const batchMs = 80;

/** @param take takes in pieces of streamed text, those that follow each other as one */
export function changesOf<View>(take: (deltas: readonly Delta[]) => void, make: () => View): Changes<View> {
  const listeners = new Set<() => void>();
  let deltas: Delta[] = [];
  let timer: NodeJS.Timeout | undefined;
  let made: { readonly view: View } | undefined;
  let closed = false;
  const applyDeltas = () => {
    const all = deltas;
    deltas = [];
    take(merged(all));
  };
  const changed = () => {
    if (closed) return;
    clearTimeout(timer);
    timer = undefined;
    applyDeltas();
    made = undefined;
    for (const listener of listeners) listener();
  };
  const changedSoon = () => {
    if (!closed) timer ??= setTimeout(changed, batchMs);
  };
  return {
    applyDeltas,
    changed,
    changedSoon,
    delta: (delta) => {
      deltas.push(delta);
      changedSoon();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    view: () => {
      made ??= { view: make() };
      return made.view;
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** Pieces that follow each other become one, so that each frame draws once. */
function merged(deltas: readonly Delta[]): Delta[] {
  const all: Delta[] = [];
  for (const delta of deltas) {
    const before = all.at(-1);
    const same = before?.span === delta.span && before.kind === delta.kind;
    if (before && same) all[all.length - 1] = { ...before, text: before.text + delta.text };
    else all.push(delta);
  }
  return all;
}

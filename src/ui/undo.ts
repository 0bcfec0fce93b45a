/** A text as it was. */
interface Moment {
  readonly text: string;
  readonly caret: number;
  readonly pastes: ReadonlyMap<string, string>;
}

/** What undo goes back to, and redo on to. */
export interface Trail {
  readonly past: readonly Moment[];
  readonly future: readonly Moment[];
  /** What was done last, where more of it belongs to the same change; else empty. */
  readonly run: string;
}

/** A text that knows what it was. */
interface Traced extends Moment {
  readonly trail: Trail;
}

export const noTrail: Trail = { past: [], future: [], run: '' };

/** So many changes can be taken back. */
const most = 200;

/**
 * The text after a change that can be taken back.
 * @param run changes of the same name that follow each other are one
 */
export function noted<T extends Traced>(before: Traced, after: T, run = ''): T {
  const { trail } = before;
  if (before.text === after.text) return { ...after, trail: { ...trail, run: '' } };
  const past = run !== '' && run === trail.run ? trail.past : [...trail.past, momentOf(before)].slice(-most);
  return { ...after, trail: { past, future: [], run } };
}

export function undo<T extends Traced>(editor: T): T {
  const { past, future } = editor.trail;
  const moment = past.at(-1);
  if (!moment) return editor;
  return { ...editor, ...moment, trail: { past: past.slice(0, -1), future: [...future, momentOf(editor)], run: '' } };
}

export function redo<T extends Traced>(editor: T): T {
  const { past, future } = editor.trail;
  const moment = future.at(-1);
  if (!moment) return editor;
  return { ...editor, ...moment, trail: { past: [...past, momentOf(editor)], future: future.slice(0, -1), run: '' } };
}

function momentOf({ text, caret, pastes }: Traced): Moment {
  return { text, caret, pastes };
}

import { blankStream, type Stream } from './settle.ts';

/** One agent at work, or done with its work. */
export interface SpanView {
  readonly span: string;
  readonly parent: string | null;
  readonly agent: string;
  readonly startedAt: number;
  readonly calls: number;
  readonly finished: boolean;
  /** It was at work when its run ended, and is again when that goes on. */
  readonly cutOff?: true;
  readonly stream: Stream;
  /** The end of what its model thinks just now. */
  readonly thinking: string;
  /** Tokens that its last step was sent, where they are known, and the model that took it. */
  readonly input?: { readonly tokens: number; readonly model: string };
}

type Spans = ReadonlyMap<string, SpanView>;

/** The agents of a run that is over, or waits: none is at work. */
export function ended(spans: Spans): Spans {
  return new Map(
    [...spans].map(([name, view]) =>
      view.finished
        ? [name, view]
        : [name, { ...view, finished: true, cutOff: true, stream: blankStream, thinking: '' }],
    ),
  );
}

/** The agents of a run that goes on: at work are those that were. */
export function revived(spans: Spans): Spans {
  return new Map([...spans].map(([name, { cutOff, ...view }]) => [name, cutOff ? { ...view, finished: false } : view]));
}

import type { App } from '../../config/app.ts';
import type { ChatFacts, ChatListener } from '../../ui/controller.ts';
import type { Tone } from '../../ui/items.ts';
import type { Place } from './place.ts';

/** Where the chat is, and what its parts share. */
export interface Here {
  place: Place;
  /** What the chat shows of the place; made anew with each. */
  facts: ChatFacts;
  /** The app as its files are; that of the place may have other models. */
  loaded: App;
  /** Models that the person has chosen, by agent. */
  readonly models: Map<string, string>;
  /** A version of the app that waits for the end of the run. */
  next: App | undefined;
  /** Of the run that is at work. */
  abort: AbortController | undefined;
  /** Set while the chat goes somewhere else; resolves when that is over, whatever came of it. */
  moving: Promise<void> | undefined;
  /** The last thing that went wrong, in words. */
  lastError: string | undefined;
  /** How changes of the app's files are found. */
  watching: string;
  readonly listeners: Set<ChatListener>;
}

export function hereAt(place: Place, facts: ChatFacts): Here {
  return {
    place,
    facts,
    loaded: place.app,
    models: new Map(),
    next: undefined,
    abort: undefined,
    moving: undefined,
    lastError: undefined,
    watching: 'not watched',
    listeners: new Set(),
  };
}

/** Says something that is part of no run. */
export function tell({ listeners }: Here, text: string, tone: Tone): void {
  for (const { told } of listeners) told?.(text, tone);
}

import type { Event } from '../core/event.ts';
import { blank, reduce, type Screen } from './state.ts';

/** The screen after a stored record. */
export function replayed(events: readonly Event[]): Screen {
  return events.reduce(reduce, blank);
}

import type { Event } from '../core/event.ts';
import { blank, reduce, type Screen } from './state.ts';

/** A screen is kept after each so many events, so that going back is quick. */
const every = 100;

/** The screens of a record, one after the other, as the chat showed them. */
export interface Replay {
  /** The screen after the first `count` events. */
  at(count: number): Screen;
}

/** @param know what is known beside the events, before each of them */
export function replayOf(events: readonly Event[], know: (screen: Screen, event: Event) => Screen): Replay {
  const kept: Screen[] = [blank];
  let last = { count: 0, screen: blank };
  return {
    at: (count) => {
      const wanted = Math.max(0, Math.min(events.length, count));
      const near = Math.min(kept.length - 1, Math.floor(wanted / every));
      if (last.count > wanted || last.count < near * every) last = { count: near * every, screen: kept[near] ?? blank };
      while (last.count < wanted) {
        const event = events[last.count];
        if (!event) break;
        last = { count: last.count + 1, screen: reduce(know(last.screen, event), event) };
        if (last.count % every === 0) kept[last.count / every] = last.screen;
      }
      return last.screen;
    },
  };
}

import { HarnessError } from '../core/errors.ts';

/** Places in a run that its events' ids leave room for. */
const places = 2 ** 24;

/**
 * The id of an event: one number that sorts by run, then by place. Rows of a run stand together and are added at the
 * end of the table, which costs SQLite fewer pages than a key of two columns.
 */
export function eventId(run: number, seq: number): number {
  if (seq < places) return run * places + seq;
  throw new HarnessError('store-unavailable', `a run cannot have more than ${places - 1} events`);
}

import type { Entry } from './store.ts';

/** How long values are kept: `session`, `forever`, or a duration such as `7d`. */
export type Keep = string;

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds that a value is kept; undefined when time alone does not matter. */
function keptMs(keep: Keep): number | undefined {
  const [, number, unit = ''] = /^(\d+)([mhd])$/.exec(keep) ?? [];
  const size = units[unit];
  return number === undefined || size === undefined ? undefined : Number(number) * size;
}

/** Whether a value's time has passed. */
export function isExpired({ storedMs }: Pick<Entry, 'storedMs'>, keep: Keep, now: number): boolean {
  const kept = keptMs(keep);
  return kept !== undefined && storedMs + kept < now;
}

/**
 * What is to be removed when a workspace opens.
 * @param sessions whose values are still needed: the one that begins, and those with a run that has not ended
 */
export function expiredEntries(
  entries: readonly Entry[],
  keep: Keep,
  sessions: ReadonlySet<string>,
  now: number,
): readonly Entry[] {
  if (keep === 'session') return entries.filter((entry) => !sessions.has(entry.session));
  return entries.filter((entry) => isExpired(entry, keep, now));
}

import type { Unmet } from './assertion.ts';

/** What is wrong with a figure that is more than it may be. */
export function beyond(name: string, used: number, allowed: number): Unmet | undefined {
  if (used <= allowed) return undefined;
  return {
    message: `${used} ${name}, at most ${allowed} allowed`,
    diff: [{ kind: 'differs', subject: name, expected: { most: allowed }, actual: used }],
  };
}

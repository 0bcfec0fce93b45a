import type { EvalCase } from '../generated/config.ts';
import type { CallSummary, DiffEntry, TrialResult } from './report.ts';
import { routing } from './trajectory-check.ts';

/** An expected call beside the one that was made; one of them may be missing. */
export interface CallPair {
  readonly expected?: CallSide;
  readonly actual?: CallSide;
  /** `other`: a call that was not expected where others may be made. */
  readonly state: 'same' | 'other' | DiffEntry['kind'];
}

export interface CallSide {
  readonly tool: string;
  readonly agent?: string;
  /** Of a call that was made; null when the run ended before it did. */
  readonly ok?: boolean | null;
}

/**
 * The calls that a case expects beside those of a trial, in the order of the trial; a call that is missing stands where
 * it was expected. Undefined where the case expects none.
 */
export function trajectoryPairs(
  { expectedTrajectory }: Pick<EvalCase, 'expectedTrajectory'>,
  { calls, checks }: Pick<TrialResult, 'calls' | 'checks'>,
): CallPair[] | undefined {
  if (expectedTrajectory === undefined) return undefined;
  const expected = expectedTrajectory.map((call): CallSide => (typeof call === 'string' ? { tool: call } : call));
  const routed = expected.some(({ tool }) => tool === routing);
  const actual = calls.filter(({ tool }) => routed || tool !== routing);
  const diff = checks.find(({ name }) => name === 'expectedTrajectory')?.diff ?? [];
  const partners = partnersOf(expected, actual, diff);
  const placeOf = new Map([...partners].map(([place, { actualAt }]) => [actualAt, place]));
  const unexpected = new Set(diff.flatMap(({ kind, actualAt }) => (kind === 'unexpected' ? [actualAt] : [])));
  const pairs = actual.map((call, at): Placed => {
    const place = placeOf.get(at);
    const side = place === undefined ? undefined : expected[place];
    if (place === undefined || !side) return { actual: call, state: unexpected.has(at) ? 'unexpected' : 'other' };
    return { place, expected: side, actual: call, state: partners.get(place)?.state ?? 'same' };
  });
  // What is missing follows what was expected before it.
  for (const [place, side] of expected.entries()) {
    if (partners.has(place)) continue;
    const before = place === 0 ? -1 : pairs.findIndex((pair) => pair.place === place - 1);
    pairs.splice(before + 1, 0, { place, expected: side, state: 'missing' });
  }
  return pairs.map(({ place: _, ...pair }) => pair);
}

interface Placed extends CallPair {
  /** Of the expected call, from 0. */
  readonly place?: number;
}

interface Partner {
  readonly actualAt: number;
  readonly state: CallPair['state'];
}

/** By the place of an expected call: the call that it was held against. */
function partnersOf(
  expected: readonly CallSide[],
  actual: readonly CallSummary[],
  diff: readonly DiffEntry[],
): Map<number, Partner> {
  const partners = new Map<number, Partner>();
  for (const { kind: state, expectedAt, actualAt } of diff) {
    if (expectedAt !== undefined && actualAt !== undefined) partners.set(expectedAt, { actualAt, state });
  }
  const settled = new Set(diff.map(({ expectedAt }) => expectedAt));
  const taken = new Set(diff.map(({ actualAt }) => actualAt));
  // The difference is of these only: each of the others was found, in this order where order counts.
  let from = 0;
  for (const [place, wanted] of expected.entries()) {
    if (settled.has(place)) continue;
    const fits = (at: number) => !taken.has(at) && isSame(wanted, actual[at]);
    const actualAt = find(actual.length, from, fits) ?? find(actual.length, 0, fits);
    if (actualAt === undefined) continue;
    taken.add(actualAt);
    partners.set(place, { actualAt, state: 'same' });
    from = actualAt + 1;
  }
  return partners;
}

function find(count: number, from: number, fits: (at: number) => boolean): number | undefined {
  for (let at = from; at < count; at++) if (fits(at)) return at;
  return undefined;
}

function isSame(wanted: CallSide, made: CallSummary | undefined): boolean {
  return wanted.tool === made?.tool && (wanted.agent === undefined || wanted.agent === made.agent);
}

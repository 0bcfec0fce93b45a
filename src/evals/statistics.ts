import type { CaseStats, KEstimate, Outcome } from './report.ts';

/** What the trials of one case say about it. Errors are left out: they say nothing about the case. */
export function caseStats(outcomes: readonly Outcome[], wanted: number): CaseStats {
  const errors = outcomes.filter((outcome) => outcome === 'error').length;
  const passed = outcomes.filter((outcome) => outcome === 'passed').length;
  const judged = outcomes.length - errors;
  const ks = sizes(judged);
  return {
    trials: outcomes.length,
    judged,
    passed,
    errors,
    passRate: judged === 0 ? null : passed / judged,
    wanted,
    interval: judged === 0 ? null : wilson(passed, judged),
    passAtK: ks.map((k): KEstimate => ({ k, value: passAtK(judged, passed, k) })),
    passHatK: ks.map((k): KEstimate => ({ k, value: passHatK(judged, passed, k) })),
  };
}

/** 1, 2, 4, 8, … and the number itself. */
function sizes(trials: number): number[] {
  const ks: number[] = [];
  for (let k = 1; k < trials; k *= 2) ks.push(k);
  return trials === 0 ? ks : [...ks, trials];
}

/**
 * How likely at least one of `k` trials passes, estimated without bias from `passed` of `trials`:
 * 1 − C(trials − passed, k) / C(trials, k).
 */
export function passAtK(trials: number, passed: number, k: number): number {
  return 1 - allOf(trials - passed, trials, k);
}

/** How likely all of `k` trials pass, estimated without bias: C(passed, k) / C(trials, k). */
export function passHatK(trials: number, passed: number, k: number): number {
  return allOf(passed, trials, k);
}

/** C(part, k) / C(whole, k), factor by factor: the binomials themselves grow beyond any number. */
function allOf(part: number, whole: number, k: number): number {
  if (k > part) return 0;
  let share = 1;
  for (let drawn = 0; drawn < k; drawn++) share *= (part - drawn) / (whole - drawn);
  return share;
}

/** The 97.5 % point of the normal distribution. */
const z = 1.959963984540054;

/** Wilson's score interval of a rate, 95 %. `trials` is at least 1. */
export function wilson(passed: number, trials: number): readonly [number, number] {
  const rate = passed / trials;
  const centre = rate + (z * z) / (2 * trials);
  const half = z * Math.sqrt((rate * (1 - rate)) / trials + (z * z) / (4 * trials * trials));
  const scale = 1 + (z * z) / trials;
  // At the ends the interval touches 0 and 1 exactly, which the square root misses by a rounding.
  const low = passed === 0 ? 0 : (centre - half) / scale;
  const high = passed === trials ? 1 : (centre + half) / scale;
  return [low, high];
}

import { type ArgsMode, type ArgsRule, argsDifferences, argsTest, nameFits, pairing } from './args-match.ts';
import { canonical, isObject, type Json, type JsonObject } from './json.ts';
import type { Difference } from './match.ts';
import { nearestPairing } from './nearest-pairing.ts';

/**
 * How a list of expected calls is held against the calls that were made.
 * `exact`: the same calls in the same order; calls of one turn in any order among themselves.
 * `subsequence`: the expected ones in order, others may come between.
 * `unordered`: the same calls in any order. `superset`: every expected call was made, others too.
 * `subset`: every call that was made is expected, not all need to be made.
 */
export type TrajectoryMode = 'exact' | 'subsequence' | 'unordered' | 'subset' | 'superset';

/** One call. `turn` numbers the step that made it; calls of one step share it. */
export interface TrajectoryCall {
  readonly tool: string;
  /** An expected call without arguments fits any. */
  readonly args?: Json;
  readonly agent?: string;
  readonly turn?: number;
  /** For an expected call: how its own arguments are compared. */
  readonly argsMatch?: ArgsMode;
}

/** For one tool: a mode, dotted paths that must be equal (absent equals absent), or a test of your own. */
export type ToolRule = ArgsMode | readonly string[] | ((expected: Json, actual: Json) => boolean);

export interface TrajectoryRules extends Omit<ArgsRule, 'mode'> {
  readonly mode: TrajectoryMode;
  /** Default: `subset`. */
  readonly argsMatch?: ArgsMode;
  readonly perTool?: Readonly<Record<string, ToolRule>>;
  /** `glob`: expected tool names may hold `*` and `?`, and case does not count. Default: `exact`. */
  readonly names?: 'exact' | 'glob';
}

/** One way in which the calls are not what was expected. Indexes count from 0. */
export type TrajectoryDifference =
  | { readonly kind: 'missing'; readonly expected: number; readonly tool: string }
  | { readonly kind: 'unexpected'; readonly actual: number; readonly tool: string }
  | { readonly kind: 'moved'; readonly expected: number; readonly actual: number; readonly tool: string }
  | {
      readonly kind: 'differs';
      readonly expected: number;
      readonly actual: number;
      readonly tool: string;
      readonly at: readonly Difference[];
    };

export interface TrajectoryResult {
  readonly pass: boolean;
  /** Against the nearest pairing; empty when it passes. */
  readonly differences: readonly TrajectoryDifference[];
}

/** Hold the calls that were made against the expected ones. */
export function matchTrajectory(
  expected: readonly TrajectoryCall[],
  actual: readonly TrajectoryCall[],
  rules: TrajectoryRules,
): TrajectoryResult {
  const tests = expected.map((call) => callTest(call, rules));
  const fits = (left: number, right: number) => {
    const call = actual[right];
    return call !== undefined && (tests[left]?.(call) ?? false);
  };
  if (passes(expected, actual, rules.mode, fits)) return { pass: true, differences: [] };
  const pairs = nearestPairing({
    expected: expected.length,
    actual: actual.length,
    fits,
    sameCall: (left, right) => sameCall(expected[left], actual[right], rules),
    differences: (left, right) => differencesOf(expected[left], actual[right], rules).length,
  });
  return { pass: false, differences: explain(expected, actual, rules, pairs) };
}

type Fits = (left: number, right: number) => boolean;

function passes(
  expected: readonly TrajectoryCall[],
  actual: readonly TrajectoryCall[],
  mode: TrajectoryMode,
  fits: Fits,
): boolean {
  const pairs = () => pairing(expected.length, actual.length, fits).size;
  switch (mode) {
    case 'exact':
      return expected.length === actual.length && passesExactly(expected, actual, fits);
    case 'subsequence':
      return isSubsequence(expected.length, actual.length, fits);
    case 'unordered':
      return expected.length === actual.length && pairs() === expected.length;
    case 'superset':
      return expected.length <= actual.length && pairs() === expected.length;
    case 'subset':
      return actual.length <= expected.length && pairs() === actual.length;
  }
}

/** Turn by turn; inside a turn the order is free. Where the expected calls have turns, they must be the same. */
function passesExactly(expected: readonly TrajectoryCall[], actual: readonly TrajectoryCall[], fits: Fits): boolean {
  const sizes = turnSizes(actual);
  if (expected.length > 0 && expected.every((call) => call.turn !== undefined)) {
    if (canonical(turnSizes(expected)) !== canonical(sizes)) return false;
  }
  let start = 0;
  for (const size of sizes) {
    const from = start;
    if (pairing(size, size, (left, right) => fits(from + left, from + right)).size !== size) return false;
    start += size;
  }
  return true;
}

function turnSizes(calls: readonly TrajectoryCall[]): number[] {
  const sizes: number[] = [];
  for (const [index, call] of calls.entries()) {
    const sameTurn = call.turn !== undefined && index > 0 && calls[index - 1]?.turn === call.turn;
    if (sameTurn) sizes.push((sizes.pop() ?? 0) + 1);
    else sizes.push(1);
  }
  return sizes;
}

/** Taking the first call that fits is never worse than taking a later one. */
function isSubsequence(expected: number, actual: number, fits: Fits): boolean {
  let wanted = 0;
  for (let index = 0; index < actual && wanted < expected; index++) if (fits(wanted, index)) wanted += 1;
  return wanted === expected;
}

/** Everything that is the same for all actual calls is found out once: the test runs for each pair. */
function callTest(expected: TrajectoryCall, rules: TrajectoryRules): (actual: TrajectoryCall) => boolean {
  const same = (actual: TrajectoryCall) => sameCall(expected, actual, rules);
  const { args } = expected;
  if (args === undefined) return same;
  const rule = toolRule(expected, rules);
  if (typeof rule === 'function') return (actual) => same(actual) && rule(args, actual.args ?? {});
  if (Array.isArray(rule))
    return (actual) => same(actual) && pathDifferences(args, actual.args ?? {}, rule).length === 0;
  const test = argsTest(args, { ...rules, mode: rule as ArgsMode });
  return (actual) => same(actual) && test(actual.args ?? {});
}

/** The same tool, by the same agent where one is named. */
function sameCall(expected: TrajectoryCall | undefined, actual: TrajectoryCall | undefined, rules: TrajectoryRules) {
  if (!expected || !actual) return false;
  if (expected.agent !== undefined && expected.agent !== actual.agent) return false;
  if (rules.names !== 'glob') return expected.tool === actual.tool;
  return nameFits(expected.tool.toLowerCase(), actual.tool.toLowerCase());
}

function toolRule(expected: TrajectoryCall, rules: TrajectoryRules): ToolRule {
  const { perTool = {}, argsMatch = 'subset' } = rules;
  const own = Object.hasOwn(perTool, expected.tool) ? perTool[expected.tool] : undefined;
  return expected.argsMatch ?? own ?? argsMatch;
}

function differencesOf(
  expected: TrajectoryCall | undefined,
  actual: TrajectoryCall | undefined,
  rules: TrajectoryRules,
): Difference[] {
  if (!expected || expected.args === undefined) return [];
  const given = actual?.args ?? {};
  const rule = toolRule(expected, rules);
  if (Array.isArray(rule)) return pathDifferences(expected.args, given, rule);
  if (typeof rule !== 'function') return argsDifferences(expected.args, given, { ...rules, mode: rule as ArgsMode });
  return rule(expected.args, given) ? [] : [{ path: '', expected: expected.args, actual: given }];
}

function pathDifferences(expected: Json, actual: Json, paths: readonly string[]): Difference[] {
  return paths.flatMap((dotted) => {
    const wanted = at(expected, dotted);
    const given = at(actual, dotted);
    const equal =
      wanted === undefined || given === undefined ? wanted === given : canonical(wanted) === canonical(given);
    return equal ? [] : [{ path: `/${dotted.replaceAll('.', '/')}`, expected: wanted, actual: given }];
  });
}

function at(value: Json, dotted: string): Json | undefined {
  let here: Json | undefined = value;
  for (const key of dotted.split('.')) {
    if (Array.isArray(here)) here = here[Number(key)];
    else here = isObject(here) && Object.hasOwn(here, key) ? (here as JsonObject)[key] : undefined;
  }
  return here;
}

function explain(
  expected: readonly TrajectoryCall[],
  actual: readonly TrajectoryCall[],
  rules: TrajectoryRules,
  pairs: ReadonlyMap<number, number>,
): TrajectoryDifference[] {
  const { mode } = rules;
  const ordered = mode === 'exact' || mode === 'subsequence';
  const inPlace = ordered ? longestInOrder(pairs, actual) : undefined;
  const ofExpected = expected.flatMap((call, index): TrajectoryDifference[] => {
    const { tool } = call;
    const partner = pairs.get(index);
    if (partner === undefined) return mode === 'subset' ? [] : [{ kind: 'missing', expected: index, tool }];
    const pair = { expected: index, actual: partner, tool };
    const at = differencesOf(call, actual[partner], rules);
    return [
      ...(at.length > 0 ? [{ kind: 'differs', ...pair, at } as const] : []),
      ...(inPlace && !inPlace.has(index) ? [{ kind: 'moved', ...pair } as const] : []),
    ];
  });
  const taken = new Set(pairs.values());
  const mayAdd = mode === 'subsequence' || mode === 'superset';
  const unexpected = actual.flatMap(({ tool }, index): TrajectoryDifference[] =>
    mayAdd || taken.has(index) ? [] : [{ kind: 'unexpected', actual: index, tool }],
  );
  return [...ofExpected, ...unexpected];
}

/** The largest set of pairs whose order is right; the others were moved. Calls of one turn count as one place. */
function longestInOrder(pairs: ReadonlyMap<number, number>, actual: readonly TrajectoryCall[]): Set<number> {
  const places = [...pairs].sort(([left], [right]) => left - right);
  const turns = places.map(([, partner]) => actual[partner]?.turn ?? partner);
  const chains: Chain[] = [];
  for (const [at, turn] of turns.entries()) {
    const before = longest(chains.filter((_, earlier) => (turns[earlier] ?? 0) <= turn));
    chains.push({ expected: places[at]?.[0] ?? 0, length: (before?.length ?? 0) + 1, before });
  }
  const kept = new Set<number>();
  for (let chain = longest(chains); chain; chain = chain.before) kept.add(chain.expected);
  return kept;
}

/** A run of pairs in order, from its last one back. */
interface Chain {
  readonly expected: number;
  readonly length: number;
  readonly before: Chain | undefined;
}

function longest(chains: readonly Chain[]): Chain | undefined {
  return chains.reduce<Chain | undefined>(
    (best, chain) => (best && best.length >= chain.length ? best : chain),
    undefined,
  );
}

import type { PatternMaker } from './condition.ts';
import { canonical, isObject, type Json, type JsonObject, pointer } from './json.ts';
import type { Difference } from './match.ts';

/**
 * How expected and actual arguments are compared. `exact`: equal. `subset`: what is expected is contained in the
 * actual arguments. `superset`: the actual arguments are contained in what is expected. `ignore`: not at all.
 * Objects are compared member by member, arrays item by item and of equal length.
 */
export type ArgsMode = 'exact' | 'subset' | 'superset' | 'ignore';

export interface ArgsRule {
  readonly mode: ArgsMode;
  /** `top`: containment holds for top-level members only; their values must be equal. Default: `deep`. */
  readonly depth?: 'deep' | 'top';
  /** Dotted paths left out on both sides; each part may hold `*` and `?`. */
  readonly ignore?: readonly string[];
  /** Top-level members left out of the actual arguments where they have this value. */
  readonly defaults?: JsonObject;
  /** Makes the test of `{ matches: … }`. Default: JavaScript's own patterns; untrusted ones need RE2's. */
  readonly pattern?: PatternMaker;
}

/** Where the arguments differ by the rule; empty when they fit. */
export function argsDifferences(expected: Json, actual: Json, rule: ArgsRule): Difference[] {
  const found: Difference[] = [];
  if (rule.mode === 'ignore') return found;
  const how = comparing(rule, (path, wanted, got) => {
    found.push({ path: pointer(keysOf(path)), expected: wanted, actual: got });
    return true;
  });
  compare(how, expected, given(actual, rule), undefined);
  return found;
}

/** The same as a yes or no, which stops at the first difference. */
export function argsTest(expected: Json, rule: ArgsRule): (actual: Json) => boolean {
  const how = comparing(rule, () => false);
  return (actual) => rule.mode === 'ignore' || compare(how, expected, given(actual, rule), undefined);
}

/** The place of a value, from the inside out: built without copying, since most comparisons fit. */
interface Path {
  readonly key: string | number;
  readonly above: Path | undefined;
}

/** Told of each difference; false ends the comparison. */
type Emit = (path: Path | undefined, expected: Json | undefined, actual: Json | undefined) => boolean;

interface Comparing {
  readonly mode: ArgsMode;
  /** The mode below the first level, where containment may end. */
  readonly below: ArgsMode;
  readonly ignored: ((path: Path) => boolean) | undefined;
  readonly pattern: PatternMaker;
  readonly emit: Emit;
}

function comparing({ mode, depth = 'deep', ignore = [], pattern = ownPattern }: ArgsRule, emit: Emit): Comparing {
  const ignored = ignore.length === 0 ? undefined : ignorer(ignore);
  const below = depth === 'top' ? 'exact' : mode;
  return { mode, below, ignored, pattern, emit };
}

/** The actual arguments without what only repeats a default. */
function given(actual: Json, { defaults }: ArgsRule): Json {
  return defaults && isObject(actual) ? withoutDefaults(actual, defaults) : actual;
}

function compare(how: Comparing, expected: Json, actual: Json, path: Path | undefined): boolean {
  const matcher = matcherOf(expected);
  if (matcher) return matcher(actual, how, path) || how.emit(path, expected, actual);
  if (isObject(expected) && isObject(actual)) return compareObjects(how, expected, actual, path);
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    return expected.every((item, key) => compare(inside(how), item, actual[key] as Json, { key, above: path }));
  }
  return scalarEqual(expected, actual) || how.emit(path, expected, actual);
}

function compareObjects(how: Comparing, expected: JsonObject, actual: JsonObject, path: Path | undefined): boolean {
  const member = (key: string): boolean => {
    const at = { key, above: path };
    if (how.ignored?.(at)) return true;
    const wanted = Object.hasOwn(expected, key) ? expected[key] : undefined;
    const given = Object.hasOwn(actual, key) ? actual[key] : undefined;
    if (wanted !== undefined && given !== undefined) return compare(inside(how), wanted, given, at);
    const allowed = wanted === undefined ? how.mode === 'subset' : how.mode === 'superset';
    return allowed || how.emit(at, wanted, given);
  };
  const extra = Object.keys(actual).filter((key) => !Object.hasOwn(expected, key));
  return Object.keys(expected).every(member) && extra.every(member);
}

function inside(how: Comparing): Comparing {
  return how.mode === how.below ? how : { ...how, mode: how.below };
}

function scalarEqual(expected: Json, actual: Json): boolean {
  if (expected === actual) return true;
  return typeof expected === 'object' && typeof actual === 'object' && canonical(expected) === canonical(actual);
}

function withoutDefaults(actual: JsonObject, defaults: JsonObject): JsonObject {
  const kept = Object.entries(actual).filter(
    ([key, value]) => !(Object.hasOwn(defaults, key) && canonical(defaults[key] as Json) === canonical(value)),
  );
  return Object.fromEntries(kept);
}

type Matcher = (actual: Json, how: Comparing, path: Path | undefined) => boolean;

/** The words that make an expected object a test of the value instead of a description of it. */
const matchers: { readonly [word: string]: (operand: Json, expected: JsonObject) => Matcher | undefined } = {
  any: (operand) => (operand === true ? () => true : undefined),
  matches: (operand) =>
    typeof operand === 'string'
      ? (actual, how) => typeof actual === 'string' && how.pattern(operand)(actual)
      : undefined,
  oneOf: (operand) =>
    Array.isArray(operand) ? (actual, how) => operand.some((each) => silently(how, each, actual)) : undefined,
  anyOrder: (operand) =>
    Array.isArray(operand) ? (actual, how) => Array.isArray(actual) && pairsUp(operand, actual, how) : undefined,
  near: (operand, { within }) =>
    typeof operand === 'number' && typeof within === 'number'
      ? (actual) => typeof actual === 'number' && Math.abs(actual - operand) <= within
      : undefined,
};

const known = new WeakMap<JsonObject, Matcher | false>();

function matcherOf(expected: Json): Matcher | undefined {
  if (!isObject(expected)) return undefined;
  const before = known.get(expected);
  if (before !== undefined) return before || undefined;
  const matcher = readMatcher(expected);
  known.set(expected, matcher ?? false);
  return matcher;
}

function readMatcher(expected: JsonObject): Matcher | undefined {
  const keys = Object.keys(expected);
  const word = keys.length === 2 && keys.includes('near') ? 'near' : (keys[0] ?? '');
  if (keys.length !== (word === 'near' ? 2 : 1) || !Object.hasOwn(matchers, word)) return undefined;
  return matchers[word]?.(expected[word] as Json, expected);
}

function silently(how: Comparing, expected: Json, actual: Json): boolean {
  return compare({ ...how, emit: () => false }, expected, actual, undefined);
}

/** Whether each expected item has an actual item of its own, and the other way round. */
function pairsUp(expected: readonly Json[], actual: readonly Json[], how: Comparing): boolean {
  if (expected.length !== actual.length) return false;
  const fits = (left: number, right: number) => silently(how, expected[left] as Json, actual[right] as Json);
  return pairing(expected.length, actual.length, fits).size === expected.length;
}

/**
 * A largest one-to-one pairing of `left` with `right` places (augmenting paths), by left place. Never greedy: a loose
 * expectation gives way to a tight one.
 */
export function pairing(
  left: number,
  right: number,
  fits: (left: number, right: number) => boolean,
): Map<number, number> {
  const takenBy = new Array<number>(right).fill(-1);
  const edges = Array.from({ length: left }, (_, from) =>
    Array.from({ length: right }, (_, to) => to).filter((to) => fits(from, to)),
  );
  for (let from = 0; from < left; from++) augment(from, edges, takenBy, new Set());
  return new Map(takenBy.flatMap((from, to) => (from < 0 ? [] : [[from, to] as const])));
}

function augment(from: number, edges: readonly (readonly number[])[], takenBy: number[], seen: Set<number>): boolean {
  for (const to of edges[from] ?? []) {
    if (seen.has(to)) continue;
    seen.add(to);
    const holder = takenBy[to] ?? -1;
    if (holder < 0 || augment(holder, edges, takenBy, seen)) {
      takenBy[to] = from;
      return true;
    }
  }
  return false;
}

function ignorer(patterns: readonly string[]): (path: Path) => boolean {
  const split = patterns.map((each) => each.split('.'));
  return (path) => {
    const keys = keysOf(path);
    return split.some(
      (parts) => parts.length === keys.length && parts.every((part, index) => nameFits(part, String(keys[index]))),
    );
  };
}

/** `*` stands for any text, `?` for one character. Linear but for stars, which never nest. */
export function nameFits(glob: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let part = 0;
  while (at < name.length) {
    if (part < glob.length && glob[part] !== '*' && (glob[part] === '?' || glob[part] === name[at])) {
      part += 1;
      at += 1;
    } else if (glob[part] === '*') {
      star = part++;
      resume = at;
    } else if (star >= 0) {
      part = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (glob[part] === '*') part += 1;
  return part === glob.length;
}

function keysOf(path: Path | undefined): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at = path; at; at = at.above) keys.unshift(at.key);
  return keys;
}

const ownPattern: PatternMaker = (pattern) => {
  const compiled = new RegExp(pattern);
  return (text) => compiled.test(text);
};

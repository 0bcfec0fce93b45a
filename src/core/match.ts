import { canonical, isObject, type Json, pointer } from './json.ts';

/** One place where an actual value is not what was expected. A side is undefined where it has nothing there. */
export interface Difference {
  /** JSON Pointer into the compared value. */
  readonly path: string;
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
}

/**
 * Where `expected` is not contained in `actual`: objects member by member, extra members allowed; arrays item by
 * item and of equal length; everything else equal.
 */
export function missingFrom(
  actual: Json | undefined,
  expected: Json,
  at: readonly (string | number)[] = [],
): Difference[] {
  if (isObject(expected) && isObject(actual)) {
    return Object.entries(expected).flatMap(([key, value]) =>
      missingFrom(Object.hasOwn(actual, key) ? actual[key] : undefined, value, [...at, key]),
    );
  }
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    return expected.flatMap((value, index) => missingFrom(actual[index], value, [...at, index]));
  }
  if (actual !== undefined && canonical(actual) === canonical(expected)) return [];
  return [{ path: pointer(at), expected, actual }];
}

/** Whether `expected` is contained in `actual`, as `missingFrom` says. */
export function contains(actual: Json | undefined, expected: Json): boolean {
  return missingFrom(actual, expected).length === 0;
}

import { isObject, type Json } from './json.ts';

/** Stands for a stored value, or a part of it: `{ "$result": "r-12", "path": "/items" }`. */
export interface Handle {
  readonly result: string;
  /** JSON Pointer into the value; empty for all of it. */
  readonly path: string;
}

/** A handle in a value, and where it stands there. */
export interface PlacedHandle extends Handle {
  readonly place: Place;
}

/** Keys and indexes from the root of a value. */
export type Place = readonly (string | number)[];

/** The member that makes an object a handle. */
export const handleKey = '$result';

/** Every handle in a value, in order; also those with a wrong form, whose `result` is what stands there as text. */
export function handlesIn(value: Json, place: Place = []): readonly PlacedHandle[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => handlesIn(item, [...place, index]));
  if (!isObject(value)) return [];
  if (Object.hasOwn(value, handleKey)) {
    return [{ result: String(value[handleKey]), path: typeof value.path === 'string' ? value.path : '', place }];
  }
  return Object.entries(value).flatMap(([key, member]) => handlesIn(member, [...place, key]));
}

/** A copy of `value` where `replace` has taken the place of each handle. Shares what it did not change. */
export function replaceHandles(value: Json, replace: (place: Place) => Json, place: Place = []): Json {
  if (Array.isArray(value)) return value.map((item, index) => replaceHandles(item, replace, [...place, index]));
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, handleKey)) return replace(place);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, replaceHandles(member, replace, [...place, key])]),
  );
}

/** The parts of a JSON Pointer (RFC 6901); undefined when it is none. */
export function pointerParts(path: string): readonly string[] | undefined {
  if (path === '') return [];
  if (!path.startsWith('/')) return undefined;
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
}

import { isObject, type Json, type JsonObject } from '../core/json.ts';
import type { Finding, Part } from './finding.ts';
import type { Path } from './words.ts';

/** An app as it was written. Any of it may be wrong: whoever reads it takes what has the right form. */
export interface Draft {
  readonly app: Part;
  /** Real path of the folder that holds app.yaml. */
  readonly folder: string;
  readonly agents: Definitions;
  readonly plans: Definitions;
  readonly toolkits: Definitions;
  readonly providers: Definitions;
  readonly workspaces: Definitions;
  readonly dispatcher: Definition | undefined;
  readonly catalog: Definition | undefined;
}

/** By name, in the order in which they are written. */
export type Definitions = ReadonlyMap<string, Definition>;

export interface Definition {
  readonly name: string;
  /** Where app.yaml names it. */
  readonly path: Path;
  /** Undefined when it could not be read, so that nothing is known about it. */
  readonly part: Part | undefined;
}

/** Takes a problem of a part. */
export type Report = (part: Part, finding: Finding) => void;

/** The object at a key, or an empty one. */
export function objectAt(value: Json | undefined, key: string): JsonObject {
  const member = memberAt(value, key);
  return isObject(member) ? member : {};
}

/** The string at a key. */
export function textAt(value: Json | undefined, key: string): string | undefined {
  const member = memberAt(value, key);
  return typeof member === 'string' ? member : undefined;
}

/** The items of the list at a key, each with its index. */
export function itemsAt(value: Json | undefined, key: string): readonly (readonly [index: number, item: Json])[] {
  const member = memberAt(value, key);
  return Array.isArray(member) ? [...member.entries()] : [];
}

/** The strings among the items of the list at a key, each with its index. */
export function textsAt(value: Json | undefined, key: string): readonly (readonly [index: number, text: string])[] {
  return itemsAt(value, key).filter((entry): entry is [number, string] => typeof entry[1] === 'string');
}

/** A member of an object, if it has it itself. */
export function memberAt(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The definitions of a kind that have the form of an object, by name. */
export function bodies(definitions: Definitions): readonly (readonly [Definition, Part, JsonObject])[] {
  return [...definitions.values()].flatMap((definition) => {
    const { part } = definition;
    return part && isObject(part.value) ? [[definition, part, part.value] as const] : [];
  });
}

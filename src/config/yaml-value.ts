import { isAlias, isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import type { Json } from '../core/json.ts';
import { type Flaw, maxDepth, tooDeep } from './yaml-parse.ts';
import { type Examined, examine, isMerge, keyText, type MapNode, mergeParts, type Node } from './yaml-tree.ts';

/** Most values that a file may hold once its aliases are written out. */
const maxValues = 100_000;

/** From the first character to the one after the last, in UTF-16 units. */
export type Span = readonly [start: number, end: number];

/** Where a value stands in the text, and its members by key or index. */
export interface Spot {
  readonly key: Span | undefined;
  readonly value: Span;
  readonly members: Map<string, Spot> | undefined;
}

interface Written {
  readonly value: Json;
  readonly spot: Spot;
}

/**
 * The value that a YAML tree stands for, with merge keys and aliases written out, and where each part of it was
 * written. Whatever JSON cannot hold, or a reader would misunderstand, is a flaw.
 */
export function readValue(contents: ParsedNode): Written | { readonly flaws: readonly Flaw[] } {
  const tree = examine(contents);
  return tree.flaws.length > 0 ? tree : write(contents, tree.targets);
}

class TooMuch extends Error {
  readonly flaw: Flaw;
  constructor(flaw: Flaw) {
    super(flaw.message);
    this.flaw = flaw;
  }
}

interface Writing {
  readonly targets: Examined['targets'];
  /** Values written so far: what stops aliases that multiply. */
  count: number;
}

function write(contents: ParsedNode, targets: Examined['targets']): Written | { readonly flaws: readonly Flaw[] } {
  try {
    return writeNode({ targets, count: 0 }, contents, undefined, 0);
  } catch (error) {
    if (error instanceof TooMuch) return { flaws: [error.flaw] };
    throw error;
  }
}

function writeNode(writing: Writing, node: Node, key: Span | undefined, depth: number): Written {
  const span = spanOf(node, key);
  if (isAlias(node)) return writeAlias(writing, node, key, depth);
  if (++writing.count > maxValues) {
    const message = `the file holds more than ${maxValues} values`;
    throw new TooMuch({ code: 'too-many-values', message, start: span[0], end: span[1] });
  }
  if (depth > maxDepth) throw new TooMuch(tooDeep(span[0], span[1]));
  const members = new Map<string, Spot>();
  const spot = { key, value: span, members };
  if (isMap(node)) return { value: writeMap(writing, node as MapNode, members, depth), spot };
  if (isSeq(node)) return { value: writeList(writing, node.items as Node[], members, depth), spot };
  return { value: (node?.value ?? null) as Json, spot: { ...spot, members: undefined } };
}

/** What an alias stands for; where that is too much, the alias is to blame. */
function writeAlias(writing: Writing, alias: Node, key: Span | undefined, depth: number): Written {
  const value = spanOf(alias, undefined);
  try {
    const target = writeNode(writing, writing.targets.get(alias) ?? null, key, depth);
    return { value: target.value, spot: { ...target.spot, value } };
  } catch (error) {
    if (error instanceof TooMuch) throw new TooMuch({ ...error.flaw, start: value[0], end: value[1] });
    throw error;
  }
}

function writeList(writing: Writing, items: readonly Node[], members: Map<string, Spot>, depth: number): Json {
  return items.map((item, index) => {
    const written = writeNode(writing, item, undefined, depth + 1);
    members.set(String(index), written.spot);
    return written.value;
  });
}

function writeMap(writing: Writing, map: MapNode, members: Map<string, Spot>, depth: number): Json {
  const object: Record<string, Json> = {};
  for (const pair of map.items) {
    if (!isScalar(pair.key) || isMerge(pair.key)) continue;
    const written = writeNode(writing, pair.value, spanOf(pair.key as Node, undefined), depth + 1);
    object[keyText(pair.key)] = written.value;
    members.set(keyText(pair.key), written.spot);
  }
  const merges = map.items.filter((pair) => isMerge(pair.key));
  for (const part of merges.flatMap((pair) => mergeParts(pair.value))) {
    takeOver(writeNode(writing, part, undefined, depth), object, members);
  }
  return object;
}

/** What an object has itself goes before what it takes over; of two that are taken over, the first. */
function takeOver(merged: Written, object: Record<string, Json>, members: Map<string, Spot>): void {
  for (const [key, spot] of merged.spot.members ?? []) {
    if (members.has(key)) continue;
    object[key] = (merged.value as Record<string, Json>)[key] as Json;
    members.set(key, spot);
  }
}

/** Where a node stands; an empty value stands at its key. */
function spanOf(node: Node, key: Span | undefined): Span {
  const [start, end] = node?.range ?? [0, 0];
  if (key !== undefined && (node === null || start === end)) return key;
  return [start, end];
}

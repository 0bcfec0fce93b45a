import { type Alias, isAlias, isMap, isScalar, type ParsedNode, type Scalar, type YAMLMap } from 'yaml';
import { suggest } from '../core/nearest.ts';
import { quote } from './words.ts';
import { type Flaw, templateHint } from './yaml-parse.ts';

export type Node = ParsedNode | null;
export type MapNode = YAMLMap<Node, Node>;

/** A tree that was examined: what is wrong with it, and what each alias stands for. */
export interface Examined {
  readonly flaws: readonly Flaw[];
  readonly targets: ReadonlyMap<Node, ParsedNode>;
}

interface Walk {
  readonly flaws: Flaw[];
  readonly targets: Map<Node, ParsedNode>;
  readonly anchors: Map<string, ParsedNode>;
  /** Nodes whose inside is being walked. */
  readonly open: Set<ParsedNode>;
}

/** One walk in the order of the text: each node is judged once, and each alias gets the node it stands for. */
export function examine(contents: ParsedNode): Examined {
  const walk: Walk = { flaws: [], targets: new Map(), anchors: new Map(), open: new Set() };
  visit(walk, contents);
  return walk;
}

function visit(walk: Walk, node: Node): void {
  if (node === null) return;
  if (isAlias(node)) {
    visitAlias(walk, node as Alias.Parsed);
    return;
  }
  if (node.anchor !== undefined) walk.anchors.set(node.anchor, node);
  walk.open.add(node);
  if (isScalar(node)) visitScalar(walk, node);
  else if (isMap(node)) visitMap(walk, node as MapNode);
  else for (const item of node.items) visit(walk, item as Node);
  walk.open.delete(node);
}

function visitAlias(walk: Walk, alias: Alias.Parsed): void {
  const target = walk.anchors.get(alias.source);
  if (target === undefined) {
    const hint = suggest(alias.source, [...walk.anchors.keys()]);
    blame(walk, alias, 'unknown-anchor', `no anchor ${quote(alias.source)} before this alias`, hint);
  } else if (walk.open.has(target)) {
    blame(walk, alias, 'cyclic-alias', `the alias ${quote(alias.source)} contains itself`);
  } else {
    walk.targets.set(alias, target);
  }
}

function visitScalar(walk: Walk, scalar: Scalar): void {
  if (typeof scalar.value !== 'number') return;
  const source = scalar.source ?? '';
  const wrong = (message: string) => blame(walk, scalar, 'bad-number', message, 'put text in quotes');
  if (!Number.isFinite(scalar.value)) wrong(`${source} is not a number that JSON can hold`);
  else if (/^[-+]?0[0-9]/.test(source)) wrong(`the number ${source} starts with a zero`);
  else if (/^[-+]?\w+$/.test(source) && Math.abs(scalar.value) > Number.MAX_SAFE_INTEGER) {
    wrong(`the number ${source} is too large to be exact`);
  }
}

function visitMap(walk: Walk, map: MapNode): void {
  const seen = new Set<string>();
  for (const pair of map.items) {
    const key = visitKey(walk, pair.key);
    // A quoted key "<<" is one thing, a merge another.
    const name = isMerge(pair.key) ? 'merge' : `key ${key}`;
    if (key !== undefined && seen.has(name)) {
      blame(walk, pair.key, 'duplicate-key', `the key ${quote(key)} is there twice`);
    }
    seen.add(name);
    visit(walk, pair.value);
    if (isMerge(pair.key)) visitMerge(walk, pair.value);
  }
}

/** The key's text, or undefined when it is not text. */
function visitKey(walk: Walk, key: Node): string | undefined {
  if (key === null || (isScalar(key) && key.value === null && key.source === '')) {
    blame(walk, key, 'bad-key', 'a key is missing before the colon');
    return undefined;
  }
  if (!isScalar(key)) {
    const hint = isMap(key) ? templateHint : undefined;
    blame(walk, key, 'bad-key', 'a key must be plain text, not a list, an object or an alias', hint);
    return undefined;
  }
  if (key.anchor !== undefined) walk.anchors.set(key.anchor, key);
  const text = keyText(key);
  if (text === '__proto__') blame(walk, key, 'reserved-key', 'the key "__proto__" is reserved');
  return text;
}

function visitMerge(walk: Walk, value: Node): void {
  for (const part of mergeParts(value)) {
    const source = isAlias(part) ? walk.targets.get(part) : part;
    // An alias without a target has been blamed already.
    if ((isAlias(part) && source === undefined) || isMap(source)) continue;
    blame(walk, part ?? value, 'bad-merge', '"<<" takes an object, or a list of objects');
  }
}

function blame(walk: Walk, node: Node | Scalar, code: string, message: string, hint?: string): void {
  const [start, end] = node?.range ?? [0, 0];
  if (walk.flaws.length < 20) walk.flaws.push({ code, message, start, end, ...(hint === undefined ? {} : { hint }) });
}

/** Whether a key is the merge key of YAML 1.1, which is supported here too. */
export function isMerge(key: Node): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === '<<';
}

/** The objects that a merge key takes over, in order. */
export function mergeParts(value: Node): readonly Node[] {
  if (value === null || isAlias(value) || isMap(value) || isScalar(value)) return [value];
  return value.items as Node[];
}

/** A plain key is the text as it was written, so that `1` and `"1"` are the same key and `1.0` is another. */
export function keyText(key: Scalar): string {
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

import { isObject, type Json } from '../../core/json.ts';
import { beginning } from '../../core/text.ts';
import { passes } from '../filter.ts';
import type { TraceNode } from './trace.ts';

/** A thing of a trace on a line of its own. */
export interface TraceRow {
  readonly node: TraceNode;
  readonly depth: number;
  /** Whether what is below it is hidden; undefined where there is nothing. */
  readonly folded: boolean | undefined;
  /** Whether it is only there because something below it passes the filter. */
  readonly passing: boolean;
}

/** @param words of a filter; with one, what is folded is searched too */
export function treeRows(
  root: TraceNode,
  folded: ReadonlySet<TraceNode>,
  words: readonly string[],
): readonly TraceRow[] {
  const rows: TraceRow[] = [];
  if (words.length > 0) {
    filteredRows(root, 0, words, rows);
    return rows;
  }
  const walk = (node: TraceNode, depth: number) => {
    const hides = folded.has(node);
    rows.push({ node, depth, folded: node.children.length === 0 ? undefined : hides, passing: true });
    if (!hides) for (const child of node.children) walk(child, depth + 1);
  };
  walk(root, 0);
  return rows;
}

/** What passes, with everything above it. @returns whether anything did */
function filteredRows(node: TraceNode, depth: number, words: readonly string[], rows: TraceRow[]): boolean {
  const at = rows.length;
  const passing = passes(words, membersOf(node));
  rows.push({ node, depth, folded: node.children.length === 0 ? undefined : false, passing });
  let any = passing;
  for (const child of node.children) any = filteredRows(child, depth + 1, words, rows) || any;
  if (!any) rows.length = at;
  return any;
}

/** So much of a thing's content is searched. */
const longest = 20_000;

const searched = new WeakMap<
  TraceNode,
  { readonly events: number; readonly members: Readonly<Record<string, string>> }
>();

/** What a filter can ask for: `agent:`, `tool:`, `type:` (also of its events), `status:`, and words. */
function membersOf(node: TraceNode): Readonly<Record<string, string>> {
  const known = searched.get(node);
  if (known?.events === node.events.length) return known.members;
  const members = {
    agent: node.agent,
    tool: toolOf(node),
    type: [node.kind, ...node.events.map(({ type }) => type)].join(' '),
    status: statusWords[node.state],
    title: node.title,
    text: beginning(node.events.map(({ data }) => textIn(data as unknown as Json)).join(' '), longest),
  };
  searched.set(node, { events: node.events.length, members });
  return members;
}

const statusWords = { ok: 'ok', bad: 'failed', warn: 'warning', unknown: 'unknown', open: 'open' } as const;

function toolOf({ kind, title, parent }: TraceNode): string {
  if (kind === 'tool') return title;
  return kind === 'agent' && parent?.kind === 'agent' ? 'call_agent' : '';
}

/** Names and values, without the marks of JSON. */
function textIn(value: Json): string {
  if (Array.isArray(value)) return value.map(textIn).join(' ');
  if (isObject(value))
    return Object.entries(value)
      .map(([name, member]) => `${name} ${textIn(member)}`)
      .join(' ');
  return String(value);
}

/** All things of a trace that have others below them. */
export function foldable(root: TraceNode): TraceNode[] {
  return root.children.length === 0 ? [] : [root, ...root.children.flatMap(foldable)];
}

import type { Filter } from '../filter.ts';
import { noFilter, wordsOf } from '../filter.ts';
import { moveIn } from '../list.ts';
import type { Trace, TraceNode } from './trace.ts';
import { foldable, type TraceRow, treeRows } from './tree.ts';

/** Moving in the tree of a trace. */
export interface TraceBrowser {
  readonly trace: Trace;
  readonly filter: Filter;
  /** Another filter. The selection goes to what passes it, where it does not. */
  narrow(filter: Filter): void;
  /** Whether the selection goes with what is newest. */
  follow: boolean;
  rows(): readonly TraceRow[];
  selected(): TraceNode | undefined;
  /** The place of the selected one among the rows. */
  at(): number;
  /** @param page rows that are shown at a time @returns false for a key that does not move */
  press(key: string, page: number): boolean;
  /** Something was added to the trace. */
  grown(): void;
}

/** Which things are folded. */
interface Folds {
  readonly folded: ReadonlySet<TraceNode>;
  set(node: TraceNode, on: boolean): void;
  /** Another number after each change. */
  version(): number;
}

function openFolds(): Folds {
  const folded = new Set<TraceNode>();
  let version = 0;
  return {
    folded,
    set: (node, on) => {
      if (on) folded.add(node);
      else folded.delete(node);
      version += 1;
    },
    version: () => version,
  };
}

export function traceBrowser(trace: Trace, follow: boolean): TraceBrowser {
  const folds = openFolds();
  let selected = follow ? (trace.newest ?? trace.root) : trace.root;
  let filter = noFilter;
  let made: { readonly key: string; readonly rows: readonly TraceRow[] } | undefined;
  const rows = (): readonly TraceRow[] => {
    const words = wordsOf(filter);
    const key = JSON.stringify([trace.events.length, folds.version(), words]);
    if (made?.key !== key) made = { key, rows: trace.root ? treeRows(trace.root, folds.folded, words) : [] };
    return made.rows;
  };
  const at = () => {
    const all = rows();
    // What is folded away, or does not pass, is told by what is above it.
    for (let node = selected; node; node = node.parent) {
      const found = all.findIndex((row) => row.node === node);
      if (found !== -1) return found;
    }
    return 0;
  };
  const browser: TraceBrowser = {
    trace,
    get filter() {
      return filter;
    },
    narrow: (next) => {
      filter = next;
      if (rows()[at()]?.passing === false) selected = rows().find(({ passing }) => passing)?.node ?? selected;
    },
    follow,
    rows,
    at,
    selected: () => rows()[at()]?.node,
    press: (key, page) => {
      const row = rows()[at()];
      const turn = turns[key];
      const next = moveIn(at(), rows().length, key, page);
      if (!row || (!turn && next === undefined)) return false;
      browser.follow = false;
      const filtering = wordsOf(filter).length > 0;
      selected = turn ? turn({ row, trace, folds, filtering }) : rows()[next ?? 0]?.node;
      return true;
    },
    grown: () => {
      selected ??= trace.root;
      if (!browser.follow) return;
      selected = trace.newest;
      for (let node = selected?.parent; node; node = node.parent) if (folds.folded.has(node)) folds.set(node, false);
    },
  };
  return browser;
}

interface Turning {
  readonly row: TraceRow;
  readonly trace: Trace;
  readonly folds: Folds;
  /** With a filter nothing is folded. */
  readonly filtering: boolean;
}

/** What keys do with folds. @returns what is selected then */
const turns: Readonly<Record<string, (turning: Turning) => TraceNode>> = {
  right: ({ row: { node, folded }, folds }) => {
    if (!folded) return node.children[0] ?? node;
    folds.set(node, false);
    return node;
  },
  left: ({ row: { node, folded }, folds, filtering }) => {
    if (folded !== false || filtering) return node.parent ?? node;
    folds.set(node, true);
    return node;
  },
  z: ({ row: { node }, trace, folds }) => {
    const on = folds.folded.size === 0;
    for (const each of trace.root ? foldable(trace.root) : []) if (each !== trace.root) folds.set(each, on);
    return node;
  },
};

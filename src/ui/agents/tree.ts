/** An agent in the tree of who calls whom. */
export interface AgentNode {
  readonly name: string;
  /** 0 for the agent that gets the prompts, and for those that nobody calls. */
  readonly depth: number;
  /** What is drawn before the name: `│ ├ `. */
  readonly stem: string;
}

/**
 * Agents below those that call them, from the entry on. An agent that several call stands below each of them; what it
 * calls itself is shown where it comes first.
 */
export function agentTree(
  names: readonly string[],
  entry: string,
  routes: (name: string) => readonly string[],
): readonly AgentNode[] {
  const nodes: AgentNode[] = [];
  const seen = new Set<string>();
  const visit = (name: string, depth: number, stem: string, below: string) => {
    nodes.push({ name, depth, stem });
    if (seen.has(name)) return;
    seen.add(name);
    const called = routes(name).filter((each) => names.includes(each));
    for (const [at, each] of called.entries()) {
      const last = at === called.length - 1;
      visit(each, depth + 1, `${below}${last ? '└ ' : '├ '}`, `${below}${last ? '  ' : '│ '}`);
    }
  };
  const called = new Set(names.flatMap((name) => routes(name)));
  const roots = [entry, ...names.filter((name) => name !== entry && !called.has(name))];
  for (const root of roots) visit(root, 0, '', '');
  for (const name of names) if (!seen.has(name)) visit(name, 0, '', '');
  return nodes;
}

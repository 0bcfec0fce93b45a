/** Moving through earlier prompts, and searching them. Oldest first. */
export interface History {
  readonly prompts: readonly string[];
  /** Which of them stands in the editor; undefined for what the person wrote. */
  readonly at: number | undefined;
  /** What the person wrote before moving. */
  readonly draft: string;
}

export function remember({ prompts }: History, prompt: string): History {
  const all = prompts.at(-1) === prompt ? prompts : [...prompts, prompt];
  return { prompts: all, at: undefined, draft: '' };
}

/** One prompt back (-1) or on (1); undefined where there is none. */
export function move(history: History, way: -1 | 1, current: string): { history: History; text: string } | undefined {
  const { prompts, at, draft } = history;
  if (at === undefined && way === 1) return undefined;
  const next = (at ?? prompts.length) + way;
  if (next < 0) return undefined;
  const written = at === undefined ? current : draft;
  if (next >= prompts.length) return { history: { prompts, at: undefined, draft: '' }, text: written };
  return { history: { prompts, at: next, draft: written }, text: prompts[next] ?? '' };
}

/** The newest prompt before a place that holds a text, in any case. */
export function findBefore(prompts: readonly string[], query: string, before: number): number | undefined {
  const wanted = query.toLowerCase();
  for (let at = Math.min(before, prompts.length) - 1; at >= 0; at--) {
    if (prompts[at]?.toLowerCase().includes(wanted)) return at;
  }
  return undefined;
}

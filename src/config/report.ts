import type { Problem } from '../core/errors.ts';
import type { Report } from './draft.ts';
import { locate, type Part } from './finding.ts';

/** Collects problems. */
export interface Collector {
  readonly report: Report;
  readonly problems: Problem[];
}

/**
 * What is written once and used in several places, by an alias or by a file with two names, is reported once: of
 * the problems of one kind at one place, only those of the part that was first.
 */
export function createCollector(): Collector {
  const problems: Problem[] = [];
  const first = new Map<string, { readonly part: Part; readonly pointer: string; readonly messages: Set<string> }>();
  const report: Report = (part, finding) => {
    const problem = locate(part, finding);
    const { place, code, pointer, message } = problem;
    const key = `${code} ${place?.file}:${place?.line}:${place?.column}`;
    const before = first.get(key);
    if (before && (before.part !== part || before.pointer !== pointer || before.messages.has(message))) return;
    const messages = before?.messages ?? new Set();
    first.set(key, { part, pointer, messages: messages.add(message) });
    problems.push(problem);
  };
  return { report, problems };
}

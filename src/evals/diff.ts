import type { Json } from '../core/json.ts';
import type { Difference } from '../core/match.ts';
import type { TrajectoryCall, TrajectoryDifference } from '../core/trajectory-match.ts';
import type { DiffEntry } from './report.ts';

/** What was held against each other: calls, actions (a kind is a tool to the matcher), or agents. */
export interface Lists {
  readonly expected: readonly TrajectoryCall[];
  readonly actual: readonly TrajectoryCall[];
}

/** Differences of two lists as every report shows them, with the values of both sides and their places. */
export function listDiff(differences: readonly TrajectoryDifference[], { expected, actual }: Lists): DiffEntry[] {
  const byAgent = expected.some((call) => call.agent !== undefined);
  const subject = (call: TrajectoryCall | undefined, tool: string) =>
    byAgent && call?.agent !== undefined ? `${tool} by ${call.agent}` : tool;
  return differences.flatMap((difference): DiffEntry[] => {
    const { kind, tool } = difference;
    if (kind === 'missing') {
      const call = expected[difference.expected];
      return [{ kind, subject: subject(call, tool), ...side('expected', call), expectedAt: difference.expected }];
    }
    const call = actual[difference.actual];
    if (kind === 'unexpected') {
      return [{ kind, subject: subject(call, tool), ...side('actual', call), actualAt: difference.actual }];
    }
    const places = { expectedAt: difference.expected, actualAt: difference.actual };
    if (kind === 'moved') return [{ kind, subject: subject(call, tool), ...places }];
    return valueDiff(subject(call, tool), difference.at).map((entry) => ({ ...entry, ...places }));
  });
}

/** Differences inside one value. */
export function valueDiff(subject: string, differences: readonly Difference[]): DiffEntry[] {
  return differences.map(({ path, expected, actual }) => ({
    kind: 'differs',
    subject,
    ...(path !== '' && { path }),
    ...(expected !== undefined && { expected }),
    ...(actual !== undefined && { actual }),
  }));
}

/** `1 differs, 2 missing`: how many calls or actions there are of each kind. */
export function tally(differences: readonly TrajectoryDifference[]): string {
  const kinds = ['differs', 'missing', 'unexpected', 'moved'] as const;
  const parts = kinds.flatMap((kind) => {
    const found = differences.filter((difference) => difference.kind === kind).length;
    if (found === 0) return [];
    return [`${found} ${kind === 'differs' && found > 1 ? 'differ' : kind}`];
  });
  return parts.join(', ');
}

function side(name: 'expected' | 'actual', call: TrajectoryCall | undefined): { [name]?: Json } {
  return call?.args === undefined ? {} : { [name]: call.args };
}

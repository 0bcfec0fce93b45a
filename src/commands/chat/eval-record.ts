import { existsSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { takeTurns } from '../../core/turns.ts';
import type { Baseline } from '../../evals/baseline.ts';
import type { CaseResult } from '../../evals/report.ts';
import type { EvalStore } from '../../store/evals.ts';
import type { EvalLast, EvalView } from '../../ui/eval-desk.ts';
import { parseBaseline } from '../eval/baseline-file.ts';
import type { SuiteCase } from '../eval/choose.ts';
import { lastOf } from './eval-view.ts';

/** A baseline with where it stands. */
export interface FoundBaseline {
  /** Absolute. */
  readonly file: string;
  readonly baseline: Baseline;
  readonly facts: NonNullable<EvalView['baseline']>;
}

/**
 * The baseline of an app: `evals/<app>/baseline.json`, else what `evals/baseline.json` says of it.
 * @throws HarnessError `invalid-files` when a file of that name is none
 */
export function findBaseline({ app }: SuiteCase): FoundBaseline | undefined {
  const { root, name } = app;
  const files = [join(root, 'evals', basename(app.dir), 'baseline.json'), join(root, 'evals', 'baseline.json')];
  for (const file of files) {
    if (!existsSync(file)) continue;
    const baseline = parseBaseline(relative(process.cwd(), file));
    const own = Object.entries(baseline.cases).flatMap(([key, each]) => (key.startsWith(`${name}/`) ? [each] : []));
    if (own.length === 0) continue;
    const passed = own.filter(({ outcome }) => outcome === 'passed').length;
    const shown = relative(root, file).split(sep).join('/');
    return { file, baseline, facts: { file: shown, passed, cases: own.length } };
  }
  return undefined;
}

/** What came of cases when they last ran. */
export async function readLast(
  store: EvalStore,
  cases: ReadonlyMap<string, SuiteCase>,
  baseline: Baseline | undefined,
): Promise<Map<string, EvalLast>> {
  const last = new Map<string, EvalLast>();
  const [first] = cases.values();
  const turn = takeTurns();
  for (const { run, key, before, startedAt } of first ? store.lastRuns(first.app.name) : []) {
    const chosen = cases.get(key);
    const text = chosen && store.resultOf(run);
    if (!chosen || text === undefined) continue;
    last.set(key, lastOf(chosen, JSON.parse(text) as CaseResult, { at: startedAt, baseline, before }));
    await turn();
  }
  return last;
}

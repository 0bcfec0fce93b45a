import { join } from 'node:path';
import { HarnessError } from '../../core/errors.ts';
import type { CaseResult } from '../../evals/report.ts';
import type { EvalStore } from '../../store/evals.ts';
import { note } from '../console.ts';
import type { Choice } from './choose.ts';
import type { EvalOptions } from './options.ts';
import type { Mode } from './players.ts';

/** Where a project keeps what came of its eval cases. */
export function storeFile(root: string): string {
  return join(root, '.harness', 'evals.db');
}

/** A suite is only continued in the way in which it began. */
export function wayOf(mode: Mode, { repeat }: EvalOptions): string {
  return repeat === undefined ? mode : `${mode}, --repeat ${repeat}`;
}

/** A suite that begins, or goes on. */
export interface Begun {
  readonly suite: string;
  readonly startedAt: string;
  /** Results of an earlier process that hold. */
  readonly kept: readonly CaseResult[];
}

/** A new suite; it is stored before its first case runs. */
export function begin(store: EvalStore, mode: string): Begun {
  const now = new Date();
  const suite = `e-${now.getTime().toString(36)}${process.pid.toString(36)}`;
  const startedAt = now.toISOString();
  store.begin({ suite, startedAt, mode, finished: false });
  return { suite, startedAt, kept: [] };
}

/** Goes on with the latest suite: what it has judged holds while neither the case nor its app has changed. */
export function goOn(choice: Choice, store: EvalStore, mode: string): Begun {
  const latest = store.latest();
  if (!latest) throw nothingToResume('no suite has run here yet');
  if (latest.finished) throw nothingToResume(`the last suite, of ${latest.startedAt}, has finished`);
  if (latest.mode !== mode) throw nothingToResume(`the last suite ran ${latest.mode}, this one would run ${mode}`);
  const digests = new Map(choice.cases.map(({ key, digest }) => [key, digest]));
  const kept = store
    .results(latest.suite)
    .filter(({ key, digest, outcome }) => outcome !== 'error' && digests.get(key) === digest)
    .map(({ result }) => JSON.parse(result) as CaseResult);
  note(`${kept.length} of ${choice.cases.length} cases have run already`);
  return { suite: latest.suite, startedAt: latest.startedAt, kept };
}

export function nothingToResume(why: string): HarnessError {
  return new HarnessError('invalid-usage', `there is nothing to resume: ${why}`);
}

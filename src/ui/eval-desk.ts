import type { Event } from '../core/event.ts';

/** The app's eval cases, for the page that shows and runs them. */
export interface EvalCases {
  /**
   * Reads the cases and what came of them last, and again when files change. Wrong files are part of what there is to see.
   * @param changed told of news
   */
  open(changed: () => void): Promise<EvalDesk>;
  /** Waits until nothing of what was opened is at work any more; what is still open is stopped. */
  close(): Promise<void>;
}

export interface EvalDesk {
  /** What there is to see now. */
  view(): EvalView;
  /** Everything about the last run of a case; undefined where it has not run. */
  trials(key: string): readonly EvalTrial[] | undefined;
  /** Reads the files again and runs cases, unless some are at work. Those that cannot be played are left out, and named. */
  run(keys: readonly string[], live: boolean): void;
  /** Stops in good order: trials that are at work come to their end. */
  stop(): void;
  /** What is wrong has been read. */
  dismiss(): void;
  /** Whether cases run again when their files change. */
  watch(on: boolean): void;
  close(): void;
}

export interface EvalView {
  /** In the order of the files. A new list after the files were read anew. */
  readonly cases: readonly EvalCaseFacts[];
  /** By the case's key. Grows and changes while cases run. */
  readonly last: ReadonlyMap<string, EvalLast>;
  /** Wrong files, with the lines in question, and what else kept cases from running: plain lines, safe to print. */
  readonly problems: readonly string[];
  /** What cases are compared with. */
  readonly baseline: { readonly file: string; readonly passed: number; readonly cases: number } | undefined;
  readonly running: EvalRunning | undefined;
  /** How the last run of this page ended. */
  readonly ended: EvalEnded | undefined;
  readonly watching: boolean;
  /** Another number whenever the order of cases may be another one. */
  readonly edition: number;
}

/** What is written about a case. */
export interface EvalCaseFacts {
  /** `app/id`. */
  readonly key: string;
  readonly id: string;
  /** Path from the project's folder. */
  readonly file: string;
  /** The same from the root of the file system. */
  readonly path: string;
  readonly line: number;
  readonly tags: readonly string[];
  readonly description: string;
  readonly input: string;
  /** What plays it offline; `model` where nothing does. */
  readonly plays: 'script' | 'cassette' | 'model';
  /** How calls are compared; undefined where none are expected. */
  readonly mode: string | undefined;
  readonly trials: number;
}

export type EvalOutcome = 'passed' | 'failed' | 'error' | 'budget';

/** How a case stands against the baseline, or where there is none against its run before. */
export type EvalStanding = 'regressed' | 'fixed' | 'known' | 'flaky' | 'added';

/** What came of a case when it last ran. */
export interface EvalLast {
  readonly outcome: EvalOutcome;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** Of each trial. */
  readonly trials: readonly EvalOutcome[];
  /** Whether the calls of all trials were as expected; undefined where they were not looked at. */
  readonly trajectory: boolean | undefined;
  readonly planned: EvalShare | undefined;
  readonly executed: EvalShare | undefined;
  /** US dollars; null when a price is unknown. */
  readonly costUsd: number | null;
  readonly tokens: number;
  readonly seconds: number;
  readonly standing: EvalStanding | undefined;
  /** The case, or its app, has changed since. */
  readonly stale: boolean;
  /** A case that does not gate fails no suite. */
  readonly gate: boolean;
}

/** How many of the expected actions there were, in the trial that had the fewest. */
export interface EvalShare {
  readonly met: number;
  readonly wanted: number;
  readonly pass: boolean;
}

export interface EvalRunning {
  readonly live: boolean;
  readonly cases: number;
  readonly done: number;
  readonly failed: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly stopping: boolean;
  /** By key of a case that has not ended: its trials, as far as they have begun. */
  readonly trials: ReadonlyMap<string, readonly EvalMark[]>;
}

/** How far a trial is; undefined before it has begun. */
export type EvalMark = EvalOutcome | 'running' | undefined;

export interface EvalEnded {
  /** `3 passed, 1 failed`. */
  readonly totals: string;
  readonly seconds: number;
  readonly stopped: boolean;
  /** What `harness eval` would have ended with. */
  readonly exit: number;
  /** Cases that could not be played offline. */
  readonly leftOut: number;
}

/** One trial in full. All texts may come from models and files. */
export interface EvalTrial {
  readonly number: number;
  readonly outcome: EvalOutcome;
  /** Why it could not be judged, or which limit ended it. */
  readonly error: string | undefined;
  readonly answer: string;
  readonly seconds: number;
  readonly costUsd: number | null;
  readonly tokens: number;
  readonly calls: readonly string[];
  /** Expected calls beside those that were made; undefined where none were expected. */
  readonly trajectory: readonly EvalPair[] | undefined;
  /** What did not hold. */
  readonly failed: readonly EvalFailure[];
  /** How many checks held. */
  readonly held: number;
  /** The trace; empty where it was not kept. */
  readonly events: readonly Event[];
}

/** An expected call beside the one that was made; one of them may be missing. */
export interface EvalPair {
  readonly expected: string | undefined;
  readonly actual: string | undefined;
  readonly state: 'same' | 'missing' | 'unexpected' | 'differs' | 'moved' | 'other';
}

export interface EvalFailure {
  readonly name: string;
  /** Where it is written, `evals/app/case.yaml:41`; empty for what holds for every run. */
  readonly place: string;
  readonly message: string;
  /** Safe to print. */
  readonly diff: readonly EvalDiffLine[];
  /** The same with whole values. */
  readonly whole: readonly EvalDiffLine[];
}

export interface EvalDiffLine {
  readonly depth: number;
  readonly tone: 'missing' | 'unexpected' | 'moved' | 'differs' | 'path' | 'expected' | 'actual';
  readonly text: string;
}

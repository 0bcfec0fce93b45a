import type { Event } from '../core/event.ts';
import type { Json } from '../core/json.ts';

/**
 * What came of eval cases: what reporters show, what is stored, and what `--json` prints. All of it is JSON.
 * `schemas/eval-report.schema.json` describes it for readers of the file.
 */
export interface SuiteReport {
  readonly format: 1;
  /** Version of Harness. */
  readonly harness: string;
  /** Id of the suite run. */
  readonly suite: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly mode: 'offline' | 'live' | 'record';
  readonly totals: Totals;
  readonly cases: readonly CaseResult[];
  /** Set with `--baseline`. */
  readonly baseline?: BaselineReport;
  /** Set with `--mutate`. */
  readonly mutation?: MutationReport;
  /** Set with `--shard`: this part of how many. */
  readonly shard?: { readonly index: number; readonly of: number };
  /** Why the suite ended before its last case: a budget of the whole suite, or an interruption. */
  readonly stopped?: string;
  readonly exit: number;
}

export interface Totals {
  readonly cases: number;
  readonly passed: number;
  readonly failed: number;
  /** Cases that could not be judged: the provider, a tool server or the disk failed. Neither passed nor failed. */
  readonly errors: number;
  /** Cases with a trial that was ended by a limit of the case. */
  readonly budget: number;
  /** Cases that were chosen but did not run, since the suite stopped. */
  readonly notRun: number;
  readonly trials: number;
  readonly tokens: number;
  /** US dollars; null when a price is unknown. */
  readonly costUsd: number | null;
}

export type Outcome = 'passed' | 'failed' | 'error' | 'budget';

export interface CaseResult {
  readonly app: string;
  readonly id: string;
  readonly description?: string;
  readonly tags: readonly string[];
  /** Path from the project's folder, with `/`. */
  readonly file: string;
  readonly line: number;
  /** Digest of the case and of all that it runs on; another digest is another case to a baseline and to `--resume`. */
  readonly digest: string;
  /** A failed case that does not gate is reported, and does not fail the suite. */
  readonly gate: boolean;
  readonly outcome: Outcome;
  readonly input: string;
  readonly stats: CaseStats;
  readonly trials: readonly TrialResult[];
}

/** Over the trials that could be judged: errors are left out. */
export interface CaseStats {
  readonly trials: number;
  readonly judged: number;
  readonly passed: number;
  readonly errors: number;
  /** passed / judged; null when no trial could be judged. */
  readonly passRate: number | null;
  /** What the case asks for. */
  readonly wanted: number;
  /** Wilson score interval of the pass rate, 95 %. */
  readonly interval: readonly [number, number] | null;
  /** Unbiased estimates, for k from 1 to `judged`, at k = 1, 2, 4, 8, … and `judged`. */
  readonly passAtK: readonly KEstimate[];
  readonly passHatK: readonly KEstimate[];
}

export interface KEstimate {
  readonly k: number;
  readonly value: number;
}

/** One trial of a case. */
export interface TrialResult {
  /** From 1. */
  readonly trial: number;
  readonly outcome: Outcome;
  /** Everything that was checked, in order; also what passed. */
  readonly checks: readonly CheckResult[];
  /** Why it is an error, or which limit ended it. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly answer: string;
  readonly agents: readonly string[];
  readonly calls: readonly CallSummary[];
  readonly steps: number;
  readonly tokens: number;
  /** US dollars; null when a price is unknown. 0 for scripts and cassettes. */
  readonly costUsd: number | null;
  readonly seconds: number;
  /** The trace. */
  readonly events: readonly Event[];
}

export interface CallSummary {
  readonly agent: string;
  readonly tool: string;
  readonly ok: boolean | null;
}

/** One thing that was checked. */
export interface CheckResult {
  /** `expectedTrajectory`, `executedActions`, `assert[0] contains`, `implicit: plans are valid`, … */
  readonly name: string;
  /** Where it is written in the case; empty for implicit checks. */
  readonly path: readonly (string | number)[];
  readonly pass: boolean;
  /** One sentence. What was wanted and what was found, when it failed; empty when it passed. */
  readonly message: string;
  /** Against the nearest pairing; empty when it passed. */
  readonly diff: readonly DiffEntry[];
}

/** One way in which something is not what was expected. The same in every report. */
export interface DiffEntry {
  readonly kind: 'missing' | 'unexpected' | 'moved' | 'differs';
  /** What it is about: a tool, an action's kind, an agent, a row (`products p-001`), or empty. */
  readonly subject: string;
  /** JSON Pointer inside the subject; for `differs`. */
  readonly path?: string;
  readonly expected?: Json;
  readonly actual?: Json;
  /** Places from 0 in the expected and the actual list. */
  readonly expectedAt?: number;
  readonly actualAt?: number;
}

/** How the cases stand against a baseline. */
export interface BaselineReport {
  readonly file: string;
  readonly blessedAt: string;
  readonly regressed: readonly string[];
  readonly fixed: readonly string[];
  readonly knownFailing: readonly string[];
  readonly flaky: readonly string[];
  readonly added: readonly string[];
  /** In the baseline, and not in this suite. */
  readonly removed: readonly string[];
}

/** What `--mutate` found. */
export interface MutationReport {
  readonly mutants: number;
  readonly killed: number;
  /** killed / mutants; 1 when there were none. */
  readonly score: number;
  readonly wanted: number | null;
  readonly survivors: readonly Survivor[];
}

export interface Survivor {
  readonly app: string;
  readonly id: string;
  /** What was changed: `call storePlan of agent "planner" dropped`. */
  readonly mutant: string;
  /** What to assert so that it is noticed. */
  readonly advice: string;
}

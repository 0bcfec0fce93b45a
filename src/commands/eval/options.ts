import type { ReporterKind } from '../../evals/reporters/reporter.ts';

/** The command line of `harness eval`. */
export interface EvalOptions {
  readonly filter?: string;
  readonly tag?: readonly string[];
  readonly failed?: boolean;
  /** A git reference; true for HEAD. */
  readonly changed?: string | true;
  readonly shard?: Shard;
  readonly list?: boolean;
  readonly json?: boolean;
  readonly report?: readonly ReportTarget[];
  readonly live?: boolean;
  readonly record?: boolean;
  readonly repeat?: number;
  readonly concurrency?: number;
  readonly resume?: boolean;
  readonly watch?: boolean;
  readonly baseline?: string;
  readonly bless?: boolean;
  readonly mutate?: boolean;
  readonly mutationScore?: number;
  readonly maxCost?: number;
  readonly maxTokens?: number;
  readonly maxSeconds?: number;
}

/** Part `index` (from 1) of `of`. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** A report, and the file that it goes to; stdout without one. */
export interface ReportTarget {
  readonly kind: ReporterKind;
  readonly file?: string;
}

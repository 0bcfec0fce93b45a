import type { PatternMaker } from '../core/condition.ts';
import type { Check, CompileSchema } from '../core/ports.ts';
import type { Judge } from './judge.ts';

/** What an evaluation uses from outside. */
export interface EvaluationTools {
  /** Makes tests of regular expressions (RE2). */
  readonly pattern: PatternMaker;
  readonly compile: CompileSchema;
  /** The check of each plan schema of the app, by name. */
  readonly planChecks: ReadonlyMap<string, Check>;
  /** The absolute path of a file that a `javascript` assertion names. */
  module(file: string): string;
  /** Absent where no model may be asked and no verdicts were recorded. */
  readonly judge?: Judge;
}

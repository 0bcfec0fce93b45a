import type { Event } from '../core/event.ts';
import type { RowChange } from '../core/row-change.ts';
import type { Failure } from '../core/step.ts';

/** One trial of a case as it ended: what assertions are computed from. */
export interface Trial {
  readonly status: 'done' | 'failed' | 'budget' | 'interrupted' | 'paused';
  readonly answer: string;
  readonly error?: Failure;
  readonly events: readonly Event[];
  /** Rows of the target database that differ from before the run, ordered by table and key. */
  readonly changes: readonly RowChange[];
  /** Sentences about script steps that were not used. */
  readonly leftover: readonly string[];
  readonly usage: TrialUsage;
}

export interface TrialUsage {
  readonly steps: number;
  readonly tokens: number;
  /** US dollars; null when a price is unknown. */
  readonly costUsd: number | null;
  readonly seconds: number;
}

import { HarnessError } from './errors.ts';
import type { Used } from './step.ts';

/**
 * How a provider failed. The first five pass: the same step may work a little later. `refused`: it does not accept
 * the key or the request. `spending_limit`: nothing works before somebody pays. `bad_answer`: what came was no
 * answer in its format.
 */
export type FaultKind =
  | 'overloaded'
  | 'rate_limited'
  | 'server_error'
  | 'connection_lost'
  | 'timeout'
  | 'bad_answer'
  | 'refused'
  | 'spending_limit';

/** A provider that could not take a step, after all tries. */
export class ProviderFault extends HarnessError {
  readonly fault: FaultKind;
  /** What the last try took, where the provider told it. */
  readonly used: Used | undefined;

  constructor(
    fault: FaultKind,
    message: string,
    more: { hint?: string; cause?: unknown; used?: Used | undefined } = {},
  ) {
    super('provider-fault', message, more);
    this.fault = fault;
    this.used = more.used;
  }
}

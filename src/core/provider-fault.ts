import { HarnessError } from './errors.ts';

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

  constructor(fault: FaultKind, message: string, more: { hint?: string; cause?: unknown } = {}) {
    super('provider-fault', message, more);
    this.fault = fault;
  }
}

import type { ApprovalRow } from '../core/ports.ts';
import type { RunEnd } from './controller.ts';

/** What can be done with the chat's own session, besides sending prompts. */
export interface SessionDesk {
  /** The models of the app. */
  models(): readonly ModelChoice[];
  /** A script takes their place. */
  readonly scripted: boolean;
  /** From the next prompt on an agent has this model, in this chat. @throws HarnessError */
  setModel(agent: string, model: string): Promise<void>;
  /**
   * Compacts what was said to an agent, as a run of its own.
   * @returns undefined where there is nothing to compact. @throws HarnessError while a run is at work
   */
  compact(agent: string): Promise<RunEnd> | undefined;
  /**
   * What an approval allowed for the rest of its session is asked about again, from the next call on.
   * @throws HarnessError where it allows nothing, or nothing any more
   */
  revoke(approval: Pick<ApprovalRow, 'approval' | 'runId'>): void;
  /** What somebody who helps has to know: names with their values, without secrets. */
  about(): readonly (readonly [string, string])[];
}

export interface ModelChoice {
  /** Its name in the app, and the provider's for it. */
  readonly name: string;
  readonly id: string;
  readonly provider: string;
}

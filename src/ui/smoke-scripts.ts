import type { Tone } from './items.ts';

/** The app's smoke scripts. */
export interface SmokeScripts {
  /**
   * Runs scripts one after another, in throw-away workspaces; one call at a time.
   * @param words names or files of scripts; all without any
   * @param said told what came of each script, and last of all; also what is wrong with the files. Safe to print.
   * @returns false where scripts are at work already
   */
  run(words: readonly string[], said: (text: string, tone: Tone) => void): boolean;
  /** Stops what is at work in good order. @returns false where nothing is */
  stop(): boolean;
  /** Waits until nothing is at work any more; what still is is stopped. */
  close(): Promise<void>;
}

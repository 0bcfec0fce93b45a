import type { Approver, Clock, Dispatcher, Ids, Interpreter } from '../core/ports.ts';
import type { Progress } from '../data/catalog/refresh.ts';
import type { Limits } from '../generated/config.ts';
import type { InterpreterInputs, InterpreterKind } from '../interpreters/registry.ts';
import type { Environment } from './keys.ts';
import type { PreparedApp } from './prepare.ts';
import type { Workspace } from './workspace.ts';

/** What produces the steps of a runtime's agents. */
export type InterpreterChoice<K extends InterpreterKind = InterpreterKind> = {
  readonly [P in K]: { readonly kind: P; readonly input: InterpreterInputs[P] };
}[K];

export interface RuntimeOptions {
  /** Default: the app's default workspace. */
  readonly workspace?: string;
  /** A workspace that the caller has opened, and closes. Default: opened here, and closed with the runtime. */
  readonly held?: Workspace;
  /** Leave nothing behind: no state on disk, a target database of its own, ids that count. */
  readonly throwAway?: boolean;
  /** Of a throw-away workspace: tell which rows of the target database change. */
  readonly trackRows?: boolean;
  /** A kind with what it is made from, or an interpreter of your own. */
  readonly interpreter: InterpreterChoice | Interpreter;
  /** What a run may use; holds before what the app says of a run and a session. */
  readonly budget?: Limits;
  /** Id of a session to go on with. Default: one begins. */
  readonly session?: string;
  /** Id of the session that begins. Default: a new one. */
  readonly newSession?: string;
  /** Id of a run: a session that begins takes over the conversation up to its end. */
  readonly fork?: string;
  /** Id of a run that `resume` is going to be asked for; its session is gone on with. */
  readonly resume?: string;
  /** What was prepared of the same app before. */
  readonly prepared?: PreparedApp;
  /** Default: as the app's `unattended` says. */
  readonly approver?: Approver;
  /** Default: the app's. */
  readonly dispatcher?: Dispatcher;
  /** What the process is doing, for others that wait for the workspace. */
  readonly command?: string;
  /** Where the app's secrets are looked up, besides `.env`. Default: the process's. */
  readonly env?: Environment;
  readonly clock?: Clock;
  readonly ids?: Ids;
  onWait?(holder: string): void;
  /** Told how far the work on the workspace's catalog has come. */
  onCatalog?(progress: Progress): void;
}

/** What a process ends with. See the table of exit codes in docs/cli.md. */
export const exits = {
  ok: 0,
  failed: 1,
  invalid: 2,
  infrastructure: 3,
  budget: 4,
  approval: 5,
  interrupted: 130,
} as const;

/** Every way Harness gives up, and the exit code it gives up with. */
const codes = {
  'run-failed': exits.failed,
  'script-exhausted': exits.failed,
  'script-leftover': exits.failed,
  'stale-cassette': exits.failed,
  'provider-fault': exits.infrastructure,
  'invalid-files': exits.invalid,
  'invalid-seed': exits.invalid,
  'invalid-usage': exits.invalid,
  'no-judge': exits.infrastructure,
  'unknown-name': exits.invalid,
  'not-resumable': exits.invalid,
  'invalid-decision': exits.invalid,
  'missing-keys': exits.invalid,
  'unknown-price': exits.invalid,
  'newer-format': exits.invalid,
  'newer-state': exits.invalid,
  'unsafe-path': exits.invalid,
  'store-conflict': exits.infrastructure,
  'store-unavailable': exits.infrastructure,
  'workspace-busy': exits.infrastructure,
  'disk-unavailable': exits.infrastructure,
  'step-limit': exits.budget,
  'budget-reached': exits.budget,
  'approval-needed': exits.approval,
  interrupted: exits.interrupted,
} as const;

export type ErrorCode = keyof typeof codes;
export type ExitCode = (typeof exits)[keyof typeof exits];

/** One thing that is wrong with what a person or a model wrote. */
export interface Problem {
  /** Kebab-case and stable: `unknown-key`, `missing-key`, `wrong-type`, … */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  /** One sentence without a full stop, naming the offending thing. */
  readonly message: string;
  /** JSON Pointer into the checked value. */
  readonly pointer: string;
  /** What to do about it: `did you mean "prompt"?`. */
  readonly hint?: string;
  /** Where a reader finds it; absent when the value came from a model and not from a file. */
  readonly place?: Place;
}

/** A range on one line of a file. Lines and columns count from 1; `endColumn` is exclusive. */
export interface Place {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
  /** The text of that line. */
  readonly source: string;
}

/** The one error that ends a command or a run. Its message is for people: no stack is ever shown. */
export class HarnessError extends Error {
  override readonly name = 'HarnessError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly problems: readonly Problem[];

  constructor(
    code: ErrorCode,
    message: string,
    more: { hint?: string; problems?: readonly Problem[]; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.hint = more.hint;
    this.problems = more.problems ?? [];
  }

  get exit(): ExitCode {
    return codes[this.code];
  }
}

/**
 * A tool, a plan or an action could not do what was asked. Thrown by toolkits and dispatchers and turned into
 * a result for the model: it never ends the run.
 */
export class ToolFailure extends Error {
  override readonly name = 'ToolFailure';
  readonly code: string;
  readonly problems: readonly Problem[];

  constructor(code: string, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.code = code;
    this.problems = problems;
  }
}

/** What is said where another build has replaced the program. */
export const replacedMessage = 'Harness was updated while it ran; start it again';

/** Whether a part of the program is gone that had not been loaded yet: another build has taken its place. */
export function isReplaced(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  // The names that the build gives to such parts; an app's own modules have others.
  return /^Cannot find module '[^']*[\\/]chunks[\\/][^'\\/]+-[A-Z0-9]{8}\.js'/.test(thrown.message);
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  if (isReplaced(thrown)) return replacedMessage;
  return thrown instanceof Error ? thrown.message : String(thrown);
}

import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { longestAnswer } from './applied.ts';

/** A program that is run once. */
export interface Program {
  /** Itself, and its arguments. */
  readonly words: readonly string[];
  readonly folder: string;
  /** Variables that it gets besides the usual ones. */
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** How a program ended. */
export type Ended =
  | { readonly notStarted: string }
  | { readonly late: true }
  | {
      /** Null when a signal ended it. */
      readonly code: number | null;
      readonly signal: string | null;
      /** Undefined when it was too long. */
      readonly stdout: string | undefined;
      /** The last line that says anything. */
      readonly stderr: string;
    };

/** Variables that a program cannot well do without. All others of ours may be keys. */
const usual = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SystemRoot', 'PATHEXT'];

/** How long a program has to end in good order, and its output to arrive after it has ended. */
const graceMs = 2000;

/** Runs a program without a shell, with a value as JSON on its standard input. Never throws. */
export function runProgram({ words, folder, variables, timeoutMs }: Program, input: Json): Promise<Ended> {
  const [file = '', ...args] = words;
  const known = usual.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  const env = { ...Object.fromEntries(known), ...variables };
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      // In a group of its own: Ctrl-C in the terminal is not for it, since an action that has begun comes to its end.
      child = spawn(file, args, { cwd: folder, env, stdio: 'pipe', detached: true });
    } catch (thrown) {
      resolve({ notStarted: messageOf(thrown) });
      return;
    }
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    let late = false;
    const timers = [
      setTimeout(() => {
        late = true;
        end(child, 'SIGTERM');
      }, timeoutMs),
      setTimeout(() => end(child, 'SIGKILL'), timeoutMs + graceMs),
    ];
    const settle = (ended: Ended) => {
      for (const timer of timers) clearTimeout(timer);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(ended);
    };
    const finish = (code: number | null, signal: string | null) =>
      settle(late ? { late: true } : { code, signal, stdout: stdout.text(), stderr: lastLine(stderr.text() ?? '') });
    child.on('error', (thrown) => settle({ notStarted: messageOf(thrown) }));
    // Whatever it started may keep its output open.
    child.on('exit', (code, signal) => timers.push(setTimeout(() => finish(code, signal), graceMs)));
    child.on('close', finish);
    // A program that does not read its input may have ended before it is written.
    child.stdin?.on('error', () => undefined).end(`${JSON.stringify(input)}\n`);
  });
}

/** Ends a program with everything that it started. */
function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

/** Keeps what a program writes, as long as that is not too much. */
function collect(stream: NodeJS.ReadableStream | null): { text(): string | undefined } {
  let text = '';
  let whole = true;
  stream?.setEncoding('utf8').on('data', (piece: string) => {
    if (whole) text += piece;
    whole = text.length <= longestAnswer;
  });
  return { text: () => (whole ? text : undefined) };
}

const longestLine = 300;

function lastLine(text: string): string {
  const line = text.trimEnd().split('\n').at(-1)?.trim() ?? '';
  return line.length > longestLine ? `${line.slice(0, longestLine - 1)}…` : line;
}

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { guardMs } from '../../src/ui/guard.ts';
import { cliFile } from '../commands/cli.ts';

/** Why a terminal of one's own cannot be made here; false when it can. */
export const noPty = spawnSync('script', ['--version']).status === 0 ? false : 'script of util-linux is not installed';

/** A `harness` in a terminal that shows nothing itself: everything that is written to it is kept as it was. */
export interface Pty {
  type(keys: string | Uint8Array): void;
  /** Waits until something is written after the place `from`. @returns the place behind it */
  saw(wanted: string | RegExp, from?: number): Promise<number>;
  /** Types a key that answers a question, again where it came too soon to count. @returns the place behind what comes of it */
  answer(key: string, wanted: string | RegExp): Promise<number>;
  /** Waits until the bell has been rung so often, from the beginning. @returns how often it was */
  rang(times: number): Promise<number>;
  /** All that has been written, with its escape sequences. */
  text(): string;
  resize(size: Size): void;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface PtyOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Without, the terminal does not know its size. */
  readonly size?: Size;
  /** Told what is written, as it comes. */
  readonly heard?: (text: string) => void;
}

/** So long something may take on a busy machine. Milliseconds. */
const patience = 90_000;

/** So long a key may take to do something before it is typed again. Milliseconds. */
const pressAgainMs = 3000;

export function pty(t: Test, words: readonly string[], { cwd, env = {}, size, heard }: PtyOptions): Pty {
  const quoted = [process.execPath, cliFile, ...words].map((word) => `'${word}'`).join(' ');
  const stty = size ? `stty cols ${size.columns} rows ${size.rows}; ` : '';
  const child = spawn('script', ['-qefc', `${stty}exec ${quoted}`, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, SHELL: '/bin/sh', TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env },
  });
  t.teardown(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (data) => {
    text += data;
    heard?.(data);
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const find = (wanted: string | RegExp, from: number): number | undefined => {
    const rest = text.slice(from);
    const at = typeof wanted === 'string' ? rest.indexOf(wanted) : rest.search(wanted);
    return at === -1 ? undefined : from + at + 1;
  };
  const soon = async <T>(look: () => T | undefined, ms: number): Promise<T | undefined> => {
    for (const end = performance.now() + ms; ; await sleep(20)) {
      const found = look();
      if (found !== undefined || performance.now() > end || child.exitCode !== null) return found;
    }
  };
  const saw = async (wanted: string | RegExp, from = 0) => {
    const place = (await soon(() => find(wanted, from), patience)) ?? find(wanted, from);
    if (place !== undefined) return place;
    throw new Error(`it never wrote ${wanted}: ${JSON.stringify(text.slice(from).slice(-3000))}`);
  };
  const bells = () => text.split('\u0007').length - 1;
  return {
    type: (keys) => void child.stdin.write(keys),
    saw,
    answer: async (key, wanted) => {
      const from = text.length;
      for (const end = performance.now() + patience; performance.now() < end; ) {
        await sleep(guardMs + 150);
        child.stdin.write(key);
        const place = await soon(() => find(wanted, from), pressAgainMs);
        if (place !== undefined) return place;
        // What came before the question was there stands in the line.
        child.stdin.write('\u0015');
      }
      return saw(wanted, from);
    },
    rang: async (times) => {
      await soon(() => (bells() >= times ? true : undefined), patience);
      return bells();
    },
    text: () => text,
    resize: ({ columns, rows }) => {
      const [inner = ''] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
      execFileSync('stty', ['-F', `/proc/${inner}/fd/0`, 'cols', `${columns}`, 'rows', `${rows}`]);
    },
    ended,
  };
}

import { spawn, spawnSync } from 'node:child_process';
import type { Test } from 'tap';
import { cliFile } from '../commands/cli.ts';

/** Why a terminal of one's own cannot be made here; false when it can. */
export const noPty = spawnSync('script', ['--version']).status === 0 ? false : 'script of util-linux is not installed';

/** A `harness` in a terminal that shows nothing itself: everything that is written to it is kept as it was. */
export interface Pty {
  type(keys: string | Uint8Array): void;
  /** Waits until something is written after the place `from`. @returns the place behind it */
  saw(wanted: string | RegExp, from?: number): Promise<number>;
  /** All that has been written, with its escape sequences. */
  text(): string;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

export interface PtyOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Without, the terminal does not know its size. */
  readonly size?: { readonly columns: number; readonly rows: number };
}

/** So long something may take on a busy machine. Milliseconds. */
const patience = 20_000;

export function pty(t: Test, words: readonly string[], { cwd, env = {}, size }: PtyOptions): Pty {
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
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const find = (wanted: string | RegExp, from: number): number | undefined => {
    const rest = text.slice(from);
    const at = typeof wanted === 'string' ? rest.indexOf(wanted) : rest.search(wanted);
    return at === -1 ? undefined : from + at + 1;
  };
  return {
    type: (keys) => void child.stdin.write(keys),
    saw: (wanted, from = 0) =>
      new Promise((resolve, reject) => {
        const stop = () => {
          clearTimeout(timer);
          child.stdout.off('data', look);
          child.off('close', missed);
        };
        const look = () => {
          const place = find(wanted, from);
          if (place === undefined) return;
          stop();
          resolve(place);
        };
        const missed = () => {
          stop();
          reject(new Error(`it never wrote ${wanted}: ${JSON.stringify(text.slice(from).slice(-3000))}`));
        };
        const timer = setTimeout(missed, patience);
        child.stdout.on('data', look);
        child.on('close', missed);
        look();
      }),
    text: () => text,
    ended,
  };
}

import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { guardMs } from '../../src/ui/guard.ts';
import { cliFile } from '../commands/cli.ts';

/** Why tests in a terminal cannot run here; false when they can. */
export const noTmux = spawnSync('tmux', ['-V']).status === 0 ? false : 'tmux is not installed';

/** A terminal with a shell in it, whose `harness` is ours. */
export interface Terminal {
  /** Sends text as it is, in one write with what follows. */
  type(text: string): Promise<void>;
  /** Sends keys by tmux's names for them: `Enter`, `C-c`, `M-Up`. */
  key(...names: readonly string[]): Promise<void>;
  /** Pastes with the marks of a bracketed paste. */
  paste(text: string): Promise<void>;
  /** Waits until the screen and what has scrolled off it hold a text. @returns both */
  saw(text: string | RegExp): Promise<string>;
  /** Waits until the screen and what has scrolled off it hold a text exactly once. @returns both */
  sawOnce(text: string): Promise<string>;
  /**
   * Presses a key that answers a question, and waits for what comes of it. A key that reaches the question too soon
   * after it was drawn does not count: it is pressed again.
   */
  answer(key: string, seen: string | RegExp): Promise<string>;
  /** Presses keys, again where nothing came of them, until the screen itself holds a text. */
  until(text: string | RegExp, ...names: readonly string[]): Promise<string>;
  /** Waits until they do not. */
  lost(text: string): Promise<string>;
  screen(): Promise<string>;
  /** The screen and all that has scrolled off it. */
  all(): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** One size soon after the other, as when a person drags the corner of a window. */
  storm(sizes: readonly (readonly [columns: number, rows: number])[]): Promise<void>;
  /** A figure of tmux, such as `cursor_flag`. */
  flag(name: string): Promise<string>;
}

export interface TerminalOptions {
  readonly cwd: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** So long something may take on a busy machine. Milliseconds. */
const patience = 90_000;

/** Stands on the screen as long as a question does, where there is room. */
const asks = 'esc later';

/** A question that was drawn takes a key by then, as a rule. Milliseconds. */
const readMs = guardMs + 150;

/** Between the sizes of a storm: long enough for a program to draw, and no longer. */
const stormMs = 150;

/** So long a key may take to do something before it is pressed again. Milliseconds. */
const pressAgainMs = 3000;

let count = 0;

export async function terminal(t: Test, options: TerminalOptions): Promise<Terminal> {
  const { cwd, columns = 100, rows = 30, env = {} } = options;
  // The path of a socket has to be short.
  const place = mkdtempSync(join(tmpdir(), 'tmux-'));
  const start = join(cwd, `.shell-${++count}`);
  const variables = Object.entries(env).map(([name, value]) => `export ${name}='${value}'`);
  const harness = `harness() { '${process.execPath}' '${cliFile}' "$@"; }`;
  writeFileSync(start, ["PS1='$ '", 'unset HISTFILE', ...variables, harness, ''].join('\n'));
  // Nothing of the terminal and the settings of who runs the tests.
  const clean = { PATH: process.env.PATH, HOME: cwd, LANG: 'C.UTF-8', SHELL: '/bin/sh', TERM: 'xterm-256color' };
  const tmux = (...args: readonly string[]) =>
    new Promise<string>((resolve, reject) => {
      const all = ['-S', join(place, 'socket'), '-f', '/dev/null', '-u', ...args];
      execFile('tmux', all, { cwd: place, env: clean, maxBuffer: 1e8 }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
    });
  const shell = `exec bash --noprofile --rcfile '${start}'`;
  await tmux('new-session', '-d', '-s', 'm', '-x', `${columns}`, '-y', `${rows}`, '-c', cwd, shell);
  const pid = Number(await tmux('display-message', '-p', '-t', 'm', '#{pane_pid}'));
  t.teardown(async () => {
    await tmux('kill-server');
    // Nothing may be written to the test's folder any more when it is removed.
    for (let tries = 0; isThere(pid) && tries < 500; tries++) await sleep(20);
    rmSync(place, { recursive: true, force: true });
  });
  const all = () => tmux('capture-pane', '-p', '-t', 'm', '-S', '-');
  const screen = () => tmux('capture-pane', '-p', '-t', 'm');
  const looked = async (look: () => Promise<string>, holds: (text: string) => boolean, ms: number) => {
    const end = performance.now() + ms;
    for (;;) {
      const text = await look();
      const held = holds(text);
      if (held || performance.now() > end) return { text, held };
      await sleep(30);
    }
  };
  const until = async (holds: (text: string) => boolean, what: string): Promise<string> => {
    const { text, held } = await looked(all, holds, patience);
    if (held) return text;
    throw new Error(`${what}:\n${text.trimEnd()}`);
  };
  const has = (text: string, wanted: string | RegExp) =>
    typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
  const key = async (...names: readonly string[]) => void (await tmux('send-keys', '-t', 'm', ...names));
  /** @param waitMs before the keys are pressed @param holds whether they may be pressed */
  const pressed = async (
    look: () => Promise<string>,
    names: readonly string[],
    seen: string | RegExp,
    waitMs: number,
    holds: () => Promise<boolean> = async () => true,
  ) => {
    const isSeen = (text: string) => has(text, seen);
    const end = performance.now() + patience;
    let shown = await looked(look, isSeen, waitMs);
    let times = 0;
    while (!shown.held && performance.now() < end) {
      if (await holds()) await key(...names);
      times += 1;
      shown = await looked(look, isSeen, pressAgainMs);
    }
    // A key that came before the question was there stands in the line.
    if (times > 1) await key('C-u');
    if (shown.held) return shown.text;
    throw new Error(`never saw ${seen} after ${names}:\n${shown.text.trimEnd()}`);
  };
  const resize = async (wide: number, high: number) =>
    void (await tmux('resize-window', '-t', 'm', '-x', `${wide}`, '-y', `${high}`));
  await until((text) => text.includes('$'), 'no shell');
  return {
    type: async (text) => void (await tmux('send-keys', '-t', 'm', '-l', text)),
    key,
    paste: async (text) => {
      writeFileSync(`${start}-paste`, text);
      await tmux('load-buffer', `${start}-paste`);
      await tmux('paste-buffer', '-p', '-t', 'm');
    },
    saw: (text) => until((shown) => has(shown, text), `never saw ${text}`),
    sawOnce: (text) => until((shown) => shown.split(text).length === 2, `not once: ${text}`),
    answer: async (name, seen) => {
      const isAsked = async () => (await screen()).includes(asks);
      return pressed(all, [name], seen, readMs, (await isAsked()) ? isAsked : undefined);
    },
    until: (text, ...names) => pressed(screen, names, text, 0),
    lost: (text) => until((shown) => !has(shown, text), `still there: ${text}`),
    screen,
    all,
    resize,
    storm: async (sizes) => {
      for (const [columns, rows] of sizes) {
        await resize(columns, rows);
        await sleep(stormMs);
      }
    },
    flag: async (name) => (await tmux('display-message', '-p', '-t', 'm', `#{${name}}`)).trim(),
  };
}

/** A zombie is not: it waits for whoever adopted it. */
function isThere(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' });
  return /^[^Z]/.test(stdout.trim());
}

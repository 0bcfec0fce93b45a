import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
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
  /** Waits until they do not. */
  lost(text: string): Promise<string>;
  screen(): Promise<string>;
  /** The screen and all that has scrolled off it. */
  all(): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** A figure of tmux, such as `cursor_flag`. */
  flag(name: string): Promise<string>;
  /** Id of the shell's process. */
  readonly shell: number;
}

export interface TerminalOptions {
  readonly cwd: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** So long something may take on a busy machine. Milliseconds. */
const patience = 12_000;

let count = 0;

export async function terminal(t: Test, options: TerminalOptions): Promise<Terminal> {
  const { cwd, columns = 100, rows = 30, env = {} } = options;
  const socket = `harness-test-${process.pid}-${++count}`;
  const start = join(cwd, `.shell-${count}`);
  const variables = Object.entries({ HOME: cwd, ...env }).map(([name, value]) => `export ${name}='${value}'`);
  const harness = `harness() { '${process.execPath}' '${cliFile}' "$@"; }`;
  writeFileSync(start, ["PS1='$ '", 'unset CI NO_COLOR ANTHROPIC_API_KEY', ...variables, harness, ''].join('\n'));
  const tmux = (...args: readonly string[]) =>
    new Promise<string>((resolve, reject) => {
      const all = ['-L', socket, '-f', '/dev/null', '-u', ...args];
      execFile('tmux', all, { cwd, env: { ...process.env, LANG: 'C.UTF-8' }, maxBuffer: 1e8 }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
    });
  const shell = `exec bash --noprofile --rcfile '${start}'`;
  await tmux('new-session', '-d', '-s', 'm', '-x', `${columns}`, '-y', `${rows}`, shell);
  t.teardown(() => tmux('kill-server').catch(() => undefined));
  const all = () => tmux('capture-pane', '-p', '-t', 'm', '-S', '-');
  const until = async (holds: (text: string) => boolean, what: string): Promise<string> => {
    const end = Date.now() + patience;
    for (;;) {
      const text = await all();
      if (holds(text)) return text;
      if (Date.now() > end) throw new Error(`${what}:\n${text.trimEnd()}`);
      await sleep(30);
    }
  };
  const has = (text: string, wanted: string | RegExp) =>
    typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
  await until((text) => text.includes('$'), 'no shell');
  return {
    type: async (text) => void (await tmux('send-keys', '-t', 'm', '-l', text)),
    key: async (...names) => void (await tmux('send-keys', '-t', 'm', ...names)),
    paste: async (text) => {
      writeFileSync(`${start}-paste`, text);
      await tmux('load-buffer', `${start}-paste`);
      await tmux('paste-buffer', '-p', '-t', 'm');
    },
    saw: (text) => until((shown) => has(shown, text), `never saw ${text}`),
    lost: (text) => until((shown) => !has(shown, text), `still there: ${text}`),
    screen: () => tmux('capture-pane', '-p', '-t', 'm'),
    all,
    resize: async (wide, high) => void (await tmux('resize-window', '-t', 'm', '-x', `${wide}`, '-y', `${high}`)),
    flag: async (name) => (await tmux('display-message', '-p', '-t', 'm', `#{${name}}`)).trim(),
    shell: Number(await tmux('display-message', '-p', '-t', 'm', '#{pane_pid}')),
  };
}

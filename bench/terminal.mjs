// A program in a terminal of its own, by `script` of util-linux: what it shows and when, and what it took.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Loaded into the program before anything else: tells at its end what it took, and how long it was deaf. */
const watch = `
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { writeFileSync } = require('node:fs');
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
process.on('SIGUSR2', () => delay.reset());
writeFileSync(process.env.BENCH_PID, String(process.pid));
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const figures = { cpu: (userCPUTime + systemCPUTime) / 1e6, mb: maxRSS / 1024, stall: Math.max(0, delay.max / 1e6 - 5) };
  writeFileSync(process.env.BENCH_FIGURES, JSON.stringify(figures));
});
`;

let count = 0;

/** So long something may take to be shown. Milliseconds. */
const patience = 90_000;

/**
 * Starts a Node program in a terminal of 100 columns and 30 rows.
 * @param folder for files of the measurement @param args of node
 */
export function openTerminal(folder, args, { cwd = folder, env = {} } = {}) {
  const [watchFile, pidFile, figures] = ['watch.cjs', `pid-${++count}`, `figures-${count}`].map((name) =>
    join(folder, name),
  );
  writeFileSync(watchFile, watch);
  const quoted = [process.execPath, '--require', watchFile, ...args].map((word) => `'${word}'`).join(' ');
  const { CI: _, NO_COLOR: __, NODE_OPTIONS: ___, ...inherited } = process.env;
  const began = performance.now();
  const child = spawn('script', ['-qefc', `stty cols 100 rows 30; exec ${quoted}`, '/dev/null'], {
    cwd,
    env: { ...inherited, TERM: 'xterm-256color', SHELL: '/bin/sh', BENCH_PID: pidFile, BENCH_FIGURES: figures, ...env },
  });
  let text = '';
  let bytes = 0;
  const watchers = new Set();
  child.stdout.on('data', (data) => {
    bytes += data.length;
    text += data;
    for (const look of watchers) look();
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise((resolve) => child.on('close', resolve));
  return {
    began,
    type: (keys) => child.stdin.write(keys),
    /** What has been shown, with all escape sequences. */
    text: () => text,
    bytes: () => bytes,
    /** @returns when it showed this, after the place `from` of what it shows; milliseconds */
    saw: (wanted, from = 0) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!text.slice(from).includes(wanted)) return;
          watchers.delete(look);
          resolve(performance.now());
        };
        const missed = () => reject(new Error(`it never showed ${JSON.stringify(wanted)}: ${text.slice(-2000)}`));
        void ended.then(missed);
        setTimeout(missed, patience).unref();
        watchers.add(look);
        look();
      }),
    /** From now on its stalls count. */
    startWatching: () => process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGUSR2'),
    /** @returns CPU seconds, MB and the longest stall in milliseconds */
    async figures() {
      await ended;
      if (!existsSync(figures)) throw new Error(`it ended without figures: ${text.slice(-2000)}`);
      return JSON.parse(readFileSync(figures, 'utf8'));
    },
  };
}

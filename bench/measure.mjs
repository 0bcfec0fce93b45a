// What the benchmarks share: CPU time, medians, and rounds that take turns so that a busy machine is fair to all.
import { spawnSync } from 'node:child_process';

/** CPU milliseconds (user and system) that `work` takes in this process. */
export async function cpu(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** CPU milliseconds of a whole child process, by the operating system's own accounting. */
export function cpuOfProcess(command, args, options = {}) {
  const child = spawnSync(
    '/usr/bin/env',
    ['bash', '-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>/dev/null', 'bash', command, ...args],
    {
      encoding: 'utf8',
      ...options,
    },
  );
  const [user = 'NaN', system = 'NaN'] = child.stderr.trim().split('\n').at(-1)?.split(' ') ?? [];
  return (Number(user) + Number(system)) * 1000;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Runs the contenders in turn, `rounds` times each. @returns the median of each, by name. */
export async function inTurn(contenders, rounds) {
  const figures = new Map(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, measure] of Object.entries(contenders)) {
      const figure = await measure();
      // The first round warms up.
      if (round > 0) figures.get(name)?.push(figure);
    }
  }
  return Object.fromEntries([...figures].map(([name, values]) => [name, median(values)]));
}

export function report(title, rows) {
  console.log(`\n${title}`);
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, ...cells] of rows) console.log(`  ${name.padEnd(width)}  ${cells.join('  ')}`);
}

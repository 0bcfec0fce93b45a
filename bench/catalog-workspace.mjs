// What a catalog that is up to date adds to opening a workspace: apps/music-store, each time in a process of its own.
//   node bench/catalog-workspace.mjs with|without <app folder>
// opens it once, and prints the milliseconds of wall time and of CPU that took.
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadApp, openRuntime } from '../dist/index.js';
import { cpu, inTurn, report } from './measure.mjs';
import { folder } from './sample.mjs';

const self = fileURLToPath(import.meta.url);
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const rounds = 15;
const [, started, variant, dir] = process.argv;
if (started === self) console.log(JSON.stringify(await openOnce(variant, dir)));

export async function measureWorkspace() {
  const app = join(folder, 'music', 'apps', 'music-store');
  cpSync(fileURLToPath(new URL('../apps/music-store', import.meta.url)), app, { recursive: true });
  const index = spawnSync(process.execPath, [cli, 'catalog', 'index', '--app', app], { encoding: 'utf8' });
  if (index.status !== 0) throw new Error(index.stderr);
  const ms = (variant) => () => child(variant, app).ms;
  const cpuMs = (variant) => () => child(variant, app).cpuMs;
  const figures = await inTurn(
    { with: ms('with'), without: ms('without'), withCpu: cpuMs('with'), withoutCpu: cpuMs('without') },
    rounds,
  );
  const row = (name, wall, used, goal = '') => [
    name.padEnd(28),
    `${wall.toFixed(1).padStart(7)} ms`,
    `${used.toFixed(1).padStart(7)} ms CPU`,
    goal,
  ];
  report(`Opening a workspace of apps/music-store in a new process (median of ${rounds})`, [
    row('with an unchanged catalog', figures.with, figures.withCpu),
    row('without a catalog', figures.without, figures.withoutCpu),
    row('more', figures.with - figures.without, figures.withCpu - figures.withoutCpu, '(goal: <= 50 ms)'),
  ]);
}

function child(variant, app) {
  const { stdout, stderr } = spawnSync(process.execPath, [self, variant, app], { encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

async function openOnce(variant, dir) {
  const { app } = await loadApp(dir);
  const interpreter = { next: async () => ({ text: 'Done.', calls: [], stop: 'end' }) };
  const opened = variant === 'with' ? app : withoutCatalog(app);
  let runtime;
  const start = performance.now();
  const cpuMs = await cpu(async () => {
    runtime = await openRuntime(opened, { interpreter });
  });
  const ms = performance.now() - start;
  await runtime.close();
  return { ms, cpuMs };
}

/** The same app, whose agents can only run SQL. */
function withoutCatalog(app) {
  const toolkits = Object.entries(app.toolkits).map(([name, toolkit]) => [
    name,
    toolkit.kind === 'catalog' ? { ...toolkit, tools: ['execute_query'] } : toolkit,
  ]);
  return { ...app, toolkits: Object.fromEntries(toolkits), catalog: { ...app.catalog, entries: [] } };
}

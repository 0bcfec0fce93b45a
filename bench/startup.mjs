// CPU of whole commands, as multiples of `node -e 0` in the same run.
import { fileURLToPath } from 'node:url';
import { cpuOfProcess, inTurn, report } from './measure.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const harness =
  (...args) =>
  () =>
    cpuOfProcess(process.execPath, [cli, ...args], { cwd: root });

const figures = await inTurn(
  {
    'node -e 0': () => cpuOfProcess(process.execPath, ['-e', '0']),
    'harness --version': harness('--version'),
    'harness validate': harness('validate', 'coordinator-planner-executor'),
    'harness smoke price-change': harness('smoke', 'coordinator-planner-executor', 'price-change'),
    'harness smoke': harness('smoke', 'coordinator-planner-executor'),
  },
  15,
);
const floor = figures['node -e 0'];
const goals = { 'harness --version': 2.5, 'harness validate': 8, 'harness smoke': 12 };
report(
  'Start-up, whole process, CPU ms (median of 15)',
  Object.entries(figures).map(([name, ms]) => [
    name,
    ms.toFixed(0).padStart(5),
    `${(ms / floor).toFixed(1)} x`,
    goals[name] ? `goal <= ${goals[name]} x` : '',
  ]),
);

// Kills `harness chat` with SIGKILL at random moments of a scripted run, and looks at what is left behind:
//   node bench/crash.mjs [count=100] [--json]
// Ends with 1 when anything is wrong. test/commands/crash.test.ts runs it too.
import { spawn } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import {
  actionCount,
  cli,
  delayMs,
  eventCount,
  folder,
  harness,
  journal,
  prepare,
  script,
  store,
} from './crash-project.mjs';

/**
 * Starts a chat and kills it: some while after its process started, or after it printed an event, or as soon as its
 * dispatcher has applied an action, before the result can be stored.
 * @returns the events that it printed.
 */
async function killedChat(file, moment) {
  const args = [cli, 'chat', '--script', file, '--output', 'stream-json'];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const kill = () => setTimeout(() => child.kill('SIGKILL'), moment.delayMs);
  if (moment.afterEvent === 0) kill();
  if (moment.afterAction > 0) killAfterAction(child, journal().length + moment.afterAction);
  let text = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    const before = seen;
    seen = text.split('"seq":').length - 1;
    if (before < moment.afterEvent && seen >= moment.afterEvent) kill();
  });
  await new Promise((resolve) => child.on('close', resolve));
  // The last line may be cut.
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line)).filter((line) => line.type !== 'text.delta');
}

function killAfterAction(child, lines) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  if (journal().length >= lines) child.kill('SIGKILL');
  else setImmediate(() => killAfterAction(child, lines));
}

/** One kill in eight hits the start of the process, one in four an action, the others some time after an event. */
function randomMoment() {
  if (Math.random() < 1 / 4) return { afterAction: 1 + Math.floor(Math.random() * actionCount) };
  if (Math.random() < 1 / 8) return { afterEvent: 0, delayMs: Math.random() * 500 };
  const afterEvent = 1 + Math.floor(Math.random() * (eventCount - 1));
  return { afterEvent, delayMs: Math.random() < 0.5 ? 0 : Math.random() * 2 * delayMs };
}

/** What is wrong right after a kill, before any command has run. */
function afterKill(printed) {
  const found = store();
  if (!found) return printed.length > 0 ? ['events were printed and there is no store'] : [];
  const faults = [];
  if (found.integrity !== 'ok') faults.push(`integrity: ${found.integrity}`);
  const kept = new Map(found.events.map((event) => [`${event.runId} ${event.seq}`, event]));
  for (const event of printed) {
    if (!isDeepStrictEqual(kept.get(`${event.runId} ${event.seq}`), event)) faults.push(`event ${event.seq} is lost`);
  }
  return [...faults, ...journalFaults(found.events)];
}

/** No action twice, and none without its intent. */
function journalFaults(events) {
  const keys = journal();
  const intents = new Set(events.filter((event) => event.type === 'action.started').map((event) => event.data.key));
  return keys.flatMap((key, place) => [
    ...(keys.indexOf(key) === place ? [] : [`${key} was applied twice`]),
    ...(intents.has(key) ? [] : [`${key} was applied without an intent`]),
  ]);
}

/** How the plan must stand, by what was stored when the process was killed. */
function expectedOf(events, planId) {
  const ofPlan = (type) => events.filter((event) => event.type === type && event.data.planId === planId);
  const [executed] = ofPlan('plan.executed');
  if (executed) return executed.data.result.status;
  if (ofPlan('plan.executing').length === 0) {
    const decided = events.some((event) => event.type === 'approval.decided' && ofApproval(events, event, planId));
    return decided ? 'approved' : ofPlan('plan.stored').length > 0 ? 'stored' : undefined;
  }
  const finished = ofPlan('action.finished').length;
  if (ofPlan('action.started').length > finished) return 'unknown';
  return finished === actionCount ? 'executed' : 'failed';
}

function ofApproval(events, decided, planId) {
  const { approval } = decided.data;
  return events.some(
    ({ type, data }) => type === 'approval.requested' && data.approval === approval && data.subject.planId === planId,
  );
}

/** What is wrong with how `harness plans` says that a plan stands, given what was really applied. */
function statusFaults(plan) {
  if (!plan) return [];
  const prefix = `acme/${plan.planId}/${plan.version}/`;
  const applied = new Set(
    journal()
      .filter((key) => key.startsWith(prefix))
      .map((key) => Number(key.slice(key.lastIndexOf('/') + 1))),
  );
  const actions = plan.result?.actions ?? [];
  const faults = actions.flatMap(({ index, status }) => {
    if (status === 'unknown' || (status === 'applied') === applied.has(index)) return [];
    return [`action ${index} of ${plan.planId} is ${status}, but ${applied.has(index) ? 'was' : 'was not'} applied`];
  });
  const expected = expectedStatus(actions);
  if (plan.result ? plan.status !== expected : !['stored', 'approved'].includes(plan.status)) {
    faults.push(`${plan.planId} is ${plan.status}`);
  }
  if (!plan.result && applied.size > 0) faults.push(`${plan.planId} is ${plan.status}, but was applied`);
  return faults;
}

function expectedStatus(actions) {
  if (actions.some(({ status }) => status === 'unknown')) return 'unknown';
  return actions.every(({ status }) => status === 'applied') ? 'executed' : 'failed';
}

async function planOf(planId) {
  const { code, stdout, stderr } = await harness('plans', 'list', '--json');
  if (code !== 0) throw new Error(`harness plans failed: ${stderr}`);
  return JSON.parse(stdout).plans.find((plan) => plan.planId === planId);
}

/** The same chat again: it must finish what was not begun, and repeat nothing. */
async function again(file, planId, before) {
  const keys = journal();
  const { code, stderr } = await harness('chat', '--script', file);
  if (code !== 0) return [`the chat after it ended with ${code}: ${stderr}`];
  const now = await planOf(planId);
  const touched = before?.result?.actions.some(({ status }) => status === 'applied' || status === 'unknown') ?? false;
  const expected = touched ? before.status : 'executed';
  const faults =
    now?.status === expected ? [] : [`${planId} was ${before?.status}, and is ${now?.status} after a chat`];
  const added = journal().length - keys.length;
  if (added !== (touched ? 0 : actionCount)) faults.push(`a chat applied ${added} actions of ${planId}`);
  return [...faults, ...statusFaults(now), ...journalFaults(store().events)];
}

/** An unknown plan stays so through every command, until a person says what became of it. */
async function settleUnknown(file, plan) {
  const keys = journal();
  await harness('smoke', 'price-change');
  await harness('runs', 'list');
  const shown = await harness('plans', 'show', plan.planId);
  const faults = [];
  if (!shown.stdout.includes('harness plans settle')) faults.push(`plans show ${plan.planId} does not say what to do`);
  if (journal().length !== keys.length) faults.push(`a command repeated an action of ${plan.planId}`);
  const at = plan.result.actions.find(({ status }) => status === 'unknown').index;
  const applied = wasApplied(plan, at);
  const { code, stderr } = await harness('plans', 'settle', plan.planId, applied ? '--applied' : '--not-applied');
  if (code !== 0) return [...faults, `settle ended with ${code}: ${stderr}`];
  const settled = await planOf(plan.planId);
  const expected = applied && at === actionCount - 1 ? 'executed' : 'failed';
  if (settled.status !== expected) faults.push(`${plan.planId} is ${settled.status} after it was settled`);
  return [...faults, ...statusFaults(settled), ...(await again(file, plan.planId, settled))];
}

function describe(plan) {
  if (plan?.status !== 'unknown') return plan?.status ?? 'not stored';
  const { index } = plan.result.actions.find(({ status }) => status === 'unknown');
  return wasApplied(plan, index) ? 'unknown, applied' : 'unknown, not applied';
}

function wasApplied({ planId, version }, index) {
  return journal().some((key) => key.startsWith(`acme/${planId}/${version}/`) && key.endsWith(`/${index}`));
}

/** Kill one chat and look. */
async function round(number) {
  const planId = `plan-${number}`;
  const file = script(planId);
  const printed = await killedChat(file, randomMoment());
  const faults = afterKill(printed);
  const expected = expectedOf(store()?.events ?? [], planId);
  const plan = await planOf(planId);
  faults.push(...statusFaults(plan));
  if (plan?.status !== expected) faults.push(`${planId} is ${plan?.status}, and not ${expected}`);
  const found = describe(plan);
  faults.push(...(await again(file, planId, plan)));
  const unknown = plan?.status === 'unknown';
  if (unknown) faults.push(...(await settleUnknown(file, await planOf(planId))));
  return { printed: printed.length, last: printed.at(-1)?.type ?? 'none', found, faults };
}

/** How many of the rounds there are of each kind. */
function countBy(rounds, kindOf) {
  const counts = {};
  for (const each of rounds) counts[kindOf(each)] = (counts[kindOf(each)] ?? 0) + 1;
  return counts;
}

function print({ kills, found, stopped, events, faults }) {
  console.log(`${kills} kills; ${events} printed events were looked up; the plan was found to be`);
  for (const [status, number] of Object.entries(found)) console.log(`  ${status.padEnd(20)} ${number}`);
  console.log('the last event that was printed');
  for (const [type, number] of Object.entries(stopped)) console.log(`  ${type.padEnd(20)} ${number}`);
  console.log(faults.length === 0 ? 'nothing is wrong' : `${faults.length} faults`);
  for (const fault of faults) console.log(`  ${fault}`);
}

const json = process.argv.includes('--json');
const count = Number(process.argv.slice(2).find((word) => !word.startsWith('--')) ?? 100);
prepare();
const rounds = [];
for (let number = 1; number <= count; number++) {
  rounds.push(await round(number));
  if (!json && process.stderr.isTTY) process.stderr.write(`\r${number} of ${count} `);
}
const report = {
  kills: rounds.length,
  found: countBy(rounds, (each) => each.found),
  stopped: countBy(rounds, (each) => each.last),
  events: rounds.reduce((sum, each) => sum + each.printed, 0),
  faults: rounds.flatMap((each, place) => each.faults.map((fault) => `kill ${place + 1}: ${fault}`)),
};
if (json) console.log(JSON.stringify(report));
else print(report);
process.exitCode = report.faults.length === 0 ? 0 : 1;

// A scripted run of the sample's shape (7 steps, 4 tool calls, 30 events, all durable) against a bare loop that makes
// the same commits; then whether the cost stays flat over many runs in one workspace, and over many steps in one run.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openRuntime } from '../dist/index.js';
import { cpu, inTurn, report } from './measure.mjs';
import { approver, folder, prompt, sampleApp, sampleScript } from './sample.mjs';

/** The facts of one run as they were committed, transaction by transaction. */
async function commitsOf(app) {
  const commits = [];
  const { transaction } = Database.prototype;
  Database.prototype.transaction = function (work) {
    return transaction.call(this, (...args) => {
      if (Array.isArray(args[0])) commits.push(args[0]);
      return work(...args);
    });
  };
  const runtime = await openRuntime(app, { interpreter: sampleScript(), approver });
  await runtime.run({ prompt });
  await runtime.close();
  Database.prototype.transaction = transaction;
  return commits;
}

/** The floor: the same events in the same transactions, and nothing else. */
function bareLoop(file, commits) {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE events (run INTEGER, seq INTEGER, type TEXT, data TEXT, PRIMARY KEY (run, seq)) WITHOUT ROWID');
  const insert = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?)');
  const write = db.transaction((run, events) => {
    for (const event of events) insert.run(run, event.seq, event.type, JSON.stringify(event));
  });
  let run = 0;
  return async () => {
    run += 1;
    for (const events of commits) {
      await undefined;
      write.immediate(run, events);
    }
  };
}

async function compare() {
  const commits = await commitsOf(await sampleApp('commits'));
  const runtime = await openRuntime(await sampleApp('runs'), { interpreter: sampleScript(), approver });
  const bare = bareLoop(join(folder, 'bare.db'), commits);
  const batch = 100;
  const each = (work) => async () =>
    (await cpu(async () => {
      for (let i = 0; i < batch; i++) await work();
    })) / batch;
  const figures = await inTurn({ harness: each(() => runtime.run({ prompt })), bare: each(bare) }, 9);
  await runtime.close();
  const events = commits.flat().length;
  report(`One scripted run, CPU ms (${events} events in ${commits.length} transactions; median of 9 x ${batch})`, [
    ['bare loop, same commits', figures.bare.toFixed(2)],
    ['harness', figures.harness.toFixed(2), `${(figures.harness / figures.bare).toFixed(2)} x`, 'goal <= 2 x'],
  ]);
}

async function flatOverRuns(total) {
  const runtime = await openRuntime(await sampleApp('flat'), { interpreter: sampleScript(), approver });
  const per = async (count) =>
    (await cpu(async () => {
      for (let i = 0; i < count; i++) await runtime.run({ prompt });
    })) / count;
  await per(200);
  const first = await per(300);
  await per(total - 800);
  const last = await per(300);
  await runtime.close();
  report(`Cost per run in one workspace, CPU ms`, [
    ['runs 200 to 500', first.toFixed(2)],
    [`the last 300 of ${total}`, last.toFixed(2), `${(last / first).toFixed(2)} x`, 'goal: flat'],
  ]);
}

async function flatOverSteps() {
  const app = await sampleApp('steps', (loaded) => {
    const agents = { ...loaded.agents };
    for (const [name, agent] of Object.entries(agents)) agents[name] = { ...agent, maxSteps: 10_000 };
    return { ...loaded, agents };
  });
  const stepping = (steps) => {
    let count = 0;
    return {
      async next() {
        count += 1;
        if (count % steps === 0) return { text: 'end', calls: [], stop: 'end' };
        return { text: '', calls: [{ id: `c-${count}`, tool: 'getPlan', args: { planId: 'none' } }], stop: 'calls' };
      },
    };
  };
  const measured = async (steps, runs) => {
    const runtime = await openRuntime(app, { interpreter: stepping(steps) });
    const ms = await cpu(async () => {
      for (let i = 0; i < runs; i++) await runtime.run({ prompt, agent: 'executor' });
    });
    await runtime.close();
    return ms / steps / runs;
  };
  const figures = await inTurn({ short: () => measured(100, 10), long: () => measured(1000, 1) }, 5);
  report('Cost per step, CPU ms', [
    ['run of 100 steps', figures.short.toFixed(3)],
    ['run of 1,000 steps', figures.long.toFixed(3), `${(figures.long / figures.short).toFixed(2)} x`, 'goal <= 1.2 x'],
  ]);
}

await compare();
await flatOverSteps();
await flatOverRuns(Number(process.argv[2] ?? 10_000));

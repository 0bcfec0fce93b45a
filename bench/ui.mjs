// The chat in a terminal: what its first frame costs beside `node -e 0`, an answer of 20,000 tokens, keys while it
// streams, and a session of 5,000 events.
import { fork, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openRuntime } from '../dist/index.js';
import { inTurn, median, report } from './measure.mjs';
import { approver, folder, prompt, sampleApp, sampleScript } from './sample.mjs';
import { perSecond, tokens } from './streaming-provider.mjs';
import { openTerminal } from './terminal.mjs';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const app = await sampleApp('ui');
const script = join(app.dir, 'smoke/price-change.yaml');
const ready = 'approvals: ';
/** Clears the line, then leaves. */
const quit = '\u0003\u0004';
/** What clears a whole screen, or its history. */
const clear = new RegExp(`${'\u001b'}\\[[23]J`);

if (spawnSync('script', ['--version']).status === 0) {
  await firstFrame();
  await streaming();
  await longSession();
} else console.log('\nThe chat is not measured: there is no `script` of util-linux');

/** Opens a chat, and leaves it when it can be used. @returns what that took */
async function open(...words) {
  const chat = openTerminal(folder, [cli, 'chat', app.dir, ...words], { cwd: app.root });
  const shown = await chat.saw(ready);
  chat.type(quit);
  return { wall: shown - chat.began, ...(await chat.figures()) };
}

async function firstFrame() {
  const cpuOf = async (...args) => (await openTerminal(folder, args).figures()).cpu * 1000;
  const contenders = {
    'node -e 0': () => cpuOf('-e', '0'),
    'harness --version': () => cpuOf(cli, '--version'),
    'harness chat --script': async () => (await open('--script', script, '-w', 'globex')).cpu * 1000,
  };
  const figures = await inTurn(contenders, 9);
  report(
    'The chat, from its start to its first frame and out again, CPU ms (median of 9)',
    Object.entries(figures).map(([name, ms]) => [
      name,
      ms.toFixed(0).padStart(5),
      `${(ms / figures['node -e 0']).toFixed(1)} x`,
      name.includes('chat') ? 'goal <= 12 x' : '',
    ]),
  );
}

async function streaming() {
  const provider = fork(fileURLToPath(new URL('streaming-provider.mjs', import.meta.url)));
  const port = await new Promise((resolve) => provider.once('message', resolve));
  const env = { ANTHROPIC_API_KEY: 'bench', ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}` };
  const quiet = await longAnswer(env, async () => undefined);
  const { seen } = await longAnswer(env, typing);
  provider.kill();
  report(`An answer of ${tokens} tokens at ${perSecond} a second`, [
    ['CPU of the whole process', `${quiet.cpu.toFixed(2)} s`, 'goal <= 5 s'],
    ['written to the terminal', `${(quiet.bytes / 1e6).toFixed(2)} MB`, 'goal <= 0.6 MB'],
    ['full clears', String(quiet.clears), 'goal 0'],
    ['longest stall', `${quiet.stall.toFixed(0)} ms`, 'goal <= 150 ms'],
    ['that of this process, which does next to nothing', `${quiet.machine.toFixed(0)} ms`],
    ['memory', `${quiet.mb.toFixed(0)} MB`],
    ['from a key to the screen meanwhile', `${median(seen).toFixed(0)} ms (median of ${seen.length})`, 'goal <= 50 ms'],
    ['the slowest of them', `${Math.max(...seen).toFixed(0)} ms`],
  ]);
}

/** A chat with the long answer. @param during what is done while it streams */
async function longAnswer(env, during) {
  const chat = openTerminal(folder, [cli, 'chat', app.dir, '-w', 'acme'], { cwd: app.root, env });
  await chat.saw(ready);
  chat.type('Tell me all of it.');
  await chat.saw('all of it.');
  const before = chat.bytes();
  chat.type('\r');
  await chat.saw('Part 1');
  chat.startWatching();
  const here = monitorEventLoopDelay({ resolution: 5 });
  here.enable();
  const seen = await during(chat);
  await chat.saw('The end of it.');
  await chat.saw('done in');
  const bytes = chat.bytes() - before;
  const machine = Math.max(0, here.max / 1e6 - 5);
  here.disable();
  chat.type(quit);
  const figures = await chat.figures();
  return { ...figures, bytes, clears: chat.text().split(clear).length - 1, seen, machine };
}

/** @returns milliseconds from each of some keys to the screen */
async function typing(chat) {
  const times = [];
  for (let at = 0; at < 60; at++) {
    await sleep(100 + 7 * (at % 11));
    const from = chat.text().length;
    // No answer holds these, so that what is typed can be told from what streams.
    const key = String.fromCodePoint(0x2460 + (at % 20));
    const sent = performance.now();
    chat.type(key);
    times.push((await chat.saw(key, from)) - sent);
    chat.type('\u007f');
  }
  return times;
}

async function longSession() {
  const interpreter = sampleScript();
  const runtime = await openRuntime(app, { workspace: 'globex', interpreter, approver, command: 'bench' });
  let stored = 0;
  while (stored < 5000) {
    const { runId } = await runtime.run({ prompt, agent: app.entry });
    stored += runtime.store.events(runId).length;
  }
  await runtime.close();
  const words = ['-w', 'globex', '--script', script];
  const opened = { fresh: [], long: [] };
  const wallOf = async (kind, ...more) => {
    const figures = await open(...words, ...more);
    opened[kind].push(figures);
    return figures.wall;
  };
  const wall = await inTurn({ fresh: () => wallOf('fresh'), long: () => wallOf('long', '--continue') }, 5);
  const cpu = (kind) => median(opened[kind].map((each) => each.cpu * 1000));
  const row = (name, ms, more) => [name, `${ms.toFixed(0).padStart(5)} ms`, ...more];
  const more = (long, fresh) => `${(long - fresh).toFixed(0)} ms more than a new session`;
  report(`A session of ${stored} events (median of 5)`, [
    row('first frame after', wall.long, [more(wall.long, wall.fresh), 'goal <= 500 ms']),
    row('CPU to its end', cpu('long'), [more(cpu('long'), cpu('fresh'))]),
    [
      'memory',
      `${median(opened.long.map(({ mb }) => mb))
        .toFixed(0)
        .padStart(5)} MB`,
      'goal <= 150 MB',
    ],
  ]);
}

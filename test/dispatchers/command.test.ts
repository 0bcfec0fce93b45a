import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { command } from '../../src/dispatchers/command.ts';
import type { CommandDispatcher } from '../../src/generated/config.ts';
import { run, start } from '../commands/cli.ts';
import { folderOf } from '../folder.ts';
import { envOf, key, lowered, outcomeOf } from './acting.ts';
import { scriptOf, shop } from './shop.ts';

t.setTimeout(300_000);

/** A dispatcher that runs a program of the test's own. */
function dispatcherOf(t: Test, program: string, more: Partial<CommandDispatcher> = {}) {
  const folder = folderOf(t, { 'apply.mjs': program, 'lookup.mjs': program });
  const words = [process.execPath, './apply.mjs'];
  const variables = { SHOP_TOKEN: 'token-0123456789', OTHER_KEY: 'x' };
  const appFile = (written: string) => (written.startsWith('./') ? join(folder, written) : undefined);
  const env = envOf({ appFolder: folder, appFile, variables });
  const usual: CommandDispatcher = {
    kind: 'command',
    command: words,
    env: [],
    timeoutSeconds: 120,
    inTests: 'mock',
    results: {},
  };
  return { folder, dispatcher: command({ ...usual, ...more }, env) };
}

const reads = "import { readFileSync } from 'node:fs';\nconst input = JSON.parse(readFileSync(0, 'utf8'));\n";

t.test('how a program ends, and what becomes of the action', async (t) => {
  const plain = { entitiesAffected: 1, summary: 'price_change was applied' };
  const odd = (flaw: string) => ({ ...plain, summary: `price_change was applied; ${flaw}` });
  const cases: readonly (readonly [program: string, expected: unknown])[] = [
    ['console.log(JSON.stringify({ entitiesAffected: 3, summary: "Done" }))', { entitiesAffected: 3, summary: 'Done' }],
    ['', plain],
    ['console.log("done")', odd('its answer is no JSON')],
    ['process.stdout.write("x".repeat(300_000))', odd('its answer was too long, or broke off')],
    [
      'console.error("first line\\nno such product"); process.exitCode = 10',
      ['failed', 'price_change was not applied: the program ended with 10: no such product'],
    ],
    ['process.exitCode = 1', ['unknown', 'nobody knows whether price_change was applied: the program ended with 1']],
    ['process.exitCode = 2', ['unknown', /ended with 2$/]],
    ['throw new Error("after the change")', ['unknown', /ended with 1: /]],
    ['process.kill(process.pid, "SIGKILL")', ['unknown', /ended by SIGKILL$/]],
  ];
  for (const [program, expected] of cases) {
    t.match(await outcomeOf(dispatcherOf(t, program).dispatcher), expected, program);
  }
  const none = dispatcherOf(t, '', { command: ['no-such-program-here'] });
  t.match(await outcomeOf(none.dispatcher), [
    'failed',
    /^price_change was not applied: the program cannot be started: .*ENOENT/,
  ]);
});

t.test('what a program gets: the action, its file, the variables that it may have, and no others', async (t) => {
  const tells = `${reads}console.log(JSON.stringify({ details: { input, words: process.argv.slice(2), cwd: process.cwd(), env: process.env } }));`;
  const words = [process.execPath, './apply.mjs', '$(id)', '; echo x', './lookup.mjs'];
  process.env.PLANTED_KEY = 'planted-0123456789';
  t.teardown(() => {
    delete process.env.PLANTED_KEY;
  });
  const { dispatcher, folder } = dispatcherOf(t, tells, { command: words, env: ['SHOP_TOKEN'] });
  const done = await outcomeOf(dispatcher);
  const place = { planId: 'plan-1', index: 0, workspace: 'main' };
  t.match(done, {
    details: {
      input: { key, ...place, action: lowered },
      words: ['$(id)', '; echo x', join(folder, 'lookup.mjs')],
      cwd: folder,
      env: { SHOP_TOKEN: 'token-0123456789', PATH: String },
    },
  });
  t.notMatch(JSON.stringify(done), /PLANTED_KEY|planted|OTHER_KEY/);
});

t.test('a program that takes too long is ended with all that it started, also one that will not be told', async (t) => {
  const stubborn = `import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
process.on('SIGTERM', () => undefined);
const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'inherit' });
writeFileSync('pid', String(child.pid));
setInterval(() => undefined, 1000);`;
  const { dispatcher, folder } = dispatcherOf(t, stubborn, { timeoutSeconds: 8 });
  t.match(await outcomeOf(dispatcher), ['unknown', /the program was ended after 8 s$/]);
  const child = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  const isThere = () => {
    try {
      process.kill(child, 0);
      return !readFileSync(`/proc/${child}/stat`, 'utf8').includes(') Z ');
    } catch {
      return false;
    }
  };
  for (let waited = 0; isThere() && waited < 20_000; waited += 50)
    await new Promise((resolve) => setTimeout(resolve, 50));
  t.notOk(isThere(), 'its child is gone');
});

t.test('a program that leaves something running is not waited for', async (t) => {
  const leaves = `import { spawn } from 'node:child_process';
const child = spawn(process.execPath, ['-e', 'setTimeout(() => undefined, 60_000)'], { stdio: 'inherit', detached: true });
child.unref();
console.log(JSON.stringify({ summary: String(child.pid) }));
process.exit(0);`;
  const done = await outcomeOf(dispatcherOf(t, leaves).dispatcher);
  if (!('summary' in done)) throw new Error(JSON.stringify(done));
  process.kill(Number(done.summary), 'SIGKILL');
});

t.test('lookup: applied, certainly not, or nobody can tell', async (t) => {
  const lookup = [process.execPath, './lookup.mjs'];
  const at = (program: string) => dispatcherOf(t, `${reads}${program}`, { lookup }).dispatcher.lookup?.(key);
  t.match(await at('console.log(JSON.stringify({ summary: input.key + " in " + input.workspace }))'), {
    summary: `${key} in main`,
  });
  t.equal(await at('process.exitCode = 10'), undefined);
  await t.rejects(async () => at('console.error("no database"); process.exitCode = 1'), {
    message: 'the program does not tell what it did: the program ended with 1: no database',
  });
  t.equal(dispatcherOf(t, '').dispatcher.lookup, undefined);
});

/** Writes down each key once, and what was done under it; the first one is slow, so that it can be killed. */
const ledger = `import { appendFileSync, existsSync, readFileSync } from 'node:fs';
const { key, action } = JSON.parse(readFileSync(0, 'utf8'));
const known = existsSync('done.txt') ? readFileSync('done.txt', 'utf8').split('\\n') : [];
if (process.argv[2] === 'lookup') {
  if (known.includes(key)) console.log(JSON.stringify({ summary: 'Found in the ledger' }));
  else process.exitCode = 10;
} else {
  appendFileSync('done.txt', key + '\\n');
  while (known.length === 0 && !existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20));
  console.log(JSON.stringify({ summary: action.kind + ' done' }));
}
`;

t.test('killed while a program works: its ledger decides, and nothing is done twice', async (t) => {
  const dispatcher = 'kind: command\ncommand: [node, ./ledger.mjs]\nlookup: [node, ./ledger.mjs, lookup]\n';
  const two = '[{ kind: restock, productId: p-001, quantity: 5 }, { kind: delist, productId: p-003 }]';
  const cwd = shop(t, { dispatcher, smoke: { 'kill.yaml': scriptOf(two) } });
  const file = join(cwd, 'apps/shop/ledger.mjs');
  t.match(await run(['validate'], { cwd }), { code: 2, stdout: 'there is no file "./ledger.mjs"' });
  writeFileSync(file, ledger);
  t.match(await run(['smoke'], { cwd }), { code: 0 });
  const done = join(cwd, 'apps/shop/done.txt');
  t.notOk(existsSync(done), 'a test runs no program');
  const script = 'apps/shop/smoke/kill.yaml';
  const chat = start(['chat', '--script', script, '--output', 'stream-json'], { cwd });
  await chat.saw('"type":"action.started"');
  while (!existsSync(done)) await new Promise((resolve) => setTimeout(resolve, 20));
  chat.child.kill('SIGKILL');
  await chat.ended;
  writeFileSync(join(cwd, 'apps/shop/go'), '');
  t.match(await run(['chat', '--continue', '--script', script], { cwd }), { code: 0, stdout: 'Done.\n' });
  t.equal(readFileSync(done, 'utf8').trim().split('\n').length, 2, 'once for each action');
  const { plans } = JSON.parse((await run(['plans', '--json'], { cwd })).stdout);
  t.match(plans[0].result.actions, [{ summary: 'Found in the ledger' }, { summary: 'delist done' }]);
});

t.test('a program without the right to run', async (t) => {
  const { dispatcher, folder } = dispatcherOf(t, '#!/bin/sh\n', { command: ['./apply.mjs'] });
  chmodSync(join(folder, 'apply.mjs'), 0o644);
  t.match(await outcomeOf(dispatcher), ['failed', /cannot be started: .*EACCES/]);
});

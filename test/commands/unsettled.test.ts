import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { scriptOf, shop } from '../dispatchers/shop.ts';
import { refused, run, start } from './cli.ts';

t.setTimeout(300_000);

/** Says that it has begun, and waits for ever, or answers where it is told to. */
const program = `import { existsSync, writeFileSync } from 'node:fs';
writeFileSync('begun', '');
while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20));
`;

t.test('a run that waits to be told what became of an action is paused, and listed with what to do', async (t) => {
  const two = '[{ kind: restock, productId: p-001, quantity: 5 }, { kind: delist, productId: p-003 }]';
  const cwd = shop(t, {
    dispatcher: 'kind: command\ncommand: [node, ./slow.mjs]\n',
    smoke: { 'slow.yaml': scriptOf(two) },
  });
  writeFileSync(join(cwd, 'apps/shop/slow.mjs'), program);
  const script = 'apps/shop/smoke/slow.yaml';
  const chat = start(['chat', '--script', script], { cwd });
  const begun = join(cwd, 'apps/shop/begun');
  while (!existsSync(begun) && chat.child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
  const working = JSON.parse((await run(['runs', '--json'], { cwd })).stdout).runs[0];
  t.equal(working.status, 'open', 'while it works it waits for nobody');
  chat.child.kill('SIGKILL');
  await chat.ended;
  writeFileSync(join(cwd, 'apps/shop/go'), '');
  const resumed = await run(['chat', '--continue', '--script', script], { cwd });
  t.match(resumed, { code: 5, stdout: '', stderr: /harness plans settle plan-1 --applied \(or --not-applied\)/ });

  const { runs } = JSON.parse((await run(['runs', '--json'], { cwd })).stdout);
  t.match(runs, [{ runId: working.runId, status: 'paused' }]);
  t.match((await run(['sessions'], { cwd })).stdout, /paused/);
  const list = await run(['approvals'], { cwd });
  t.match(
    list.stdout,
    /plan-1 +main +executor +be told what became of plan plan-1 .* waits for: harness plans settle plan-1\n/,
  );
  const { approvals } = JSON.parse((await run(['approvals', '--json'], { cwd })).stdout);
  const reason = 'nobody knows whether action 1 (restock) took effect';
  const subject = { kind: 'outcome', tool: 'executePlan', args: { planId: 'plan-1' } };
  t.match(approvals, [
    { approval: 'plan-1', runId: working.runId, workspace: 'main', decision: null, reason, subject },
  ]);
  for (const command of [
    ['approve', 'plan-1'],
    ['reject', 'plan-1'],
    ['show', 'plan-1'],
  ]) {
    const ended = await run(['approvals', ...command], { cwd });
    refused(
      t,
      ended,
      2,
      'plan "plan-1" asks what became of an action',
      'harness plans settle plan-1 --applied (or --not',
    );
  }

  t.match(await run(['plans', 'settle', 'plan-1', '--applied'], { cwd }), { code: 0 });
  t.match(await run(['approvals'], { cwd }), {
    stdout: 'nothing waits for a decision\n',
    stderr: `run ${working.runId} is decided, and goes on with: harness chat --resume ${working.runId} --script <file>\n`,
  });
  t.match(JSON.parse((await run(['runs', '--json'], { cwd })).stdout).runs, [
    { status: 'decided', next: `harness chat --resume ${working.runId} --script <file>` },
  ]);
  t.match(await run(['chat', '--continue', '--script', script], { cwd }), { code: 0, stdout: 'Done.\n' });
});

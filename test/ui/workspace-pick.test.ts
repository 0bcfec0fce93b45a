import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { priceChange, project, sampleName } from '../commands/cli.ts';
import { noTmux, terminal } from './tmux.ts';

t.setTimeout(300_000);

t.test('a workspace is chosen before anything is opened', { skip: noTmux }, async (t) => {
  const cwd = project(t);
  const term = await terminal(t, { cwd });
  let count = 0;
  // What was said at an earlier end may still be seen.
  const chat = () => `harness chat --script ${priceChange}; echo "exit $?, ${++count}"`;
  await term.type('echo before the chat\n');
  await term.saw(/^before the chat/m);
  for (const [end, keys] of [
    ['Escape', ['Escape']],
    ['C-c', ['C-c']],
    ['a word that is taken away first', ['q', 'Escape', 'Escape']],
  ] as const) {
    await term.type(`clear; echo before the chat; ${chat()}\n`);
    await term.saw('type to filter');
    t.equal(await term.flag('alternate_on'), '1');
    for (const key of keys) {
      await term.key(key);
      if (key === 'q') await term.saw('no workspace has');
      else if (end.startsWith('a word')) await term.lost('no workspace has');
    }
    const all = await term.saw(`exit 130, ${count}`);
    t.notMatch(all, 'WORKSPACES', `${end}: no trace`);
    t.match(all, 'before the chat');
  }
  t.equal(await term.flag('alternate_on'), '0');
  t.notOk(existsSync(join(cwd, '.harness')), 'nothing was made');
  await term.type(`clear; ${chat()}\n`);
  await term.saw(/❯ acme/);
  await term.resize(40, 10);
  await term.saw(/❯ acme[\s\S]*globex/);
  await term.resize(100, 30);
  await term.type('glob');
  await term.saw(/❯ globex/);
  await term.key('Enter');
  await term.saw(/globex │ coordinator/);
  await term.key('C-c');
  await term.type('/workspace\r');
  await term.saw('you are here');
  await term.key('Up');
  await term.saw(/❯ acme/);
  await term.key('Enter');
  await term.saw(/acme │ coordinator/);
  await term.key('C-d');
  await term.saw(`exit 0, ${count}`);
  await term.type(`clear; ${chat()}\n`);
  t.match(await term.saw(/❯ acme/), 'data just now', 'the last one is selected');
  await term.key('C-c');
  await term.saw(`exit 130, ${count}`);
  await term.type('stty -a; echo the end\n');
  t.match(await term.saw(/^the end/m), / icanon/, 'the terminal is as it was');
  t.same(readdirSync(join(cwd, '.harness', sampleName)).sort(), ['acme', 'chat.json', 'globex']);
});

t.test('without cursor movements it is a question in words', { skip: noTmux }, async (t) => {
  const cwd = project(t);
  const term = await terminal(t, { cwd });
  await term.type(`harness chat --plain --script ${priceChange}; echo "exit $?"\n`);
  const all = await term.saw('Enter takes acme:');
  t.match(all, /1: acme\. ACME Demo\.[\s\S]*2: globex\. Globex Demo\./);
  t.notMatch(all, /[╭│╰●❯▲─]/, 'no boxes');
  await term.type('3\n');
  await term.saw('There is no workspace "3"; a number from 1 to 2, or a name.');
  await term.type('2\n');
  await term.saw('workspace globex. Type');
  await term.type('/workspace acne\n');
  await term.saw(/no workspace "acne"[\s\S]*acme/);
  await term.type('/workspace\n');
  await term.saw('Type /workspace and a name to go there.');
  await term.type('/workspace acme\n');
  await term.saw('workspace acme ·');
  await term.type('/quit\n');
  await term.saw('exit 0');
  await term.type(`clear; harness chat --plain --script ${priceChange}; echo "exit $?"\n`);
  await term.saw('Enter takes acme:');
  await term.key('C-d');
  await term.saw('exit 130');
});

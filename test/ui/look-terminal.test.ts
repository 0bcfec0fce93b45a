import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { openStore } from '../../src/store/open.ts';
import { project, stateFolder } from '../commands/cli.ts';
import { noTmux, type Terminal, terminal } from './tmux.ts';
import { twoActions } from './two-actions.ts';

t.setTimeout(300_000);
const skip = noTmux;

/** Waits for a title: it is set beside the frame that shows the same. */
async function titled(term: Terminal, title: RegExp): Promise<void> {
  for (let tries = 0; tries < 2000 && !title.test(await term.flag('pane_title')); tries++) await sleep(30);
}

t.test('a plan step by step over a kill: settings, title, help; leaving puts the title back', { skip }, async (t) => {
  const cwd = project(t);
  writeFileSync(join(cwd, 'script.yaml'), twoActions);
  mkdirSync(join(cwd, '.config', 'harness'), { recursive: true });
  writeFileSync(join(cwd, '.config', 'harness', 'settings.yaml'), 'theme: light\nnotify: none\n');
  const term = await terminal(t, { cwd });
  await term.type("printf '\\033]2;of the shell\\007'; harness chat -w acme --script script.yaml\n");
  await term.saw('enter sends');
  await titled(term, /acme$/);
  t.match(await term.flag('pane_title'), /coordinator-planner-executor\/acme$/);
  await term.type('\u0015?');
  await term.saw('approval mode: ask, plans only, auto');
  await term.key('q');
  await term.saw('enter sends');
  await term.type('Make two cheap.\r');
  await term.saw('Approve, ask before each action');
  await titled(term, /needs you$/);
  t.match(await term.flag('pane_title'), /needs you$/);
  await term.answer('2', 'Run action 1 of 2 of plan cheap?');
  await term.answer('1', 'Run action 2 of 2 of plan cheap?');
  // The process is killed while the second question stands.
  await term.key('C-z');
  await term.saw('Stopped');
  await titled(term, /^of the shell$/);
  t.equal(await term.flag('pane_title'), 'of the shell');
  await term.type('kill -9 %1; wait %1; clear\n');
  await term.lost('Stopped');
  await term.type('harness chat -w acme --continue --script script.yaml\n');
  await term.saw('Run action 2 of 2 of plan cheap?');
  await term.answer('2', 'Why not?');
  await term.type('enough\r');
  await term.saw(/done in .* run r-/);
  await term.key('C-d');
  await term.saw(/\$\s*$/);
  const store = openStore(join(cwd, stateFolder, 'state.db'));
  t.teardown(() => store.close());
  t.match(store.plan('cheap')?.result, {
    summary: '1 of 2 actions applied, 1 skipped: a person stopped it before action 2: enough',
  });
});

t.test('in words: a plan edited in $EDITOR, then run as it was changed', { skip }, async (t) => {
  const cwd = project(t);
  writeFileSync(join(cwd, 'script.yaml'), twoActions);
  writeFileSync(join(cwd, 'editor.sh'), 'sed -i "0,/newPrice: 6/s//newPrice: 5.5/" "$1"\n');
  const term = await terminal(t, { cwd, env: { EDITOR: `sh ${cwd}/editor.sh` } });
  await term.type('harness chat --plain -w acme --script script.yaml\n');
  await term.saw('prompt:');
  await term.type('Make two cheap.\n');
  await term.saw(/Type one of: approve; step, to be asked before each action; edit;/);
  await term.type('edit\n');
  await term.saw(/is 5\.5/);
  await term.saw('Type one of: run, which runs what you wrote; edit; back.');
  await term.type('run\n');
  await term.saw('changed and approved');
  await term.saw('Done at last.');
  await term.type('/quit\n');
  await term.saw(/\$\s*$/);
  const store = openStore(join(cwd, stateFolder, 'state.db'));
  t.teardown(() => store.close());
  t.match(store.plan('cheap'), { version: 2, status: 'executed' });
});

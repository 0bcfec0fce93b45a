import t from 'tap';
import { priceChange, project } from '../commands/cli.ts';
import { noTmux, terminal } from './tmux.ts';

t.setTimeout(300_000);

t.test('runs, a trace that follows, replay and sessions over a chat', { skip: noTmux }, async (t) => {
  const term = await terminal(t, { cwd: project(t) });
  const open = async (command: string) => {
    await term.type(command);
    await term.key('Enter');
  };
  await term.type(`harness chat -w acme --script ${priceChange}\n`);
  await term.saw('› Lower p-001 to 6.49');
  await term.key('Enter');
  await term.saw('esc later');
  await term.answer('Escape', 'waits for you');
  await open('/trace');
  const waiting = await term.saw(/❯ +approval +[░·]+ .*waits for a decision/);
  t.match(waiting, /follow on · running/);
  t.equal(await term.flag('alternate_on'), '1');
  await term.key('Escape');
  await term.saw('waits for you');
  await term.key('Tab');
  await term.saw('❯ 1  Approve and run');
  await term.answer('1', /done in .* run r-/);
  await open('/runs');
  await term.saw(/❯ r-\S+ +(\w+ )?\d\d:\d\d +✓ done/);
  await term.key('Enter');
  await term.saw(/▾ executePlan .*✓ 1 of 1 action applied/);
  await term.resize(40, 10);
  await term.saw(/❯ ▾ run/);
  await term.resize(100, 30);
  await term.key('r');
  await term.saw('event 0 of');
  await term.key('Right', 'Right');
  await term.saw(/event 2 of \d+/);
  await term.key('End');
  await term.saw('that was the last event');
  await term.key('Escape');
  await term.saw('TRACE');
  await term.key('e');
  await term.saw('save as eval case, id or file: lower-p-001');
  await term.key('Enter');
  await term.saw('then: harness eval lower-p-001-to-6-49');
  await term.key('C-c');
  await term.lost('TRACE');
  t.equal(
    await term.flag('cursor_flag'),
    '0',
    'below a page that was left there is no other cursor than that of the line',
  );
  await open('/sessions');
  await term.saw(/❯ (\w+ )?\d\d:\d\d +✓ done, here/);
  await term.key('Enter');
  await term.saw(/SESSION[\s\S]*✓ price_change: Price changed\./);
  await term.key('C-c');
  await term.lost('SESSION');
  t.equal(await term.flag('alternate_on'), '0');
  await term.key('C-d');
  await term.saw(/\$\s*$/);
});

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { priceChange, project, sampleName } from '../commands/cli.ts';
import { noTmux, terminal } from './tmux.ts';

t.setTimeout(300_000);

const answer = `
- id: greets
  input: Hello.
  assert: [{ kind: contains, value: Hello }]
  script: { coordinator: [{ say: Hello there. }] }
`;

t.test(
  'cases run over the chat, open in an editor, and leave it as it was; smoke scripts write into it',
  {
    skip: noTmux,
  },
  async (t) => {
    const cwd = project(t);
    const folder = join(cwd, 'evals', sampleName);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'greets.yaml'), answer);
    writeFileSync(join(cwd, 'editor'), '#!/bin/sh\necho "$@" > edited\nsed -i s/greets/welcomes/ "$1"\n', {
      mode: 0o755,
    });
    const term = await terminal(t, { cwd, env: { EDITOR: join(cwd, 'editor') } });
    await term.type(`harness chat -w acme --script ${priceChange}\n`);
    await term.saw('approvals: ask');
    await term.key('C-u');
    await term.type('/evals');
    await term.key('Enter');
    await term.saw('pass 0/1');
    await term.type('a');
    await term.saw('pass 1/1');
    t.match(await term.screen(), /❯ greets +✓/);
    await term.key('Enter');
    await term.saw('TRACE');
    await term.key('Escape');
    await term.saw('pass 1/1');
    await term.type('e');
    await term.saw(/❯ welcomes/);
    t.equal(
      readFileSync(join(cwd, 'edited'), 'utf8').trim(),
      join(folder, 'greets.yaml'),
      'an unknown editor gets no line',
    );
    await term.key('Escape');
    await term.saw('approvals: ask');
    await term.type('/smoke');
    await term.key('Enter');
    const said = await term.saw('smoke: 2 passed, 0 failed');
    t.match(said, /✓ coordinator-planner-executor\/price-change {2}coordinator → planner → executor/);
    await term.key('C-d');
    await term.saw(/\$\s*$/);
    t.equal(await term.flag('alternate_on'), '0');
  },
);

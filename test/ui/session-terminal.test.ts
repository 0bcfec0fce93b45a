import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { RunSummary } from '../../src/core/ports.ts';
import { lockWorkspace } from '../../src/store/lock.ts';
import { openStore } from '../../src/store/open.ts';
import { appFolder, edit, gated, gateOf, priceChange, project, stateFolder } from '../commands/cli.ts';
import { provider, says } from '../interpreters/server.ts';
import { noTmux, type Terminal, terminal } from './tmux.ts';

t.setTimeout(600_000);
const skip = noTmux;

const answers = `prompt: Hello.
script:
  coordinator:
    - say: An answer.
`;

async function chat(
  t: Test,
  words: string,
  cwd = project(t),
  env: Readonly<Record<string, string>> = {},
): Promise<Terminal & { readonly cwd: string }> {
  writeFileSync(join(cwd, 'say.yaml'), answers);
  const term = await terminal(t, { cwd, env });
  await term.type(`harness chat ${words}\n`);
  await term.saw(/enter sends|approvals: ask/);
  return { ...term, cwd };
}

function runsOf(cwd: string, workspace = 'acme'): readonly (RunSummary & { readonly forkedFrom?: string })[] {
  const store = openStore(join(cwd, stateFolder, '..', workspace, 'state.db'));
  try {
    return store.runs().map((run) => {
      const [started] = store.events(run.runId);
      const from = started?.type === 'run.started' ? started.data.forkedFrom : undefined;
      return { ...run, ...(from !== undefined && { forkedFrom: from }) };
    });
  } finally {
    store.close();
  }
}

/** Types a line and waits for what comes of it. */
async function say(term: Terminal, line: string, seen: string | RegExp): Promise<string> {
  await term.type(`${line}\r`);
  return term.saw(seen);
}

t.test('new, fork, rewind, resume and another workspace, in one chat', { skip }, async (t) => {
  const term = await chat(t, '-w acme --script say.yaml');
  await term.key('C-u');
  await say(term, 'first question', /done in .*run r-/);
  await say(term, 'second question', /second question[\s\S]*done in/);
  const [two, one] = runsOf(term.cwd);
  await say(term, '/fork', `fork of run ${two?.runId}`);
  await say(term, 'in the fork', /› in the fork[\s\S]*done in/);
  t.match(runsOf(term.cwd)[0], { forkedFrom: two?.runId });

  // Two escapes where the line is empty show the prompts.
  await term.key('Escape');
  await term.saw('esc again');
  await term.key('Escape');
  const page = await term.saw('enter go back there');
  t.match(page, /1 {2}first question[\s\S]*❯ {3}3 {2}in the fork/);
  await term.key('Up', 'Enter');
  await term.saw(`fork of run ${one?.runId}`);
  await term.saw(/› second question\n +enter sends/);
  await term.key('Enter');
  await term.saw(new RegExp(`fork of run ${one?.runId}[\\s\\S]*› second question[\\s\\S]*done in`));
  const [rewound] = runsOf(term.cwd);
  t.match(rewound, { prompt: 'second question', forkedFrom: one?.runId });
  t.equal(runsOf(term.cwd).length, 4, 'nothing is lost');

  await say(term, '/new', /─── workspace acme · session s-[^·]*───\s+─+\n›/);
  await say(term, '/workspace globex', 'workspace globex · session');
  await say(term, 'hello globex', /› hello globex[\s\S]*done in/);
  t.equal(runsOf(term.cwd, 'globex').length, 1);
  await say(term, '/workspace nowhere', 'has no workspace "nowhere"');
  t.match(await term.screen(), /globex │ coordinator/, 'the chat stays where it is');
  await say(term, `/resume ${one?.session}`, /─── workspace acme · session[^─]*───\s+› first question/);
  await term.saw(/\nacme │ coordinator/);

  await say(term, '/export', `Wrote ${one?.session}.md`);
  t.match(readFileSync(join(term.cwd, `${one?.session}.md`), 'utf8'), /first question[\s\S]*second question/);
  await say(term, '/export', 'exists, and is left as it is');
  await say(term, '/debug', /workspace {3}acme, state in/);
  await say(term, '/model', 'A script takes the place of the models');
  await say(term, '/model coordinatr', 'There is no agent and no model "coordinatr"; did you mean "coordinator"?');
  await say(term, '/model planner fastt', /Not done: app .* has no model "fastt"; did you mean "fast"\?/);
  await say(term, '/model planner fast', 'Not done: a script takes the place of the models in this chat');
  await say(term, '/compact', 'There is nothing to compact');
  await term.key('C-d');
  await term.saw(/\$\s*$/);
});

t.test('a run that was killed: --continue shows it, asks what it asked, and goes on', { skip }, async (t) => {
  const term = await chat(t, `-w acme --script ${priceChange}`);
  await term.key('Enter');
  await term.saw('Run plan plan-eval-price-change, version 1?');
  const { pid } = JSON.parse(readFileSync(join(term.cwd, stateFolder, 'holder.json'), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  await term.saw(/Killed/);
  await term.type('\u0003reset -Q; clear; echo it is reset\r');
  await term.saw(/^it is reset/m);
  t.equal(runsOf(term.cwd)[0]?.status, 'paused');
  await term.type(`harness chat --continue --script ${priceChange}\r`);
  const again = await term.saw(/^it is reset[\s\S]*Run plan plan-eval-price-change, version 1\?/m);
  t.match(again, /it is reset[\s\S]*› Lower p-001[\s\S]*coordinator → planner[\s\S]*APPROVAL/);
  await term.answer('1', /Sparkling Water 12pk \(p-001\) now costs 6\.49[\s\S]*done in/);
  await term.key('C-d');
  await term.saw(/\$\s*$/);
  t.match(runsOf(term.cwd), [{ status: 'done' }]);
});

t.test(
  'a paused run goes on after others of its session: it stands at the end, with its prompt',
  { skip },
  async (t) => {
    const term = await chat(t, `-w acme --script ${priceChange}`);
    const leave = async (since: string) => {
      await term.saw('Run plan plan-eval-price-change, version 1?');
      await term.key('C-c');
      await term.saw(new RegExp(`^${since}[\\s\\S]*paused after`, 'm'));
      await term.key('C-d');
      await term.saw(/\$\s*$/);
    };
    await term.key('Enter');
    await leave('');
    const [paused] = runsOf(term.cwd);
    await term.type(`clear; harness chat --resume ${paused?.session} -p "And something else?" --script say.yaml\r`);
    await term.saw(/^An answer\.$/m);
    for (const words of ['--continue', `--resume ${paused?.session}`]) {
      await term.type(`reset -Q; clear; echo with ${words}; harness chat ${words} --script ${priceChange}\r`);
      const shown = await term.saw(
        new RegExp(`^with ${words}[\\s\\S]*Run plan plan-eval-price-change, version 1\\?`, 'm'),
      );
      const [before = '', after = ''] = shown.split(`─── run ${paused?.runId} goes on ───`);
      t.match(before, /› And something else\?\s+An answer\.\s+done in/);
      t.match(after, /^\s+› Lower p-001[\s\S]*coordinator → planner[\s\S]*APPROVAL/);
      if (words === '--continue') await leave(`with ${words}`);
    }
    await term.answer('1', /now costs 6\.49[\s\S]*done in/);
    await term.key('C-d');
    await term.saw(/\$\s*$/);
  },
);

t.test('a paused run waits while the chat is elsewhere, and goes on in it', { skip }, async (t) => {
  const term = await chat(t, `-w acme --script ${priceChange}`);
  await term.key('Enter');
  await term.saw('Run plan plan-eval-price-change, version 1?');
  await say(term, '', 'esc later');
  await term.answer('Escape', 'waits for you');
  await say(term, '/new', 'Not done: a run is at work');
  await term.key('Escape');
  await term.saw(/paused after/);
  await say(term, '/new', /─── workspace acme · session s-[^·]*───/);
  // The app changes meanwhile.
  edit(term.cwd, { [`${appFolder}/agents/executor.yaml`]: ['prompt: |', 'prompt: |\n  Be quick.'] });
  await term.saw('agents/executor.yaml changed: in use from the next prompt.');
  const [run] = runsOf(term.cwd);
  await say(
    term,
    `/resume ${run?.runId}`,
    /APPROVAL[\s\S]*APPROVAL[\s\S]*Run plan plan-eval-price-change, version 1\?/,
  );
  await term.answer('1', /now costs 6\.49[\s\S]*done in/);
  await term.key('C-d');
  await term.saw(/\$\s*$/);
});

t.test('a file of the app that is saved is used from the next prompt; a mistake is shown', { skip }, async (t) => {
  const term = await chat(t, '-w acme --script say.yaml');
  const file = join(term.cwd, appFolder, 'agents', 'planner.yaml');
  const text = readFileSync(file, 'utf8');
  // As editors do it: a new file in the place of the old one.
  const save = (content: string) => {
    writeFileSync(`${file}.tmp`, content);
    renameSync(`${file}.tmp`, file);
  };
  // The chat begins to watch once it is there.
  await term.key('C-u');
  await term.until(/files +\d+, watched/, '/debug', 'Enter');
  save(text.replace('role: planner', 'role: plannner'));
  const bad = await term.saw('did you mean "planner"?');
  t.match(bad, /agents\/planner\.yaml changed, with a mistake; the version before stays in use\./);
  t.match(bad, /planner\.yaml:2:7\n *2 \| role: plannner\n *\| +\^{8} did you mean/, 'with its code frame');
  await say(term, 'does it work?', /› does it work\?[\s\S]*An answer\.[\s\S]*done in/);
  save(text);
  await term.saw(/the mistakes are gone; nothing else is different, so\s+the\s+earlier\s+version\s+stays\s+in\s+use\./);
  save(text.replace(/description: .*/, 'description: Another one.'));
  await term.saw('agents/planner.yaml changed: in use from the next prompt.');
  await say(term, 'and now?', /› and now\?[\s\S]*An answer\.[\s\S]*done in/);
  t.equal(new Set(runsOf(term.cwd).map(({ session }) => session)).size, 1, 'in the same session');

  // A file that is named before it is there.
  const app = join(term.cwd, appFolder, 'app.yaml');
  const whole = readFileSync(app, 'utf8');
  writeFileSync(app, whole.replace(/agents:\n/, 'agents:\n  helper: ./agents/helper.yaml\n'));
  await term.saw('there is no file "./agents/helper.yaml"');
  writeFileSync(join(term.cwd, appFolder, 'agents', 'helper.yaml'), 'role: specialist\nmodel: main\nprompt: Help.\n');
  await term.saw(/helper\.yaml changed: the mistakes are gone; in use|no agent calls|unused/);
  writeFileSync(app, whole.replace('name: coordinator-planner-executor', 'name: another'));
  await term.saw('Restart harness chat to use it');
  writeFileSync(app, whole);
  const plan = join(term.cwd, appFolder, 'plans', 'catalog-action-plan.yaml');
  writeFileSync(plan, readFileSync(plan, 'utf8').replace('rationale:\n', 'remark: { type: string }\n  rationale:\n'));
  await term.saw(
    /catalog-action-plan\.yaml changed[\s\S]*generated\/plans\.ts\s+is\s+stale:\s+run\s+`harness\s+codegen`/,
  );
  const space = join(term.cwd, appFolder, 'workspaces', 'acme.yaml');
  writeFileSync(space, readFileSync(space, 'utf8').replace(/displayName: .*/, 'displayName: Changed'));
  await term.saw('Restart harness chat to use what changed in workspace "acme"');
  rmSync(app);
  await term.saw('app.yaml changed, with');
  writeFileSync(app, whole);
  await term.key('C-d');
  await term.saw(/\$\s*$/);
});

t.test(
  'a script that is saved is played from the next prompt on; with a mistake the one before stays',
  { skip },
  async (t) => {
    const term = await chat(t, '-w acme --script say.yaml');
    await sleep(500);
    await term.key('C-u');
    const save = (text: string) => writeFileSync(join(term.cwd, 'say.yaml'), text);
    save(answers.replace('say: An', 'sey: An'));
    const bad = await term.saw('did you mean "say"?');
    t.match(bad, /^say\.yaml changed, with .*; the version before stays in use\.$/m);
    t.match(bad, /say\.yaml:4:7\n *4 \| +- sey: An answer\.\n *\| +\^{3}/, 'with its code frame');
    await say(term, 'first', /› first\s+An answer\.\s+done in/);
    save(answers.replace('An answer', 'Another answer'));
    await term.saw('say.yaml changed: the mistakes are gone; in use from the next prompt.');
    await say(term, 'second', /› second\s+Another answer\.\s+done in/);
    save(answers.replace('coordinator:', 'coordinatr:'));
    await term.saw(/coordinatr[\s\S]*did you mean "coordinator"\?/);
    // As an editor does it that takes the file away for a moment.
    rmSync(join(term.cwd, 'say.yaml'));
    await term.saw(/there is no script/);
    save(answers.replace('An answer', 'A third answer'));
    await term.saw(/the mistakes are gone; in use from the next prompt\.[\s\S]*the mistakes are gone; in use from/);
    await say(term, 'third', /› third\s+A third answer\.\s+done in/);
    t.equal(new Set(runsOf(term.cwd).map(({ session }) => session)).size, 1, 'in the same session');
    await term.key('C-d');
    await term.saw(/\$\s*$/);
  },
);

t.test('a run that is at work keeps its version of the app', { skip }, async (t) => {
  const cwd = project(t, gated);
  const gate = gateOf(cwd);
  const term = await chat(t, `-w acme --script ${priceChange}`, cwd);
  await term.key('Enter');
  await term.saw('Run plan plan-eval-price-change, version 1?');
  await term.answer('1', 'plan plan-eval-price-change approved');
  await gate.begun();
  edit(cwd, { [`${appFolder}/agents/executor.yaml`]: ['prompt: |', 'prompt: |\n  Be quick.'] });
  await term.saw('agents/executor.yaml changed: in use from the next prompt.');
  gate.open();
  await term.saw(/now costs 6\.49[\s\S]*done in/);
  await say(term, '/debug', /last error {2}none/);
  await term.key('C-d');
  await term.saw(/\$\s*$/);
});

t.test('a workspace that is in use: who has it is told, the chat waits, and Ctrl-C leaves', { skip }, async (t) => {
  const cwd = project(t);
  writeFileSync(join(cwd, 'say.yaml'), answers);
  const dir = join(cwd, stateFolder);
  const lock = await lockWorkspace({ dir, workspace: 'acme', command: 'a test', waitMs: 0 });
  const term = await terminal(t, { cwd });
  await term.type('harness chat -w acme --script say.yaml; echo "left: $?"\r');
  await term.saw(`waiting for the workspace, which is in use by process ${process.pid} (a test`);
  await sleep(4000);
  t.notMatch(await term.all(), /^left:/m, 'it waits for longer than a command does');
  await term.key('C-c');
  await term.saw(/\$\s*$/);
  await term.type('harness chat -w acme --script say.yaml\r');
  await term.saw(/waiting for the workspace[\s\S]*waiting for the workspace/);
  lock.release();
  await term.saw('enter sends');

  const other = await lockWorkspace({ dir: join(dir, '..', 'globex'), workspace: 'globex', command: 'b', waitMs: 0 });
  await term.key('C-u');
  await say(term, '/workspace globex', 'opening workspace globex');
  await term.saw('Not done: workspace "globex" is in use by process');
  other.release();
  t.match(await term.screen(), /acme │ coordinator/, 'the chat stays where it is');
  await say(term, 'still here?', /› still here\?[\s\S]*done in/);
  await term.key('C-d');
  await term.saw(/\$\s*$/);
});

t.test('another model for an agent, and a conversation that is compacted', { skip }, async (t) => {
  const usage = { input_tokens: 1200, output_tokens: 30 };
  const { url, received } = await provider(
    t,
    says([{ text: `An answer. ${'It says a lot. '.repeat(40)}` }], { usage }),
  );
  const env = { ANTHROPIC_API_KEY: 'test-key-of-the-loopback', ANTHROPIC_BASE_URL: url };
  const term = await chat(t, '-w acme', project(t), env);
  await say(term, 'first question', /› first question[\s\S]*done in/);
  await say(term, '/model', /fast +claude-haiku-5-5 \(anthropic\)[\s\S]*coordinator +main/);
  await say(term, '/model nothing', 'There is no agent and no model "nothing"');
  await say(term, '/model coordinator fastt', /Not done: app .* has no model "fastt"; did you mean "fast"\?/);
  await say(term, '/model fast', 'coordinator has fast from the next prompt on');
  await term.saw(/\nacme │ coordinator │ fast/);
  await say(term, 'second question', /› second question[\s\S]*done in/);
  t.strictSame(
    received.map(({ body }) => body.model),
    ['claude-sonnet-5-5', 'claude-haiku-5-5'],
  );
  t.match(JSON.stringify(received[1]?.body), /first question/, 'in the same conversation');
  for (const word of ['three', 'four', 'five', 'six', 'seven']) {
    await say(term, `question ${word}`, new RegExp(`› question ${word}[\\s\\S]*done in`));
  }
  await say(term, '/compact', /› \/compact[\s\S]*context: \d+ turns summarised[\s\S]*done in/);
  await say(term, 'the last question', /› the last question[\s\S]*done in/);
  const { messages = [] } = received.at(-1)?.body ?? {};
  t.ok(messages.length <= 9, `${messages.length} of 17 messages`);
  t.match(JSON.stringify(messages[0]), /turns of this conversation/);
  // The model is this chat's: the app is as it was.
  t.match(readFileSync(join(term.cwd, appFolder, 'agents', 'coordinator.yaml'), 'utf8'), /model: main/);
  await say(term, '/new', /─── workspace acme · session s-[^·]*───/);
  await term.saw(/\nacme │ coordinator │ fast/);
  await say(term, '/resume', 'SESSIONS');
  await term.key('Escape');
  await term.saw('enter sends');
  await term.key('C-d');
  await term.saw(/\$\s*$/);
});

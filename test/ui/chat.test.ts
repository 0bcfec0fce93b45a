import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { JsonObject } from '../../src/core/json.ts';
import { openStore } from '../../src/store/open.ts';
import { priceChange, project, stateFolder } from '../commands/cli.ts';
import { begin, eventsOf, provider } from '../interpreters/server.ts';
import { noTmux, type Terminal, type TerminalOptions, terminal } from './tmux.ts';

t.setTimeout(600_000);
const skip = noTmux;

/** A chat that is open in a terminal of its own, over a shell with a history. */
async function chat(
  t: Test,
  words: string,
  options: Partial<TerminalOptions> = {},
): Promise<Terminal & { cwd: string }> {
  const cwd = options.cwd ?? project(t);
  const term = await terminal(t, { ...options, cwd });
  await term.type('echo before the chat\n');
  await term.saw(/^before the chat/m);
  await term.type(`harness chat -w acme ${words}\n`);
  await term.saw(/enter sends|approvals: ask/);
  return { ...term, cwd };
}

/** The terminal is as the chat found it: cooked, with its cursor, its history, and without the alternate screen. */
async function restored(t: Test, term: Terminal): Promise<void> {
  // What is typed before the shell is back may still be the chat's.
  await term.saw(/\$\s*$/);
  await term.type('stty -a; echo the end\n');
  const all = await term.saw(/^the end/m);
  t.match(all, / icanon/, 'cooked');
  t.match(all, / echo /, 'echo');
  t.equal(await term.flag('cursor_flag'), '1', 'the cursor is shown');
  t.equal(await term.flag('alternate_on'), '0');
  t.match(all, /^before the chat/m, "the shell's history is there");
}

/** What became of the plan, and how the last run ended. */
function record(cwd: string): { plans: string[]; status: string | undefined; decisions: string[] } {
  const store = openStore(join(cwd, stateFolder, 'state.db'));
  try {
    const plans = store.plans().map(({ planId, version, status }) => `${planId} ${version} ${status}`);
    const decisions = [...store.approvals()].reverse().map(({ decision }) => decision?.kind ?? 'none');
    return { plans, status: store.runs()[0]?.status, decisions };
  } finally {
    store.close();
  }
}

const script = (steps: string) => {
  const cwd = project(t);
  writeFileSync(join(cwd, 'script.yaml'), steps);
  return cwd;
};

const plan = (price: number) => {
  const action = `{ kind: price_change, productId: p-001, newPrice: ${price}, reason: Time. }`;
  const body = `{ rationale: It is time., actions: [${action}] }`;
  return `{ call: storePlan, args: { specName: CatalogActionPlan, planId: cheap, body: ${body} } }`;
};

/** A plan that is sent back once. */
const twoDrafts = `prompt: Make it cheap.
script:
  coordinator:
    - { call: call_agent, args: { agent: planner, prompt: Plan. } }
    - { call: call_agent, args: { agent: executor, prompt: Execute. } }
    - { call: call_agent, args: { agent: planner, prompt: Plan again. } }
    - { call: call_agent, args: { agent: executor, prompt: Execute again. } }
    - say: Done at last.
  planner:
    - ${plan(6)}
    - say: Stored.
    - ${plan(5.5)}
    - say: Stored again.
  executor:
    - { call: executePlan, args: { planId: cheap } }
    - say: It was sent back.
    - { call: executePlan, args: { planId: cheap } }
    - say: Applied.
`;

t.test('a scripted run: nested agents, cards, a plan approved', { skip }, async (t) => {
  const term = await chat(t, `--script ${priceChange}`);
  await term.saw('› Lower p-001 to 6.49');
  await term.key('Enter');
  await term.saw('esc later');
  const asked = await term.saw('❯ 1  Approve and run');
  t.match(asked, /coordinator → planner {2}Plan the price change/);
  t.match(asked, /│ ✓ storePlan .*stored/);
  t.match(asked, /╰ Stored plan-eval-price-change, which lowers p-001 to 6\.49\. +1 call/);
  t.match(asked, /asked by {2}coordinator → executor/);
  t.match(asked, /because {3}by default: executing a plan/);
  t.match(asked, /1 {2}price_change {2}productId p-001 {3}newPrice 6\.49/);
  // A key that is typed before the question can be seen is no answer: it stands in the line afterwards.
  await term.answer('Escape', 'waits for you');
  await term.lost('❯ 1  Approve and run');
  await term.type('\t1');
  await term.saw('❯ 1  Approve and run');
  await sleep(600);
  t.same(record(term.cwd).decisions, ['none']);
  const done = await term.answer('1', /done in .* run r-/);
  t.match(done, /✓ plan plan-eval-price-change approved/);
  t.match(done, /✓ price_change: Price changed\./);
  t.match(done, /Sparkling Water 12pk \(p-001\) now costs 6\.49/);
  await term.saw('› 1');
  await term.key('C-u', 'C-d');
  await restored(t, term);
  t.same(record(term.cwd), { plans: ['plan-eval-price-change 1 executed'], status: 'done', decisions: ['approve'] });
});

t.test('a plan sent back with a note, its new version shown with what changed, and approved', { skip }, async (t) => {
  const term = await chat(t, '--script script.yaml', { cwd: script(twoDrafts) });
  await term.key('Enter');
  await term.saw('esc later');
  await term.answer('3', 'What should be different?');
  await term.type('below 5.60, please\r');
  const again = await term.saw('changed since version 1');
  t.match(again, /! plan cheap sent back: below 5\.60, please/);
  t.match(again, /actions\[0\]\.newPrice\n(?:│ )*.*- 6\n(?:│ )*.*\+ 5\.5/);
  await term.saw('Run plan cheap, version 2?');
  await term.answer('Enter', 'Done at last.');
  await term.key('C-d');
  await restored(t, term);
  t.same(record(term.cwd), { plans: ['cheap 2 executed'], status: 'done', decisions: ['revise', 'approve'] });
});

t.test('a plan rejected with a reason; Escape only puts it aside', { skip }, async (t) => {
  const term = await chat(t, '--script script.yaml', {
    cwd: script(twoDrafts),
  });
  await term.key('Enter');
  await term.saw('esc later');
  await term.answer('Escape', 'waits for you: plan cheap');
  await term.type('a later question\r');
  await term.saw('queued 1: a later question');
  await term.key('Tab');
  await term.saw('Run plan cheap, version 1?');
  await term.answer('4', 'Why not?');
  await term.type('too cheap\r');
  await term.saw('plan cheap rejected: too cheap');
  await term.saw('Run plan cheap, version 2?');
  t.same(record(term.cwd).decisions, ['reject', 'none']);
  await term.key('C-c');
  await term.saw(/paused after/);
  await term.saw('› a later question');
  await term.key('C-c');
  await term.key('C-c', 'C-c');
  await term.saw('harness approvals approve');
  await restored(t, term);
  t.equal(record(term.cwd).status, 'paused');
});

t.test('a plan edited in $EDITOR: checked, confirmed, run as changed', { skip }, async (t) => {
  const cwd = project(t);
  writeFileSync(join(cwd, 'editor.sh'), 'sed -i "s/newPrice: $FROM/newPrice: $TO/" "$1"\nexport FROM=x\n');
  const term = await chat(t, `--script ${priceChange}`, {
    cwd,
    env: { EDITOR: `sh ${cwd}/editor.sh`, FROM: '6.49', TO: '6.25' },
  });
  await term.key('Enter');
  await term.saw('esc later');
  const edited = await term.answer('2', 'Run it as changed');
  t.match(edited, /what you changed\nactions\[0\]\.newPrice\n +- 6\.49\n +\+ 6\.25/);
  t.same(record(cwd).decisions, ['none']);
  await term.answer('1', /done in .* run r-/);
  t.same(record(cwd), { plans: ['plan-eval-price-change 2 executed'], status: 'done', decisions: ['edit'] });
  await term.key('C-d');
  await restored(t, term);
});

/** A model that says words of a text, one after the other, until the chat hangs up. */
async function talker(t: Test, text: string, pauseMs: number) {
  return provider(t, (response) => {
    const send = begin(response);
    const events = eventsOf([{ text }], { piece: 12 });
    const next = async (rest: readonly JsonObject[]) => {
      for (const event of rest) {
        if (response.destroyed) return;
        send(event);
        await sleep(pauseMs);
      }
      response.end();
    };
    void next(events);
  });
}

const live = (url: string) => ({ ANTHROPIC_API_KEY: 'test-key-of-the-loopback', ANTHROPIC_BASE_URL: url });
const paragraphs = (count: number) =>
  Array.from({ length: count }, (_, at) => `Paragraph ${at + 1} has **some** words.`).join('\n\n');

t.test('streaming: Markdown as it comes, a prompt queued meanwhile, Escape stops', { skip }, async (t) => {
  const { url } = await talker(t, `# Title\n\n${paragraphs(400)}`, 5);
  const term = await chat(t, '', { env: live(url), rows: 20 });
  await term.type('Talk.\r');
  await term.saw('Paragraph 12 has some words.');
  await term.type('And then?\r');
  await term.saw('queued 1: And then?');
  await term.key('Escape');
  const stopped = await term.saw(/stopped after .* run r-/);
  t.match(stopped, /^Paragraph 1 has some words\.$/m);
  t.match(stopped, /^before the chat/m, "a live area higher than the screen leaves the shell's history");
  t.equal(stopped.match(/^Paragraph 3 has some words\.$/gm)?.length, 1, 'once');
  await term.saw('› And then?');
  await term.key('C-c');
  await term.key('C-d');
  await restored(t, term);
  t.equal(record(term.cwd).status, 'interrupted');
});

t.test('what was queued is sent when the run is done; what is taken back is not', { skip }, async (t) => {
  const { url, received } = await talker(t, paragraphs(12), 20);
  const term = await chat(t, '', { env: live(url) });
  await term.type('First.\r');
  await term.saw('Paragraph 2 has');
  await term.type('Second.\r');
  await term.type('Third.\r');
  await term.saw('queued 2: Third.');
  await term.key('M-Up');
  await term.saw('› Third.');
  await term.key('C-u');
  await term.saw('› Second.');
  await term.saw(/done in[\s\S]*done in/);
  const prompts = received.map(({ body }) => JSON.stringify(body.messages.at(-1)));
  t.equal(prompts.length, 2);
  t.match(prompts[1], /Second\./);
  await term.key('C-d');
  await restored(t, term);
});

t.test('a storm of sizes leaves one prompt and no ghosts', { skip }, async (t) => {
  const { url } = await talker(t, paragraphs(200), 10);
  const term = await chat(t, '', { env: live(url) });
  await term.type('Talk.\r');
  await term.saw('Paragraph 3 has');
  await term.storm([
    [60, 20],
    [100, 30],
    [40, 14],
    [80, 24],
    [52, 14],
    [110, 30],
  ]);
  await term.saw('Paragraph 60 has');
  await term.key('Escape');
  await term.saw('stopped after');
  await term.saw('enter sends');
  // One prompt, and one status line.
  await term.sawOnce('enter sends');
  const all = await term.sawOnce('approvals: ask');
  t.equal(all.match(/^Paragraph 2 has some words\.$/gm)?.length, 1);
  await term.key('C-d');
  await restored(t, term);
});

t.test('a terminal that becomes lower than a question keeps nothing of it', { skip }, async (t) => {
  const term = await chat(t, `--script ${priceChange}`);
  await term.key('Enter');
  await term.saw('esc later');
  const before = await term.all();
  for (const [columns, rows] of [
    [100, 7],
    [100, 30],
    [80, 5],
    [100, 12],
    [60, 30],
  ] as const) {
    await term.resize(columns, rows);
    await sleep(200);
    await term.saw(rows < 9 ? /Run plan plan-eval[^\n]*\n[❯ ] 1 {2}Approve/ : /[❯ ] 5 {2}Reject…|4 {2}Reject…/);
    const all = await term.all();
    t.equal(all.match(/Run plan plan-eval/g)?.length, 1, `${columns}x${rows}: one question`);
    t.equal(all.match(/Approve and run/g)?.length, 1);
  }
  const head = before.slice(before.indexOf('harness chat ·'), before.indexOf('APPROVAL'));
  await term.resize(100, 30);
  await term.saw('esc later');
  t.match(await term.all(), head, 'and what was said is whole');
  await sleep(600);
  await term.key('1');
  await term.saw('done in');
  await term.key('C-d');
  await restored(t, term);
});

t.test('pastes, lines, history, search and completion', { skip }, async (t) => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.push(body);
      const send = begin(response);
      for (const event of eventsOf([{ text: 'Heard.' }])) send(event);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const term = await chat(t, '', { env: live(url) });
  let answers = 0;
  const sent = async (words: RegExp) => {
    answers += 1;
    await term.saw(new RegExp(`(?:Heard\\.\\s+done in[\\s\\S]*){${answers}}`));
    t.match(seen.pop(), words);
  };
  await term.paste(`${Array.from({ length: 30 }, (_, at) => `row ${at}`).join('\n')}`);
  await term.saw('› [paste 1: 30 lines]');
  await term.type(' sum it up\r');
  await sent(/row 0\\nrow 1\\nrow 2.*row 29 sum it up/);
  await term.type('one\\\rtwo');
  await term.key('C-j');
  await term.type('three\r');
  await sent(/one\\ntwo\\nthree/);
  await term.key('Up');
  await term.saw(/› one\n {2}two\n {2}three/);
  await term.key('C-c');
  await term.key('C-r');
  await term.type('sum');
  await term.saw(/search: sum.*→.*row 0/);
  await term.key('Escape');
  // An escape that something follows at once is a key with Alt.
  await term.lost('search:');
  await term.type('ask @plann');
  await term.saw('❯ @planner');
  await term.key('Tab');
  await term.type('now\r');
  await sent(/ask @planner now/);
  await term.type('\u001b[201~');
  await term.type('/he');
  await term.saw('❯ /help');
  await term.key('Tab', 'Enter');
  await term.saw('take the last queued prompt back');
  t.equal(await term.flag('alternate_on'), '1', 'help is a page');
  await term.key('q');
  await term.saw('enter sends');
  await term.key('C-d');
  await restored(t, term);
  const kept = readFileSync(join(term.cwd, stateFolder, 'history.jsonl'), 'utf8');
  t.match(kept, /one\\ntwo\\nthree/);
});

t.test('what a model says controls nothing in the terminal', { skip }, async (t) => {
  const evil = '\u001b]0;owned\u0007\u001b[2J\u001b[31mred\u001b[?1049h \u202eabc\u202c';
  const { url } = await talker(t, `Before ${evil} after.`, 1);
  const term = await chat(t, '', { env: live(url) });
  await term.type('Talk.\r');
  const all = await term.saw(/Before .*\\u001b\[2J.*after\./);
  t.match(all, /^before the chat/m);
  t.equal(await term.flag('alternate_on'), '0');
  t.not(await term.flag('pane_title'), 'owned');
  await term.key('C-d');
  await restored(t, term);
});

t.test('SIGTERM restores the terminal; Ctrl+Z suspends and fg goes on', { skip }, async (t) => {
  const term = await chat(t, `--script ${priceChange}`);
  await term.key('C-z');
  await term.saw('Stopped');
  await term.type('echo meanwhile; fg\n');
  await term.saw(/^meanwhile/m);
  await term.saw(/harness chat[\s\S]*meanwhile[\s\S]*› Lower p-001/);
  await term.type(' x');
  await term.saw('apply it. x');
  await term.key('C-z');
  await term.saw(/Stopped[\s\S]*Stopped/);
  await term.type('kill -TERM %1; fg\n');
  await restored(t, term);
});

t.test('small and strange terminals', { skip }, async (t) => {
  await t.test('40 columns, 8 rows', async (t) => {
    const term = await chat(t, `--script ${priceChange}`, { columns: 40, rows: 8 });
    await term.key('Enter');
    await term.saw('1  Approve and run');
    await term.answer('1', 'done in');
    await term.key('C-d');
    await restored(t, term);
  });
  await t.test('a size of 0', async (t) => {
    const cwd = project(t);
    const term = await terminal(t, { cwd });
    await term.type(`stty cols 0 rows 0; harness chat -w acme --script ${priceChange}\n`);
    await term.saw('enter sends');
    await term.key('Enter');
    await term.saw('esc later');
    await term.answer('1', 'done in');
    await term.key('C-d');
    await term.saw(/\$\s*$/);
  });
  for (const [name, setting, words] of [
    ['TERM=dumb', { TERM: 'dumb' }, ''],
    ['--plain', {}, '--plain'],
  ] as const) {
    await t.test(name, async (t) => {
      const cwd = project(t);
      const term = await terminal(t, { cwd, env: setting });
      await term.type(`harness chat -w acme ${words} --script ${priceChange}\n`);
      await term.saw('prompt: ');
      await term.type('Do it.\n');
      await term.saw('Type one of: approve; edit; revise and what to change; reject and why; later.');
      await term.type('yes\n');
      await term.saw(/Type one of[\s\S]*Type one of/);
      await term.type('approve\n');
      const all = await term.saw('now costs 6.49');
      t.notMatch(all, /[╭│╰●❯⠋]/, 'no boxes');
      await term.saw(/done in/);
      await term.type('/quit\n');
      await term.saw(/\$\s*$/);
      t.equal(record(cwd).status, 'done');
    });
  }
  await t.test('NO_COLOR', async (t) => {
    const term = await chat(t, `--script ${priceChange}`, { env: { NO_COLOR: '1' } });
    await term.key('Enter');
    await term.saw('esc later');
    await term.key('C-c');
    await term.saw('paused after');
    await term.key('C-d');
    await restored(t, term);
  });
});

t.test('without a key one message says what is missing', { skip }, async (t) => {
  const term = await terminal(t, { cwd: project(t) });
  await term.type('harness chat; echo "exit $?"\n');
  const all = await term.saw('exit 2');
  t.match(all, /needs ANTHROPIC_API_KEY, which is not set/);
  t.notMatch(all, /enter sends/);
});

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { openStore } from '../../src/store/open.ts';
import { appFolder, gated, gateOf, priceChange, project, run, stateFolder } from '../commands/cli.ts';
import { noPty, pty } from './pty.ts';
import { noTmux, type Terminal, terminal } from './tmux.ts';
import { twoActions } from './two-actions.ts';

t.setTimeout(300_000);

/** What was decided, the first decision first. */
function decisions(cwd: string): string[] {
  const store = openStore(join(cwd, stateFolder, 'state.db'));
  try {
    return [...store.approvals()].reverse().map(({ decision }) => decision?.kind ?? 'none');
  } finally {
    store.close();
  }
}

const quiet = (cwd: string) => {
  mkdirSync(join(cwd, '.config', 'harness'), { recursive: true });
  writeFileSync(join(cwd, '.config', 'harness', 'settings.yaml'), 'title: false\n');
};

t.test(
  'a question that comes up below a page: told at once, decided by no key of the page',
  { skip: noPty },
  async (t) => {
    const cwd = project(t, gated);
    const gate = gateOf(cwd);
    writeFileSync(join(cwd, 'script.yaml'), twoActions);
    quiet(cwd);
    // This terminal does not know its size.
    const term = pty(t, ['chat', '-w', 'acme', '--script', 'script.yaml'], { cwd });
    await term.saw('enter sends');
    term.type('\r');
    await term.saw('Approve, ask before each action');
    t.equal(await term.rang(1), 1, 'a bell for the first question');
    const first = await term.answer('2', 'Run action 1 of 2');
    t.equal(await term.rang(2), 2);
    // The first action takes its time; the page is there before the second question is.
    await term.answer('1', 'action 1 of plan cheap approved');
    await gate.begun();
    term.type('/agents\r');
    const page = await term.saw('AGENTS', first);
    gate.open();
    await term.saw('1 approval waiting in the chat', page);
    t.equal(await term.rang(3), 3, 'one bell, while the page is open');
    for (const key of ['1', 'y', '\r', '\u001b[A']) {
      term.type(key);
      await sleep(50);
    }
    // Typed before the question can be seen again, and as soon as it can be, together with others.
    term.type('\u00031');
    await term.saw('Run action 2 of 2', page);
    term.type('\u001b[B1\r');
    await sleep(600);
    t.same(decisions(cwd), ['approve', 'approve', 'none']);
    t.equal(await term.rang(3), 3, 'it is not told again');
    await term.answer('1', 'Done at last.');
    // The key that came too soon stands in the line.
    term.type('\u0015\u0004');
    t.equal(await term.ended, 0);
    t.same(decisions(cwd), ['approve', 'approve', 'approve']);
    const last = (code: string) => term.text().lastIndexOf(`\u001b[?${code}`);
    t.ok(last('2004l') > last('2004h') && last('25h') > last('25l'), 'the terminal is as it was');
  },
);

/** A chat in tmux, over a shell with a history. */
async function chat(
  t: Test,
  cwd = project(t),
  env: Readonly<Record<string, string>> = {},
): Promise<Terminal & { cwd: string }> {
  writeFileSync(join(cwd, 'script.yaml'), twoActions);
  const term = await terminal(t, { cwd, env });
  await term.type('echo before the chat\n');
  await term.saw(/^before the chat/m);
  await term.type('harness chat -w acme --script script.yaml\n');
  await term.saw('enter sends');
  await term.key('C-u');
  return { ...term, cwd };
}

function holder(cwd: string): number {
  return (JSON.parse(readFileSync(join(cwd, stateFolder, 'holder.json'), 'utf8')) as { pid: number }).pid;
}

/** The terminal is as the chat found it. */
async function restored(t: Test, term: Terminal): Promise<void> {
  await term.saw(/\$\s*$/);
  await term.type('stty -a; echo the end\n');
  const all = await term.saw(/^the end/m);
  t.match(all, / icanon/, 'cooked');
  t.match(all, / echo /, 'echo');
  t.match(all, /^before the chat/m, "the shell's history is there");
  t.same([await term.flag('cursor_flag'), await term.flag('alternate_on')], ['1', '0']);
}

t.test('a page: keys that come at once, Ctrl+Z, a storm of sizes, SIGTERM', { skip: noTmux }, async (t) => {
  const term = await chat(t);
  await term.type('/agents\r\u001b[B\r');
  await term.saw(/PROMPT +data_analyst/);
  await term.type('qqback in the chat');
  await term.saw('› back in the chat');
  await term.key('C-u');
  await term.type('/trace nosuch\rqq\r');
  await term.saw('there is no run yet');
  await term.saw('enter sends');
  t.notMatch(await term.all(), /^› qq/m, 'what was typed for a page that never came is not sent');
  await term.type('/agents\r');
  await term.saw('AGENTS');
  await term.key('C-z');
  await term.saw('Stopped');
  t.same([await term.flag('cursor_flag'), await term.flag('alternate_on')], ['1', '0']);
  await term.type('echo meanwhile; fg\n');
  await term.saw('AGENTS');
  await term.storm([
    [60, 20],
    [100, 30],
    [40, 8],
    [24, 5],
    [100, 30],
  ]);
  // One page: the alternate screen has nothing that scrolled off it.
  await term.saw(/─{99}/);
  await term.sawOnce('AGENTS');
  await term.sawOnce('esc chat');
  await term.key('q');
  // One prompt.
  await term.sawOnce('enter sends');
  const all = await term.sawOnce('approvals: ask');
  t.match(all, /^meanwhile/m);
  await term.type('/agents\r');
  await term.saw('AGENTS');
  process.kill(holder(term.cwd), 'SIGTERM');
  await restored(t, term);
});

t.test("SIGTERM while the person's editor has the terminal", { skip: noTmux }, async (t) => {
  const cwd = project(t);
  const tmp = join(cwd, 'tmp');
  const term = await chat(t, cwd, { EDITOR: `sh ${cwd}/editor.sh`, TMPDIR: tmp });
  writeFileSync(join(cwd, 'editor.sh'), 'echo "EDITING $1"; exec sleep 60\n');
  // There is no room for the draft: that is said, and the chat goes on.
  await term.type('a draft');
  await term.key('C-g');
  await term.saw('ENOENT: no such file or directory');
  await term.saw('› a draft');
  mkdirSync(tmp);
  const drafts = () => readdirSync(tmp).filter((name) => name.startsWith('harness-edit-'));
  await term.key('C-g');
  await term.saw('EDITING');
  // What the terminal shows is the editor's.
  await term.resize(70, 20);
  await sleep(200);
  t.notMatch(await term.screen(), /─|enter sends|approvals/);
  t.equal(drafts().length, 1);
  process.kill(holder(term.cwd), 'SIGTERM');
  await restored(t, term);
  t.same(drafts(), [], 'the draft is gone');
});

/** What would do something in a terminal if it got there: the title, the clipboard, modes, colours, the direction. */
const hostile =
  '\u001b]0;owned\u0007\u001b]52;c;b3duZWQ=\u0007\u001b]9;owned\u0007\u009b5m\u001b[?47h\u001b[45m\u202e!';
const raw = ['\u001b]0;', '\u001b]52;', '\u001b]9;', '\u009b', '\u001b[?47h', '\u001b[45m', '\u202e'];
const reached = (text: string) => raw.filter((each) => text.includes(each));
/** The same in a YAML file. */
const inYaml = `"${[...hostile].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`;
const hostileScript = `prompt: ${inYaml}
script:
  coordinator:
    - { say: ${inYaml}, call: call_agent, args: { agent: data_analyst, prompt: ${inYaml} } }
    - { call: call_agent, args: { agent: planner, prompt: Plan. } }
    - { call: call_agent, args: { agent: executor, prompt: Execute. } }
    - say: ${inYaml}
  data_analyst:
    - { call: execute_query, args: { sql: "SELECT name FROM products" } }
    - { call: execute_query, args: { sql: ${inYaml} } }
    - say: ${inYaml}
  planner:
    - { call: storePlan, args: { specName: CatalogActionPlan, planId: cheap, body: { rationale: ${inYaml}, actions: [{ kind: price_change, productId: p-001, newPrice: 6, reason: ${inYaml} }] } } }
    - say: Stored.
  executor:
    - { call: executePlan, args: { planId: cheap } }
    - say: Done.
`;

t.test(
  'texts of models, tools, files and tables control nothing, wherever they are shown',
  { skip: noPty },
  async (t) => {
    const cwd = project(t, {
      [`${appFolder}/workspaces/acme.yaml`]: ['displayName: ACME Demo', `displayName: ${inYaml}`],
      [`${appFolder}/agents/coordinator.yaml`]: ['description: ', `description: ${inYaml} #`],
      [`${appFolder}/data/shop.sql`]: ["'Sparkling Water 12pk'", `'${hostile}'`],
      [`${appFolder}/app.yaml`]: ['summary: Price changed.', `summary: ${inYaml}`],
      'script.yaml': hostileScript,
    });
    const planner = join(cwd, appFolder, 'agents', 'planner.yaml');
    writeFileSync(
      planner,
      readFileSync(planner, 'utf8').replace(/prompt: \|[\s\S]*/, () => `prompt: ${inYaml}\n`),
    );
    t.match(await run(['catalog', 'index', '-w', 'acme'], { cwd }), { code: 0 });
    const term = pty(t, ['chat', '--script', 'script.yaml'], { cwd, size: { columns: 120, rows: 40 } });
    const shows = async (keys: string, wanted: string | RegExp) => {
      const from = term.text().length;
      term.type(keys);
      await term.saw(wanted, from);
      await term.saw('u001b]0;owned', from);
    };
    await term.saw('u001b]0;owned');
    await shows('\r', 'enter sends');
    await shows('\r', 'Approve and run');
    const asked = term.text().length;
    await term.answer('1', 'done in');
    await term.saw('u001b]0;owned', asked);
    for (const [page, title] of [
      ['/runs', 'RUNS'],
      ['/trace', 'TRACE'],
      ['/sessions', 'SESSIONS'],
      ['/sessions\r\r', 'SESSION\u001b'],
      ['/approvals\r\r', 'APPROVAL\u001b'],
      ['/agents', 'AGENTS'],
      ['/agents planner\r\r', 'PROMPT'],
      ['/workspace', 'WORKSPACE'],
      ['/catalog products\r\r\t', /TABLE|ROW/],
      ['/rewind', 'enter go back'],
    ] as const) {
      await shows(`${page}\r`, title);
      const from = term.text().length;
      term.type('\u0003');
      await term.saw('enter sends', from);
    }
    for (const command of ['/plan', '/expand']) await shows(`${command}\r`, 'enter sends');
    term.type('\u0004');
    t.equal(await term.ended, 0);
    t.same(reached(term.text()), []);
  },
);

t.test('ten megabytes are pasted into a terminal, and the next key is there', { skip: noPty }, async (t) => {
  const cwd = project(t);
  const term = pty(t, ['chat', '-w', 'acme', '--script', priceChange], { cwd, size: { columns: 100, rows: 30 } });
  await term.saw('enter sends');
  term.type('\u0015');
  const from = term.text().length;
  term.type(`\u001b[200~${`${'lorem ipsum 漢字 '.repeat(4)}\r`.repeat(140_000)}\u001b[201~`);
  await term.saw('[paste 1: 140001 lines]', from);
  // The quickest of several: a machine may have other things to do.
  const times: number[] = [];
  for (const marks of ['?', '??', '???']) {
    const begun = performance.now();
    const typed = term.text().length;
    term.type('?');
    await term.saw(`lines]${marks}`, typed);
    times.push(performance.now() - begun);
  }
  t.ok(Math.min(...times) < 2000, `${times.map(Math.round)} ms`);
  t.ok(term.text().length < 50_000, 'it is not written to the screen');
  term.type('\u0003\u0004');
  t.equal(await term.ended, 0);
});

import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { markdownLines } from '../../src/ui/markdown.ts';
import { theme } from '../../src/ui/paint.ts';
import { project, run, sampleName } from '../commands/cli.ts';
import { begin, eventsOf, provider, says } from '../interpreters/server.ts';
import { boxFaults, tableFaults } from './frame-rules.ts';
import { type FramedChat, type FramedOptions, framedChat, restored } from './framed-chat.ts';
import { cellsOf, emulator, rowsOf, type Shown } from './headless.ts';
import { noPty, type Size } from './pty.ts';

t.setTimeout(120_000);
// Most of the time they wait: for a chat to start, and until a question takes keys.
t.jobs = 3;
const skip = noPty;

const prepared = project(t);
t.before(async () => void (await run(['catalog', 'index', '-w', 'acme'], { cwd: prepared })));

const fixtures = fileURLToPath(new URL('../fixtures/frames/', import.meta.url));

const cases = `
- id: greets
  input: Hello.
  assert: [{ kind: contains, value: Hello }]
  script: { coordinator: [{ say: Hello there. }] }
- id: plans
  input: Hello.
  expectedTrajectory: [storePlan]
  script: { coordinator: [{ say: There is no plan. }] }
`;

/** What is different in each run of a test is not looked at. */
function masked(rows: readonly string[]): string {
  const text = rows.map((row) =>
    row.replace(/\b([rs])-[0-9a-z]{12}\b/g, '$1-············').replace(/\d\.\ds\b/g, '·.·s'),
  );
  return `${text.join('\n').trimEnd()}\n`;
}

function sameFrame(t: Test, { screen }: Shown, name: string, { columns, rows }: Size): void {
  t.equal(masked(screen), readFileSync(join(fixtures, `${name}-${columns}x${rows}.txt`), 'utf8'), `frame: ${name}`);
}

/** What is finished, in its order. Each stands in the terminal's history once. */
const finished: readonly RegExp[] = [
  /^harness chat · app coordinator-planner-executor/,
  /^› Make two cheap, and say how the shop is doing/,
  /^● coordinator → data_analyst {2}Which products/,
  /^│ ✓ execute_query SELECT name, '漢字 🎉'/,
  /^│ ✗ execute_query near "nothing": syntax error/,
  /^╰ There are three\. +2 calls · /,
  /^● coordinator → planner {2}Plan\.$/,
  /^│ ▤ plan cheap · version 1 · CatalogActionPlan$/,
  /^│ ✓ storePlan specName=CatalogActionPlan .* stored {2}\d/,
  /^╰ Stored\. +1 call · /,
  /^● coordinator → executor {2}Execute\.$/,
  /^╭─ APPROVAL ─+$/,
  /^│ plan cheap · version 1 · CatalogActionPlan$/,
  /^│ # {2}action {8}arguments$/,
  /^│ 1 {2}price_change {2}productId p-001/,
  /^│ 2 {2}price_change {2}productId p-002/,
  /^╰─+$/,
  /^│ ✓ plan cheap approved$/,
  /^│ ✓ executePlan cheap +2 of 2 actions applied/,
  /^╰ Tried\. +1 call · /,
  /^漢字 in a heading 🎉$/,
  /^The first paragraph with code, 漢字 and 🎉, which is/,
  /^ {2}product +units sold over .* remark$/,
  /^ {2}Sparkling Water .* 52 {3}漢字漢字 wide, a/,
  /^ {2}Tea and milk +7 {3}🎉 and a tab$/,
  /^ {2}SELECT name, sum\(units\) AS units -- 漢字 🎉/,
  /^ {2}FROM orders$/,
  /^• one$/,
  /^ {2}• nested two$/,
  /^• \[ \] three$/,
  /^done in .* · run r-\w+$/,
];

function finishedOnce(t: Test, { all }: Shown): void {
  const found = finished.map((each) => all.flatMap((row, at) => (each.test(row) ? [at] : [])));
  for (const [at, rows] of found.entries()) t.equal(rows.length, 1, `${finished[at]}`);
  const order = found.map(([row = -1]) => row);
  t.same(
    order,
    [...order].sort((a, b) => a - b),
    'in their order',
  );
  t.equal(all.filter((row) => /^│ ✓ price_change: Price changed\.$/.test(row)).length, 2);
  t.same(boxFaults(all), []);
  t.notMatch(
    all.join('\n'),
    /Approve and run|esc later|PAUSED|Run plan|^(?:│ )?· /m,
    'nothing is left of the question',
  );
}

/** What each page shows, and what stands below which title of a column. */
const pages: readonly (readonly [
  keys: string,
  title: string,
  wanted: RegExp,
  below?: Readonly<Record<string, string>>,
])[] = [
  ['?', 'HELP', /enter {2,}send; while a run/],
  ['/runs\r', 'RUNS', /median/, { when: '\\d\\d:', status: '✓ done', prompt: 'Make two' }],
  ['/trace\r', 'TRACE', /execute_\S+ +█[\s\S]*output/],
  ['/catalog\r', 'CATALOG', /table {3}products/],
  ['/catalog products\r\r', 'TABLE', /price {5}REAL/],
  ['/sessions\r', 'SESSIONS', /✓ done, here/, { when: '\\d\\d:', status: '✓ done, here', 'first prompt': 'Make two' }],
  ['/sessions\r\r', 'SESSION', /APPROVAL|done in/],
  ['/agents\r', 'AGENTS', /└ executor/],
  ['/approvals\r', 'APPROVALS', /❯ +approved/],
  ['/approvals\r\r', 'APPROVAL', /plan cheap · version 1/],
  ['/evals\r', 'EVALS', /pass 0\/2/],
];

const atRest = ({ page, screen }: Shown) => !page && screen.some((row) => /^ {2}enter sends · \/ commands/.test(row));

async function look(
  t: Test,
  term: FramedChat,
  [keys, title, wanted, below = {}]: (typeof pages)[number],
): Promise<void> {
  term.type(keys);
  const shows = ({ page, screen }: Shown) =>
    page && screen[0]?.trim().split(/ {2}/)[0] === title && wanted.test(screen.join('\n'));
  const { screen } = await term.shows(shows);
  t.same(tableFaults(cellsOf(term.terminal.buffer.active)), []);
  const [, , titles = '', first = ''] = screen;
  for (const [column, value] of Object.entries(below))
    t.equal(first.search(value), titles.indexOf(column), `${title}: ${column}`);
}

async function back(term: FramedChat): Promise<Shown> {
  term.type('\u0003');
  return term.shows(atRest);
}

/** A project whose catalog has been written once for all tests. */
function shop(t: Test): string {
  const cwd = project(t);
  copyFileSync(join(fixtures, 'script.yaml'), join(cwd, 'script.yaml'));
  mkdirSync(join(cwd, 'evals', sampleName), { recursive: true });
  writeFileSync(join(cwd, 'evals', sampleName, 'cases.yaml'), cases);
  cpSync(join(prepared, '.harness'), join(cwd, '.harness'), { recursive: true });
  return cwd;
}

const sizes = { large: { columns: 100, rows: 30 }, small: { columns: 60, rows: 20 } };

/** What comes in other pieces, also of escape sequences and characters, shows the same. */
async function sameInPieces(t: Test, term: FramedChat, size: Size): Promise<void> {
  const again = emulator(size);
  const text = `${term.text()}$`;
  for (let at = 0, length = 1; at < text.length; at += length, length = 1 + ((at * 7 + length) % 11))
    again.write(text.slice(at, at + length));
  await new Promise<void>((resolve) => again.write('', resolve));
  t.same(rowsOf(again.buffer.normal), rowsOf(term.terminal.buffer.normal));
}

for (const [name, options] of Object.entries({
  'at 100x30': { size: sizes.large },
  // Variables that Ink looks at: none of them says what is drawn.
  'at 60x20': { size: sizes.small, env: { CI: 'true', CONTINUOUS_INTEGRATION: '1', INK_SCREEN_READER: 'true' } },
  'at 100x30 without colours': { size: sizes.large, env: { NO_COLOR: '1', TERM: 'xterm-kitty' } },
} satisfies Record<string, FramedOptions>)) {
  t.test(`the main screens ${name}`, { skip, buffered: true }, async (t) => {
    const { size } = options;
    const term = framedChat(t, shop(t), options);
    sameFrame(t, await term.shows('approvals: ask'), 'first', size);
    term.type('\r');
    sameFrame(t, await term.shows(/esc later\n─+\nacme/), 'plan', size);
    await term.answer('1', /^done in/m);
    const done = await term.shows(atRest);
    finishedOnce(t, done);
    t.same(tableFaults(cellsOf(term.terminal.buffer.normal)), []);
    term.type('\u0010');
    await term.shows(/^palette:[\s\S]*^❯ \/help/m);
    term.type('\u001b');
    const before = await term.shows(atRest);
    for (const page of pages) {
      await look(t, term, page);
      if (page[1] === 'EVALS') {
        term.type('a');
        await term.shows(/pass 1\/2[\s\S]* plans +✗/);
        t.same(tableFaults(cellsOf(term.terminal.buffer.active)), []);
      }
      const { all } = await back(term);
      t.equal(all.join('\n').trimEnd(), before.all.join('\n').trimEnd(), `nothing is left of ${page[1]}`);
    }
    term.type('\u0004');
    await restored(t, term);
    finishedOnce(t, await term.read());
    t.same([...term.faults], []);
    await sameInPieces(t, term, size);
  });
}

t.test(
  'other sizes: one prompt, one question, one page, and all that is finished once',
  { skip, buffered: true },
  async (t) => {
    const { large, small } = sizes;
    const term = framedChat(t, shop(t), { size: large });
    await term.shows('approvals: ask');
    term.type('\u0015');
    await term.shows(atRest);
    for (const size of [small, large, { columns: 80, rows: 10 }, { columns: 60, rows: 40 }, large])
      await term.resized(size, atRest);
    term.type('Make two cheap, and say how the shop is doing.\r');
    await term.shows('esc later');
    for (const size of [{ columns: 100, rows: 40 }, large]) await term.resized(size, 'exactly this content');
    await term.answer('1', /^done in/m);
    term.type('/agents\r');
    await term.shows('AGENTS');
    for (const size of [small, large, { columns: 34, rows: 12 }, { columns: 130, rows: 50 }, large])
      await term.resized(size, ({ screen }) => {
        const rule = '─'.repeat(size.columns - 1);
        return screen[1] === rule && screen.at(-3) === rule;
      });
    term.type('\u0003');
    await term.shows(atRest);
    finishedOnce(t, await term.read());
    term.type('\u0004');
    await restored(t, term);
    finishedOnce(t, await term.read());
    t.same([...term.faults], []);
  },
);

t.test(
  'an answer as it comes: in the history once, as it would be drawn whole',
  { skip, buffered: true },
  async (t) => {
    const code = Array.from({ length: 30 }, (_, at) => `SELECT ${at}, '漢字 🎉';`).join('\n');
    const text = [
      '# 漢字 🎉',
      'Prose that is longer than the screen is high. '.repeat(30).trim(),
      `\`\`\`sql\n${code}\n\`\`\``,
      '- one\n- two\n  - three',
      '| product | units |\n| --- | ---: |\n| 漢字 | 52 |\n| Tea\tand milk | 7 |',
      'The **end**.',
    ].join('\n\n');
    const piece = 9;
    const events = eventsOf([{ text }], { piece });
    const upTo = (words: string) => 3 + Math.ceil((text.indexOf(words) + words.length) / piece);
    let goOn = (_count: number): void => undefined;
    const { url } = await provider(
      t,
      (response) => {
        const send = begin(response);
        let sent = 0;
        goOn = (count) => {
          for (const event of events.slice(sent, count)) send(event);
          sent = count;
          if (count >= events.length) response.end();
        };
        goOn(upTo('Prose that is longer than the screen'));
      },
      says([{ text: 'The second answer.' }]),
    );
    const env = { ANTHROPIC_API_KEY: 'test-key-of-the-loopback', ANTHROPIC_BASE_URL: url };
    const term = framedChat(t, shop(t), { size: sizes.small, env, args: [] });
    await term.shows('approvals: ask');
    term.type('Tell me.\r');
    await term.shows(/longer than[\s\S]*esc stops/);
    term.type('And then?\r');
    await term.shows(/^┊ queued 1: And then\?/m);
    for (const words of ['is high.\n', 'SELECT 3,', 'SELECT 28,', 'three', '52 |']) {
      goOn(upTo(words));
      await term.shows(words.replace(/ \|/, ''));
    }
    goOn(events.length);
    await term.shows(/The second answer\.\n\ndone in/);
    const { all } = await term.shows(atRest);
    const from = all.indexOf('› Tell me.');
    const to = all.findIndex((row, at) => at > from && row.startsWith('done in'));
    const look = { width: sizes.small.columns - 1, theme: theme('none'), plain: false };
    t.same(all.slice(from + 1, to), ['', ...markdownLines(text, look), '']);
    t.match(all.slice(to).join('\n'), /^done in .*\n\n› And then\?\n\nThe second answer\.\n\ndone in .*\n─+\n› *\n/);
    t.equal(all.filter((row) => row.startsWith('done in')).length, 2);
    term.type('\u0004');
    await restored(t, term);
    t.same([...term.faults], []);
  },
);

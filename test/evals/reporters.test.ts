import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { diffText } from '../../src/evals/diff-text.ts';
import type { SuiteReport } from '../../src/evals/report.ts';
import { pageScript } from '../../src/evals/reporters/html/script.ts';
import { timeline } from '../../src/evals/reporters/html/timeline.ts';
import { caseLine, progressBar } from '../../src/evals/reporters/live.ts';
import { reporters } from '../../src/evals/reporters/registry.ts';
import type { ReporterKind } from '../../src/evals/reporters/reporter.ts';
import {
  caseResult,
  failedCheck,
  priceChange,
  suiteReport,
  trialResult,
  wrongPrice,
  wrongPriceTrial,
} from './reports.ts';

const plain = { colour: false, width: 100, root: '' };
const report = (kind: ReporterKind, suite: SuiteReport) => reporters[kind](suite, plain);

const app = 'coordinator-planner-executor';
const passed = caseResult('tc-planner-price-change', [trialResult()], { tags: ['planner'] });
const failed = caseResult('tc-executor-price-change', [wrongPriceTrial()]);
const broken = caseResult('tc-provider', [
  trialResult({
    outcome: 'error',
    checks: [],
    events: [],
    error: { code: 'provider-fault', message: 'the provider answered 529' },
  }),
]);
const endless = caseResult('tc-endless', [
  trialResult({ outcome: 'budget', error: { code: 'step-limit', message: 'more than 200 steps' } }),
]);
const repeated = caseResult(
  'tc-repeated',
  Array.from({ length: 10 }, (_, at) =>
    at % 3 === 1 ? wrongPriceTrial(at + 1) : trialResult({ trial: at + 1, tokens: 1200, costUsd: 0.004 }),
  ),
);
const loose = caseResult('tc-loose', [wrongPriceTrial()], { gate: false });

const baseline = {
  file: 'evals/baseline.json',
  blessedAt: '2026-11-20T08:00:00.000Z',
  regressed: [`${app}/tc-executor-price-change`],
  fixed: ['a/fixed'],
  knownFailing: [`${app}/tc-known`],
  flaky: ['a/flaky'],
  added: ['a/added'],
  removed: ['a/gone'],
};
const mutation = {
  mutants: 24,
  killed: 23,
  score: 23 / 24,
  wanted: 1,
  survivors: [{ app, id: 'tc-loose', mutant: 'the answer emptied', advice: 'assert what the answer contains' }],
};
const full = suiteReport([passed, failed, broken, endless, repeated, loose], {
  baseline,
  mutation,
  stopped: 'the suite reached --max-seconds 60',
  shard: { index: 1, of: 2 },
});

/** What models, tools and files may hold: marks that terminals, XML, HTML, Markdown or GitHub act on. */
const hostile = [
  '\u001b[2J\u001b]0;owned\u0007',
  '</script><script>document.title="owned"</script><img src=x onerror="document.title=1">',
  '<!-- ]]> --> & &amp; "quoted"',
  '`code` ``` | pipe | @everyone #1 **bold** [x](javascript:1)',
  '::error file=a::owned\n::stop-commands::x\r\n%0A',
  '\u202eright to left\ufeff \ud800 \uffff \u0085\u009b31m',
].join('\n');
const attacked = suiteReport([
  caseResult(
    'tc-hostile',
    [
      trialResult({
        outcome: 'failed',
        answer: hostile,
        agents: [hostile],
        checks: [
          failedCheck(`assert[0] ${hostile}`, hostile, [
            {
              kind: 'differs',
              subject: hostile,
              path: `/${hostile}`,
              expected: hostile,
              actual: { [hostile]: hostile },
            },
          ]),
        ],
        error: { code: 'x', message: hostile },
        calls: [{ agent: hostile, tool: hostile, ok: false }],
      }),
    ],
    { input: hostile, description: hostile, tags: [hostile], file: 'evals/a,b:c.yaml' },
  ),
]);

const all: readonly (readonly [string, SuiteReport])[] = [
  ['nothing', suiteReport([])],
  ['one that passed', suiteReport([passed])],
  ['everything', full],
  ['hostile texts', attacked],
];

t.test('a changed price reads on one screen', async (t) => {
  const text = report('terminal', suiteReport([passed, failed]));
  const lines = text.split('\n');
  t.ok(lines.length < 25, 'one screen');
  t.same(lines.slice(0, 17), [
    `✓ ${app}/tc-planner-price-change   4 calls  12 ms`,
    `✗ ${app}/tc-executor-price-change  4 calls  12 ms`,
    '',
    `✗ ${app}/tc-executor-price-change`,
    `  evals/${app}/executor-price-change.yaml:2`,
    '  input: Create the catalog action plan for product p-001, to lower the price to $6.49, then apply …',
    '  executedActions: one action is not as expected',
    '    differs     price_change  expected [0], actual [0]',
    '      /newPrice',
    '        expected  6.49',
    '        actual    5.49',
    '  assert[0] contains: the answer does not contain "6.49"',
    '  calls: call_agent, storePlan, call_agent, executePlan',
    '  answer: Sparkling Water 12pk now costs 5.49.',
    '',
    '1.3 s',
    '1 passed, 1 failed',
  ]);
  const short = reporters.terminal(suiteReport([passed, failed]), { ...plain, linesShown: true });
  t.notMatch(short, '4 calls', 'the lines of cases are not repeated');
  t.match(short, 'expected  6.49');
  t.match(reporters.terminal(suiteReport([failed]), { ...plain, colour: true }), '\u001b[32mexpected  6.49\u001b[39m');
});

t.test('every kind of difference has its words', async (t) => {
  const diff = [
    { kind: 'missing', subject: 'getPlan', expectedAt: 1, expected: { planId: 'p' } },
    { kind: 'unexpected', subject: 'delete_product', actualAt: 3 },
    { kind: 'moved', subject: 'executePlan', expectedAt: 2, actualAt: 0 },
    wrongPrice,
    { ...wrongPrice, path: '/reason', expected: 'strong demand', actual: undefined },
    { ...wrongPrice, path: '', expectedAt: 1, actualAt: 2, expected: undefined, actual: null },
  ] as const;
  const [first, ...others] = diff;
  t.same(diffText([first, ...others.map(({ ...each }) => JSON.parse(JSON.stringify(each)))]), [
    'missing     getPlan  expected [1]',
    '  expected  {"planId":"p"}',
    'unexpected  delete_product  actual [3]',
    'moved       executePlan  expected [2], actual [0]',
    'differs     price_change  expected [0], actual [0]',
    '  /newPrice',
    '    expected  6.49',
    '    actual    5.49',
    '  /reason',
    '    expected  "strong demand"',
    '    actual    (nothing)',
    'differs     price_change  expected [1], actual [2]',
    '  expected  (nothing)',
    '  actual    null',
  ]);
  t.same(diffText([]), []);
  const long = 'x'.repeat(5000);
  const [, expected, actual] = diffText([
    { kind: 'differs', subject: 'answer', expected: `${long}left`, actual: `${long}right` },
  ]);
  t.match(expected, /^ {2}expected {2}…"x{40}left"$/, 'long texts are shown where they part');
  t.match(actual, /right"$/);
  const [, cut] = diffText([{ kind: 'missing', subject: '', expected: { long } }]);
  t.match(cut, /… \(5011 characters\)$/);
});

t.test('the terminal tells repeats, errors, baseline and mutants apart', async (t) => {
  const text = report('terminal', full);
  const lines = text.trimEnd().split('\n');
  t.equal(lines.at(-1), '1 passed, 3 failed, 1 error, 1 over budget', 'the totals are the last line');
  t.match(text, '7/10 trials, pass@1 0.70, pass^10 0.00, 95 % 0.40–0.89');
  t.match(text, '  trials 2, 5, 8\n    executedActions: ', 'equal trials are told once');
  t.equal(text.split('trials 2, 5, 8').length, 2);
  t.match(text, `✗ ${app}/tc-loose  does not gate\n`);
  t.match(text, '  error  provider-fault: the provider answered 529\n');
  t.match(text, '  budget  step-limit: more than 200 steps\n');
  t.match(text, '1 regression against the baseline evals/baseline.json of 2026-11-20\n  regressed\n');
  for (const [name, item] of [
    ['fixed', 'a/fixed'],
    ['known failing', `${app}/tc-known`],
    ['flaky', 'a/flaky'],
    ['new', 'a/added'],
    ['removed', 'a/gone'],
  ]) {
    t.match(text, `  ${name}\n    ${item}\n`);
  }
  t.match(text, '23 of 24 mutants noticed, score 0.96, wanted 1.00\n');
  t.match(text, 'tc-loose: the answer emptied\n      assert what the answer contains\n');
  t.match(
    text,
    'stopped early: the suite reached --max-seconds 60\nshard 1/2, 15 trials, 8,400 tokens, $0.028, 1.3 s\n',
  );
  const { totals } = suiteReport([]);
  t.match(
    report('terminal', suiteReport([], { totals: { ...totals, notRun: 2, errors: 2 } })),
    /2 errors, 2 not run\n$/,
  );
  const ways = caseResult(
    'tc-ways',
    Array.from({ length: 5 }, (_, at) =>
      trialResult({ trial: at + 1, outcome: 'failed', checks: [failedCheck('answer', `way ${at}`)] }),
    ),
  );
  t.match(report('terminal', suiteReport([ways])), '  and 2 other ways of failing\n');
});

t.test('lines while a suite runs', async (t) => {
  t.equal(caseLine(passed, { colour: false }), `✓ ${app}/tc-planner-price-change  4 calls  12 ms`);
  t.match(caseLine(repeated, { colour: false }), /7\/10 trials, .* {2}8,400 tokens {2}\$0\.028 {2}120 ms$/);
  t.match(caseLine(broken, { colour: false }), '! coordinator-planner-executor/tc-provider  error provider-fault');
  t.match(caseLine(passed, { colour: false, nameWidth: 60 }), /change {8} {2}4 calls/);
  t.match(caseLine(passed, { colour: true }), '\u001b[32m✓\u001b[39m');
  const free = trialResult({ tokens: 10, costUsd: null });
  t.match(caseLine(caseResult('tc-free', [free]), { colour: false }), '10 tokens  unknown cost');

  t.equal(progressBar(12, 40, 2, 80), `${'━'.repeat(6)}${'─'.repeat(14)}  12/40  2 failed`);
  t.equal(progressBar(0, 0, 0, 80), `${'─'.repeat(20)}  0/0`);
  for (const width of [1, 10, 20, 40]) t.ok(progressBar(999, 1000, 9, width, hostile).length <= Math.max(1, width));
});

t.test('json is the report itself, and its schema describes it', async (t) => {
  const schema = JSON.parse(readFileSync(new URL('../../schemas/eval-report.schema.json', import.meta.url), 'utf8'));
  const check = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema);
  for (const [name, suite] of all) {
    const text = report('json', suite);
    t.strictSame(JSON.parse(text), JSON.parse(JSON.stringify(suite)), name);
    t.ok(check(JSON.parse(text)), `${name}: ${JSON.stringify(check.errors?.slice(0, 3))}`);
  }
  const told = { ...suiteReport([failed]), surprise: true };
  t.notOk(check(told), 'a key that is not described');
  t.notOk(check({ ...suiteReport([failed]), totals: {} }), 'totals that are not complete');
});

t.test('jsonl has a line for the suite, each case and the totals', async (t) => {
  for (const [name, suite] of all) {
    const lines = report('jsonl', suite)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    t.same(
      lines.map(({ type }) => type),
      ['suite', ...suite.cases.map(() => 'case'), 'totals'],
      name,
    );
    t.same(lines.at(-1).totals, suite.totals);
    t.equal(lines[0].suite, suite.suite);
    for (const [at, result] of suite.cases.entries())
      t.same(lines[at + 1].trials, JSON.parse(JSON.stringify(result.trials)));
  }
});

t.test('junit is well-formed and comes to the verdict of the exit code', async (t) => {
  for (const [name, suite] of all) t.same(xmlProblems(report('junit', suite)), [], name);
  t.match(xmlProblems('<a><b></a>'), ['</a> closes another'], 'the check sees what is wrong');
  t.ok(xmlProblems('<a b="<"/>').length > 0);
  t.equal(xmlProblems('<a>\u0001</a>').length, 1);
  t.equal(xmlProblems('<a>&nbsp;</a>').length, 1);

  const text = report('junit', full);
  t.match(text, '<testsuites name="harness eval" tests="6" failures="2" errors="2" skipped="1" time="1.250">');
  t.match(
    text,
    `<testcase classname="${app}" name="tc-executor-price-change" file="evals/${app}/executor-price-change.yaml" line="2" time="0.012">`,
  );
  t.match(text, '<failure type="assertion" message="executedActions: one action is not as expected">');
  for (const line of ['expected  6.49', 'actual    5.49', '<property name="pass^10" value="0"/>']) t.match(text, line);
  t.match(text, '<property name="passRate" value="0.7"/>');
  t.match(text, '<error type="provider-fault" message="provider-fault: the provider answered 529">');
  t.match(text, '<error type="step-limit" message="step-limit: more than 200 steps">');
  t.match(text, '<skipped message="failed, does not gate"/>');
  const known = suiteReport([failed], { baseline: { ...baseline, regressed: [], knownFailing: baseline.regressed } });
  t.match(report('junit', known), '<skipped message="failed, known failing"/>');
  const added = suiteReport([endless, broken], {
    baseline: { ...baseline, regressed: [], added: [`${app}/tc-endless`] },
  });
  t.match(report('junit', added), '<skipped message="budget, new"/>');
  t.match(report('junit', added), 'failures="0" errors="1" skipped="1"', 'no baseline excuses an error');
  const two = report('junit', suiteReport([passed, { ...passed, app: 'other' }]));
  t.same(
    [...two.matchAll(/<testsuite name="([^"]*)"/g)].map(([, name]) => name),
    [app, 'other'],
  );
});

t.test('markdown is bounded, and text of models formats nothing', async (t) => {
  const text = report('markdown', full);
  t.match(text, '## Harness eval: 1 passed, 3 failed, 1 error, 1 over budget\n');
  t.match(text, `| ❌ failed | \`${app}/tc-executor-price-change\` | 4 calls, 12 ms |`);
  t.match(text, 'actual    5.49');
  t.match(text, 'known failing:\n- `');
  const outside = report('markdown', attacked).replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '');
  for (const word of ['<script', 'onerror', '@everyone', '**bold**', '[x]', 'owned']) t.notMatch(outside, word, word);
  t.match(report('markdown', attacked), /^````text\n/m, 'the fence is longer than any in the text');

  const many = Array.from({ length: 400 }, (_, at) => ({ ...failed, id: `tc-${at}` }));
  const long = report('markdown', suiteReport(many));
  t.ok(Buffer.byteLength(long) <= 60_000);
  t.ok(Buffer.byteLength(long) > 50_000, 'the room is used');
  t.match(long, '_and 300 more cases_');
  t.match(long, /_\d+ of 400 cases that did not pass are left out here/);
  t.equal(long.split('<details').length, long.split('</details>').length, 'no case is cut in the middle');
  const wide = caseResult('tc-wide', [
    trialResult({ outcome: 'failed', checks: [failedCheck('answer', 'é€😀'.repeat(99_999))] }),
  ]);
  const cut = report('markdown', suiteReport([wide, failed]));
  t.ok(Buffer.byteLength(cut) < 20_000, 'one case takes no other one’s room');
  t.match(cut, '… (cut)');
  t.match(cut, 'actual    5.49');
  t.notMatch(cut, '\ufffd');
});

t.test('github commands stand at the case and cannot be broken out of', async (t) => {
  const suite = suiteReport([passed, failed, broken, loose]);
  const lines = reporters
    .github(suite, { ...plain, root: 'tools/agents' })
    .trimEnd()
    .split('\n');
  t.equal(lines.length, 4, 'nothing for what passed');
  t.match(
    lines[0],
    `::error file=tools/agents/evals/${app}/executor-price-change.yaml,line=2,title=${app}/tc-executor-price-change failed::`,
  );
  t.match(lines[0], '%0A      expected  6.49%0A      actual    5.49%0A');
  t.match(lines[1], '::error file=');
  t.match(lines[2], /^::warning .*title=[^:]* failed%2C does not gate::/);
  t.equal(lines[3], '::notice title=harness eval::1 passed, 2 failed, 1 error in 1.3 s');
  const attackedLines = report('github', attacked).trimEnd().split('\n');
  t.same(
    attackedLines.map((line) => line.split(' ', 1)[0]),
    ['::error', '::notice'],
  );
  t.match(attackedLines[0], '::error file=evals/a%2Cb%3Ac.yaml,line=2,title=');
  t.match(attackedLines[0], '%250A', 'a percent sign of the text is no escape');
});

t.test('hostile text is neutralised in what is printed', async (t) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  const acted = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e\ufeff]/;
  for (const kind of Object.keys(reporters) as ReporterKind[]) {
    t.notMatch(report(kind, attacked), acted, kind);
    t.match(report(kind, attacked), /\n$/, `${kind} ends with a new line`);
  }
  const printed = report('terminal', attacked).split('\n');
  t.same(
    printed.filter((line) => line.trimStart().startsWith('::')),
    [],
    'no line of a log starts with a workflow command',
  );
});

t.test('the timeline tells calls, plans, approvals and actions with their ends', async (t) => {
  const items = timeline(priceChange(6.49));
  const told = items.map(({ depth, agent, title }) => `${'  '.repeat(depth)}${agent} ${title}`);
  t.same(told, [
    'coordinator starts',
    'coordinator call_agent',
    '  planner starts',
    '  planner retry 1 after 500 ms',
    '  planner storePlan',
    '  planner plan plan-1 stored',
    '  planner execute_query',
    '  planner says',
    'coordinator call_agent',
    '  executor starts',
    '  executor executePlan',
    '  executor approval of plan plan-1: approved',
    '  executor action price_change applied',
    '  executor plan plan-1 executed',
    '  executor says',
    'coordinator says',
    'coordinator the run is done',
  ]);
  const query = items.find(({ title }) => title === 'execute_query');
  t.match(query, { tone: 'bad', note: '3 ms, denied: not allowed' });
  t.match(query?.parts, [
    { label: 'arguments', text: /SELECT secret/ },
    { label: 'error', text: /denied/ },
  ]);
  t.equal(items[0]?.at, 3);
  t.same(timeline([]), []);
  const cut = timeline(priceChange(6.49).filter(({ type }) => !/finished|decided/.test(type)));
  t.match(
    cut.find(({ title }) => title === 'storePlan'),
    { tone: 'warn', note: 'did not end' },
  );
  t.ok(cut.some(({ title }) => title === 'approval of plan plan-1: undecided'));
  t.ok(cut.some(({ title }) => title === 'action price_change did not end'));
});

t.test('the page stands alone', async (t) => {
  const page = report('html', full);
  t.match(page, `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'`);
  t.notMatch(page, /\b(?:src|href)=|url\(|@import|https?:/, 'nothing is loaded');
  t.notMatch(page, /innerHTML|insertAdjacent|document\.write|eval\(/);
  t.notMatch(pageScript, '</', 'the script does not end its element');
  for (const text of ['<html lang="en">', '<h1>', '<h2', 'aria-label="Search cases"', 'role="status"', '<noscript>']) {
    t.match(page, text);
  }
  t.match(page, '<dt>over budget</dt><dd>1</dd>');
  t.match(page, 'Stopped early: the suite reached --max-seconds 60');
  const parts = [...report('html', attacked).matchAll(/<script/g)];
  t.equal(parts.length, 3, 'the list, one case and the script, and none of the text');
});

t.test('the page draws cases when they are opened', async (t) => {
  const { get, list, words } = open(report('html', full));
  t.equal(list().length, 6);
  t.equal(list()[0]?.words().includes('tc-executor-price-change'), true, 'what did not pass comes first');
  t.match(
    list()[0]?.words(),
    /executedActions one action .*differs {5}price_change .*\/newPrice expected {2}6\.49 actual {4}5\.49/,
  );
  t.notMatch(list()[1]?.words(), 'Input', 'the others are not drawn yet');
  const entry = list()[0]?.find((each) => each.name === 'details' && each.words() === 'planner storePlan 6 ms');
  t.notMatch(entry?.words(), 'arguments');
  entry?.toggle();
  t.match(entry?.words(), /arguments .*"newPrice": 5\.49.* result /s);
  const trials = list().find((each) => each.words().includes('tc-repeated'));
  trials?.children[0]?.toggle();
  t.match(trials?.words(), /Trial 1 .*Trial 2 .*differs .*Trial 10/, 'the first trial that did not pass is open');

  t.equal(get('shown').textContent, '6 of 6 cases');
  get('show-passed').fire('click');
  t.equal(get('shown').textContent, '1 of 6 cases');
  t.equal(get('show-passed').attributes.get('aria-pressed'), 'true');
  get('show-problems').fire('click');
  get('search').value = 'EXECUTOR price-ch';
  get('search').fire('input');
  t.same(
    list()
      .filter((each) => !each.hidden)
      .map((each) => each.words().includes('tc-executor-price-change')),
    [true],
  );
  get('theme').fire('click');
  get('theme').fire('click');
  t.equal(words.root.attributes.get('data-theme'), 'dark');
  t.equal(get('theme').textContent, 'Theme: dark');

  const hostilePage = open(report('html', attacked));
  t.match(hostilePage.list()[0]?.words(), '<img src=x onerror=', 'hostile text is text');
  t.same(open(report('html', suiteReport([]))).list(), []);
});

const browser = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`).find(existsSync);

t.test('the page in a browser', { skip: browser === undefined && 'there is no browser' }, async (t) => {
  const many = Array.from({ length: 1000 }, (_, at) => ({ ...passed, id: `tc-${at}` }));
  const dir = t.testdir({
    'full.html': report('html', full),
    'attacked.html': report('html', attacked),
    'many.html': report('html', suiteReport(many)),
  });
  const dump = (file: string) =>
    execFileSync(
      browser ?? '',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        `--user-data-dir=${join(dir, `${file}-profile`)}`,
        '--virtual-time-budget=2000',
        '--dump-dom',
        pathToFileURL(join(dir, file)).href,
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1e9 },
    );
  const page = dump('full.html');
  t.match(page, /<details class="case" open="">.*one action is not as expected.*expected {2}6\.49.*actual {4}5\.49/s);
  t.match(page, '6 of 6 cases');
  t.equal(dump('attacked.html').match(/<title>(.*)<\/title>/)?.[1], 'Harness eval: 0 passed, 1 failed');
  t.match(dump('many.html'), '1000 of 1000 cases');
});

/** Why a text is not well-formed XML, as far as reports use it. */
function xmlProblems(text: string): string[] {
  const body = text.replace(/^<\?xml[^>]*\?>\n/, '');
  const problems: string[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot hold them
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(body)) problems.push('a character');
  if (/&(?!(?:amp|lt|gt|quot|#\d+);)/.test(body)) problems.push('an entity');
  const open: string[] = [];
  const tokens = body.matchAll(/<(\/?)([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>|[^<]+|</gy);
  for (const [whole, close, name = '', , empty] of tokens) {
    if (whole === '<') problems.push('a stray <');
    if (name === '' || empty !== '') continue;
    if (close === '') open.push(name);
    else if (open.pop() !== name) problems.push(`</${name}> closes another`);
  }
  return [...problems, ...open.map((name) => `${name} is not closed`)];
}

/** As much of an element as the page's script uses. */
class FakeElement {
  readonly name: string;
  readonly children: FakeElement[] = [];
  readonly attributes = new Map<string, string>();
  readonly style = { setProperty: () => undefined };
  readonly listeners: [string, () => void][] = [];
  hidden = false;
  value = '';
  textContent: string | null = '';
  #open = false;

  constructor(name: string, text = '') {
    this.name = name;
    this.textContent = text;
  }

  get open() {
    return this.#open;
  }

  set open(value: boolean) {
    const changed = value !== this.#open;
    this.#open = value;
    if (changed) this.fire('toggle');
  }

  append(...children: (FakeElement | string)[]) {
    this.children.push(...children.map((each) => (typeof each === 'string' ? new FakeElement('#text', each) : each)));
  }

  setAttribute(name: string, value: string) {
    this.attributes.set(name, value);
  }

  addEventListener(type: string, listener: () => void) {
    this.listeners.push([type, listener]);
  }

  fire(type: string) {
    for (const [name, listener] of this.listeners) if (name === type) listener();
  }

  toggle() {
    this.open = !this.open;
  }

  /** All text in it. */
  words(): string {
    return [this.textContent, ...this.children.map((each) => each.words())].filter((text) => text !== '').join(' ');
  }

  find(wanted: (each: FakeElement) => boolean): FakeElement | undefined {
    for (const child of this.children) {
      const found = wanted(child) ? child : child.find(wanted);
      if (found) return found;
    }
    return undefined;
  }
}

/** Runs the script of a page, as it stands there, on elements of our own. */
function open(page: string) {
  const elements = new Map<string, FakeElement>();
  for (const [, name = '', id = '', text = ''] of page.matchAll(/<(\w+)[^>]*\bid="([^"]+)"[^>]*>([^<]*)/g)) {
    elements.set(id, new FakeElement(name, name === 'script' ? text : ''));
  }
  const root = new FakeElement('html');
  const document = {
    documentElement: root,
    createElement: (name: string) => new FakeElement(name),
    getElementById: (id: string) => elements.get(id) ?? null,
  };
  const script = page.match(/<script>([\s\S]*)<\/script>/)?.[1] ?? '';
  runInNewContext(script, { document });
  const get = (id: string) => elements.get(id) ?? new FakeElement('nothing');
  return { get, list: () => get('list').children, words: { root } };
}

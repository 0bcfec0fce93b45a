import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { smokeScriptsOf } from '../../src/commands/chat/smoke.ts';
import { storeFile } from '../../src/commands/eval/begin.ts';
import { loadApp } from '../../src/config/load.ts';
import { trajectoryPairs } from '../../src/evals/trajectory-pairs.ts';
import { openRuntime } from '../../src/runtime/build.ts';
import { openEvalStore } from '../../src/store/evals.ts';
import { widthOf } from '../../src/ui/lines.ts';
import type { Page, PageDesk } from '../../src/ui/page.ts';
import { pageLines } from '../../src/ui/page-frame.ts';
import { evalsPage } from '../../src/ui/screens/evals.ts';
import { appFolder, project, sampleName } from '../commands/cli.ts';
import { bare, key, pageDesk } from './page-desk.ts';

t.setTimeout(300_000);

/** How long something may take on a busy machine. Milliseconds. */
const patience = 60_000;

const evalsFolder = `evals/${sampleName}`;
const script = (price: number, answer: string) => `
  script:
    coordinator:
      - { call: call_agent, args: { agent: planner, prompt: Plan. } }
      - { call: call_agent, args: { agent: executor, prompt: Execute. } }
      - say: ${answer}
    planner:
      - call: storePlan
        args:
          specName: CatalogActionPlan
          planId: cheap
          body:
            rationale: It is time.
            actions: [{ kind: price_change, productId: p-001, newPrice: ${price}, reason: Time. }]
      - say: Stored.
    executor:
      - { call: executePlan, args: { planId: cheap } }
      - say: Applied.`;
const wanting = (id: string, price: number, repeat: number, made = 6.49) => `
- id: ${id}
  input: Lower p-001.
  repeat: ${repeat}
  tags: [price]
  expectedTrajectory: [storePlan, { tool: executePlan, agent: executor }, { tool: executePlan, args: { planId: cheap } }]
  trajectoryMode: subset
  structuredGroundTruth:
    plannedActions: [{ type: price_change, payload: { productId: p-001, newPrice: ${price} } }]
    executedActions: [{ type: price_change, payload: { productId: p-001, newPrice: ${price} } }]${script(made, '"Done. \\e[31mred 世界 🎉"')}
`;
const cases = `${wanting('passes', 6.49, 1)}${wanting('fails', 5.99, 3)}
- id: needs-a-model
  input: What is new?
  expectedTrajectory: [execute_query]
`;

interface Opened {
  readonly cwd: string;
  readonly page: Page;
  readonly desk: PageDesk;
  readonly log: ReturnType<typeof pageDesk>['log'];
  frame(columns: number, rows: number): string;
  press(...names: readonly string[]): void;
  /** Waits until the page of 100 x 30 holds a text. */
  saw(text: string | RegExp): Promise<string>;
}

async function open(t: Test, files: Readonly<Record<string, string>>, words: readonly string[] = []): Promise<Opened> {
  const cwd = project(t);
  mkdirSync(join(cwd, evalsFolder), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  return openIn(t, cwd, words);
}

async function openIn(t: Test, cwd: string, words: readonly string[] = []): Promise<Opened> {
  const { app } = await loadApp(join(cwd, appFolder), { evals: false });
  if (!app) throw new Error('the app is wrong');
  const runtime = await openRuntime(app, { throwAway: true, interpreter: { kind: 'scripted', input: {} } });
  const { desk, log } = pageDesk(app, runtime);
  const page = await evalsPage(desk, words);
  t.teardown(async () => {
    page.close?.();
    await desk.controller.evals.close();
    await runtime.close();
  });
  const frame = (columns: number, rows: number) => {
    const lines = pageLines({ page, depth: 1, said: undefined, waiting: 0 }, bare(columns - 1), rows - 1);
    t.ok(lines.length <= rows - 1, `${columns}x${rows}: no more rows than there are`);
    for (const line of lines) t.ok(widthOf(line) < columns, `${columns}x${rows}: ${line}`);
    return lines.join('\n');
  };
  return {
    cwd,
    page,
    desk,
    log,
    frame,
    press: (...names) => {
      for (const name of names) page.press(key(name));
    },
    saw: async (text) => {
      for (const end = Date.now() + patience; ; await sleep(20)) {
        const shown = page.lines(bare(99), 27).join('\n');
        if (typeof text === 'string' ? shown.includes(text) : text.test(shown)) return shown;
        if (Date.now() > end) throw new Error(`never saw ${text}:\n${shown}`);
      }
    },
  };
}

t.test('cases are run from the page, stored as `harness eval` stores them, and shown failing first', async (t) => {
  const { cwd, frame, press, saw, log } = await open(t, { [`${evalsFolder}/price.yaml`]: cases });
  t.match(await saw('pass 0/3'), /❯ passes\s+–\s+subset/);
  t.match(frame(100, 30), /needs-a-model +live/);
  press('a');
  await saw('1 case without script or cassette left out');
  const wide = frame(100, 30);
  t.match(wide, /pass 1\/3 {2}█+▒+░+/);
  t.match(wide, /1 passed, 1 failed · .* · exit code 1/);
  t.match(wide, /❯ passes +✓ +subset ✓ +1\/1 +1\/1/, 'the selected case stays selected');
  t.match(
    wide,
    /trials took [\d.]+s[\s\S]* failed · after [\d.]+s · exit code 1/,
    'two times that say what they are of',
  );
  t.match(wide, /fails +✗✗✗ +subset ✓ +0\/1 ✗ +0\/1 ✗[\s\S]*needs-a-model[\s\S]*passes/, 'what failed comes first');
  press('up', 'up');
  const failing = frame(100, 30);
  t.match(failing, /fails · trial 1 of 3 · evals\/coordinator-planner-executor\/price\.yaml:\d+/);
  t.match(failing, /✗ plannedActions +evals\/coordinator-planner-executor\/price\.yaml:\d+/);
  t.match(failing, /expected {2}5\.99\n\s+actual {4}6\.49/);
  press('right');
  t.match(frame(100, 30), /trial 2 of 3/);
  t.match(frame(60, 20), /❯ fails +✗✗✗/);
  t.match(frame(40, 8), /❯ fails +✗✗✗/);
  press('f');
  t.notMatch(frame(100, 30), 'passes ');
  press('f', 'ctrl+o');
  const whole = await log.opened();
  const text = whole.lines(bare(60), 200).join('\n');
  t.match(text, /actual {4}6\.49/);
  t.match(text, 'u001b[31mred 世界 🎉', 'escape sequences are seen, not obeyed');
  t.notOk(text.includes('\u001b'));
  press('enter');
  const trace = await log.opened();
  t.equal(trace.title, 'trace');
  t.match(trace.lines(bare(99), 30).join('\n'), 'storePlan');
  const store = openEvalStore(storeFile(cwd));
  t.teardown(() => store.close());
  const suite = store.latest();
  t.equal(suite?.finished, true);
  t.equal(suite?.mode, 'offline');
  t.same(
    store.results(suite?.suite ?? '').map(({ key: name, outcome }) => `${name} ${outcome}`),
    [`${sampleName}/passes passed`, `${sampleName}/fails failed`],
  );
});

t.test(
  'results are there when the page opens again; a changed case says so; models are asked only when meant',
  async (t) => {
    const first = await open(t, { [`${evalsFolder}/price.yaml`]: wanting('passes', 6.49, 10) });
    first.press('r');
    await first.saw('exit code 0');
    t.match(first.frame(100, 30), /passes +10\/10/);
    first.page.close?.();
    await first.desk.controller.evals.close();
    writeFileSync(join(first.cwd, evalsFolder, 'price.yaml'), wanting('passes', 5.99, 1));
    const again = await openIn(t, first.cwd, ['tag:price']);
    t.match(again.frame(100, 30), /\/ tag:price[\s\S]*passes +10\/10 .*· changed/);
    t.equal(again.page.escape?.(), 'esc shows all');
    again.press('esc', 'l', 'r');
    t.match(again.log.did.at(-1), /r again asks the models: 1 case, 1 trial/);
    t.notMatch(again.frame(100, 30), 'running');
    again.press('r');
    await again.saw(/error missing-key[\s\S]*nothing was run/);
    again.press('esc');
    t.notMatch(again.frame(100, 30), 'missing-key');
    again.press('l', 'r');
    await again.saw(/exit code 1[\s\S]*passes +✗ .*▼ new/);
    again.press('R');
    await again.saw(/passes +✗ .*= known/);
  },
);

t.test('cases stand against the baseline of the app', async (t) => {
  const was = (outcome: string) => ({ outcome, passed: outcome === 'passed' ? 1 : 0, judged: 1 });
  const baseline = {
    format: 1,
    harness: '0.1.0',
    blessedAt: '2026-01-01T00:00:00.000Z',
    cases: {
      [`${sampleName}/broken`]: was('passed'),
      [`${sampleName}/mended`]: was('failed'),
      [`${sampleName}/still`]: was('failed'),
    },
  };
  const { press, saw, cwd } = await open(t, {
    'evals/baseline.json': JSON.stringify(baseline),
    [`${evalsFolder}/price.yaml`]: [
      wanting('mended', 6.49, 1),
      wanting('still', 5.99, 1),
      wanting('broken', 5.99, 1),
    ].join(''),
  });
  press('a');
  const shown = await saw('exit code 1');
  t.match(shown, /was 1\/3 \(evals\/baseline\.json\)/);
  t.match(shown, '1 new failure · 1 fixed');
  t.match(shown, /Δ baseline[\s\S]*broken .*▼ new[\s\S]*still .*= known[\s\S]*mended .*▲ fixed/);
  writeFileSync(join(cwd, 'evals/baseline.json'), '{');
  press('a');
  await saw(/as\s+JSON/);
});

t.test('wrong files are shown with their lines; the page stays open and follows what is saved', async (t) => {
  const file = `${evalsFolder}/price.yaml`;
  const { cwd, frame, press, saw, log } = await open(t, { [file]: cases.replace('input: What', 'inputt: What') });
  const wrong = frame(100, 30);
  t.match(wrong, /error unknown-key: unknown key "inputt"/);
  t.match(wrong, /\d+ \| {3}inputt: What is new\?\n\s+\| {3}\^{6} did you mean "input"\?/);
  for (const [columns, rows] of [
    [60, 20],
    [40, 8],
  ] as const)
    t.match(frame(columns, rows), 'error');
  press('r', 'enter', 'e', 'right', 'y');
  t.match(log.did, ['say There is no case to run.']);
  press('ctrl+o');
  t.match((await log.opened()).title, 'problems');
  const repaired = join(cwd, file);
  writeFileSync(repaired, cases);
  await saw('pass 0/3');
  // An editor may put a new file in the place of the old one.
  rmSync(repaired);
  writeFileSync(repaired, cases.replace('needs-a-model', 'also-needed'));
  await saw('also-needed');
  press('w');
  writeFileSync(repaired, cases.replace('newPrice: 6.49 } }]', 'newPrice: 6.5 } }]'));
  await saw(/0 passed, 1 failed|0 passed, 2 failed/);
});

t.test('a run takes its turns with the keyboard, and stops in good order', async (t) => {
  const { cwd, page, press, saw, log } = await open(t, { [`${evalsFolder}/price.yaml`]: wanting('many', 6.49, 1000) });
  press('a');
  await saw(/running 0\/1 · offline/);
  press('a');
  t.match(log.did.at(-1), /at work already/);
  t.equal(page.escape?.(), 'esc stops');
  await saw(/many +[1-9]\d*\/1000/);
  press('esc');
  await saw('stopped: 0 passed, 0 failed, 1 not run');
  const store = openEvalStore(storeFile(cwd));
  t.teardown(() => store.close());
  t.equal(store.latest()?.finished, false, 'it may be resumed');
});

t.test('smoke scripts are run from the chat the way `harness smoke` does', async (t) => {
  const cwd = project(t);
  const folder = join(cwd, appFolder, 'smoke');
  const text = readFileSync(join(folder, 'price-change.yaml'), 'utf8');
  writeFileSync(join(folder, 'wrong.yaml'), text.replace('entitiesAffected: 1', 'entitiesAffected: 2'));
  const smoke = smokeScriptsOf(join(cwd, appFolder));
  const play = async (...words: readonly string[]) => {
    const said: string[] = [];
    t.equal(
      smoke.run(words, (line, tone) => said.push(`${tone}: ${line}`)),
      true,
    );
    t.equal(
      smoke.run(words, () => undefined),
      false,
      'one at a time',
    );
    const last = () => said.at(-1) ?? '';
    for (const end = Date.now() + patience; !/smoke: |error|there is/.test(last()) && Date.now() < end; )
      await sleep(20);
    await smoke.close();
    return said;
  };
  const all = await play('price-change', 'wrong');
  t.match(all[0], /^plain: ✓ coordinator-planner-executor\/price-change {2}coordinator → planner → executor/);
  t.match(all[1], /^bad: ✗ .*\/wrong[\s\S]*expected {2}2\n\s+actual {4}1/);
  t.equal(all.at(-1), 'bad: smoke: 1 passed, 1 failed');
  t.match((await play('price-chang')).at(-1), /bad: there is no smoke script "price-chang"\n {2}.*price-change/);
  const stopped: string[] = [];
  smoke.run([], (line) => stopped.push(line));
  t.equal(smoke.stop(), true);
  await smoke.close();
  t.equal(stopped.at(-1), 'smoke: stopped');
  t.equal(smoke.stop(), false);
});

t.test('expected calls stand beside those that were made', async (t) => {
  const calls = ['call_agent', 'look', 'storePlan', 'executePlan'].map((tool) => ({
    agent: 'planner',
    tool,
    ok: true,
  }));
  const pairs = (expectedTrajectory: readonly string[], diff: readonly object[]) =>
    trajectoryPairs({ expectedTrajectory: [...expectedTrajectory] }, {
      calls,
      checks: [{ name: 'expectedTrajectory', path: [], pass: diff.length === 0, message: '', diff }],
    } as unknown as Parameters<typeof trajectoryPairs>[1])?.map(
      ({ expected, actual, state }) => `${expected?.tool ?? '-'} ${state} ${actual?.tool ?? '-'}`,
    );
  t.same(pairs(['storePlan', 'executePlan'], []), [
    '- other look',
    'storePlan same storePlan',
    'executePlan same executePlan',
  ]);
  t.same(
    pairs(
      ['annotate', 'storePlan', 'sample', 'executePlan'],
      [
        { kind: 'missing', subject: 'annotate', expectedAt: 0 },
        { kind: 'unexpected', subject: 'look', actualAt: 0 },
        { kind: 'missing', subject: 'sample', expectedAt: 2 },
      ],
    ),
    [
      'annotate missing -',
      '- unexpected look',
      'storePlan same storePlan',
      'sample missing -',
      'executePlan same executePlan',
    ],
  );
  t.same(pairs(['executePlan', 'storePlan'], [{ kind: 'moved', subject: 'executePlan', expectedAt: 0, actualAt: 2 }]), [
    '- other look',
    'storePlan same storePlan',
    'executePlan moved executePlan',
  ]);
  t.equal(trajectoryPairs({}, { calls, checks: [] }), undefined);
});

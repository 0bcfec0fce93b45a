import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import { evalAdd } from '../../src/commands/eval/add.ts';
import { chooseCases } from '../../src/commands/eval/choose.ts';
import { playTrial } from '../../src/commands/eval/play.ts';
import { playersFor } from '../../src/commands/eval/players.ts';
import { loadApp } from '../../src/config/load.ts';
import type { Interpreter } from '../../src/core/ports.ts';
import type { Script, ScriptedApprovals, SmokeScript } from '../../src/generated/config.ts';
import { scripted } from '../../src/interpreters/scripted.ts';
import { scriptedApprover } from '../../src/run/approvers.ts';
import { openRuntime } from '../../src/runtime/build.ts';
import { executeStep, priceChange, smallApp, storeStep } from '../app.ts';
import { folderOf } from '../folder.ts';
import { appFolder, project } from './cli.ts';

interface Ran {
  readonly script: Script;
  readonly prompt?: string;
  readonly approvals?: ScriptedApprovals;
  readonly agent?: string;
  readonly interpreter?: Interpreter;
}

/** A stored run of the workspace, as a chat leaves it. */
async function chat(dir: string, { script, prompt = 'Do it.', approvals, agent, interpreter }: Ran): Promise<string> {
  const { app, problems } = await loadApp(dir);
  if (!app) throw new Error(problems.map((problem) => problem.message).join('\n'));
  const runtime = await openRuntime(app, {
    interpreter: interpreter ?? { kind: 'scripted', input: script },
    ...(approvals && { approver: scriptedApprover(approvals) }),
  });
  const { runId } = await runtime.run({ prompt, ...(agent !== undefined && { agent }) });
  await runtime.close();
  return runId;
}

/** The same with a script in which PLAN stands for the name that the first plan gets. */
async function chatNaming(dir: string, script: Script, approvals: ScriptedApprovals): Promise<string> {
  let planId = 'none yet';
  const interpreter: Interpreter = {
    async next(view, signal) {
      const last = view.turns.at(-1);
      const outcome = last?.role === 'tools' ? last.results[0]?.outcome : undefined;
      if (view.agent === 'planner' && outcome?.ok) planId = (outcome.result as { planId: string }).planId;
      return scripted(JSON.parse(JSON.stringify(script).replaceAll('PLAN', planId))).next(view, signal);
    },
  };
  await chat(dir, { script, approvals, interpreter });
  return planId;
}

/** The small app in a project of its own. */
function small(t: Test, yaml: object = smallApp): string {
  const dir = folderOf(t, {
    apps: { small: { 'app.yaml': stringify(yaml), 'seed.sql': 'CREATE TABLE p (id TEXT);' } },
  });
  return join(dir, 'apps', 'small');
}

/** Runs `harness eval add`, which writes to standard output between the lines of this test. */
async function add(app: string, run: string, options: { id?: string; out?: string } = {}): Promise<void> {
  const code = await evalAdd(run, { app, json: false, ...options });
  if (code !== 0) throw new Error(`exit ${code}`);
}

/** The case, and what came of playing it. */
async function evaluated(app: string, id: string) {
  const { cases } = await chooseCases([app], { filter: `/${id}$` }, () => new Map());
  const [chosen] = cases;
  if (!chosen) throw new Error(`there is no case ${id}`);
  const result = await playTrial(chosen, 1, playersFor(cases, 'offline')(chosen), new AbortController().signal);
  const failed = result.checks
    .filter((check) => !check.pass)
    .map(({ name, message, diff }) => ({ name, message, diff }));
  return {
    outcome: result.outcome,
    failed,
    definition: chosen.loaded.definition,
    text: readFileSync(chosen.loaded.file, 'utf8'),
  };
}

const call = (agent: string, prompt: string) => ({ call: 'call_agent', args: { agent, prompt } });

t.test('a run of the sample app becomes a case that passes, and notices a changed price', async (t) => {
  const dir = project(t);
  const app = join(dir, appFolder);
  const smoke: SmokeScript = parse(readFileSync(join(app, 'smoke', 'price-change.yaml'), 'utf8'));
  const run = await chat(app, { ...smoke, approvals: 'approve' });
  await add(app, run.slice(0, -1), { id: 'tc-price' });
  const { outcome, failed, definition, text } = await evaluated(app, 'tc-price');
  t.equal(outcome, 'passed', JSON.stringify(failed));
  t.match(text, /^# yaml-language-server: \$schema=\.\.\/\.\.\/schemas\/eval\.schema\.json\nid: tc-price\n/);
  t.match(definition, {
    input: smoke.prompt,
    workspace: 'acme',
    approvals: 'approve',
    expectedAgents: ['coordinator', 'planner', 'executor'],
    expectedTrajectory: [
      {
        tool: 'storePlan',
        agent: 'planner',
        args: { specName: 'CatalogActionPlan', planId: 'plan-eval-price-change' },
      },
      { tool: 'executePlan', agent: 'executor', args: { planId: 'plan-eval-price-change' } },
    ],
    structuredGroundTruth: {
      plannedActions: [{ type: 'price_change', payload: { productId: 'p-001', newPrice: 6.49 } }],
      executedActions: [{ type: 'price_change', payload: { productId: 'p-001', newPrice: 6.49 } }],
    },
    assert: [
      { kind: 'contains', value: 'p-001' },
      { kind: 'contains', value: '6.49' },
    ],
  });
  t.strictSame(definition.script, smoke.script);
  const file = join(dir, 'evals', 'coordinator-planner-executor', 'tc-price.yaml');
  writeFileSync(file, text.replace(/(script:[\s\S]*newPrice: )6\.49/, '$15.49'));
  const changed = await evaluated(app, 'tc-price');
  t.equal(changed.outcome, 'failed');
  t.match(changed.failed, [{ name: 'plannedActions' }, { name: 'executedActions' }]);
});

t.test('a question: the query, the figures of the answer, and no action', async (t) => {
  const dir = project(t);
  const app = join(dir, appFolder);
  const smoke: SmokeScript = parse(readFileSync(join(app, 'smoke', 'question.yaml'), 'utf8'));
  await chat(app, smoke);
  await add(app, 'last');
  const id = 'which-product-sold-most-units-and';
  const { outcome, failed, definition } = await evaluated(app, id);
  t.equal(outcome, 'passed', JSON.stringify(failed));
  t.match(definition.expectedTrajectory, [{ tool: 'execute_query', args: { sql: /^SELECT p\.id/ } }]);
  t.strictSame(definition.structuredGroundTruth?.executedActions, []);
  t.strictSame(
    definition.assert?.map((each) => 'value' in each && each.value),
    ['52', '363.48'],
  );
});

t.test('refusals, decisions of people, plans without a name and failed agents', async (t) => {
  const app = small(t);
  const delist = { kind: 'delist', productId: 'p-002' };
  const unnamed = (actions: unknown) => ({
    calls: [{ call: 'storePlan', args: { specName: 'ShopPlan', body: { rationale: 'because', actions } } }],
  });
  const script: Script = {
    coordinator: [
      call('planner', 'Plan.'),
      call('executor', 'Execute PLAN.'),
      call('executor', 'Execute PLAN again.'),
      call('clerk', 'Look.'),
      { say: 'PLAN is done, 2 of 2.' },
    ],
    planner: [unnamed([{ kind: 'nonsense' }]), unnamed([priceChange, delist]), { say: 'Stored PLAN.' }],
    executor: [executeStep('PLAN'), { say: 'Rejected.' }, executeStep('PLAN'), { say: 'Failed again.' }],
    clerk: [
      {
        calls: [
          { call: 'look', args: { id: 'p-001' } },
          { call: 'look', args: { id: 'x' } },
        ],
      },
      { call: 'wipe', args: {} },
      { fail: 'refusal' },
    ],
  };
  const approvals: ScriptedApprovals = [{ reject: 'Too cheap.' }, 'reject'];
  const planId = await chatNaming(app, script, approvals);
  await add(app, 'last', { id: 'all' });
  const { outcome, failed, definition } = await evaluated(app, 'all');
  t.equal(outcome, 'passed', JSON.stringify(failed));
  t.match(planId, /^plan-\w{9,}$/, 'a name of its own');
  t.strictSame(definition.approvals, [{ reject: 'Too cheap.' }, 'reject']);
  t.match(
    definition.script?.planner?.[1],
    { call: 'storePlan', args: { planId } },
    'the script gives the plan its name',
  );
  t.notMatch(
    JSON.stringify(definition.expectedTrajectory),
    planId,
    'what another run will call otherwise is not expected',
  );
  t.notMatch(JSON.stringify(definition.assert), planId);
  t.strictSame(
    definition.expectRefusal?.map(({ tool, code }) => `${tool} ${code}`),
    [
      'storePlan invalid-arguments',
      'executePlan plan-rejected',
      'executePlan plan-rejected',
      'call_agent agent-refused',
      'look stub-error',
      'wipe rejected',
    ],
  );
});

t.test('large results: a run of a used workspace counts them from one again', async (t) => {
  const big = {
    look: { ...smallApp.toolkits.desk.tools.look, results: [{ when: { id: 'p-001' }, result: 'x'.repeat(40_000) }] },
  };
  const app = small(t, { ...smallApp, toolkits: { desk: { ...smallApp.toolkits.desk, tools: big } } });
  const using = (handle: string): Script => ({
    clerk: [
      { call: 'look', args: { id: 'p-001' } },
      { call: 'result_read', args: { result: handle, limit: 10 } },
      { say: `Stored as ${handle}.` },
    ],
  });
  await chat(app, { script: using('r-1'), agent: 'clerk' });
  await chat(app, { script: using('r-2'), agent: 'clerk' });
  await add(app, 'last', { id: 'large' });
  const { outcome, failed, definition } = await evaluated(app, 'large');
  t.equal(outcome, 'passed', JSON.stringify(failed));
  t.strictSame(definition.script, using('r-1'));
  t.equal(definition.agent, 'clerk');
  await chat(app, {
    script: { clerk: [{ call: 'result_read', args: { result: 'r-1' } }, { say: 'x' }] },
    agent: 'clerk',
  });
  await t.rejects(add(app, 'last', { id: 'foreign' }), {
    message: /uses the stored result r-1, which an earlier run left/,
  });
});

t.test('a run that waits for an approval becomes a case that has to wait', async (t) => {
  const app = small(t);
  const script: Script = {
    coordinator: [call('planner', 'Plan.'), call('executor', 'Execute plan-1.')],
    planner: [storeStep([priceChange]), { say: 'Stored.' }],
    executor: [executeStep()],
  };
  await chat(app, { script });
  await add(app, 'last', { id: 'waits' });
  const { outcome, failed, definition } = await evaluated(app, 'waits');
  t.equal(outcome, 'passed', JSON.stringify(failed));
  t.equal(definition.expectStatus, 'paused');
  t.strictSame(definition.approvals, []);
  t.strictSame(definition.structuredGroundTruth?.executedActions, []);
});

t.test('an answer without figures, and an agent that gave up', async (t) => {
  const app = small(t);
  await chat(app, { script: { coordinator: [{ say: 'Good morning.' }] } });
  await add(app, 'last', { id: 'greeting' });
  const greeting = await evaluated(app, 'greeting');
  t.equal(greeting.outcome, 'passed', JSON.stringify(greeting.failed));
  t.strictSame(greeting.definition.assert, [{ kind: 'matches', value: '\\S' }]);
  await chat(app, { script: { coordinator: [{ fail: 'refusal' }] } });
  await add(app, 'last', { id: 'gave-up' });
  const gaveUp = await evaluated(app, 'gave-up');
  t.equal(gaveUp.outcome, 'passed', JSON.stringify(gaveUp.failed));
  t.equal(gaveUp.definition.expectStatus, 'failed');
});

t.test('runs that no case can repeat are refused in clear words, and nothing is written', async (t) => {
  const app = small(t);
  const refuse = async (ran: Ran, message: RegExp) => {
    const run = await chat(app, ran);
    await t.rejects(add(app, run, { id: 'never' }), { code: 'invalid-usage', exit: 2, message });
  };
  const plan = [call('planner', 'Plan.'), { say: 'ok' }];
  await chat(app, { script: { coordinator: plan, planner: [storeStep([priceChange]), { say: 'ok' }] } });
  await refuse(
    {
      script: { coordinator: [call('executor', 'Go.'), { say: 'ok' }], executor: [executeStep(), { say: 'ok' }] },
      approvals: 'approve',
    },
    /goes on with plan "plan-1", which an earlier run stored/,
  );
  await refuse(
    { script: { coordinator: plan, planner: [storeStep([priceChange]), { say: 'ok' }] } },
    /goes on with plan "plan-1", which an earlier run stored/,
  );
  await refuse(
    { script: { coordinator: plan } },
    /failed from outside, which no case can repeat: the script has no steps/,
  );
  await refuse({ script: { coordinator: [{ fail: 'overloaded' }] } }, /failed from outside.*overloaded/);
  const looks = Array.from({ length: 3 }, () => ({ call: 'look', args: { id: 'p-001' } }));
  await refuse({ script: { clerk: looks }, agent: 'clerk' }, /a limit ended it: .*within 3 steps/);
  await refuse(
    { script: { coordinator: [{ call: 'loook', args: {} }, { say: 'x' }] } },
    /cannot become a case: .*loook/,
  );
  t.throws(() => readFileSync(join(app, '..', '..', 'evals', 'small', 'never.yaml')), { code: 'ENOENT' });
});

t.test('nothing is overwritten, ids stay apart, and secrets stay out', async (t) => {
  const app = small(t, { ...smallApp, providers: { anthropic: { kind: 'anthropic', apiKeyEnv: 'EVAL_ADD_KEY' } } });
  process.env.EVAL_ADD_KEY = 'sk-live-0123456789';
  t.teardown(() => delete process.env.EVAL_ADD_KEY);
  await chat(app, {
    script: { coordinator: [{ say: 'It is sk-live-0123456789.' }] },
    prompt: 'Tell sk-live-0123456789!',
  });
  await add(app, 'last', { id: 'mine' });
  const { outcome, text } = await evaluated(app, 'mine');
  t.equal(outcome, 'passed');
  t.notMatch(text, 'sk-live');
  t.match(text, 'input: Tell [secret EVAL_ADD_KEY]!');
  const out = join(app, '..', '..', 'evals', 'small', 'mine.yaml');
  await t.rejects(add(app, 'last', { id: 'mine' }), {
    code: 'invalid-usage',
    message: /mine\.yaml exists, and is left as it is/,
  });
  await t.rejects(add(app, 'last', { id: 'mine', out: out.replace('mine', 'other') }), {
    message: /there is an eval case "mine" already, in .*mine\.yaml/,
  });
  await t.rejects(add(app, 'last', { id: '1st' }), { message: /"1st" is no id of a case/ });
  await t.rejects(add(app, 'last', { id: 'x', out: out.replace('.yaml', '.cassette.yaml') }), {
    message: /cannot be a file of eval cases/,
  });
  await t.rejects(add(app, 'none'), { code: 'unknown-name' });
  t.equal(readFileSync(out, 'utf8'), text);
  t.strictSame(readdirSync(dirname(out)), ['mine.yaml'], 'nothing else is left');
});

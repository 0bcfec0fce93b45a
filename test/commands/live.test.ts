import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { appFolder, edit, eventsIn, type Running, refused, start } from './cli.ts';
import {
  agentAsked,
  answer,
  gist,
  type Live,
  liveSample,
  lowered,
  products,
  prompt,
  unchanged,
} from './live-sample.ts';

t.setTimeout(600_000);

/** A chat that waits for decisions; its events are lines. */
function waitingChat({ cwd, env }: Live): Running {
  return start(['chat', '-p', prompt, '--wait', '300', '--output', 'stream-json'], { cwd, env });
}

/** The requests of each agent, in order, in a form that can be compared. */
function asked({ at }: Live): readonly string[] {
  return at.received.map((request) => `${agentAsked(request)} ${gist(request)}`);
}

/** What a person can say of the plan, and what comes of it. */
const decisions = {
  approve: { args: ['approve', 'last'], answer, products: lowered, versions: 1 },
  edit: {
    args: ['approve', 'last', '--edit', 'edit.yaml'],
    answer: /^Done\. Applied plan-1: 1 entities\. .*changed the plan before it ran.*"newPrice":6\.8/,
    products: [[6.8, 1], ...unchanged.slice(1)],
    versions: 2,
  },
  revise: {
    args: ['revise', 'last', '--comment', 'Not below 6.60'],
    answer,
    products: [[6.6, 1], ...lowered.slice(1)],
    versions: 2,
  },
  reject: {
    args: ['reject', 'last', '--comment', 'Not this week'],
    answer: 'Refused: plan-rejected: plan "plan-1": A person rejected this: Not this week',
    products: unchanged,
    versions: 1,
  },
} as const;

type DecisionName = keyof typeof decisions;

const edited =
  'rationale: Less.\nactions:\n  - { kind: price_change, productId: p-001, newPrice: 6.8, reason: Enough. }\n';

/** The live chat up to its end, with every decision made by another process. @returns its answer */
async function decidedWhileItWaits(t: Test, live: Live, decision: DecisionName): Promise<string> {
  const chat = waitingChat(live);
  await chat.saw('waiting for a decision');
  const decided = await live.harness(['approvals', ...decisions[decision].args]);
  t.equal(decided.code, 0, decided.stderr);
  if (decision === 'revise') {
    await chat.saw('.a2 (or reject');
    t.match(await live.harness(['approvals', 'approve', 'last']), { code: 0 });
  }
  const { code, stdout, stderr } = await chat.ended;
  t.equal(code, 0, stderr);
  const events = eventsIn(stdout);
  t.strictSame(
    events.map(({ seq }) => seq),
    events.map((_event, place) => place + 1),
  );
  const last = events.at(-1);
  return last?.type === 'run.finished' ? last.data.answer : '';
}

/** The same with a chat that ended when it had to ask. */
async function decidedLater(t: Test, live: Live, decision: DecisionName): Promise<string> {
  const paused = await live.harness(['chat', '-p', prompt]);
  t.match(paused, { code: 5, stdout: '', stderr: /harness approvals approve r-\S+\.a1 --continue/ });
  t.strictSame(products(live.cwd), unchanged);
  let ended = await live.harness(['approvals', ...decisions[decision].args, '--continue']);
  if (decision === 'revise') {
    t.match(ended, { code: 5, stdout: '', stderr: /plan "plan-1" \(version 2\)/ });
    t.strictSame(products(live.cwd), unchanged);
    ended = await live.harness(['approvals', 'approve', 'last', '--continue']);
  }
  t.equal(ended.code, 0, ended.stderr);
  return ended.stdout.trimEnd();
}

for (const [name, expected] of Object.entries(decisions)) {
  t.test(`from the prompt to the plan: ${name}`, async (t) => {
    const asking: (readonly string[])[] = [];
    for (const decide of [decidedWhileItWaits, decidedLater]) {
      await t.test(decide.name, async (t) => {
        const live = await liveSample(t);
        writeFileSync(join(live.cwd, 'edit.yaml'), edited);
        t.match(await decide(t, live, name as DecisionName), expected.answer);
        t.strictSame(products(live.cwd), expected.products);
        const { plans } = JSON.parse((await live.harness(['plans', '--json'])).stdout);
        t.match(plans, [{ planId: 'plan-1', version: expected.versions }]);
        t.match(await live.harness(['approvals']), { stdout: 'nothing waits for a decision\n' });
        asking.push(asked(live));
      });
    }
    t.strictSame(asking[1], asking[0], 'the models were asked the same');
    const agents = new Set(asking[0]?.map((request) => request.split(' ', 1)[0]));
    t.strictSame([...agents], ['coordinator', 'data_analyst', 'planner', 'executor']);
  });
}

t.test('the server is the one of the app, and what waits can be looked at meanwhile', async (t) => {
  const live = await liveSample(t);
  writeFileSync(join(live.cwd, '.env'), 'ANTHROPIC_API_KEY=sk-from-the-file-0123\n');
  const { app, here } = { app: `${appFolder}/app.yaml`, here: 'apiKeyEnv: ANTHROPIC_API_KEY }' };
  edit(live.cwd, { [app]: [here, `apiKeyEnv: ANTHROPIC_API_KEY, auth: x-api-key, baseUrl: "${live.at.url}/v1" }`] });
  const chat = waitingChat({ ...live, env: {} });
  await chat.saw('waiting for a decision');
  const look = (...args: string[]) => live.harness(args, { env: {} });
  t.match((await look('approvals')).stdout, /execute plan plan-1 .* waits\n/);
  t.match((await look('approvals', 'show', 'last')).stdout, /coordinator → executor wants to[\s\S]*newPrice: 6\.49/);
  t.match((await look('plans')).stdout, /plan-1 +1 +acme +stored/);
  t.match((await look('runs')).stdout, /paused/);
  refused(t, await look('approvals', 'approve', 'r-none.a1'), 2, /there is no approval/);
  t.match(await look('approvals', 'approve', 'last'), { code: 0 });
  t.equal((await chat.ended).code, 0);
  t.strictSame(products(live.cwd), lowered);
  t.ok(live.at.received.every(({ headers }) => headers['x-api-key'] === 'sk-from-the-file-0123'));
  t.match((await look('sessions', 'show', 'last')).stdout, 'plan plan-1 version 1: executed');
  // Counted by the ledger, too: the plan that was executed is not executed again.
  const again = await look('chat', '--continue', '-p', 'Execute it again.');
  t.equal(again.code, 0, again.stderr);
  t.strictSame(products(live.cwd), lowered);
});

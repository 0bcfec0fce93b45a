// CPU of one turn in Harness (every event durable) and in its peers (nothing durable), in one process, in turn:
//   npm --prefix bench/peers ci && npm run build && node bench/peers/run.mjs
import { openRuntime } from '../../dist/index.js';
import { cpu, inTurn, report } from '../measure.mjs';
import { approver, prompt, sampleApp, sampleScript } from '../sample.mjs';
import * as aiSdk from './ai-sdk.mjs';
import * as langgraph from './langgraph.mjs';
import * as openaiAgents from './openai-agents.mjs';

const answer = 'Sparkling Water 12pk now costs 6.49.';
const batch = 30;
const rounds = 9;

const runtime = await openRuntime(await sampleApp('peers'), { interpreter: sampleScript(), approver });
const contenders = {
  harness: async () => (await runtime.run({ prompt })).answer,
  'AI SDK': () => aiSdk.run('plan-1'),
  'OpenAI Agents': () => openaiAgents.run('plan-1'),
  LangGraph: () => langgraph.run('plan-1'),
};

/** @returns CPU milliseconds per run. @throws when the turn does not come to its end. */
function measured(name, run) {
  return async () =>
    (await cpu(async () => {
      for (let count = 0; count < batch; count++) {
        const got = await run();
        if (got !== answer) throw new Error(`${name} answered ${JSON.stringify(got)}`);
      }
    })) / batch;
}

const figures = await inTurn(
  Object.fromEntries(Object.entries(contenders).map(([name, run]) => [name, measured(name, run)])),
  rounds,
);
await runtime.close();
const ours = figures.harness;
report(
  `One turn (7 model steps, 4 tool calls), CPU ms (median of ${rounds} x ${batch}; node ${process.version})`,
  Object.entries(figures).map(([name, ms]) => [
    name,
    ms.toFixed(2).padStart(6),
    name === 'harness' ? 'every event durable' : `${(ms / ours).toFixed(1)} x harness`,
  ]),
);

import type { Script, ScriptStep } from '../generated/config.ts';
import type { Event, EventOf } from './event.ts';
import type { Step, Stop } from './step.ts';

/**
 * The script that plays a run again: the steps of each agent, over all its spans, in the order in which they were
 * taken. A run that a provider's failure ended gives a script that ends with that failure.
 * @param events all events of one run, in order
 */
export function scriptOfRun(events: readonly Event[]): Script {
  const script = new Map<string, ScriptStep[]>();
  const add = (agent: string, step: ScriptStep) => {
    const steps = script.get(agent);
    if (steps) steps.push(step);
    else script.set(agent, [step]);
  };
  for (const event of events) if (event.type === 'step.finished') add(event.agent, scriptStep(event.data.step));
  const fault = providerFault(events);
  if (fault) add(fault.agent, { fail: fault.fail });
  return Object.fromEntries(script);
}

/** The step of a script that plays like this one. What only its provider needs (usage, thinking) is left out. */
export function scriptStep({ text, calls, stop }: Step): ScriptStep {
  const [first, ...others] = calls;
  const said = text === '' ? {} : { say: text };
  if (first && others.length === 0) return { ...said, ...playedCall(first) };
  if (first) return { ...said, calls: calls.map(playedCall) };
  const fail = failures[stop];
  return fail === undefined ? { say: text } : { fail };
}

function playedCall({ tool, args }: Step['calls'][number]) {
  return { call: tool, args };
}

type Fail = NonNullable<ScriptStep['fail']>;

/** Ways to stop that are no answer. They end an agent only where it calls nothing. */
const failures: { readonly [K in Stop]?: Fail } = {
  refusal: 'refusal',
  max_tokens: 'max_tokens',
  context_full: 'context_full',
  other: 'stopped',
};

const faults = ['overloaded', 'rate_limited', 'server_error', 'connection_lost', 'timeout'] as const;

/** The failure that ended a run, and the agent whose step it was: the one that began last and has no end. */
function providerFault(events: readonly Event[]): { readonly agent: string; readonly fail: Fail } | undefined {
  const error = events.findLast((event) => event.type === 'run.finished')?.data.error;
  if (error?.code !== 'provider-fault') return undefined;
  const ended = new Set(events.filter((event) => event.type === 'agent.finished').map((event) => event.span));
  const open = events.findLast(
    (event): event is EventOf<'agent.started'> => event.type === 'agent.started' && !ended.has(event.span),
  );
  if (!open) return undefined;
  return { agent: open.agent, fail: faults.find((fault) => error.message.includes(fault)) ?? 'server_error' };
}

import {
  digester,
  playedStep,
  type RequestDigests,
  recordCommand,
  sameTurn,
  staleCassette,
  type TurnDigest,
  wholeRequests,
} from '../core/cassette.ts';
import type { Interpreter, View } from '../core/ports.ts';
import { type Redactor, redactor as redactorOf } from '../core/redact.ts';
import type { Turn } from '../core/step.ts';
import type { Cassette, RecordedAgent } from '../generated/config.ts';

export interface CassetteInput {
  readonly cassette: Cassette;
  /** Removes secrets from what is compared, as the recording did. */
  readonly redactor?: Redactor;
}

/**
 * Plays a recording instead of a model. Each step is only played where the model would be asked the very same again:
 * the recording is no answer to another question. Like a script it keeps no place of its own.
 * @throws HarnessError `stale-cassette` from `next`, naming the agent, the step, and what differs
 */
export function cassette({ cassette: recorded, redactor = redactorOf([]) }: CassetteInput): Interpreter {
  const digests = digester(redactor);
  const agents = new Map(Object.entries(recorded.agents));
  const tracks = new Map(
    Object.entries(recorded.steps).map(([agent, steps]) => [agent, { steps, requests: wholeRequests(steps) }]),
  );
  return {
    async next(view, signal, listeners) {
      signal.throwIfAborted();
      const number = view.stepsOfAgent + 1;
      const track = tracks.get(view.agent);
      const step = track?.steps[view.stepsOfAgent];
      if (!track || !step) {
        const held = track ? `only ${counted(track.steps.length)} of it` : 'none of it';
        throw staleCassette(recorded, `it holds ${held}, and agent "${view.agent}" takes step ${number}`);
      }
      const asked = { agent: agents.get(view.agent), turns: track.requests[view.stepsOfAgent] ?? [] };
      const difference = firstDifference(asked, digests(view), view);
      if (difference !== undefined) {
        throw staleCassette(recorded, `at step ${number} of agent "${view.agent}", ${difference}`);
      }
      if (step.say) listeners?.delta?.(step.say);
      return playedStep(step, view, number);
    },
  };
}

/** One sentence for each agent whose recorded steps were not all used; none when the cassette fits the run. */
export function unplayed({ case: id, steps }: Cassette, stepsOfAgent: ReadonlyMap<string, number>): string[] {
  return Object.entries(steps).flatMap(([agent, recorded]) => {
    const used = stepsOfAgent.get(agent) ?? 0;
    if (used >= recorded.length) return [];
    const left = counted(recorded.length - used);
    const what = `it has ${left} left for agent "${agent}", from step ${used + 1}`;
    return [`the cassette is stale: ${what}; record it again: ${recordCommand(id)}`];
  });
}

function counted(steps: number): string {
  return `${steps} ${steps === 1 ? 'step' : 'steps'}`;
}

interface Asked {
  readonly agent: RecordedAgent | undefined;
  readonly turns: readonly TurnDigest[];
}

/** What differs first between a recorded request and the one of a view, as a sentence. */
function firstDifference(recorded: Asked, now: RequestDigests, view: View): string | undefined {
  if (!recorded.agent) return 'nothing is recorded of the agent itself';
  return (
    settingDifference(recorded.agent, now.agent) ??
    toolDifference(recorded.agent.tools, now.agent.tools) ??
    turnDifference(recorded.turns, now.turns, view.turns)
  );
}

function settingDifference(recorded: RecordedAgent, now: RecordedAgent): string | undefined {
  for (const key of ['model', 'effort', 'thinking', 'maxOutputTokens'] as const) {
    const [was, is] = [recorded[key], now[key]];
    if (was !== is) return `${key} was ${was ?? 'not set'} and is ${is ?? 'not set'}`;
  }
  return recorded.system === now.system ? undefined : 'system (its prompt) is not what was recorded';
}

function toolDifference(recorded: RecordedAgent['tools'], now: RecordedAgent['tools']): string | undefined {
  const before = new Map(Object.entries(recorded));
  const after = new Map(Object.entries(now));
  for (const tool of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    if (!after.has(tool)) return `tools.${tool} is not there any more`;
    if (!before.has(tool)) return `tools.${tool} was not there`;
    if (before.get(tool) !== after.get(tool)) {
      return `tools.${tool} (its description or input schema) is not what was recorded`;
    }
  }
  return undefined;
}

function turnDifference(
  recorded: readonly TurnDigest[],
  now: readonly TurnDigest[],
  turns: readonly Turn[],
): string | undefined {
  for (const [place, turn] of turns.entries()) {
    const [was, is] = [recorded[place], now[place]];
    if (was === undefined) return `turns[${place}] (${describe(turn, place)}) was not there`;
    if (!sameTurn(was, is)) return `turns[${place}] (${describe(turn, place, was, is)}) is not what was recorded`;
  }
  return recorded.length > turns.length ? `turns[${turns.length}] is not there any more` : undefined;
}

function describe(turn: Turn, place: number, was?: TurnDigest, is?: TurnDigest): string {
  if (turn.role === 'user') return place === 0 ? 'the prompt' : 'a further prompt';
  if (turn.role === 'assistant') return 'what the agent did';
  const [before, after] = [was, is].map((digest) => (Array.isArray(digest) ? digest : []));
  const changed = turn.results.filter((_, at) => before?.length !== after?.length || before?.[at] !== after?.[at]);
  const [first, ...others] = changed.length > 0 ? changed : turn.results;
  return `result of ${first?.tool}${others.length > 0 ? ` and ${others.length} more` : ''}`;
}

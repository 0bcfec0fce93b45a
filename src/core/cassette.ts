import type { Cassette, RecordedAgent, RecordedStep } from '../generated/config.ts';
import { digestOf } from './digest.ts';
import { HarnessError } from './errors.ts';
import type { Json } from './json.ts';
import type { ModelRef, View } from './ports.ts';
import type { Redactor } from './redact.ts';
import type { Step, ToolCall, ToolResult, Turn } from './step.ts';

/** The version of the format that is read and written. */
export const cassetteFormat = 1;

/** One digest; of several tool results, one for each. */
export type TurnDigest = RecordedStep['request'][number];

/** What an interpreter was asked, in digests. */
export interface RequestDigests {
  readonly agent: RecordedAgent;
  readonly turns: readonly TurnDigest[];
}

/**
 * Takes digests of what interpreters see. Left out is what differs between two runs of the same: ids of runs, spans
 * and calls, tokens, and what only the provider understands. What has been seen is not looked at again, so that a
 * long conversation takes time linear in its length.
 * @param redactor removes secrets first, so that a recording without them has the same digests
 */
export function digester(redactor: Redactor): (view: View) => RequestDigests {
  const known = new WeakMap<object, TurnDigest>();
  const once = <T extends object, D extends TurnDigest>(value: T, make: () => D): D => {
    const before = known.get(value);
    if (before !== undefined) return before as D;
    const made = make();
    known.set(value, made);
    return made;
  };
  const digest = (value: Json) => digestOf(redactor.json(value));
  return ({ model, prompt, tools, turns }) => ({
    agent: {
      ...modelSettings(model),
      system: digest(prompt),
      tools: Object.fromEntries(
        tools.map((tool) => [
          tool.name,
          once(tool, () => digest({ description: tool.description, inputSchema: tool.inputSchema })),
        ]),
      ),
    },
    turns: turns.map((turn) => once(turn, () => turnDigest(turn, digest))),
  });
}

function modelSettings(
  model: ModelRef | null,
): Pick<RecordedAgent, 'model' | 'effort' | 'thinking' | 'maxOutputTokens'> {
  const { effort, thinking, maxOutputTokens } = model ?? {};
  return {
    model: model?.id ?? null,
    ...(effort !== undefined && { effort }),
    ...(thinking !== undefined && { thinking }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
  };
}

function turnDigest(turn: Turn, digest: (value: Json) => string): TurnDigest {
  switch (turn.role) {
    case 'user':
      return digest({ user: turn.text });
    case 'assistant':
      return digest({ text: turn.step.text, calls: turn.step.calls.map(({ tool, args }) => ({ tool, args })) });
    case 'tools': {
      const results = turn.results.map((result) => digest(resultData(result)));
      const [only] = results;
      return results.length === 1 && only !== undefined ? only : results;
    }
  }
}

function resultData({ tool, outcome }: ToolResult): Json {
  if (outcome.ok) return { tool, result: outcome.result, note: outcome.note ?? null };
  const { code, message, problems = [] } = outcome.error;
  return { tool, code, message, problems: problems.map((each) => ({ path: each.path, message: each.message })) };
}

/** A step as a cassette holds it, without its request. */
export function recordedStep({ text, calls, stop, usage, model, note, opaque }: Step): Omit<RecordedStep, 'request'> {
  const [first, ...others] = calls;
  const called = calls.map(({ tool, args }) => ({ call: tool, args }));
  const ended = stop === (first ? 'calls' : 'end') || stop === 'calls' || stop === 'end';
  return {
    ...((text !== '' || !first) && { say: text }),
    ...(first && (others.length === 0 ? { call: first.tool, args: first.args } : { calls: called })),
    ...(!ended && { stop }),
    ...(note !== undefined && { note }),
    ...(model !== undefined && { model }),
    ...(usage && { usage: { ...usage } }),
    ...(opaque !== undefined && { opaque }),
  };
}

/** The step again. Its calls have ids of their own, unique in the run. @param number of the step, from 1 */
export function playedStep(recorded: RecordedStep, { span }: View, number: number): Step {
  const { say = '', call, args, calls = [], stop, note, model, usage, opaque } = recorded;
  const wanted = call === undefined ? calls : [{ call, args: args ?? {} }];
  const made = wanted.map(
    (each, place): ToolCall => ({
      id: `call-${span}-${number}-${place + 1}`,
      tool: each.call,
      // The cassette was checked by its schema, and its values come from YAML.
      args: each.args as ToolCall['args'],
    }),
  );
  return {
    text: say,
    calls: made,
    stop: stop ?? (made.length > 0 ? 'calls' : 'end'),
    ...(usage && { usage }),
    ...(model !== undefined && { model }),
    ...(note !== undefined && { note }),
    ...(opaque !== undefined && { opaque: opaque as Json }),
  };
}

/** The requests of an agent's steps, each with all turns of its conversation. */
export function wholeRequests(steps: readonly RecordedStep[]): readonly (readonly TurnDigest[])[] {
  const requests: (readonly TurnDigest[])[] = [];
  for (const { seen = 0, request } of steps) {
    const before = requests.at(-1)?.slice(0, seen) ?? [];
    requests.push([...before, ...request]);
  }
  return requests;
}

/** A request without the turns that begin the one before it, and how many those are. */
export function shortRequest(
  turns: readonly TurnDigest[],
  before: readonly TurnDigest[],
): Pick<RecordedStep, 'seen' | 'request'> {
  const differing = turns.findIndex((turn, place) => !sameTurn(turn, before[place]));
  const seen = differing < 0 ? turns.length : differing;
  return { ...(seen > 0 && { seen }), request: turns.slice(seen) as TurnDigest[] };
}

export function sameTurn(turn: TurnDigest | undefined, other: TurnDigest | undefined): boolean {
  return String(turn) === String(other);
}

/** Closes a recording: with the digest of its content, which no edit by hand will match. */
export function sealed(content: Omit<Cassette, 'digest'>): Cassette {
  return { ...content, digest: contentDigest(content) };
}

/** Whether a cassette is as it was recorded. */
export function isSealed(cassette: Cassette): boolean {
  return cassette.digest === contentDigest(cassette);
}

function contentDigest(cassette: Omit<Cassette, 'digest'>): string {
  const { digest: _, ...content } = cassette as Cassette;
  return digestOf(content as unknown as Json);
}

/** The error of a cassette that is no answer to what is asked now. */
export function staleCassette({ case: id }: Cassette, what: string): HarnessError {
  return new HarnessError('stale-cassette', `the cassette of "${id}" is stale: ${what}`, {
    hint: `record it again: ${recordCommand(id)}`,
  });
}

/** The command that records a case again. */
export function recordCommand(caseId: string): string {
  return `harness eval ${caseId} --record`;
}

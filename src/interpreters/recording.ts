import { cassetteFormat, digester, recordedStep, sealed, shortRequest, type TurnDigest } from '../core/cassette.ts';
import type { Json } from '../core/json.ts';
import type { Interpreter, View } from '../core/ports.ts';
import { type Redactor, redactor as redactorOf } from '../core/redact.ts';
import type { Step } from '../core/step.ts';
import { version } from '../core/version.ts';
import type { Cassette, RecordedAgent, RecordedStep, RecordedVerdict } from '../generated/config.ts';

/** What a cassette says of its recording. */
export interface RecordingMeta {
  /** Id of the eval case. */
  readonly case: string;
  readonly recordedAt: Date;
  readonly verdicts?: readonly RecordedVerdict[];
}

/** An interpreter that is listened to. */
export interface Recording {
  readonly interpreter: Interpreter;
  /** What was recorded so far. Only a run that ended by itself is worth keeping; one that took no step has nothing. */
  cassette(meta: RecordingMeta): Cassette | undefined;
}

/**
 * Records the steps of an interpreter in one run, with digests of what it was asked. The run belongs into a throw-away
 * workspace: there, replay meets the same ids and the same data.
 * @param redactor removes secrets from all that is recorded
 */
export function recording(inner: Interpreter, redactor: Redactor = redactorOf([])): Recording {
  const digests = digester(redactor);
  const agents = new Map<string, RecordedAgent>();
  const steps = new Map<string, RecordedStep[]>();
  const requests = new Map<string, readonly TurnDigest[]>();
  const keep = (view: View, { agent, turns }: ReturnType<typeof digests>, step: Step) => {
    const before = requests.get(view.agent) ?? [];
    // Digests are taken of the turns as they were, while the step was not yet one of them.
    requests.set(view.agent, turns);
    agents.set(view.agent, agent);
    const kept = redactor.json(recordedStep(step) as unknown as Json) as unknown as ReturnType<typeof recordedStep>;
    const recorded: RecordedStep = { ...kept, ...shortRequest(turns, before) };
    steps.set(view.agent, [...(steps.get(view.agent) ?? []), recorded]);
  };
  return {
    interpreter: {
      kind: inner.kind ?? 'custom',
      async next(view, signal, listeners) {
        const asked = digests(view);
        const step = await inner.next(view, signal, listeners);
        keep(view, asked, step);
        return step;
      },
    },
    cassette({ case: id, recordedAt, verdicts = [] }) {
      if (steps.size === 0) return undefined;
      return sealed({
        format: cassetteFormat,
        case: id,
        recordedAt: recordedAt.toISOString().slice(0, 10),
        harness: version,
        agents: Object.fromEntries(agents),
        steps: Object.fromEntries(steps),
        ...(verdicts.length > 0 && {
          verdicts: verdicts.map((verdict) => ({ ...verdict, reason: redactor.text(verdict.reason) })),
        }),
      });
    },
  };
}

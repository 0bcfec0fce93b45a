import type { Problem } from '../core/errors.ts';
import type { Event, Fact } from '../core/event.ts';
import { applyEvent, fold, type Memory, type RunState } from '../core/fold.ts';
import type { Json } from '../core/json.ts';
import type { Clock, DeltaKind, RunSink, Store } from '../core/ports.ts';
import type { Redactor } from '../core/redact.ts';
import { redactFact } from '../core/redact-fact.ts';
import { secretProblems } from '../core/secret-problems.ts';
import { type DeltaStreams, deltaStreams } from './delta-streams.ts';

export interface RecorderPorts {
  readonly runId: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly sink: RunSink;
  readonly redactor: Redactor;
  /** Told of each fact as it is noted. */
  observe?(event: Event): void;
  /** Of a run that goes on. */
  readonly earlier?: readonly Event[];
  /** What was said in earlier runs of the session. */
  readonly memory?: Memory;
}

/**
 * Writes down what happens in one run. Facts of one instant are gathered and stored in one transaction by
 * `commit`; only then are they shown. Whoever lets anything leave the process (a model call, a tool, a dispatch)
 * commits first. What is written down holds no secrets, and neither does the conversation that follows from it: a
 * model is shown what the record holds, so that a run that goes on later sees the same.
 */
export class Recorder {
  readonly runId: string;
  readonly state: RunState;
  /** The run was begun by another process, or before an interruption. */
  readonly resumed: boolean;
  readonly #redactor: Redactor;
  readonly #deltas: DeltaStreams;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #sink: RunSink;
  readonly #observe: RecorderPorts['observe'];
  #pending: Event[] = [];

  constructor(ports: RecorderPorts) {
    this.runId = ports.runId;
    this.#store = ports.store;
    this.#clock = ports.clock;
    this.#sink = ports.sink;
    this.#observe = ports.observe;
    this.resumed = ports.earlier !== undefined;
    this.state = fold(ports.earlier ?? [], ports.memory);
    this.#redactor = ports.redactor;
    this.#deltas = deltaStreams(ports.redactor, (delta) => this.#sink.delta?.(delta));
  }

  /** Note a fact. It takes part in the run's state at once, and is durable after the next `commit`. */
  record(fact: Fact): void {
    const at = new Date(this.#clock.now()).toISOString();
    const { span, parent, agent, type, data } = redactFact(fact, this.#redactor);
    // Member by member, so that all events have one shape. That type and data belong together the fact says.
    const event = { runId: this.runId, seq: this.state.lastSeq + 1, at, span, parent, agent, type, data } as Event;
    this.#deltas.end(fact.span, fact.type === 'step.finished');
    applyEvent(this.state, event);
    this.#observe?.(event);
    this.#pending.push(event);
  }

  /** Store what was noted, then show it. @throws HarnessError when it cannot be stored; nothing is shown then. */
  commit(): void {
    if (this.#pending.length === 0) return;
    const events = this.#pending;
    this.#pending = [];
    const stored = this.#append(events);
    if (this.#sink.event) for (const event of stored) this.#sink.event(event);
  }

  /** What a person has revoked meanwhile stands in the run before these events, and is no conflict. */
  #append(events: readonly Event[]): readonly Event[] {
    try {
      this.#store.append(events);
      return events;
    } catch (thrown) {
      const since = (events[0]?.seq ?? 1) - 1;
      const revoked = this.#store.events(this.runId).slice(since);
      if (revoked.length === 0 || !revoked.every(({ type }) => type === 'grant.revoked')) throw thrown;
      for (const event of revoked) this.#observe?.(event);
      const later = events.map((event) => ({ ...event, seq: event.seq + revoked.length }));
      this.state.lastSeq += revoked.length;
      return [...revoked, ...this.#append(later)];
    }
  }

  /** Take in what another process has added to the run. Everything noted must have been committed. */
  adopt(): void {
    for (const event of this.#store.events(this.runId).slice(this.state.lastSeq)) {
      applyEvent(this.state, event);
      this.#observe?.(event);
      this.#sink.event?.(event);
    }
  }

  /** Commit if a plan's fact is waiting, so that the store's plans can be read as they are. */
  commitPlans(): void {
    if (this.#pending.some((event) => event.type.startsWith('plan.'))) this.commit();
  }

  /** What may be shown or stored of a value of JSON. */
  redacted<T>(value: T): T {
    return this.#redactor.json(value as Json) as T;
  }

  /** Where a value holds what may not be stored, or the name that stands for it. */
  secretsIn(value: Json): readonly Problem[] {
    return secretProblems(value, this.#redactor);
  }

  delta(span: string, agent: string, text: string, kind: DeltaKind = 'text'): void {
    if (this.#sink.delta) this.#deltas.push(span, agent, text, kind);
  }
}

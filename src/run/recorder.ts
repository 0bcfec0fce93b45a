import type { Event, Fact } from '../core/event.ts';
import { applyEvent, fold, type RunState } from '../core/fold.ts';
import type { Clock, RunSink, Store } from '../core/ports.ts';

/**
 * Writes down what happens in one run. Facts of one instant are gathered and stored in one transaction by
 * `commit`; only then are they shown. Whoever lets anything leave the process (a model call, a tool, a dispatch)
 * commits first.
 */
export class Recorder {
  readonly runId: string;
  readonly state: RunState;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #sink: RunSink;
  #pending: Event[] = [];

  constructor(ports: { runId: string; store: Store; clock: Clock; sink: RunSink; earlier?: readonly Event[] }) {
    this.runId = ports.runId;
    this.#store = ports.store;
    this.#clock = ports.clock;
    this.#sink = ports.sink;
    this.state = fold(ports.earlier ?? []);
  }

  /** Note a fact. It takes part in the run's state at once, and is durable after the next `commit`. */
  record(fact: Fact): void {
    const at = new Date(this.#clock.now()).toISOString();
    const event: Event = { runId: this.runId, seq: this.state.lastSeq + 1, at, ...fact };
    applyEvent(this.state, event);
    this.#pending.push(event);
  }

  /** Store what was noted, then show it. @throws HarnessError when it cannot be stored; nothing is shown then. */
  commit(): void {
    if (this.#pending.length === 0) return;
    const events = this.#pending;
    this.#pending = [];
    this.#store.append(events);
    if (this.#sink.event) for (const event of events) this.#sink.event(event);
  }

  /** Commit if a plan's fact is waiting, so that the store's plans can be read as they are. */
  commitPlans(): void {
    if (this.#pending.some((event) => event.type.startsWith('plan.'))) this.commit();
  }

  delta(span: string, agent: string, text: string): void {
    this.#sink.delta?.({ span, agent, text });
  }
}

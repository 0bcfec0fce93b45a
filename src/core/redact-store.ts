import type { Store } from './ports.ts';
import type { Redactor } from './redact.ts';
import { redactFact } from './redact-fact.ts';

/** A store that keeps no secrets, whoever appends to it. */
export function redactedStore(store: Store, redactor: Redactor): Store {
  return { ...store, append: (events) => store.append(events.map((event) => redactFact(event, redactor))) };
}

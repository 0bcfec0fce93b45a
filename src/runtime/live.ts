import type { App } from '../config/app.ts';
import { HarnessError } from '../core/errors.ts';
import type { Interpreter, ModelRef, StepListeners, View } from '../core/ports.ts';
import { ProviderFault } from '../core/provider-fault.ts';
import type { FailedTry, Step } from '../core/step.ts';
import { interpreters } from '../interpreters/registry.ts';
import { type Environment, readKeys } from './keys.ts';

/**
 * Takes each step by the model of its agent, at that model's provider. One that is overloaded is replaced by its
 * fallback.
 * @param env where keys and ANTHROPIC_BASE_URL are looked up: `process.env`
 * @throws HarnessError `missing-keys` at once, with everything that is missing
 */
export function liveInterpreter(app: App, env: Environment): Interpreter {
  const keys = readKeys(app, env);
  const providers = new Map<string, Interpreter>();
  const providerOf = (name: string): Interpreter => {
    const known = providers.get(name);
    if (known) return known;
    const config = app.providers[name];
    if (config === undefined) throw new HarnessError('unknown-name', `app "${app.name}" has no provider "${name}"`);
    const input = {
      name,
      config,
      key: keys.of(name),
      secrets: keys.secrets,
      baseUrl: env.ANTHROPIC_BASE_URL || undefined,
    };
    const made = interpreters[config.kind](input);
    providers.set(name, made);
    return made;
  };
  const kinds = new Set(Object.values(app.providers).map(({ kind }) => kind));
  return {
    kind: [...kinds].sort().join('+') || 'none',
    next: (view, signal, listeners = {}) => takeStep(providerOf, view, signal, listeners),
  };
}

async function takeStep(
  providerOf: (name: string) => Interpreter,
  view: View,
  signal: AbortSignal,
  listeners: StepListeners,
): Promise<Step> {
  const tries = countTries(listeners);
  const [first, ...others] = candidates(view);
  if (!first) throw new HarnessError('missing-keys', `agent "${view.agent}" has no model`);
  for (let model = first; ; ) {
    try {
      const seen = { ...view, model: { ...model, fallback: [...others] } };
      return await providerOf(model.provider).next(seen, signal, tries.listeners);
    } catch (thrown) {
      const next = passesOn(thrown) ? others.shift() : undefined;
      tries.end(next);
      if (!next) throw thrown;
      model = next;
    }
  }
}

interface Tries {
  readonly listeners: StepListeners;
  /** A model has given up. @param next the one that takes the step instead, where there is one */
  end(next: ModelRef | undefined): void;
}

/** Counts the tries of all models of a step together. */
function countTries(listeners: StepListeners): Tries {
  let failed = 0;
  let last: FailedTry | undefined;
  return {
    listeners: {
      ...listeners,
      retried: (retry) => listeners.retried?.({ ...retry, attempt: ++failed }),
      failed: (given) => {
        last = { ...given, attempt: ++failed };
      },
    },
    end(next) {
      if (last && next) listeners.retried?.({ ...last, delayMs: 0, model: next.id });
      else if (last) listeners.failed?.(last);
      last = undefined;
    },
  };
}

/** Another model may take the step when this one has no room for it; not when the request itself is at fault. */
function passesOn(thrown: unknown): boolean {
  if (!(thrown instanceof ProviderFault)) return false;
  return thrown.fault === 'overloaded' || thrown.fault === 'rate_limited';
}

/**
 * The models that may take the step, the first one first. Once a fallback has answered, it goes on to the end of the
 * agent's task: a change of model loses the cache and all thinking.
 */
function candidates({ model, turns, purpose }: View): ModelRef[] {
  if (model === null) return [];
  const all = [model, ...(model.fallback ?? [])];
  // A summary is written by whoever has the conversation in its cache.
  const own = purpose === 'summary' ? turns.slice(0, -1) : turns;
  const last = own.findLast((turn) => turn.role !== 'tools');
  const used = last?.role === 'assistant' ? last.step.model : undefined;
  const at = all.findIndex(({ id }) => id === used);
  return at > 0 ? [...all.slice(at), ...all.slice(0, at)] : all;
}

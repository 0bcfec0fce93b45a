import type { MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages';
import { HarnessError } from '../core/errors.ts';
import type { Interpreter, ModelRef, StepListeners, View } from '../core/ports.ts';
import { ProviderFault } from '../core/provider-fault.ts';
import { redactor, type Secret } from '../core/redact.ts';
import type { Step } from '../core/step.ts';
import type { AnthropicProvider } from '../generated/config.ts';
import type { Answer } from './anthropic/answer.ts';
import { type Client, createClient, ownBaseUrl, plainBaseUrl } from './anthropic/client.ts';
import { type Circumstances, Fault, faultOf, givenUp } from './anthropic/faults.ts';
import { createGate, type Gate } from './anthropic/gate.ts';
import { withRetries } from './anthropic/retry.ts';
import { stepOf } from './anthropic/step.ts';
import { readAnswer } from './anthropic/stream.ts';
import { createTally, knownUsage, type Tally } from './anthropic/tally.ts';
import { createTranscriber, type Transcriber } from './anthropic/transcript.ts';
import { continued, requestOf } from './anthropic/wire.ts';

/** One provider of an app, with its key. */
export interface AnthropicInput {
  /** Its name in the app. */
  readonly name: string;
  readonly config: AnthropicProvider;
  /** Undefined for a server that needs none. */
  readonly key: string | undefined;
  /** Further secrets that messages about faults must not hold. */
  readonly secrets?: readonly Secret[];
  /** Where the API is, unless `config` says so. */
  readonly baseUrl?: string | undefined;
}

/** How often a paused answer is continued in one step. */
const mostPauses = 10;

/** Steps by a model behind Anthropic's Messages API. The SDK is loaded with the first step. */
export function anthropic(input: AnthropicInput): Interpreter {
  const { name, config, key } = input;
  const baseUrl = plainBaseUrl(config.baseUrl ?? input.baseUrl ?? ownBaseUrl);
  const own = key === undefined ? [] : [{ name: config.apiKeyEnv, value: key }];
  const secrets = [...own, ...(input.secrets ?? [])];
  const provider = { provider: name, baseUrl, apiKeyEnv: config.apiKeyEnv, redactor: redactor(secrets) };
  const transcribe = createTranscriber();
  const gate = createGate(Math.random);
  let client: Promise<Client> | undefined;
  return {
    kind: 'anthropic',
    async next(view, signal, listeners = {}) {
      signal.throwIfAborted();
      const { model } = view;
      if (model === null) throw new HarnessError('invalid-files', `agent "${view.agent}" has no model`);
      client ??= createClient(config, baseUrl, key);
      const place = { ...provider, model: model.id };
      return takeStep({ view, model, signal, listeners, config, client: await client, place, transcribe, gate });
    },
  };
}

interface Work {
  readonly view: View;
  readonly model: ModelRef;
  readonly signal: AbortSignal;
  readonly listeners: StepListeners;
  readonly config: AnthropicProvider;
  readonly client: Client;
  readonly place: Circumstances;
  readonly transcribe: Transcriber;
  readonly gate: Gate;
}

/** No tool of a step runs before the whole of it has arrived, so that a failed try can be made again from its start. */
async function takeStep(work: Work): Promise<Step> {
  const { view, model, listeners } = work;
  const { messages, ids } = work.transcribe(view.turns, model.id);
  const newId = (at: number) => `call-${view.span}-${view.stepsOfAgent + 1}-${at + 1}`;
  const whole = (answers: readonly Answer[]) => stepOf(answers, { model: model.id, taken: ids, newId });
  const tally = createTally(model.id, listeners);
  let request = requestOf(view, model, messages, work.config.features);
  try {
    for (;;) {
      const answer = await answerTo(work, request, tally, (received) => whole([received]));
      tally.keep(answer);
      if (answer.stopReason !== 'pause_turn' || tally.answers.length > mostPauses) return whole(tally.answers);
      request = continued(request, answer);
    }
  } catch (thrown) {
    if (isTooLong(thrown)) return noRoom(model, tally, thrown.message);
    if (thrown instanceof ProviderFault) tally.failed({ code: thrown.fault, message: thrown.message });
    else if (work.signal.aborted) tally.interrupted();
    throw thrown;
  }
}

/** @param check throws a Fault when an answer is of no use */
function answerTo(
  { model, signal, listeners, config, client, place, gate }: Work,
  request: MessageCreateParamsStreaming,
  tally: Tally,
  check: (answer: Answer) => void,
): Promise<Answer> {
  return withRetries({
    rules: rulesOf(config, model),
    gate,
    signal,
    attempt: async () => {
      const received = await readAnswer({
        open: (controller) => client.open(request, controller),
        signal,
        idleMs: config.idleSeconds * 1000,
        delta: listeners.delta,
        used: tally.take,
      });
      tally.take(received.usage);
      check(received);
      return received;
    },
    faultOf: (thrown) => faultOf(thrown, place),
    giveUp: (fault, attempts) => givenUp(fault, attempts, place),
    retried: tally.retried,
  });
}

/** A request that is refused uses nothing; what was answered before a pause did. */
function noRoom({ id: model }: ModelRef, { answers }: Tally, note: string): Step {
  const nothing = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  const usage = knownUsage([nothing, ...answers.map((answer) => answer.usage)]) ?? nothing;
  return { text: '', calls: [], stop: 'context_full', model, usage, note };
}

function isTooLong(thrown: unknown): thrown is ProviderFault {
  return thrown instanceof ProviderFault && thrown.cause instanceof Fault && thrown.cause.tooLong;
}

/** Another model that is ready to take the step is better than waiting long. */
function rulesOf({ maxRetries }: AnthropicProvider, { fallback = [] }: ModelRef) {
  const maxRetriesOverloaded = fallback.length > 0 ? Math.min(1, maxRetries) : maxRetries;
  return { maxRetries, maxRetriesOverloaded, random: Math.random };
}

import type { ClientOptions } from '@anthropic-ai/sdk';
import type { MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages';
import type { AnthropicProvider } from '../../generated/config.ts';

/** One line of a server's stream of events, before anybody has looked at its data. */
export interface ServerEvent {
  readonly event: string | null;
  readonly data: string;
}

/** An answer as it begins to arrive. */
export interface Opened {
  /** Empty where the server does not say. */
  readonly contentType: string;
  readonly events: AsyncIterable<ServerEvent>;
}

/** Sends requests to one provider. */
export interface Client {
  /** @throws whatever the SDK throws. */
  open(request: MessageCreateParamsStreaming, controller: AbortController): Promise<Opened>;
}

/** Where the provider's API is when nobody says otherwise. */
export const ownBaseUrl = 'https://api.anthropic.com';

/** The URL without `/v1` and slashes at its end, to which the SDK adds `/v1/messages`. */
export function plainBaseUrl(written: string): string {
  return written.replace(/\/+$/, '').replace(/\/v1$/, '').replace(/\/+$/, '');
}

/**
 * A client of the SDK, which is loaded now: it takes longer than all else that a command loads.
 * @param baseUrl as `plainBaseUrl` gives it
 */
export async function createClient(
  config: AnthropicProvider,
  baseUrl: string,
  key: string | undefined,
): Promise<Client> {
  const [{ Anthropic }, { Stream }] = await Promise.all([
    import('@anthropic-ai/sdk'),
    import('@anthropic-ai/sdk/core/streaming'),
  ]);
  const settings: ClientOptions = {
    // Any key at all: without one the SDK would look for others in the environment and on the disk.
    apiKey: key ?? 'none',
    baseURL: baseUrl,
    maxRetries: 0,
    // Longer than the watchdog waits at most, which is the one to decide.
    timeout: 24 * 60 * 60 * 1000,
    // Nobody else is to see the key.
    fetchOptions: { redirect: 'error' },
    // Debug lines would show prompts, and go to stdout.
    logLevel: 'off',
    openTelemetry: false,
    defaultHeaders: headersOf(config, key),
  };
  const sdk = withoutCustomHeaders(() => new Anthropic(settings));
  return {
    async open(request, controller) {
      const response = await sdk.messages.create(request, { signal: controller.signal }).asResponse();
      const contentType = response.headers.get('content-type') ?? '';
      return { contentType, events: Stream.rawEvents(response, controller) };
    },
  };
}

/**
 * The SDK adds the headers of ANTHROPIC_CUSTOM_HEADERS to the requests of every client, whatever its server. What is sent
 * is what the app's files say.
 */
function withoutCustomHeaders<T>(make: () => T): T {
  const name = 'ANTHROPIC_CUSTOM_HEADERS';
  const held = process.env[name];
  delete process.env[name];
  try {
    return make();
  } finally {
    if (held !== undefined) process.env[name] = held;
  }
}

/** A header that is null is not sent. */
function headersOf(config: AnthropicProvider, key: string | undefined): Record<string, string | null> {
  const { auth, apiVersion, headers } = config;
  return {
    ...headers,
    ...(apiVersion !== undefined && { 'anthropic-version': apiVersion }),
    ...(auth !== 'bearer' && { authorization: null }),
    ...(auth === 'x-api-key' && key !== undefined && { 'x-api-key': key }),
  };
}

import type { CacheControlEphemeral } from '@anthropic-ai/sdk/resources/messages';
import type { ProviderFeatures } from '../../generated/config.ts';

/** Where a request is cut, so that what stands before the cut is read from the cache next time. */
export interface Breakpoints {
  /** After tools and system prompt: shared by all conversations of an agent. */
  readonly system?: { readonly cache_control: CacheControlEphemeral };
  /** After the last message; the provider moves it along. */
  readonly request?: { readonly cache_control: CacheControlEphemeral };
}

const fiveMinutes: CacheControlEphemeral = { type: 'ephemeral' };
const oneHour: CacheControlEphemeral = { type: 'ephemeral', ttl: '1h' };

/**
 * Both breakpoints together: the moving one alone misses the shared prefix in every fresh conversation, the fixed one
 * alone pays for the whole history each step. They only help while the prefix stays the same, byte for byte: tools
 * are sorted, and nothing that changes stands in the system prompt.
 */
export function breakpoints(caching: ProviderFeatures['caching']): Breakpoints {
  if (caching === false || caching === 'off') return {};
  // What stays longer has to stand before what does not. The conversation grows with each step, and is written anew.
  const system = caching === '1h' ? oneHour : fiveMinutes;
  return { system: { cache_control: system }, request: { cache_control: fiveMinutes } };
}

import type { CacheControlEphemeral } from '@anthropic-ai/sdk/resources/messages';

/** Where a request is cut, so that what stands before the cut is read from the cache next time. */
export interface Breakpoints {
  /** After tools and system prompt: shared by all conversations of an agent. */
  readonly system?: { readonly cache_control: CacheControlEphemeral };
  /** After the last message; the provider moves it along. */
  readonly request?: { readonly cache_control: CacheControlEphemeral };
}

const fiveMinutes: CacheControlEphemeral = { type: 'ephemeral' };

/**
 * Both breakpoints together: the moving one alone misses the shared prefix in every fresh conversation, the fixed one
 * alone pays for the whole history each step. They only help while the prefix stays the same, byte for byte: tools
 * are sorted, and nothing that changes stands in the system prompt.
 */
export function breakpoints(caching: boolean): Breakpoints {
  if (!caching) return {};
  return { system: { cache_control: fiveMinutes }, request: { cache_control: fiveMinutes } };
}

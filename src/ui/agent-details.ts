import type { Json, JsonSchema } from '../core/json.ts';
import type { Effect } from '../core/tool.ts';

/** Everything that the app says of an agent. */
export interface AgentDetails {
  readonly name: string;
  readonly role: string;
  readonly description: string;
  readonly prompt: string;
  readonly model: ModelDetails | null;
  readonly stateful: boolean;
  /** Limits by what they limit: `steps`, `tokens`. In words. */
  readonly limits: readonly (readonly [string, string])[];
  /** Sorted by name. */
  readonly tools: readonly ToolDetails[];
  /** Agents that it may call. */
  readonly routes: readonly string[];
  /** Plan schemas that it stores or executes, by name. */
  readonly plans: readonly { readonly name: string; readonly rulings: readonly RulingDetails[] }[];
}

export interface ModelDetails {
  /** Its name in the app, and the provider's for it. */
  readonly name: string;
  readonly id: string;
  readonly provider: string;
  /** Tokens, where they are known. */
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly effort?: string;
  /** What a million tokens cost, in words; absent where that is not known. */
  readonly price?: string;
  /** Names of models that take a step while this one is overloaded. */
  readonly fallback: readonly string[];
}

export interface ToolDetails {
  readonly name: string;
  readonly description: string;
  readonly effect: Effect;
  readonly inputSchema: JsonSchema;
  /** The strictest first; the last one holds where none before it does. */
  readonly rulings: readonly RulingDetails[];
}

/** What a rule says of a call or a plan. */
export interface RulingDetails {
  readonly verdict: 'allow' | 'ask' | 'deny';
  /** As it is written; `default` for what holds where no rule speaks. */
  readonly rule: string;
  readonly when?: Json;
  readonly reason: string;
}

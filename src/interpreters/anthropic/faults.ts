import { messageOf } from '../../core/errors.ts';
import { type FaultKind, ProviderFault } from '../../core/provider-fault.ts';
import type { Redactor } from '../../core/redact.ts';
import { retryAfterMs } from './retry-after.ts';

/** One failed try. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly kind: FaultKind;
  /** Whether the same request may work a little later. */
  readonly passes: boolean;
  readonly hint: string | undefined;
  /** How long the provider asks to wait, in milliseconds. */
  readonly afterMs: number | undefined;
  /** The conversation is longer than the model takes. */
  readonly tooLong: boolean;

  constructor(kind: FaultKind, message: string, more: FaultMore = {}) {
    super(message);
    this.kind = kind;
    this.passes = more.passes ?? true;
    this.hint = more.hint;
    this.afterMs = more.afterMs;
    this.tooLong = more.tooLong ?? false;
  }
}

interface FaultMore {
  readonly passes?: boolean;
  readonly hint?: string | undefined;
  readonly afterMs?: number | undefined;
  readonly tooLong?: boolean;
}

/** What a message about a fault may name. */
export interface Circumstances {
  /** The provider's name in the app. */
  readonly provider: string;
  readonly model: string;
  readonly baseUrl: string;
  readonly apiKeyEnv: string;
  readonly redactor: Redactor;
}

/** What went wrong in one try, whatever was thrown. Nothing in it tells a secret. */
export function faultOf(thrown: unknown, where: Circumstances): Fault {
  if (thrown instanceof Fault) return cleaned(thrown, where);
  const { status, error, headers, name } = (thrown ?? {}) as Partial<ThrownBySdk>;
  if (typeof status === 'number') return cleaned(statusFault(status, error, headers, where), where);
  if (name === 'APIConnectionTimeoutError') return cleaned(noAnswer(where), where);
  const reason = deepest(thrown);
  if (/\bredirect/.test(reason)) return cleaned(redirected(where), where);
  return cleaned(new Fault('connection_lost', `the connection to ${where.baseUrl} failed: ${reason}`), where);
}

/** The fault of an error that the provider sent in the middle of a stream. */
export function streamedFault(body: unknown): Fault {
  const { type, message } = bodyOf(body);
  const said = message === '' ? type : message;
  if (type === 'overloaded_error') return new Fault('overloaded', `the provider is overloaded: ${said}`);
  if (type === 'rate_limit_error') return new Fault('rate_limited', `the provider limits the rate: ${said}`);
  const passes = !/^(invalid_request|authentication|permission|billing|not_found)_error$/.test(type);
  return new Fault(passes ? 'server_error' : 'refused', `the provider broke off: ${said || 'no reason given'}`, {
    passes,
  });
}

/** The error that ends a step after its last try. */
export function givenUp(fault: Fault, attempts: number, where: Circumstances): ProviderFault {
  const tries = attempts > 1 ? `, after ${attempts} tries` : '';
  const seconds = Math.ceil((fault.afterMs ?? 0) / 1000);
  const wait = seconds > 0 && fault.passes ? `the provider asks to wait for ${seconds} seconds` : undefined;
  const hint = fault.hint ?? wait;
  const more = { cause: fault, ...(hint !== undefined && { hint }) };
  return new ProviderFault(fault.kind, `provider "${where.provider}": ${fault.message}${tries}`, more);
}

/** As far as we look at what the SDK throws. */
interface ThrownBySdk {
  readonly name: string;
  readonly status: unknown;
  readonly error: unknown;
  readonly headers: { get(name: string): string | null } | undefined;
}

/** What is said of a status, before the provider's own words. */
interface Verdict {
  readonly kind: FaultKind;
  readonly text: string;
  readonly passes: boolean;
  readonly hint?: string | undefined;
  readonly tooLong?: boolean;
}

function statusFault(status: number, error: unknown, headers: ThrownBySdk['headers'], where: Circumstances): Fault {
  const { type, message, code } = bodyOf(error);
  const said = message === '' ? `status ${status}` : `${message} (status ${status})`;
  const verdict = isSpent(status, `${code} ${type} ${message}`) ? spent : verdictOf(status, message, where);
  const told = verdict === spent ? null : headers?.get('x-should-retry');
  const { kind, text, hint, tooLong = false } = verdict;
  const passes = told === 'true' || (verdict.passes && told !== 'false');
  const afterMs = retryAfterMs((name) => headers?.get(name) ?? null);
  return new Fault(kind, `${text}: ${said}`, { passes, hint, afterMs, tooLong });
}

/** Such a limit is reported as a rate limit too, but waiting does not help. */
function isSpent(status: number, words: string): boolean {
  return status === 402 || /spend|billing|credit balance/.test(words);
}

const spent: Verdict = {
  kind: 'spending_limit',
  text: 'a spending limit is reached',
  passes: false,
  hint: 'raise the limit or settle the account with the provider',
};

function verdictOf(status: number, message: string, where: Circumstances): Verdict {
  const { apiKeyEnv, baseUrl, model } = where;
  switch (status) {
    case 401:
    case 403:
      return refusal('the key is not accepted', `check the value of ${apiKeyEnv}`);
    case 404:
      return refusal(`there is no model "${model}" at ${baseUrl}`, 'see `harness models`, and the baseUrl');
    case 429:
      return { kind: 'rate_limited', text: 'the provider limits the rate', passes: true };
    case 408:
    case 409:
      return { kind: 'server_error', text: 'the provider failed', passes: true };
    case 503:
    case 529:
      return { kind: 'overloaded', text: 'the provider is overloaded', passes: true };
    default:
  }
  if (status >= 500) return { kind: 'server_error', text: 'the provider failed', passes: true };
  const tooLong = status === 413 || /prompt is too long|context (length|window)|maximum context/i.test(message);
  return { ...refusal('the request is not accepted', hintFor(message)), tooLong };
}

function refusal(text: string, hint: string | undefined): Verdict {
  return { kind: 'refused', text, passes: false, hint };
}

/** What a server that cannot do everything complains about. */
function hintFor(message: string): string | undefined {
  if (/cache_control/.test(message)) return 'if the server cannot cache prompts, set features: { caching: false }';
  if (/thinking|effort|output_config/.test(message)) {
    return "change the model's or the agent's effort and thinking, or set features: { thinking: false }";
  }
  if (/strict|grammar|schema/.test(message)) return 'set features: { strict: false }';
  return undefined;
}

/** Nobody else is to see the key. */
function redirected({ baseUrl }: Circumstances): Fault {
  return new Fault('bad_answer', `${baseUrl} answered with a redirect, which is not followed`, {
    passes: false,
    hint: "check the provider's baseUrl",
  });
}

function noAnswer({ baseUrl }: Circumstances): Fault {
  return new Fault('timeout', `${baseUrl} did not answer`);
}

function bodyOf(error: unknown): { readonly type: string; readonly message: string; readonly code: string } {
  const body = member(error, 'error') ?? error;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const details = member(body, 'details');
  const message = text(member(body, 'message')) || (typeof body === 'string' ? body : '');
  return { type: text(member(body, 'type')), message, code: text(member(details, 'error_code')) };
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** The first cause tells more than `Connection error.` and `terminated`. */
function deepest(thrown: unknown): string {
  let at = thrown;
  for (let depth = 0; depth < 5 && at instanceof Error && at.cause instanceof Error; depth++) at = at.cause;
  const code = member(at, 'code');
  const message = messageOf(at);
  return typeof code === 'string' && !message.includes(code) ? `${message} (${code})` : message || String(code);
}

/** On one line, of a length that can be read, without secrets. */
function cleaned(fault: Fault, { redactor }: Circumstances): Fault {
  const line = redactor.text(fault.message).replace(/\s+/g, ' ').trim();
  const message = line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
  const { passes, hint, afterMs, tooLong } = fault;
  // The cause holds headers and bodies as they were: it goes no further.
  return new Fault(fault.kind, message, { passes, hint, afterMs, tooLong });
}

const longest = 400;

import { HarnessError, messageOf, ToolFailure } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import type { ActionContext, Applied, Dispatcher } from '../core/ports.ts';
import { beginning } from '../core/text.ts';
import { version } from '../core/version.ts';
import type { HttpDispatcher } from '../generated/config.ts';
import { appliedFromText, longestAnswer } from './applied.ts';
import type { DispatcherEnv } from './env.ts';

/**
 * Sends each action to a server, with its key in the header `Idempotency-Key`. Nothing is sent twice, and no redirect is
 * followed: nobody else is to get the action, or a key.
 */
export function http(config: HttpDispatcher, env: DispatcherEnv): Dispatcher {
  const headers = headersOf(config, env);
  const ask = (method: 'GET' | 'POST', url: string, more: { key?: string; body?: string } = {}): Promise<Response> =>
    fetch(url, {
      method,
      headers: {
        ...headers,
        ...(more.key !== undefined && { 'idempotency-key': encodeURI(more.key) }),
        ...(more.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(more.body !== undefined && { body: more.body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(config.timeoutSeconds * 1000),
    });
  const apply: Dispatcher['apply'] = async (action, { key, planId, index, workspace }) => {
    const body = JSON.stringify({ key, planId, index, workspace, action } satisfies Sent);
    const response = await ask('POST', config.url, { key, body }).catch((thrown) => {
      throw faultOf(thrown, action.kind, config);
    });
    const text = await textOf(response);
    if (response.ok) return appliedFromText(text, action.kind);
    throw refusalOf(response, text, action.kind);
  };
  const { lookup: address } = config;
  if (address === undefined) return { apply };
  const lookup = async (key: string): Promise<Applied | undefined> => {
    const response = await ask('GET', address.replaceAll('{key}', encodeURIComponent(key))).catch((thrown) => {
      throw new Error(`the server could not be asked: ${reasonOf(thrown, config)}`);
    });
    const text = await textOf(response);
    if (response.ok) return appliedFromText(text, 'the action');
    if (response.status === 404 || response.status === 410) return undefined;
    throw new Error(`the server does not tell what it did: status ${response.status}${saidBy(text)}`);
  };
  return {
    apply: (action, context) => apply(action, context).catch((thrown) => ifApplied(thrown, lookup, context)),
    lookup,
  };
}

/** What a server gets. */
interface Sent extends Pick<ActionContext, 'key' | 'planId' | 'index' | 'workspace'> {
  readonly action: Parameters<Dispatcher['apply']>[0];
}

/** Where it is not known whether an action was applied, the server may tell that it was; that it was not, it may not know yet. */
async function ifApplied(
  thrown: unknown,
  lookup: (key: string) => Promise<Applied | undefined>,
  { key }: ActionContext,
): Promise<Applied> {
  if (thrown instanceof ToolFailure) throw thrown;
  const found = await lookup(key).catch(() => undefined);
  if (found) return found;
  throw thrown;
}

function headersOf(config: HttpDispatcher, env: DispatcherEnv): Readonly<Record<string, string>> {
  const { headers, headersEnv, tokenEnv } = config;
  const textIn = (name: string): string => {
    const value = env.variable(name) ?? '';
    if (/^[\x20-\x7e]+$/.test(value)) return value;
    throw new HarnessError(
      'missing-keys',
      `${name} holds what no header can carry; look for a quote that is not closed`,
    );
  };
  return {
    accept: 'application/json',
    'user-agent': `harness/${version}`,
    ...headers,
    ...Object.fromEntries(Object.entries(headersEnv).map(([header, name]) => [header, textIn(name)])),
    ...(tokenEnv !== undefined && { authorization: `Bearer ${textIn(tokenEnv)}` }),
  };
}

/** A try that got no answer: only where there was no connection at all, nothing can have happened. */
function faultOf(thrown: unknown, kind: string, config: HttpDispatcher): Error {
  const reason = reasonOf(thrown, config);
  if (!wasNeverSent(thrown)) return new Error(`nobody knows whether ${kind} was applied: ${reason}`);
  return new ToolFailure('action-failed', `${kind} was not sent: ${reason}`);
}

function wasNeverSent(thrown: unknown): boolean {
  const { code, syscall, message } = deepest(thrown) as {
    readonly [K in 'code' | 'syscall' | 'message']?: unknown;
  };
  // Some ports are never connected to, because of the protocols that they are for.
  if (syscall === 'connect' || syscall === 'getaddrinfo' || message === 'bad port') return true;
  return typeof code === 'string' && /^UND_ERR_CONNECT_TIMEOUT$|^ERR_TLS_CERT|CERT/.test(code);
}

function reasonOf(thrown: unknown, { timeoutSeconds }: HttpDispatcher): string {
  if (thrown instanceof Error && thrown.name === 'TimeoutError') return `no answer within ${timeoutSeconds} s`;
  const cause = deepest(thrown);
  const { code } = cause as { readonly code?: unknown };
  const message = messageOf(cause);
  if (typeof code !== 'string' || message.includes(code)) return message;
  return message === '' ? code : `${message} (${code})`;
}

/** `fetch failed` tells nothing; what stands behind it does. Where several addresses were tried, the first one's. */
function deepest(thrown: unknown): object {
  let at = thrown;
  for (let depth = 0; depth < 5 && at instanceof Error; depth++) {
    const next: unknown = at instanceof AggregateError ? at.errors[0] : at.cause;
    if (!(next instanceof Error)) break;
    at = next;
  }
  return typeof at === 'object' && at !== null ? at : new Error(String(at));
}

/** These say that the request came too early, too late, too often, or beside another one: not that it did nothing. */
const unclear = new Set([408, 409, 425, 429]);

function refusalOf({ status, headers }: Response, text: string | undefined, kind: string): Error {
  const said = `status ${status}${saidBy(text)}`;
  if (status === 307 || status === 308) {
    const to = headers.get('location') ?? 'nowhere';
    return new ToolFailure(
      'action-failed',
      `${kind} was not applied: the server sends it on to ${to}; write that as url`,
    );
  }
  const refused = status >= 400 && status < 500 && !unclear.has(status);
  if (refused) return new ToolFailure('action-failed', `${kind} was not applied: ${said}`);
  return new Error(`nobody knows whether ${kind} was applied: ${said}`);
}

const longestReason = 300;

/** A server's own words about a failure. */
function saidBy(text: string | undefined): string {
  const words = messageIn(text ?? '')
    .replace(/\s+/g, ' ')
    .trim();
  if (words === '') return '';
  return `, ${words.length > longestReason ? `${beginning(words, longestReason - 1)}…` : words}`;
}

function messageIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (!isObject(body as never)) return text;
    const { error, message, detail, title } = body as Readonly<Record<string, unknown>>;
    return [message, error, detail, title].find((each) => typeof each === 'string') ?? text;
  } catch {
    return text;
  }
}

/** The text of an answer; undefined where it breaks off, or is longer than anybody wants to read. */
async function textOf(response: Response): Promise<string | undefined> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  try {
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      text += next.value;
      if (text.length > longestAnswer) {
        await reader?.cancel();
        return undefined;
      }
    }
    return text;
  } catch {
    return undefined;
  }
}

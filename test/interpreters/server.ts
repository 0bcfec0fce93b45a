import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import type { JsonObject } from '../../src/core/json.ts';

/** A request as it came over the wire. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
}

/** As far as the tests look at it. */
export interface Body extends JsonObject {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: readonly JsonObject[] }[];
}

/** Answers one request. */
export type Answering = (response: ServerResponse, request: Received) => void;

export interface Provider {
  readonly url: string;
  readonly received: readonly Received[];
}

/** A server on this machine that speaks the Messages API. @param answers one for each request; the last one stays */
export async function provider(t: Test, ...answers: readonly Answering[]): Promise<Provider> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Body;
      const each = { path: request.url ?? '', headers: request.headers, body };
      received.push(each);
      const answer = answers[received.length - 1] ?? answers.at(-1);
      answer?.(response, each);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

/** A block of an answer: text, thinking with its signature, a call with its input, or any other as it is. */
export type Part =
  | { readonly text: string }
  | { readonly thinking: string; readonly signature: string }
  | { readonly call: string; readonly id: string; readonly input: string }
  | { readonly raw: JsonObject };

export interface Said {
  readonly stop?: string | null;
  readonly details?: JsonObject;
  readonly usage?: JsonObject | null;
  /** Characters in a piece. */
  readonly piece?: number;
}

/** The events of a whole answer, as the provider sends them. */
export function eventsOf(parts: readonly Part[], said: Said = {}): JsonObject[] {
  const { stop = 'end_turn', usage = { input_tokens: 10, output_tokens: 1 }, piece = 7 } = said;
  const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: 'm', stop_reason: null };
  const blocks = parts.flatMap((part, index): JsonObject[] => [
    { type: 'content_block_start', index, content_block: startOf(part) },
    ...deltasOf(part, piece).map((delta): JsonObject => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]);
  const end = { stop_reason: stop, stop_sequence: null, ...(said.details && { stop_details: said.details }) };
  return [
    { type: 'message_start', message: { ...message, ...(usage && { usage }) } },
    { type: 'ping' },
    ...blocks,
    { type: 'message_delta', delta: end, ...(usage && { usage: { output_tokens: 25 } }) },
    { type: 'message_stop' },
  ];
}

function startOf(part: Part): JsonObject {
  if ('text' in part) return { type: 'text', text: '' };
  if ('thinking' in part) return { type: 'thinking', thinking: '', signature: '' };
  if ('call' in part) return { type: 'tool_use', id: part.id, name: part.call, input: {} };
  return part.raw;
}

function deltasOf(part: Part, piece: number): JsonObject[] {
  if ('text' in part) return pieces(part.text, piece).map((text) => ({ type: 'text_delta', text }));
  if ('thinking' in part) {
    const thoughts = pieces(part.thinking, piece).map((thinking) => ({ type: 'thinking_delta', thinking }));
    return [...thoughts, { type: 'signature_delta', signature: part.signature }];
  }
  if ('raw' in part) return [];
  return pieces(part.input, piece).map((partial_json) => ({ type: 'input_json_delta', partial_json }));
}

function pieces(text: string, length: number): string[] {
  return text.match(new RegExp(`[\\s\\S]{1,${length}}`, 'g')) ?? [];
}

/** Begins a stream of events. */
export function begin(response: ServerResponse): (event: JsonObject) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  return (event) => response.write(sse(event));
}

export function sse(event: JsonObject): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** A whole answer. */
export function says(parts: readonly Part[], said: Said = {}): Answering {
  return (response) => {
    const send = begin(response);
    for (const event of eventsOf(parts, said)) send(event);
    response.end();
  };
}

/** The first events of an answer; then `after` goes on. */
export function startsWith(
  count: number,
  parts: readonly Part[],
  after: (response: ServerResponse) => void,
): Answering {
  return (response) => {
    const send = begin(response);
    for (const event of eventsOf(parts).slice(0, count)) send(event);
    setTimeout(() => after(response), 20);
  };
}

/** An error in the provider's form. */
export function fails(
  status: number,
  type: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  details?: JsonObject,
): Answering {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ type: 'error', error: { type, message, ...(details && { details }) } }));
  };
}

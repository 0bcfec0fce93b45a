import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Dispatcher } from '../../src/core/ports.ts';
import { http } from '../../src/dispatchers/http.ts';
import type { HttpDispatcher } from '../../src/generated/config.ts';
import { edit, refused, run, start } from '../commands/cli.ts';
import { envOf, key, lowered, outcomeOf } from './acting.ts';
import { scriptOf, shop } from './shop.ts';

t.setTimeout(300_000);

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answering = (response: ServerResponse, request: Request) => void;

async function serverOf(t: Test, answer: Answering) {
  const received: Request[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      received.push({ method, path, headers, body });
      answer(response, { method, path, headers, body });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function dispatcherAt(
  url: string,
  more: Partial<HttpDispatcher> = {},
  variables: Record<string, string> = {},
): Dispatcher {
  const usual = {
    kind: 'http',
    headers: {},
    headersEnv: {},
    timeoutSeconds: 20,
    inTests: 'mock',
    results: {},
  } as const;
  return http({ ...usual, url: `${url}/actions`, ...more }, envOf({ variables }));
}

const says =
  (status: number, body = '', headers: Readonly<Record<string, string>> = {}): Answering =>
  (response) => {
    response.writeHead(status, headers);
    response.end(body);
  };

const reported = { entitiesAffected: 2, summary: 'Two prices changed', details: { ids: ['a', 'b'] } };

t.test('what a server answers, and what becomes of the action', async (t) => {
  const plain = { entitiesAffected: 1, summary: 'price_change was applied' };
  const odd = (flaw: string) => ({ ...plain, summary: `price_change was applied; ${flaw}` });
  const cut: Answering = (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"entities');
    setTimeout(() => response.destroy(), 20);
  };
  const failed = (words: RegExp) => ['failed', words];
  const unknown = (words: RegExp) => ['unknown', words];
  const cases: readonly (readonly [name: string, Answering, expected: unknown])[] = [
    ['200 with an answer', says(200, JSON.stringify(reported)), reported],
    ['201 without one', says(201), plain],
    ['204', says(204), plain],
    ['200 with a page', says(200, '<html>'), odd('its answer is no JSON')],
    ['200 with a list', says(200, '[1]'), odd('its answer is no object')],
    [
      '200 with wrong members',
      says(200, '{"entitiesAffected": -1}'),
      odd('entitiesAffected in its answer is no whole number'),
    ],
    ['200, and its answer breaks off', cut, odd('its answer was too long, or broke off')],
    ['200 with far too much', says(200, `"${'x'.repeat(200_000)}"`), odd('its answer was too long, or broke off')],
    [
      '400',
      says(400, '{"message": "no such product"}'),
      failed(/^price_change was not applied: status 400, no such product$/),
    ],
    ['401', says(401), failed(/status 401$/)],
    ['404', says(404, 'not here'), failed(/status 404, not here$/)],
    ['422', says(422, '{"error": {"message": 1}}'), failed(/status 422/)],
    ['408', says(408), unknown(/status 408/)],
    ['409', says(409), unknown(/status 409/)],
    ['425', says(425), unknown(/status 425/)],
    ['429', says(429), unknown(/status 429/)],
    [
      '500',
      says(500, '{"detail": "boom"}'),
      unknown(/^nobody knows whether price_change was applied: status 500, boom$/),
    ],
    ['503', says(503), unknown(/status 503/)],
    ['303', says(303, '', { location: '/done' }), unknown(/status 303/)],
    ['a reset', (response) => response.destroy(), unknown(/nobody knows/)],
  ];
  for (const [name, answer, expected] of cases) {
    const at = await serverOf(t, answer);
    t.match(await outcomeOf(dispatcherAt(at.url)), expected, name);
    t.equal(at.received.length, 1, `${name}: it is not sent twice`);
  }
});

t.test('what is sent, and with which keys', async (t) => {
  const at = await serverOf(t, says(204));
  const more = { headers: { 'x-team': 'data' }, headersEnv: { 'x-api-key': 'SHOP_KEY' }, tokenEnv: 'SHOP_TOKEN' };
  const variables = { SHOP_KEY: 'key-123456', SHOP_TOKEN: 'token-123456' };
  await outcomeOf(dispatcherAt(at.url, more, variables));
  const [sent] = at.received;
  t.match(sent, {
    method: 'POST',
    path: '/actions',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': key,
      'x-team': 'data',
      'x-api-key': 'key-123456',
      authorization: 'Bearer token-123456',
    },
  });
  const place = { planId: 'plan-1', index: 0, workspace: 'main' };
  t.strictSame(JSON.parse(sent?.body ?? ''), { key, ...place, action: lowered });
  t.throws(() => dispatcherAt(at.url, more, { ...variables, SHOP_KEY: 'a\nb' }), { code: 'missing-keys' });
});

t.test('no redirect is followed, no silence waited for, and nobody there is no riddle', async (t) => {
  const other = await serverOf(t, says(204));
  for (const status of [307, 308]) {
    const at = await serverOf(t, says(status, '', { location: `${other.url}/actions` }));
    t.match(await outcomeOf(dispatcherAt(at.url)), [
      'failed',
      `sends it on to ${other.url}/actions; write that as url`,
    ]);
  }
  t.equal(other.received.length, 0);
  const silent = await serverOf(t, () => undefined);
  t.match(await outcomeOf(dispatcherAt(silent.url, { timeoutSeconds: 0.3 })), ['unknown', /no answer within 0\.3 s$/]);
  const gone = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => gone.once('listening', resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  const nobody = await outcomeOf(dispatcherAt(`http://127.0.0.1:${port}`));
  t.match(nobody, ['failed', /^price_change was not sent: .*ECONNREFUSED/]);
  t.match(await outcomeOf(dispatcherAt('http://127.0.0.1:9')), ['failed', 'price_change was not sent: bad port']);
  t.match(await outcomeOf(dispatcherAt('http://no-such-host.invalid')), ['failed', /^price_change was not sent: /]);
});

t.test('lookup: after a crash it decides; after a fault only what was applied is believed', async (t) => {
  let told: Answering = says(200, JSON.stringify(reported));
  const at = await serverOf(t, (response, request) => {
    if (request.method === 'GET') told(response, request);
    else says(500)(response, request);
  });
  const dispatcher = dispatcherAt(at.url, { lookup: `${at.url}/actions/{key}` });
  t.strictSame(await dispatcher.lookup?.(key), reported);
  t.equal(at.received[0]?.path, `/actions/${encodeURIComponent(key)}`);
  t.strictSame(await outcomeOf(dispatcher), reported);
  told = says(404);
  t.equal(await dispatcher.lookup?.(key), undefined);
  t.match(await outcomeOf(dispatcher), ['unknown', /status 500/], 'it may still be on its way');
  told = says(503, 'later');
  await t.rejects(async () => dispatcher.lookup?.(key), {
    message: 'the server does not tell what it did: status 503, later',
  });
  t.match(await outcomeOf(dispatcher), ['unknown', /status 500/]);
  t.equal(dispatcherAt(at.url).lookup, undefined);
});

const action = '[{ kind: price_change, productId: p-001, newPrice: 6.49 }]';

t.test('tests change nothing outside, unless the app says so; keys are needed, and shown to nobody', async (t) => {
  const at = await serverOf(t, (response, { headers }) =>
    says(200, JSON.stringify({ summary: `done with ${headers.authorization}` }))(response, {} as Request),
  );
  const dispatcher = `kind: http\nurl: ${at.url}/actions\ntokenEnv: SHOP_TOKEN\nresults:\n  price_change: { summary: As if. }\n`;
  const expect = 'expect:\n  calls:\n    - { tool: executePlan, result: { actions: [{ summary: As if. }] } }\n';
  const cwd = shop(t, { dispatcher, smoke: { 'price.yaml': `${scriptOf(action)}${expect}` } });
  t.match(await run(['smoke'], { cwd }), { code: 0, stdout: /\n1 passed, 0 failed\n$/ });
  t.equal(at.received.length, 0, 'nothing was sent, and no key was needed');

  const chat = ['chat', '--script', 'apps/shop/smoke/price.yaml', '--output', 'stream-json'];
  const without = await run(chat, { cwd, env: { SHOP_TOKN: 'x' } });
  const needed =
    /^error missing-keys: something is missing for the dispatcher; nothing was run\n {2}the dispatcher needs SHOP_TOKEN, which is not set/;
  refused(t, without, 2, needed, 'did you mean "SHOP_TOKN"?');
  t.match(await run(['doctor'], { cwd }), { code: 1, stdout: 'the dispatcher needs SHOP_TOKEN, which is not set' });
  const env = { SHOP_TOKEN: 'token-0123456789' };
  const done = await run(chat, { cwd, env });
  t.equal(done.code, 0, done.stderr);
  t.equal(at.received[0]?.headers.authorization, 'Bearer token-0123456789');
  t.match(done.stdout, 'done with Bearer [secret SHOP_TOKEN]');
  t.notMatch(done.stdout + done.stderr, 'token-0123456789');

  edit(cwd, {
    'apps/shop/dispatcher.yaml': ['results:', 'inTests: apply\nresults:'],
    'apps/shop/smoke/price.yaml': ['summary: As if.', 'entitiesAffected: 1'],
  });
  t.match(await run(['smoke'], { cwd, env }), { code: 0 });
  t.equal(at.received.length, 2);
});

t.test('killed while the server works: it is asked, and the action is not sent again', async (t) => {
  const applied = new Map<string, string>();
  let held = 0;
  const at = await serverOf(t, (response, request) => {
    if (request.method === 'GET') {
      const found = applied.get(decodeURIComponent(request.path.split('/').at(-1) ?? ''));
      says(found === undefined ? 404 : 200, found)(response, request);
      return;
    }
    const { key: sent } = JSON.parse(request.body);
    // The first answer never comes.
    if (applied.size > 0) says(200, JSON.stringify(reported))(response, request);
    else held += 1;
    applied.set(sent, JSON.stringify({ summary: 'Changed before the crash' }));
  });
  const two = action.replace(']', ', { kind: delist, productId: p-003 }]');
  const dispatcher = `kind: http\nurl: ${at.url}/actions\nlookup: ${at.url}/actions/{key}\n`;
  const cwd = shop(t, { dispatcher, smoke: { 'kill.yaml': scriptOf(two) } });
  const script = join('apps/shop/smoke', 'kill.yaml');
  const chat = start(['chat', '--script', script, '--output', 'stream-json'], { cwd });
  await chat.saw('"type":"action.started"');
  while (held === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  chat.child.kill('SIGKILL');
  await chat.ended;
  const resumed = await run(['chat', '--continue', '--script', script], { cwd });
  t.match(resumed, { code: 0, stdout: 'Done.\n' });
  const posts = at.received.filter(({ method }) => method === 'POST');
  t.equal(posts.length, 2, 'one for each action');
  t.equal(new Set(posts.map(({ headers }) => headers['idempotency-key'])).size, 2);
  const { plans } = JSON.parse((await run(['plans', '--json'], { cwd })).stdout);
  t.match(plans[0].result, {
    status: 'executed',
    actions: [{ status: 'applied', summary: 'Changed before the crash' }, { summary: 'Two prices changed' }],
  });
});

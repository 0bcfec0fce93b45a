import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { ToolFailure } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Interpreter } from '../../src/core/ports.ts';
import { openRuntime } from '../../src/runtime/build.ts';
import { appOf, smallApp } from '../app.ts';
import { type Answering, fails, type Part, provider, says } from '../interpreters/server.ts';
import { appFolder, type Edits, type Ended, edit, eventsIn, project, run } from './cli.ts';

t.setTimeout(300_000);

const key = 'sk-ant-api03-Planted/Key+0123456789abcdefghijklmnopqrstuvwxyz';
const password = 'correct "horse" battery\\staple 42';
const secrets = [key, password];

/** How a secret may look where it leaked: as it is, in JSON, in a URL, in base64, and its beginning. */
const forms = secrets.flatMap((secret) => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64').slice(0, 24),
  Buffer.from(secret).toString('base64url').slice(0, 24),
  secret.slice(0, 24),
]);

function leaksIn(bytes: Buffer | string): string[] {
  return forms.filter((form) => bytes.includes(form));
}

/** Every file of a project that holds a secret, but for those in which it was planted. */
function leaksBelow(dir: string, planted: readonly RegExp[]): string[] {
  const names = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return names
    .filter((name) => !planted.some((pattern) => pattern.test(name)))
    .filter((name) => leaksIn(readFileSync(name)).length > 0);
}

const planted = [/\/\.env$/, /\/shop\.sql$/, /\/target\.db(-wal|-shm)?$/];

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
const seed = `
CREATE TABLE settings (name TEXT NOT NULL, value TEXT NOT NULL);
${secrets.map((secret) => `INSERT INTO settings VALUES ('api', ${quoted(secret)}), ('api', ${quoted(secret)});`).join('\n')}
CREATE TABLE log (id INTEGER PRIMARY KEY, line TEXT NOT NULL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
INSERT INTO log SELECT i, 'request ' || i || ' with ' || ${quoted(`https://x.test/?key=${encodeURIComponent(key)}`)} FROM n;
`;

const edits: Edits = {
  [`${appFolder}/app.yaml`]: ['models:\n', 'secrets: [WAREHOUSE_PASSWORD]\nmodels:\n'],
};

function projectWithSecrets(t: Test): string {
  const cwd = project(t, edits);
  const all = 'search_catalog, describe_table, sample_rows, profile_table, annotate, execute_query';
  edit(cwd, {
    [`${appFolder}/app.yaml`]: ['tools: [execute_query]', `tools: [${all}]`],
  });
  appendFileSync(join(cwd, appFolder, 'data/shop.sql'), seed);
  writeFileSync(join(cwd, '.env'), `ANTHROPIC_API_KEY=${key}\nWAREHOUSE_PASSWORD='${password}'\n`);
  return cwd;
}

function called(tool: string, args: object, id = tool): Part {
  return { call: tool, id: `toolu_${id}`, input: JSON.stringify(args) };
}

const plan = (reason: string) => ({
  rationale: reason,
  actions: [{ kind: 'price_change', productId: 'p-001', newPrice: 6.49, reason }],
});

/** What each agent of the sample says, known by the beginning of its prompt. */
const parts: Readonly<Record<string, readonly (readonly Part[])[]>> = {
  'You coordinate': [
    [
      { thinking: `The user's key is ${key}.\nAnd the password ${password}.`, signature: 'c2ln' },
      { text: `I pass ${key} on, and "${password}".` },
      called('call_agent', { agent: 'data_analyst', prompt: `Look up ${key} and ${password}.` }, 'analyst'),
    ],
    [called('call_agent', { agent: 'planner', prompt: `Plan with ${password}.` }, 'planner')],
    [called('call_agent', { agent: 'executor', prompt: 'Execute plan-good.' }, 'executor')],
    [{ text: `Done with ${key}; in base64 ${Buffer.from(`user:${key}`).toString('base64')}; ${password}` }],
  ],
  'You answer questions about a shop': [
    [
      called('execute_query', { sql: `SELECT ${quoted(key)} AS k, ${quoted(password)} AS p` }, 'q1'),
      called('execute_query', { sql: 'SELECT name, value FROM settings' }, 'q2'),
      called('execute_query', { sql: 'SELECT * FROM log' }, 'q3'),
      called('execute_query', { sql: `SELECT * FROM "${key}"` }, 'q4'),
      called('sample_rows', { table: 'settings' }, 'q5'),
      called('profile_table', { table: 'settings' }, 'q6'),
      called('search_catalog', { query: 'sk-ant api' }, 'q7'),
      called('no_such_tool', { secret: password }, 'q8'),
    ],
    [called('annotate', { table: 'settings', column: 'value', description: `Holds ${key}` }, 'a1')],
    [called('describe_table', { table: 'settings' }, 'd1'), called('result_read', { result: 'r-1', limit: 3 }, 'd2')],
    [called('result_search', { result: 'r-1', query: key.slice(0, 30) }, 'd3')],
    [{ text: `Found ${key} and ${password}.` }],
  ],
  'You turn a wished': [
    [called('storePlan', { specName: 'CatalogActionPlan', planId: 'plan-bad', body: plan(`uses ${key}`) }, 's1')],
    [called('storePlan', { specName: 'CatalogActionPlan', planId: 'plan-good', body: plan('demand') }, 's2')],
    [{ text: 'Stored plan-good.' }],
  ],
  'You execute stored': [[called('executePlan', { planId: 'plan-good' })], [{ text: 'Applied.' }]],
};

const models: Answering = (response, request) => {
  const { system, messages } = request.body;
  const prompt = JSON.stringify(system);
  const steps = Object.entries(parts).find(([start]) => prompt.includes(start))?.[1] ?? [];
  const step = steps[messages.filter(({ role }) => role === 'assistant').length] ?? [{ text: 'Nothing.' }];
  says(step, { stop: step.some((part) => 'call' in part) ? 'tool_use' : 'end_turn' })(response, request);
};

/** A provider that sends back all that it was given. */
const echo: Answering = (response, request) => {
  const headers = `authorization: ${request.headers.authorization}`;
  const url = `https://${encodeURIComponent(key)}@host/?key=${encodeURIComponent(password)}`;
  fails(500, 'api_error', `${headers} ${url} ${key}`, { 'x-echo': 'y', 'retry-after-ms': '5' })(response, request);
};

function clean(t: Test, name: string, { stdout, stderr }: Ended): void {
  t.strictSame(leaksIn(stdout), [], `${name}: standard output`);
  t.strictSame(leaksIn(stderr), [], `${name}: standard error`);
}

t.test('no secret that passes through a run is in a file or shown', async (t) => {
  const at = await provider(t, models, echo, models);
  const cwd = projectWithSecrets(t);
  const env = { ANTHROPIC_BASE_URL: at.url };
  edit(cwd, {
    [`${appFolder}/app.yaml`]: [
      'write: ask, destructive: ask, plan: ask',
      'write: allow, destructive: ask, plan: allow',
    ],
  });
  const prompt = `Use ${key} and ${password}.`;
  for (const output of ['stream-json', 'json', 'text']) {
    const ended = await run(['chat', '-p', prompt, '--output', output], { cwd, env });
    t.equal(ended.code, 0, ended.stderr);
    clean(t, output, ended);
    t.match(ended.stdout, '[secret ANTHROPIC_API_KEY]');
    t.match(ended.stdout, '[secret WAREHOUSE_PASSWORD]');
    if (output === 'stream-json') checkStream(t, ended.stdout);
  }
  // What a model says is not shown to it again with the secret, and tools got what it really said.
  const later = at.received.slice(2).map(({ body }) => JSON.stringify(body));
  t.strictSame(later.flatMap(leaksIn), [], 'models are shown what the record holds');
  t.ok(later.some((body) => body.includes('secret-in-plan')));

  const commands = [
    ['runs', 'show', 'last'],
    ['runs', 'show', 'last', '--json'],
    ['runs', 'list', '--json'],
    ['plans', 'list', '--json'],
    ['plans', 'show', 'plan-good', '--json'],
    ['kv', 'list', '--json'],
    ['kv', 'show', 'r-3', '--json'],
    ['catalog', 'profile', '--all'],
    ['catalog', 'show', 'settings'],
    ['catalog', 'show', 'settings', '--json'],
    ['catalog', 'search', 'settings', 'value', '--json'],
    ['models', '--json'],
    ['doctor', '--json'],
    ['doctor'],
  ];
  for (const words of commands) {
    const ended = await run(words, { cwd, env });
    t.equal(ended.code, 0, `${words.join(' ')}: ${ended.stderr}`);
    clean(t, words.join(' '), ended);
  }
  const shown = await run(['catalog', 'show', 'settings'], { cwd });
  t.match(shown.stdout, '[secret ANTHROPIC_API_KEY]', 'values of the target, too');
  t.strictSame(leaksBelow(cwd, planted), []);
});

function checkStream(t: Test, stdout: string): void {
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const kind of ['text', 'thinking']) {
    const pieces = lines.filter((line) => line.type === 'text.delta' && line.kind === kind);
    const text = pieces.map((line) => line.text).join('');
    t.ok(pieces.length > 5, `${kind} comes in pieces`);
    t.strictSame(leaksIn(text), [], kind);
    t.match(text, '[secret ANTHROPIC_API_KEY]');
  }
  const events = eventsIn(stdout);
  const outcomes = events.flatMap((event) => (event.type === 'tool.finished' ? [event.data] : []));
  const query = outcomes.find(({ call }) => call === 'toolu_q1')?.outcome;
  t.match(JSON.stringify(query), 'secret WAREHOUSE_PASSWORD', 'the query ran with its real text');
  const refused = outcomes.find(({ call }) => call === 'toolu_s1')?.outcome;
  t.match(refused, {
    ok: false,
    error: {
      code: 'secret-in-plan',
      problems: [{ path: '/body/rationale', message: '[secret ANTHROPIC_API_KEY] cannot stand here' }, {}],
    },
  });
  const failed = events.flatMap((event) => (event.type === 'provider.retried' ? [event.data.error.message] : []));
  t.match(failed.join(), '[secret');
}

t.test('faults, wrong words and wrong files show none', async (t) => {
  const cwd = projectWithSecrets(t);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  server.close();
  const url = `http://127.0.0.1:${port}/${key}`;
  edit(cwd, { [`${appFolder}/app.yaml`]: ['kind: anthropic,', 'kind: anthropic, maxRetries: 0,'] });
  const faults: [string[], number, Record<string, string>][] = [
    [['chat', '-p', 'Hello'], 3, { ANTHROPIC_BASE_URL: url }],
    [['chat', '-p', 'x', `--${key}`], 2, { ANTHROPIC_API_KEY: key }],
    [['chat', key, '-p', 'x'], 2, { ANTHROPIC_API_KEY: key }],
    [['chat', '-a', key, '-p', 'x'], 2, {}],
    [['runs', 'show', password], 2, {}],
    [['plans', 'show', key], 2, {}],
  ];
  for (const [words, code, env] of faults) {
    const ended = await run(words, { cwd, env });
    t.equal(ended.code, code, `${words[0]}: ${ended.stderr}`);
    clean(t, words.join(' '), ended);
  }
  edit(cwd, { [`${appFolder}/app.yaml`]: ['maxRetries: 0,', `headers: { x-api-key: "${key}" },`] });
  for (const words of [['validate'], ['chat', '-p', 'x']]) {
    const ended = await run(words, { cwd, env: { ANTHROPIC_API_KEY: key } });
    t.equal(ended.code, 2, ended.stderr);
    clean(t, 'files', ended);
  }
  t.strictSame(leaksBelow(cwd, [...planted, /app\.yaml$/]), []);
});

t.test('scripts, smoke, cases and their reports', async (t) => {
  const cwd = projectWithSecrets(t);
  const script = {
    prompt: `Say ${key}.`,
    script: {
      coordinator: [
        { call: 'call_agent', args: { agent: 'data_analyst', prompt: `Find ${password}.` } },
        { say: `It is ${key}.` },
      ],
      data_analyst: [
        { call: 'execute_query', args: { sql: `SELECT ${quoted(password)} AS p` } },
        { say: `It is ${password}.` },
      ],
    },
  };
  writeFileSync(
    join(cwd, appFolder, 'smoke/secret.yaml'),
    stringify({ ...script, expect: { answer: [`not ${key}`] } }),
  );
  for (const more of [[], ['--json']]) {
    const ended = await run(['smoke', 'secret', ...more], { cwd });
    t.equal(ended.code, 1, ended.stderr);
    clean(t, 'smoke', ended);
  }
  mkdirSync(join(cwd, 'evals/coordinator-planner-executor'), { recursive: true });
  const { prompt, ...rest } = script;
  const definition = { id: 'tc-secret', input: prompt, ...rest, assert: [{ kind: 'equals', value: `no ${key}` }] };
  writeFileSync(join(cwd, 'evals/coordinator-planner-executor/tc-secret.yaml'), stringify(definition));
  const reports = ['json', 'jsonl', 'junit', 'markdown', 'html', 'github', 'terminal'].flatMap((kind) => [
    '--report',
    `${kind}=report.${kind}`,
  ]);
  for (const more of [reports, ['--json'], []]) {
    const ended = await run(['eval', 'tc-secret', ...more], { cwd });
    t.equal(ended.code, 1, ended.stderr);
    clean(t, 'eval', ended);
  }
  const given = [...planted, /smoke\/secret\.yaml$/, /tc-secret\.yaml$/];
  t.strictSame(leaksBelow(cwd, given), []);
  t.ok(leaksBelow(cwd, []).length >= 4, 'planted secrets are found');
});

t.test('a name that stands for a secret never runs in its place', async (t) => {
  const mark = '[secret WAREHOUSE_PASSWORD]';
  const app = { ...(await appOf(t, smallApp)), secrets: ['WAREHOUSE_PASSWORD'] };
  const body = { rationale: mark, actions: [{ kind: 'price_change', productId: 'p-001', newPrice: 5 }] };
  const script = {
    coordinator: [
      { call: 'call_agent', args: { agent: 'planner', prompt: 'Plan.' } },
      { call: 'call_agent', args: { agent: 'clerk', prompt: 'Wipe.' } },
      { say: 'Done.' },
    ],
    planner: [{ call: 'storePlan', args: { specName: 'ShopPlan', planId: 'plan-1', body } }, { say: 'No.' }],
    clerk: [{ call: 'wipe', args: {} }, { call: 'wipe', args: {} }, { say: 'No.' }],
  };
  const words = [password, mark];
  const runtime = await openRuntime(app, {
    throwAway: true,
    interpreter: { kind: 'scripted', input: script },
    env: { WAREHOUSE_PASSWORD: password },
    approver: { decide: async () => ({ decision: { kind: 'edit', body: { id: words.shift() ?? '' } }, by: 'user' }) },
  });
  t.teardown(() => runtime.close());
  const { runId } = await runtime.run({ prompt: 'Do it.' });
  const failures = runtime.store
    .events(runId)
    .flatMap(({ type, data }) => (type === 'tool.finished' && !data.outcome.ok ? [data.outcome.error] : []));
  t.match(failures, [
    { code: 'secret-in-plan', problems: [{ path: '/body/rationale', message: `${mark} cannot stand here` }] },
    { code: 'secret-in-edit', problems: [{ path: '/id' }] },
    { code: 'secret-in-edit', problems: [{ path: '/id' }] },
  ]);
  t.equal(failures.length, 3);
});

t.test('dispatchers and tools get what is real; what they answer is recorded without secrets', async (t) => {
  const app = { ...(await appOf(t, smallApp)), secrets: ['WAREHOUSE_PASSWORD'] };
  const env = { WAREHOUSE_PASSWORD: password };
  const body = { rationale: 'demand', actions: [{ kind: 'price_change', productId: 'p-001', newPrice: 5 }] };
  const prompt = `Go: ${password}`;
  const calls: Readonly<Record<string, readonly { readonly tool: string; readonly args: JsonObject }[]>> = {
    coordinator: [
      { tool: 'call_agent', args: { agent: 'planner', prompt } },
      { tool: 'call_agent', args: { agent: 'executor', prompt } },
    ],
    planner: [
      { tool: 'storePlan', args: { specName: 'ShopPlan', planId: password, body } },
      { tool: 'storePlan', args: { specName: 'ShopPlan', planId: 'plan-1', body } },
    ],
    executor: [{ tool: 'executePlan', args: { planId: 'plan-1' } }],
  };
  const said: string[] = [];
  const interpreter: Interpreter = {
    async next({ agent, stepsOfAgent, turns }) {
      said.push(JSON.stringify(turns));
      const call = calls[agent]?.[stepsOfAgent];
      if (!call) return { text: `Done: ${password}`, calls: [], stop: 'end', opaque: { note: password } };
      return { text: '', calls: [{ id: `${agent}-${stepsOfAgent}`, ...call }], stop: 'calls' };
    },
  };
  let failing = false;
  const dispatcher = {
    async apply() {
      if (failing) throw new ToolFailure('no', `no ${password}`);
      return { entitiesAffected: 1, summary: `connected with ${password}`, details: { password } };
    },
  };
  for (failing of [false, true]) {
    const runtime = await openRuntime(app, {
      throwAway: true,
      interpreter,
      dispatcher,
      env,
      approver: { decide: async () => ({ decision: { kind: 'approve' }, by: `user ${password}` }) },
    });
    const result = await runtime.run({ prompt: password });
    t.equal(result.status, 'done', JSON.stringify(result));
    t.equal(result.answer, 'Done: [secret WAREHOUSE_PASSWORD]');
    const record = JSON.stringify([
      runtime.store.events(result.runId),
      runtime.store.plans(),
      runtime.store.runs(),
      runtime.store.approvals(),
    ]);
    t.strictSame(leaksIn(record), []);
    t.match(record, failing ? 'no [secret WAREHOUSE_PASSWORD]' : 'connected with [secret WAREHOUSE_PASSWORD]');
    await runtime.close();
  }
  t.strictSame(leaksIn(said.join('\n')), []);
});

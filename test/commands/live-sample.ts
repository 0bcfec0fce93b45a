import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import Database from 'better-sqlite3';
import type { Test } from 'tap';
import { isObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { type Answering, type Body, fails, type Part, type Provider, provider, says } from '../interpreters/server.ts';
import { appFolder, type CliOptions, type Edits, type Ended, project, run, stateFolder } from './cli.ts';

const key = 'sk-planted-0123456789';
export const prompt = 'Lower all prices a little, and apply it.';
export const answer = 'Done. Applied plan-1: 3 entities.';

/** What an agent was sent last. */
interface Asked {
  readonly agent: string;
  /** The end of what it was sent, where that is no result. */
  readonly text: string;
  readonly results: readonly { readonly text: string; readonly failed: boolean }[];
  /** Names what was sent: the same for the same. */
  readonly hash: string;
}

const agents: Readonly<Record<string, string>> = {
  'You coordinate': 'coordinator',
  'You answer questions': 'data_analyst',
  'You turn a wished': 'planner',
  'You execute stored': 'executor',
};

/** What changes from run to run is left out. */
export function lasting(value: Json): string {
  return JSON.stringify(value).replace(/elapsedMs(\\*)":\d+(\.\d+)?/g, 'elapsedMs$1":0');
}

function textOf(content: Json | undefined): string {
  if (!Array.isArray(content)) return String(content ?? '');
  return content.map((block) => (isObject(block) ? String(block.text ?? '') : '')).join('\n');
}

function askedOf(system: Json | undefined, messages: Body['messages']): Asked {
  const words = JSON.stringify(system);
  const [, agent = ''] = Object.entries(agents).find(([start]) => words.includes(start)) ?? [];
  const content = messages.at(-1)?.content ?? [];
  const last = content.at(-1);
  const text = last?.type === 'text' ? String(last.text) : '';
  const results = content
    .filter(({ type }) => type === 'tool_result' && text === '')
    .map((block) => ({ text: textOf(block.content), failed: block.is_error === true }));
  const hash = createHash('sha256')
    .update(`${agent} ${lasting(content as Json)}`)
    .digest('hex')
    .slice(0, 16);
  return { agent, text, results, hash };
}

const call = ({ hash }: Asked, tool: string, args: JsonObject, place = 1): Part => ({
  call: tool,
  id: `toolu_${hash}_${place}`,
  input: JSON.stringify(args),
});

const delegate = (asked: Asked, agent: string, ...tasks: readonly string[]) =>
  tasks.map((task, place) => call(asked, 'call_agent', { agent, prompt: task }, place + 1));

/** What the coordinator makes of a prompt. */
function errand(asked: Asked): readonly Part[] {
  if (asked.text.startsWith('Execute')) return delegate(asked, 'executor', 'Execute plan-1.');
  const [task] = /(Count to \d+|Wipe it)\.$/.exec(asked.text) ?? [];
  const tasks = task === undefined ? ['What does everything cost?', 'How many orders are there?'] : [task];
  return [{ text: 'I look. ' }, ...delegate(asked, 'data_analyst', ...tasks)];
}

/** How the analyst begins. */
function look(asked: Asked): readonly Part[] {
  if (asked.text.startsWith('Count')) return [counting(asked, 1)];
  if (asked.text.startsWith('How many')) return [call(asked, 'execute_query', { sql: countOrders })];
  if (asked.text.startsWith('Wipe')) return [call(asked, 'wipe', {})];
  return [
    call(asked, 'execute_query', { sql: 'SELECT id, price FROM products ORDER BY id' }),
    { text: 'And the orders.' },
    call(asked, 'execute_query', { sql: countOrders }, 2),
  ];
}

/** What calling an agent comes to. */
interface Answered {
  readonly agent: string;
  readonly answer: string;
  readonly sentBack?: readonly { readonly planId: string; readonly planner: string; readonly comment: string }[];
}

/** What each agent's model says, by nothing but what it was sent last. */
const models: Readonly<Record<string, (asked: Asked) => readonly Part[]>> = {
  coordinator(asked) {
    const [result] = asked.results;
    if (!result) return errand(asked);
    if (result.failed) return [{ text: `Failed: ${result.text}` }];
    // Notes stand below the result.
    const [json = ''] = result.text.split('\n');
    const { agent, answer: said, sentBack } = JSON.parse(json) as Answered;
    if (agent === 'data_analyst') {
      if (!said.startsWith('p-001')) return [{ text: said }];
      return delegate(asked, 'planner', 'Plan 6.49 for p-001, 2.29 for p-002 and 3.49 for p-003, as plan-1.');
    }
    if (agent === 'planner') return delegate(asked, 'executor', 'Execute plan-1.');
    const [back] = sentBack ?? [];
    if (back) return delegate(asked, back.planner, `Change ${back.planId}: ${back.comment}`);
    return [{ text: said.startsWith('Applied') ? `Done. ${said}` : said }];
  },
  data_analyst(asked) {
    const [first, second] = asked.results;
    if (!first) return look(asked);
    if (first.failed || !first.text.startsWith('{"columns"')) return [{ text: first.text }];
    const { columns, rows } = JSON.parse(first.text) as { columns: string[]; rows: [number, number][] };
    if (columns[0] === 'n') return [{ text: `${rows[0]?.[0]} orders.` }];
    if (columns[0] !== 'counted') return [{ text: `p-001 costs ${rows[0]?.[1]}; ${second?.text.length} characters.` }];
    const [counted = 0, to = 0] = rows[0] ?? [];
    return counted < to ? [counting(asked, counted + 1, to)] : [{ text: `Counted to ${counted}.` }];
  },
  planner(asked) {
    const [result] = asked.results;
    if (result) return [{ text: result.failed ? result.text : 'Stored plan-1.' }];
    const [, least = '6.49'] = /below (\d+\.\d+)/.exec(asked.text) ?? [];
    const prices = { 'p-001': Number(least), 'p-002': 2.29, 'p-003': 3.49 };
    const actions = Object.entries(prices).map(([productId, newPrice]) => ({
      ...{ kind: 'price_change', productId, newPrice },
      reason: 'Demand.',
    }));
    const args = { specName: 'CatalogActionPlan', planId: 'plan-1', body: { rationale: 'Demand.', actions } };
    return [call(asked, 'storePlan', args)];
  },
  executor(asked) {
    const [result] = asked.results;
    if (!result) return [call(asked, 'executePlan', { planId: 'plan-1' })];
    if (result.failed)
      return [{ text: `${result.text.startsWith('revise') ? 'Sent back' : 'Refused'}: ${result.text}` }];
    const [json = '', ...notes] = result.text.split('\n');
    const { planId, entitiesAffected } = JSON.parse(json);
    return [{ text: [`Applied ${planId}: ${entitiesAffected} entities.`, ...notes].join(' ') }];
  },
};

const countOrders = 'SELECT count(*) AS n FROM orders';

function counting(asked: Asked, next: number, to = Number(/\d+/.exec(asked.text)?.[0])): Part {
  const sql = `SELECT ${next} AS counted, ${to} AS up_to, '${'figures '.repeat(100)}' AS filler`;
  return call(asked, 'execute_query', { sql });
}

const summary = 'It was counted, one by one.';

/** What the models answer to a request: thinking, then what they say. */
export function answerTo(system: Json | undefined, messages: Body['messages']): readonly Part[] {
  const asked = askedOf(system, messages);
  if (asked.text.startsWith('This conversation is getting too long')) return [{ text: summary }];
  const thinking = { thinking: `${asked.agent}: “${asked.hash}”\n\ttäglich 😀`, signature: `sig+${asked.hash}/==` };
  const hidden = { raw: { type: 'redacted_thinking', data: asked.hash } };
  return [thinking, hidden, ...(models[asked.agent]?.(asked) ?? [{ text: 'Nobody is asked.' }])];
}

/** A part as it must stand in the transcript afterwards. */
function blockOf(part: Part): JsonObject {
  if ('text' in part) return { type: 'text', text: part.text };
  if ('thinking' in part) return { type: 'thinking', ...part };
  if ('call' in part) return { type: 'tool_use', id: part.id, name: part.call, input: JSON.parse(part.input) };
  return part.raw;
}

/**
 * What the provider would refuse about a request, and more: each answer must stand in it as it was given, word for word,
 * thinking too, and each call must have its one result in the next message, in the order of the calls.
 */
function flawsOf({ system, messages }: Body): string[] {
  return messages.flatMap(({ role, content }, place) => {
    const before = messages.slice(0, place);
    if (role !== (place % 2 === 0 ? 'user' : 'assistant')) return [`message ${place} is of role ${role}`];
    const sound = role === 'assistant' ? wasSaid(content, system, before) : answersCalls(content, before);
    return sound ? [] : [`message ${place} of ${role} does not follow: ${JSON.stringify(content).slice(0, 300)}`];
  });
}

type Content = readonly JsonObject[];

function wasSaid(content: Content, system: Json | undefined, before: Body['messages']): boolean {
  // What came before a summary is gone.
  if (JSON.stringify(before.at(-1)).includes('turns of this conversation were taken out')) return true;
  return isDeepStrictEqual(content, answerTo(system, before).map(blockOf));
}

function answersCalls(content: Content, before: Body['messages']): boolean {
  const calls = (before.at(-1)?.content ?? []).filter(({ type }) => type === 'tool_use').map(({ id }) => id);
  const results = content.filter(({ type }) => type === 'tool_result').map((block) => block.tool_use_id);
  const leading = content.slice(0, results.length).every(({ type }) => type === 'tool_result');
  return leading && isDeepStrictEqual(results, calls);
}

/** What a request asks for, without what changes from run to run. */
export function gist({ body }: { readonly body: Body }): string {
  return lasting(body);
}

/** Plays the models of the sample. A request that the provider would refuse is refused. */
export const sampleModels: Answering = (response, request) => {
  const flaws = flawsOf(request.body);
  if (flaws.length > 0) return fails(400, 'invalid_request_error', flaws.join('; '))(response, request);
  const parts = answerTo(request.body.system, request.body.messages);
  const stop = parts.some((part) => 'call' in part) ? 'tool_use' : 'end_turn';
  // About as many tokens as a model would count.
  const usage = { input_tokens: Math.ceil(lasting(request.body).length / 4), output_tokens: 1 };
  says(parts, { stop, usage })(response, request);
};

/** Of whom a request is. */
export function agentAsked({ body }: { readonly body: Body }): string {
  return askedOf(body.system, body.messages).agent;
}

/** The target database counts how often a price was set. */
const counted: Edits = {
  [`${appFolder}/data/shop.sql`]: ['CHECK (price > 0)\n', 'CHECK (price > 0),\n  changes INTEGER NOT NULL DEFAULT 0\n'],
  [`${appFolder}/app.yaml`]: [
    'kind: mock\n  results:\n    price_change: { entitiesAffected: 1, summary: Price changed. }\n',
    `kind: sqlite
  actions:
    price_change:
      sql: UPDATE products SET price = :newPrice, changes = changes + 1 WHERE id = :productId
      rows: 1
      summary: "{productId}: {newPrice}"
`,
  ],
};

/** What became of the products: their prices, and how often each was set. */
export function products(cwd: string): readonly (readonly [price: number, changes: number])[] {
  const db = new Database(`${cwd}/${stateFolder}/target.db`, { readonly: true });
  try {
    return db.prepare('SELECT price, changes FROM products ORDER BY id').raw().all() as [number, number][];
  } finally {
    db.close();
  }
}

/** The prices as the seed has them. */
export const unchanged = [
  [6.99, 0],
  [2.49, 0],
  [3.79, 0],
];

/** The prices of plan-1, each set once. */
export const lowered = [
  [6.49, 1],
  [2.29, 1],
  [3.49, 1],
];

export interface Live {
  readonly at: Provider;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs `harness` there to its end. */
  harness(args: readonly string[], more?: Partial<CliOptions>): Promise<Ended>;
}

/** A project with the sample app, and a provider that plays its models. */
export async function liveSample(t: Test, models: Answering = sampleModels, edits: Edits = counted): Promise<Live> {
  const at = await provider(t, models);
  const cwd = project(t, edits);
  const env = { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: at.url };
  return { at, cwd, env, harness: (args, more) => run(args, { cwd, env, ...more }) };
}

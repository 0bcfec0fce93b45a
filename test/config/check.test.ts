import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { checkFile, type SchemaName } from '../../src/config/check.ts';
import { loadCompiler } from '../../src/config/compile.ts';
import { itemsAt, memberAt, objectAt, textAt } from '../../src/config/draft.ts';
import { builtInInputs } from '../../src/config/tools.ts';
import type { Problem } from '../../src/core/errors.ts';
import { isObject, type Json, type JsonObject, pointer } from '../../src/core/json.ts';
import type { Results } from '../../src/core/results.ts';
import { resultTools as resultToolNames, roleTools } from '../../src/core/roles.ts';
import type { CatalogTool } from '../../src/generated/config.ts';
import { callAgentTool } from '../../src/toolkits/agents.ts';
import { executePlanTool, getPlanTool, storePlanTool } from '../../src/toolkits/plans.ts';
import { createToolkit } from '../../src/toolkits/registry.ts';
import { resultTools } from '../../src/toolkits/results.ts';

const compile = await loadCompiler();

function say({ code, message, pointer: at, hint }: Pick<Problem, 'code' | 'message' | 'pointer' | 'hint'>): string {
  return `${at} ${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
}

function file(schema: SchemaName, value: Json): string[] {
  return checkFile(schema, value, 'it').map((finding) =>
    say({ ...finding, hint: finding.hint ?? '-', pointer: pointer(finding.path) }),
  );
}

function checked(schema: JsonObject, value: unknown): string[] {
  return compile(schema)(value as Json).map(say);
}

t.test('our own schemas', async (t) => {
  t.test('one wrong thing in a union is one finding', async (t) => {
    const step = (value: Json) => file('smoke', { prompt: 'x', script: { a: [value] } });
    t.strictSame(step({ say: 'x' }), []);
    t.strictSame(step({}), [
      '/script/a/0 missing-key: "script.a[0]" of it needs one of "say", "call", "calls" and "fail" (-)',
    ]);
    t.strictSame(step({ sya: 'x' }), [
      '/script/a/0/sya unknown-key: unknown key "sya" in "script.a[0]" of it (did you mean "say"?)',
    ]);
    t.strictSame(step({ args: {} }), [
      '/script/a/0/args missing-key: "args" needs "call" beside it in "script.a[0]" of it (-)',
    ]);
    t.strictSame(step('x'), ['/script/a/0 wrong-type: "script.a[0]" of it must be an object, but is a string (-)']);
    const approvals = (value: Json) => file('smoke', { prompt: 'x', script: { a: [{ say: 'x' }] }, approvals: value });
    t.strictSame(approvals('aprove'), [
      '/approvals unknown-value: unknown value "aprove" for "approvals" of it (did you mean "approve"?)',
    ]);
    t.strictSame(approvals(5), [
      '/approvals wrong-type: "approvals" of it must be a string or a list, but is an integer (-)',
    ]);
    t.strictSame(approvals(['approve', { reject: 5 }, 'rejct', {}]), [
      '/approvals/1/reject wrong-type: "approvals[1].reject" of it must be a string, but is an integer (-)',
      '/approvals/2 unknown-value: unknown value "rejct" for "approvals[2]" of it (did you mean "reject"?)',
      '/approvals/3 too-few: "approvals[3]" of it must not be empty (-)',
    ]);
    t.strictSame(file('evalCase', { id: 'a', input: 'x', expectedTrajectory: ['a', { tol: 'b' }, 5] }), [
      '/expectedTrajectory/1/tol unknown-key: unknown key "tol" in "expectedTrajectory[1]" of it (did you mean "tool"?)',
      '/expectedTrajectory/2 wrong-type: "expectedTrajectory[2]" of it must be a string or an object, but is an integer (-)',
    ]);
  });

  t.test('what each keyword says', async (t) => {
    const agent = (more: JsonObject) => file('agent', { role: 'coordinator', ...more });
    t.strictSame(agent({ maxSteps: 0 }), ['/maxSteps out-of-range: "maxSteps" of it must be at least 1, but is 0 (-)']);
    t.strictSame(agent({ maxSteps: 1.5 }), [
      '/maxSteps wrong-type: "maxSteps" of it must be an integer, but is a number (-)',
    ]);
    t.strictSame(agent({ stateful: null }), [
      '/stateful wrong-type: "stateful" of it must be true or false, but is null (-)',
    ]);
    t.strictSame(agent({ prompt: '' }), ['/prompt too-short: "prompt" of it must not be empty (-)']);
    t.strictSame(agent({ routes: [] }), ['/routes too-few: "routes" of it must not be empty (-)']);
    t.strictSame(agent({ routes: ['a', 'b', 'a'] }), [
      '/routes/2 duplicate-item: "a" is there twice in "routes" of it (-)',
    ]);
    t.strictSame(agent({ effort: 'hihg' }), [
      '/effort unknown-value: unknown value "hihg" for "effort" of it (did you mean "high"?)',
    ]);
    t.strictSame(file('agent', {}), [
      ' missing-key: missing key "role" in it (expected one of: coordinator, planner, executor, specialist)',
    ]);
    t.strictSame(file('agent', ['role']), [' wrong-type: it must be an object, but is a list (-)']);
    t.strictSame(file('provider', { kind: 'anthropic', apiKeyEnv: 'sk-ant-123' }), [
      '/apiKeyEnv bad-pattern: "apiKeyEnv" of it must match ^[A-Z_][A-Z0-9_]*$, but is "sk-ant-123" ' +
        '(expected: Name of the environment variable that holds the key. The key itself never stands in a file.)',
    ]);
    t.match(file('app', { harness: 1, name: 'x', agents: { '1x': './a.yaml' }, workspaces: { w: './w.yaml' } }), [
      /^\/agents\/1x bad-name: "1x" cannot be a name in "agents" of it \(expected: A letter, /,
    ]);
  });

  t.test('a flood of problems is cut off', async (t) => {
    const items = Array.from({ length: 20_000 }, () => 1);
    const said = file('smoke', { prompt: 'x', script: { a: items } });
    t.equal(said.length, 51);
    t.match(said.at(-1), /more-problems: there are more problems in it; these are the first 50/);
  });

  t.test('defaults are filled in, and nothing is taken from the prototype', async (t) => {
    const value: Record<string, Json> = { role: 'planner' };
    t.strictSame(file('agent', value), []);
    t.strictSame(value, { role: 'planner', toolkits: [], maxSteps: 40 });
    t.equal(file('agent', { role: 'planner', constructor: 1 }).length, 1);
    t.equal(file('agent', { role: 'planner', hasOwnProperty: 1 }).length, 1);
  });
});

t.test('schemas that users write', async (t) => {
  const action = (kind: string, more: JsonObject = {}) => ({
    type: 'object',
    additionalProperties: false,
    required: ['kind', 'id'],
    properties: { kind: { const: kind }, id: { type: 'string', pattern: '^p-[0-9]+$' }, ...more },
  });
  const plan: JsonObject = {
    type: 'object',
    additionalProperties: false,
    required: ['actions'],
    properties: {
      actions: { type: 'array', items: { oneOf: [{ $ref: '#/$defs/price' }, action('move')] } },
      note: { anyOf: [{ type: 'string', maxLength: 5 }, { type: 'null' }] },
    },
    $defs: { price: action('price', { price: { type: 'number', exclusiveMinimum: 0, default: 1 } }) },
  };

  t.test('one wrong action gives one exact problem', async (t) => {
    const actions = (...list: unknown[]) => checked(plan, { actions: list });
    t.strictSame(actions({ kind: 'price', id: 'p-1', price: 2 }, { kind: 'move', id: 'p-2' }), []);
    t.strictSame(actions({ kind: 'prise', id: 'p-1' }), [
      '/actions/0/kind unknown-value: unknown value "prise" for "actions[0].kind" (did you mean "price"?)',
    ]);
    t.strictSame(actions({ id: 'p-1' }), [
      '/actions/0 missing-key: missing key "kind" in "actions[0]" (expected one of: price, move)',
    ]);
    t.strictSame(actions('Lower the price'), [
      '/actions/0 wrong-type: "actions[0]" must be an object, but is a string',
    ]);
    t.strictSame(actions({ kind: 'price', id: 'p-1', price: null }), [
      '/actions/0/price wrong-type: "actions[0].price" must be a number, but is null',
    ]);
    t.strictSame(actions({ kind: 'move', id: 'p-1', price: 1 }), [
      '/actions/0/price unknown-key: unknown key "price" in "actions[0]"',
    ]);
    t.strictSame(checked(plan, { actions: [], note: 5 }), [
      '/note wrong-type: "note" must be a string or null, but is an integer',
    ]);
    t.strictSame(checked(plan, { actions: [], note: 'too long' }), [
      '/note too-long: "note" must have at most 5 characters',
    ]);
  });

  t.test('values are never changed', async (t) => {
    const value = { actions: [{ kind: 'price', id: 'p-1' }] };
    t.strictSame(checked(plan, value), []);
    t.strictSame(value, { actions: [{ kind: 'price', id: 'p-1' }] });
    t.equal(compile(plan), compile(plan), 'a schema is compiled once');
  });

  t.test('each pattern is its own', async (t) => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'string', pattern: '^a$' }, b: { type: 'string', pattern: '^b$' } },
    };
    t.strictSame(checked(schema, { a: 'a', b: 'b' }), []);
    t.strictSame(checked(schema, { a: 'b', b: 'a' }), [
      '/a bad-pattern: "a" must match ^a$, but is "b"',
      '/b bad-pattern: "b" must match ^b$, but is "a"',
    ]);
  });

  t.test('forms that have no kind', async (t) => {
    const schema = { anyOf: [action('a'), action('b', { extra: { type: 'integer' } }), { type: 'integer' }] };
    t.strictSame(checked(schema, { kind: 'b', id: 'p-1', extra: 'x' }), [
      '/extra wrong-type: "extra" must be an integer, but is a string',
    ]);
    t.match(checked(schema, {}), [/^ no-match: the value fits none of its 3 forms: \{\}$/]);
    const twice = { oneOf: [{ type: 'string' }, { type: 'string', minLength: 1 }] };
    t.strictSame(checked(twice, 'x'), [' ambiguous-value: the value fits more than one of its forms']);
  });

  t.test('names that objects have by themselves', async (t) => {
    const schema = { type: 'object', required: ['constructor'], properties: { toString: { type: 'string' } } };
    t.strictSame(checked(schema, {}), [' missing-key: missing key "constructor"']);
    t.strictSame(checked({ oneOf: [action('constructor'), action('toString')] }, { kind: 'toString', id: 'p-1' }), []);
  });

  t.test('hostile values cost little and end in a problem', async (t) => {
    const within = (what: string, schema: JsonObject, value: unknown, expected: RegExp) => {
      const before = process.cpuUsage();
      const said = checked(schema, value);
      const { user, system } = process.cpuUsage(before);
      t.match(said.join('\n'), expected, what);
      t.ok(user + system < 2_000_000, `${what}: ${Math.round((user + system) / 1000)} ms`);
    };
    within('a pattern that blows up', { type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(50_000)}b`, /bad-pattern/);
    within(
      'overlapping alternatives',
      { type: 'string', pattern: '^(a|aa)+$' },
      `${'a'.repeat(50_000)}b`,
      /bad-pattern/,
    );
    const list = { type: 'array', uniqueItems: true };
    within(
      'many objects',
      list,
      Array.from({ length: 20_000 }, (_, id) => ({ id })),
      /^$/,
    );
    within(
      'two equal objects',
      list,
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      /\/1 duplicate-item/,
    );
    within('members with dangerous names', list, [{ valueOf: 1 }, { valueOf: 2 }], /^$/);
    const constant = { const: { valueOf: 1 } };
    within('a constant with dangerous names', constant, { valueOf: 2 }, /invalid-value|unknown-value/);
    within('many wrong items', { type: 'array', items: { type: 'string' } }, Array(100_000).fill(1), /more-problems/);
    let deep: unknown = null;
    for (let level = 0; level < 50_000; level++) deep = { next: deep };
    const recursive = {
      type: 'object',
      properties: { next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
      $defs: {
        node: { type: 'object', properties: { next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } } },
      },
    };
    within('nested too deep', recursive, deep, /invalid-value: the value is nested too deep/);
    const texts = [
      'a'.repeat(50_000),
      `${'a@'.repeat(25_000)}`,
      `${'a.'.repeat(25_000)}@`,
      `http://${'%41'.repeat(15_000)} `,
    ];
    const formats = ['date', 'time', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid'];
    for (const format of formats) {
      for (const text of texts) within(`a long ${format}`, { type: 'string', format }, text, /./);
    }
  });

  t.test('a schema that cannot be used is an error, not a crash', async (t) => {
    t.throws(() => compile({ $ref: '#/$defs/none' }), { code: 'invalid-files' });
    t.throws(() => compile({ type: 'string', pattern: '(?=x)' }), { code: 'invalid-files' });
    t.throws(() => compile({ $ref: 'http://127.0.0.1:9/x.json' }), { code: 'invalid-files' });
  });
});

t.test('every key of our schemas is explained', async (t) => {
  const folder = new URL('../../schemas/', import.meta.url);
  const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as JsonObject;
  const find = (name: string, path: string): Json | undefined =>
    path.split('/').slice(1).reduce<Json | undefined>(memberAt, read(name));
  const explained = (property: Json, file: string): boolean => {
    const [name = '', path = ''] = (textAt(property, '$ref') ?? '').split('#');
    return Boolean(textAt(property, 'description') ?? textAt(find(name || file, path), 'description'));
  };
  const silentIn = (schema: Json | undefined, where: string, file: string): string[] => {
    if (!isObject(schema)) return [];
    return [
      ...Object.entries(objectAt(schema, 'properties')).flatMap(([name, property]) => [
        ...(explained(property, file) ? [] : [`${where}/${name}`]),
        ...silentIn(property, `${where}/${name}`, file),
      ]),
      ...Object.entries(objectAt(schema, '$defs')).flatMap(([name, each]) => silentIn(each, `${where}#${name}`, file)),
      ...['items', 'additionalProperties'].flatMap((word) => silentIn(memberAt(schema, word), where, file)),
      ...['oneOf', 'anyOf'].flatMap((word) => itemsAt(schema, word).flatMap(([, each]) => silentIn(each, where, file))),
    ];
  };
  for (const name of readdirSync(folder)) {
    const schema = read(name);
    t.ok(textAt(schema, 'title') && textAt(schema, 'description'), `${name} has a title and a description`);
    t.strictSame(silentIn(schema, name, name), []);
  }
});

t.test('what rules may say of the tools that come with Harness', async (t) => {
  const database = () => Promise.reject(new Error('no query is made'));
  const catalog = database;
  const schema = JSON.parse(readFileSync(new URL('../../schemas/toolkit.schema.json', import.meta.url), 'utf8'));
  const catalogTools: CatalogTool[] = schema.$defs.catalogTool.enum;
  const tools = [
    callAgentTool([{ agent: 'a', description: 'x' }], compile),
    storePlanTool([{ name: 'P', schema: { type: 'object' }, check: () => [] }], compile),
    getPlanTool(compile),
    executePlanTool(compile),
    ...createToolkit(
      { kind: 'catalog', tools: catalogTools, maxRows: 1, maxBytes: 1000 },
      { compile, database, catalog },
    ).tools,
    ...resultTools({} as Results, compile),
  ];
  const expected = [...Object.values(roleTools).flat(), ...catalogTools, ...resultToolNames];
  t.strictSame(new Set(tools.map(({ name }) => name)), new Set(expected));
  for (const { name, inputSchema } of tools) {
    t.strictSame(shapeOf(builtInInputs[name] ?? {}), shapeOf(inputSchema), name);
  }
});

/** Names and types of what a schema describes, without what else it says of them. */
function shapeOf({ type, properties, items }: JsonObject): JsonObject {
  const named = Object.entries(isObject(properties) ? properties : {}).map(([name, each]) => [
    name,
    isObject(each) ? shapeOf(each) : each,
  ]);
  return { type: type ?? null, properties: Object.fromEntries(named), items: isObject(items) ? shapeOf(items) : null };
}

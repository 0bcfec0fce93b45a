import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { type ArgsRule, argsDifferences, argsTest, nameFits } from '../../src/core/args-match.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import {
  matchTrajectory,
  type ToolRule,
  type TrajectoryCall,
  type TrajectoryMode,
  type TrajectoryRules,
} from '../../src/core/trajectory-match.ts';

const fits = (expected: Json, actual: Json, rule: ArgsRule) => argsTest(expected, rule)(actual);

interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly mode: string;
  readonly tool_args_match_mode: string;
  readonly tool_args_match_overrides?: Record<string, string | string[] | { predicate: string }>;
  readonly expected: TrajectoryCall[];
  readonly actual: TrajectoryCall[];
  readonly assertion: JsonObject;
  readonly negate?: boolean;
  readonly pass: boolean;
  readonly pass_ideal?: boolean;
}

t.test('an expected call pairs with its own actual call', async (t) => {
  const loose = { tool: 'a', args: {} };
  const tight = { tool: 'a', args: { x: 1 } };
  const actual = [tight, { tool: 'a', args: { x: 2 } }];
  for (const expected of [
    [loose, tight],
    [tight, loose],
  ]) {
    t.ok(matchTrajectory(expected, actual, { mode: 'unordered' }).pass, 'never greedy');
    t.ok(matchTrajectory(expected, actual, { mode: 'superset' }).pass);
    t.ok(matchTrajectory(expected, actual, { mode: 'subset' }).pass);
  }
  t.notOk(matchTrajectory([tight, tight], actual, { mode: 'superset' }).pass, 'one call serves one expectation');
});

t.test('modes', async (t) => {
  const calls = (...tools: string[]) => tools.map((tool): TrajectoryCall => ({ tool }));
  const pass = (mode: TrajectoryMode, expected: string[], actual: string[]) =>
    matchTrajectory(calls(...expected), calls(...actual), { mode }).pass;
  const table: [string[], string[], TrajectoryMode[]][] = [
    [
      ['a', 'b'],
      ['a', 'b'],
      ['exact', 'subsequence', 'unordered', 'subset', 'superset'],
    ],
    [
      ['a', 'b'],
      ['b', 'a'],
      ['unordered', 'subset', 'superset'],
    ],
    [
      ['a', 'b'],
      ['a', 'c', 'b'],
      ['subsequence', 'superset'],
    ],
    [['a', 'b', 'c'], ['a', 'c'], ['subset']],
    [['a'], ['a', 'a'], ['subsequence', 'superset']],
    [['a', 'a'], ['a'], ['subset']],
    [[], [], ['exact', 'subsequence', 'unordered', 'subset', 'superset']],
    [[], ['a'], ['subsequence', 'superset']],
    [['a'], [], ['subset']],
  ];
  for (const [expected, actual, passing] of table) {
    for (const mode of ['exact', 'subsequence', 'unordered', 'subset', 'superset'] as const) {
      t.equal(pass(mode, expected, actual), passing.includes(mode), `${mode}: ${expected} for ${actual}`);
    }
  }
  const turns = [
    { tool: 'a', turn: 1 },
    { tool: 'b', turn: 1 },
    { tool: 'c', turn: 2 },
  ];
  t.ok(matchTrajectory(calls('b', 'a', 'c'), turns, { mode: 'exact' }).pass, 'one turn has no order');
  t.notOk(matchTrajectory(calls('a', 'c', 'b'), turns, { mode: 'exact' }).pass);
  t.notOk(
    matchTrajectory(calls('a'), [{ tool: 'a', agent: 'x' }], { mode: 'exact', names: 'exact' }).differences.length,
  );
  t.notOk(matchTrajectory([{ tool: 'a', agent: 'y' }], [{ tool: 'a', agent: 'x' }], { mode: 'exact' }).pass);
});

t.test('arguments', async (t) => {
  const actual = { id: 'p', deep: { a: 1, list: [1, { b: 2, c: 3 }] } };
  t.ok(fits({ deep: { list: [1, { b: 2 }] } }, actual, { mode: 'subset' }));
  t.notOk(fits({ deep: { list: [1] } }, actual, { mode: 'subset' }));
  t.notOk(fits({ deep: { a: 1 } }, actual, { mode: 'subset', depth: 'top' }));
  t.ok(fits({ ...actual, more: 1 }, actual, { mode: 'superset' }));
  t.notOk(fits({ ...actual, more: 1 }, actual, { mode: 'exact' }));
  t.ok(fits({ x: 1 }, actual, { mode: 'ignore' }));
  t.ok(fits({ id: 'p' }, { id: 'p', deep: { a: 2 } }, { mode: 'exact', ignore: ['deep'] }));
  t.ok(fits({ deep: { a: 1 } }, { deep: { a: 2 } }, { mode: 'exact', ignore: ['*.a'] }));
  t.strictSame(argsDifferences({ id: 'q', gone: 1 }, actual, { mode: 'exact' }), [
    { path: '/id', expected: 'q', actual: 'p' },
    { path: '/gone', expected: 1, actual: undefined },
    { path: '/deep', expected: undefined, actual: actual.deep },
  ]);
  const matchers: [Json, Json, boolean][] = [
    [{ matches: '^p-[0-9]+$' }, 'p-1', true],
    [{ matches: '^p-[0-9]+$' }, 7, false],
    [{ oneOf: ['a', { matches: 'b' }] }, 'abc', true],
    [{ oneOf: ['a'] }, 'b', false],
    [{ near: 6.5, within: 0.02 }, 6.49, true],
    [{ near: 6.5, within: 0.001 }, 6.49, false],
    [{ anyOrder: [1, { any: true }] }, ['x', 1], true],
    [{ anyOrder: [1, 2] }, [1, 1], false],
    [{ any: true }, null, true],
    [{ any: false }, null, false],
  ];
  for (const [expected, value, fit] of matchers) {
    t.equal(fits({ x: expected }, { x: value }, { mode: 'exact' }), fit, JSON.stringify([expected, value]));
  }
  t.ok(nameFits('a*c?', 'abbbcd'));
  t.notOk(nameFits('a*c', 'abbbcd'));
  t.notOk(nameFits('*a*a*a*a*a*a*b', 'a'.repeat(5000)));
});

t.test('a failure names the nearest pairing', async (t) => {
  const expected = [
    { tool: 'storePlan', args: { id: 'p-1', price: 6.49 } },
    { tool: 'executePlan' },
    { tool: 'notify' },
  ];
  const actual = [{ tool: 'executePlan' }, { tool: 'look' }, { tool: 'storePlan', args: { id: 'p-1', price: 6.99 } }];
  t.strictSame(
    matchTrajectory(expected, actual, { mode: 'exact' }).differences,
    [
      {
        kind: 'differs',
        expected: 0,
        actual: 2,
        tool: 'storePlan',
        at: [{ path: '/price', expected: 6.49, actual: 6.99 }],
      },
      { kind: 'moved', expected: 1, actual: 0, tool: 'executePlan' },
      { kind: 'missing', expected: 2, tool: 'notify' },
      { kind: 'unexpected', actual: 1, tool: 'look' },
    ].sort((a, b) => Number(a.kind === 'unexpected') - Number(b.kind === 'unexpected')),
  );
  const many = Array.from({ length: 200 }, (_, index) => ({ tool: 'a', args: { index, text: `call ${index}` } }));
  const shuffled = many.map((_, index) => many[(index * 77) % 200] ?? { tool: '' });
  t.ok(matchTrajectory(many, shuffled, { mode: 'unordered' }).pass);
  const changed = [{ tool: 'a', args: { index: -1, text: 'call 0' } }, ...shuffled.slice(1)];
  t.match(matchTrajectory(many, changed, { mode: 'unordered' }).differences, [
    { kind: 'differs', expected: 0, actual: 0, at: [{ path: '/index', expected: 0, actual: -1 }] },
  ]);
});

t.test('the public cases of other systems', async (t) => {
  const file = fileURLToPath(new URL('../fixtures/trajectory.json', import.meta.url));
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] };
  t.ok(vectors.length >= 140);
  for (const vector of vectors) {
    const answer = vector.kind === 'trajectory-match' ? asTrajectory(vector) : asAssertion(vector);
    t.equal(answer, vector.pass_ideal ?? vector.pass, vector.id);
  }
});

/** agentevals names containment from the other side, and looks at top-level members only. */
const argsModes = { exact: 'exact', ignore: 'ignore', subset: 'superset', superset: 'subset' } as const;

function asTrajectory({
  mode,
  tool_args_match_mode,
  tool_args_match_overrides = {},
  expected,
  actual,
}: Vector): boolean {
  const perTool: Record<string, ToolRule> = {};
  for (const [tool, rule] of Object.entries(tool_args_match_overrides)) perTool[tool] = toolRule(rule);
  const argsMatch = argsModes[tool_args_match_mode as keyof typeof argsModes];
  const rules: TrajectoryRules = {
    mode: (mode === 'strict' ? 'exact' : mode) as TrajectoryMode,
    argsMatch,
    depth: 'top',
    perTool,
  };
  const flat = (calls: TrajectoryCall[]) => calls.map(({ turn: _turn, ...call }) => call);
  // A flat list is compared place by place; a list with turns, turn by turn.
  return mode === 'exact'
    ? matchTrajectory(flat(expected), flat(actual), rules).pass
    : matchTrajectory(expected, actual, rules).pass;
}

function toolRule(rule: string | string[] | { predicate: string }): ToolRule {
  if (Array.isArray(rule)) return rule;
  if (typeof rule === 'object') return predicates[rule.predicate] as ToolRule;
  return argsModes[rule as keyof typeof argsModes];
}

const text = (value: Json, key: string) => String((value as JsonObject)[key] ?? '').toLowerCase();
const predicates: Record<string, (expected: Json, actual: Json) => boolean> = {
  'same-city-alias': (expected, actual) =>
    [expected, actual].every((each) => ['sf', 'san francisco'].includes(text(each, 'city'))),
  'upgrade-query': (expected, actual) =>
    !text(expected, 'query').includes('upgrade') || text(actual, 'query').includes('upgrade'),
};

function asAssertion({ kind, assertion, actual, negate = false }: Vector): boolean {
  // Turned around, a list of tools means that none of them is used.
  if (negate && Array.isArray(assertion.tools))
    return assertion.tools.every((tool) => count(String(tool), actual) === 0);
  return assertions[kind]?.(assertion, actual) !== negate;
}

const assertions: Record<string, (assertion: JsonObject, actual: TrajectoryCall[]) => boolean> = {
  'tool-used': ({ tools, pattern, min = 1, max = Number.MAX_SAFE_INTEGER }, actual) => {
    if (Array.isArray(tools)) return tools.every((tool) => count(String(tool), actual) > 0);
    const used = count(String(pattern), actual);
    return used >= Number(min) && used <= Number(max);
  },
  'tool-sequence': ({ mode, steps }, actual) => {
    const expected = (steps as string[]).map((tool): TrajectoryCall => ({ tool }));
    const asMode = mode === 'exact' ? 'exact' : 'subsequence';
    return matchTrajectory(expected, actual, { mode: asMode, names: 'glob' }).pass;
  },
  'tool-args-match': ({ tool, mode, args, ignore, defaults }, actual) => {
    const expected: TrajectoryCall[] = [{ tool: String(tool), args: args as Json }];
    return matchTrajectory(expected, actual, {
      mode: 'superset',
      names: 'glob',
      argsMatch: mode === 'exact' ? 'exact' : 'subset',
      ...(ignore === undefined ? {} : { ignore: [ignore].flat() as string[] }),
      ...(defaults === undefined ? {} : { defaults: defaults as JsonObject }),
    }).pass;
  },
  'step-count': ({ min = 0, max = Number.MAX_SAFE_INTEGER }, actual) =>
    actual.length >= Number(min) && actual.length <= Number(max),
};

function count(pattern: string, actual: TrajectoryCall[]): number {
  return actual.filter((call) => nameFits(pattern.toLowerCase(), call.tool.toLowerCase())).length;
}

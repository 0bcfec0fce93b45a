import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { loadApp, loadCaseFile } from '../../src/config/load.ts';
import { type Files, lineOf, tryApp } from './app-files.ts';

const priceCase = 'evals/shop/price.yaml';

/** A sound case; lines that are added to it begin in line 4. */
const sound = `id: price
input: Lower p-001.
expectedAgents: [planner]
`;

/** The sound app with one case in place of all others. */
const only = (text: string, more: Files = {}): Files => ({ [priceCase]: text, 'evals/shop/stock.yaml': null, ...more });

/** A template that is filled from a CSV file; lines that are added to it begin in line 8. */
const csv = (text: string, more = '') =>
  only(
    `rows: ./prices.csv
case:
  id: price-{{product}}
  input: Lower {{product}} to {{price}}.
  structuredGroundTruth:
    executedActions:
      - { type: price_change, payload: { productId: "{{product}}", newPrice: "{{price}}" } }
${more}`,
    { 'evals/shop/prices.csv': text },
  );

/** One that is filled from a JSONL file. */
const jsonl = (text: string) =>
  only(
    `rows: ./prices.jsonl
case:
  id: price-{{product}}
  input: Lower {{product}} to {{price}}.
  expectedAgents: "{{agents}}"
`,
    { 'evals/shop/prices.jsonl': text },
  );

/** A problem without the names that all of them have. */
const tidy = (line: string) => line.replace(/^evals\/shop\//, '').replace(/^price\.yaml:/, '');

/** Each entry is a case file and everything that is said about it, without its name. */
function table(name: string, entries: Readonly<Record<string, readonly [string | Files, ...string[]]>>): void {
  t.test(name, async (t) => {
    for (const [what, [files, ...expected]] of Object.entries(entries)) {
      const { lines, cases, app, root } = await tryApp(t, typeof files === 'string' ? only(files) : files);
      t.strictSame(
        lines.map((line) => tidy(line).replaceAll(JSON.stringify(basename(root)), '"project"')),
        expected,
        what,
      );
      const isSound = !expected.some((line) => line.includes(' error '));
      t.equal(app !== undefined && cases.length > 0, isSound, `${what}: cases only without errors`);
    }
  });
}

t.test('a case, a list of cases, and where each part of them is written', async (t) => {
  const { cases, lines, root } = await tryApp(t, {
    'evals/shop/list.yaml': `- id: one
  input: One.
  expectedTrajectory: []
  trajectoryMode: exact
- id: two
  input: Two.
  assert:
    - { kind: contains, value: x }
    - { kind: calls, tool: wipe, max: 0 }
`,
    'evals/shop/price.cassette.yaml': 'not: read\n',
    'evals/shop/notes.txt': 'not read',
  });
  t.strictSame(lines, []);
  const shown = cases.map(({ id, file, cassette, locate }) => [id, file, cassette, locate([])?.line]);
  const at = (name: string) => join(root, 'evals/shop', name);
  t.strictSame(shown, [
    ['one', at('list.yaml'), at('one.cassette.yaml'), 1],
    ['two', at('list.yaml'), at('two.cassette.yaml'), 5],
    ['price', at('price.yaml'), at('price.cassette.yaml'), 1],
    ['stock', at('stock.yaml'), at('stock.cassette.yaml'), 1],
  ]);
  const [, two] = cases;
  t.match(two?.locate(['assert', 1, 'max']), {
    line: 9,
    column: 39,
    source: '    - { kind: calls, tool: wipe, max: 0 }',
  });
  t.match(two?.locate(['passRate']), { line: 5 }, 'a default stands where the case does');
  t.match(two?.definition, {
    trajectoryMode: 'subsequence',
    argsMatch: 'subset',
    agentsMode: 'subsequence',
    expectStatus: 'done',
    repeat: 1,
    passRate: 1,
    gate: true,
    tags: [],
    assert: [{ kind: 'contains', ignoreCase: false }, { kind: 'calls' }],
  });
});

table('what asserts nothing', {
  'an empty list of assertions': [
    'id: price\ninput: x\nassert: []\n',
    '3:9 error too-few: "assert" of eval case "price" must not be empty',
  ],
  'an empty ground truth': [
    'id: price\ninput: x\nstructuredGroundTruth: {}\n',
    '3:1 error missing-key: "structuredGroundTruth" of eval case "price" needs one of "plannedActions" and "executedActions"',
  ],
  'nothing but an empty list of forbidden tools': [
    'id: price\ninput: x\nforbiddenTools: []\n',
    '3:17 error no-assertion: eval case "price" asserts nothing: "forbiddenTools" is empty',
  ],
  'no assertion': [
    'id: price\ninput: x\n',
    '1:1 error missing-key: eval case "price" needs one of "expectedTrajectory", "expectedAgents", "forbiddenTools", "structuredGroundTruth", "expectRefusal" and "assert"',
  ],
  'a misspelt "assert"': [
    'id: price\ninput: x\nasert:\n  - { kind: contains, value: x }\n',
    '3:1 error unknown-key: unknown key "asert" in eval case "price" (did you mean "assert"?)',
  ],
  'an unknown key': [`${sound}colour: red\n`, '4:1 error unknown-key: unknown key "colour" in eval case "price"'],
  'an empty list of calls in a mode that allows others': [
    'id: price\ninput: x\nexpectedTrajectory: []\n',
    '3:21 error no-assertion: "expectedTrajectory" of eval case "price" is empty, which asserts nothing in this trajectoryMode (write trajectoryMode: exact to say that nothing may be there)',
  ],
  'an empty list of actions in such a mode': [
    'id: price\ninput: x\nstructuredGroundTruth:\n  actionsMode: superset\n  executedActions: []\n',
    '5:20 error no-assertion: "structuredGroundTruth.executedActions" of eval case "price" is empty, which asserts nothing in this actionsMode (write actionsMode: exact to say that nothing may be there)',
  ],
  'no action at all': ['id: price\ninput: x\nstructuredGroundTruth: { plannedActions: [], executedActions: [] }\n'],
  'no change expected, and others allowed': [
    `${sound}assert:\n  - { kind: rows, changes: [], others: allow }\n`,
    '5:28 error no-assertion: "assert[0].changes" of eval case "price" is empty, which asserts nothing beside others: allow (others: forbid)',
  ],
  'nothing but a rubric': [
    'id: price\ninput: x\nassert:\n  - { kind: rubric, value: Good. }\n',
    '4:5 error uncalibrated-judge: a rubric alone cannot decide eval case "price" (add another assertion, or a calibration to the rubric, or gate: false)',
  ],
  'a rubric that does not gate': ['id: price\ninput: x\ngate: false\nassert:\n  - { kind: rubric, value: Good. }\n'],
  'a rubric beside something else': [`${sound}assert:\n  - { kind: rubric, value: Good., model: fast }\n`],
});

table('assertions', {
  'the model of a rubric': [
    `${sound}assert:\n  - { kind: rubric, value: Good., model: fats }\n`,
    '5:42 error unknown-model: unknown model "fats" in "assert[0]" of eval case "price" (did you mean "fast"?)',
  ],
  'the calibration of a rubric': [
    `${sound}assert:\n  - { kind: rubric, value: Good., calibration: ./judge.yaml }\n`,
    '5:48 error missing-file: there is no file "./judge.yaml" (did you mean "./price.yaml"?)',
  ],
  'a misspelt kind': [
    `${sound}assert:\n  - { kind: contians, value: x }\n`,
    '5:13 error unknown-value: unknown value "contians" for "assert[0].kind" of eval case "price" (did you mean "contains"?)',
  ],
  'no kind': [
    `${sound}assert:\n  - { value: x }\n`,
    '5:5 error missing-key: missing key "kind" in "assert[0]" of eval case "price" (expected one of: contains, notContains, matches, equals, jsonSchema, finalAgent, calls, rows, maxSteps, maxTokens, maxCostUsd, maxSeconds, javascript, rubric)',
  ],
  'an unknown key of an assertion': [
    `${sound}assert:\n  - { kind: contains, vale: x }\n`,
    '5:23 error unknown-key: unknown key "vale" in "assert[0]" of eval case "price" (did you mean "value"?)',
  ],
  'an invalid regular expression': [
    `${sound}assert:\n  - { kind: matches, value: "(" }\n`,
    '5:29 error bad-regexp: the pattern of "assert[0].value" of eval case "price" cannot be used: missing closing ): `(` (patterns are RE2: no lookahead, lookbehind or backreferences)',
  ],
  'an unsupported one': [
    `${sound}assert:\n  - { kind: matches, value: "(?=x)" }\n`,
    '5:29 error bad-regexp: the pattern of "assert[0].value" of eval case "price" cannot be used: invalid or unsupported Perl syntax: `(?=` (patterns are RE2: no lookahead, lookbehind or backreferences)',
  ],
  'an explosive one, which is harmless in RE2': [`${sound}assert:\n  - { kind: matches, value: "^(a+)+$" }\n`],
  'an invalid one among arguments': [
    `${sound}expectedTrajectory:\n  - { tool: execute_query, args: { sql: { matches: "[" } } }\n`,
    '5:52 error bad-regexp: the pattern of "expectedTrajectory[0].args.sql.matches" of eval case "price" cannot be used: missing closing ]: `[` (patterns are RE2: no lookahead, lookbehind or backreferences)',
  ],
  'a misspelt word of JSON Schema': [
    `${sound}assert:\n  - kind: jsonSchema\n    schema: { type: object, propertis: {} }\n`,
    '6:29 error unknown-key: unknown key "propertis" in "assert[0].schema" of eval case "price" (did you mean "properties"?)',
  ],
  'a JSON Schema that cannot be used': [
    `${sound}assert:\n  - kind: jsonSchema\n    schema: { type: object, properties: { a: { type: string, pattern: "(" }, b: { $ref: "#/$defs/no" } } }\n`,
    '6:71 error bad-regexp: the pattern of "assert[0].schema.properties.a.pattern" of eval case "price" cannot be used: missing closing ): `(` (patterns are RE2: no lookahead, lookbehind or backreferences)',
    '6:89 error unknown-ref: no definition "no" for the reference in "properties.b" of "assert[0].schema" of eval case "price"',
  ],
  'the last agent': [
    `${sound}assert:\n  - { kind: finalAgent, value: planer }\n`,
    '5:32 error unknown-agent: unknown agent "planer" in "assert[0]" of eval case "price" (did you mean "planner"?)',
  ],
  'a counted tool': [
    `${sound}assert:\n  - { kind: calls, tool: storPlan }\n`,
    '5:26 error unknown-tool: unknown tool "storPlan" in "assert[0]" of eval case "price": no agent has it (did you mean "storePlan"?)',
  ],
  'arguments of a counted tool': [
    `${sound}assert:\n  - { kind: calls, tool: getPlan, args: { planld: x } }\n`,
    '5:43 error unknown-member: unknown member "planld" in "assert[0].args" of eval case "price" (did you mean "planId"?)',
  ],
  'a count beside a bound': [
    `${sound}assert:\n  - { kind: calls, tool: getPlan, count: 1, max: 2 }\n`,
    '5:45 error conflicting-keys: "assert[0]" of eval case "price" takes "count" or bounds, not both',
  ],
  'bounds that nothing fits': [
    `${sound}assert:\n  - { kind: calls, tool: getPlan, min: 3, max: 2 }\n`,
    '5:40 error out-of-range: "min" of "assert[0]" of eval case "price" is more than "max"',
  ],
  'a bound that everything fits': [
    `${sound}assert:\n  - { kind: calls, tool: getPlan, min: 0 }\n`,
    '5:40 error no-assertion: "assert[0]" of eval case "price" asserts nothing: every tool is called at least 0 times (count: 0 says that it is not called)',
  ],
  'JavaScript twice': [
    `${sound}assert:\n  - { kind: javascript, value: "true", file: ./a.mjs }\n`,
    '5:40 error conflicting-keys: "assert[0]" of eval case "price" takes only one of "value" and "file"',
    '5:46 error missing-file: there is no file "./a.mjs"',
  ],
  'JavaScript without any': [
    `${sound}assert:\n  - { kind: javascript, seconds: 3 }\n`,
    '5:5 error missing-key: "assert[0]" of eval case "price" needs one of "value" and "file"',
  ],
  'a module that is not there': [
    `${sound}assert:\n  - { kind: javascript, file: ./chek.mjs }\n`,
    '5:31 error missing-file: there is no file "./chek.mjs"',
  ],
  'a module outside of the project': [
    `${sound}assert:\n  - { kind: javascript, file: ../../../x.mjs }\n`,
    '5:31 error unsafe-path: the path "../../../x.mjs" leaves the folder "project"',
  ],
  'a row that is changed and deleted': [
    `${sound}assert:\n  - { kind: rows, changes: [{ table: t, key: 1, deleted: true, column: a }] }\n`,
    '5:49 error conflicting-keys: "assert[0].changes[0]" of eval case "price" takes only one of "column", "inserted" and "deleted"',
  ],
  'a value before the deletion': [
    `${sound}assert:\n  - { kind: rows, changes: [{ table: t, key: 1, deleted: true, before: a }] }\n`,
    '5:64 error missing-key: "before" needs "column" beside it in "assert[0].changes[0]" of eval case "price"',
  ],
});

table('names', {
  agent: [
    `${sound}agent: planer\n`,
    '4:8 error unknown-agent: unknown agent "planer" in eval case "price" (did you mean "planner"?)',
  ],
  'expected agent': [
    'id: price\ninput: x\nexpectedAgents: [planer]\n',
    '3:18 error unknown-agent: unknown agent "planer" in "expectedAgents" of eval case "price" (did you mean "planner"?)',
  ],
  'expected tool': [
    `${sound}expectedTrajectory: [storPlan]\n`,
    '4:22 error unknown-tool: unknown tool "storPlan" in "expectedTrajectory" of eval case "price": no agent has it (did you mean "storePlan"?)',
  ],
  'tool of an expected call': [
    `${sound}expectedTrajectory: [{ tool: exectuePlan, agent: executor }]\n`,
    '4:30 error unknown-tool: unknown tool "exectuePlan" in "expectedTrajectory[0]" of eval case "price": no agent has it (did you mean "executePlan"?)',
  ],
  'forbidden tool': [
    `${sound}forbiddenTools: [wpe]\n`,
    '4:18 error unknown-tool: unknown tool "wpe" in "forbiddenTools" of eval case "price": no agent has it (did you mean "wipe"?)',
  ],
  'action kind': [
    `${sound}structuredGroundTruth:\n  executedActions:\n    - { type: price_chang }\n`,
    '6:15 error unknown-action-kind: unknown action kind "price_chang" in eval case "price" (did you mean "price_change"?)',
  ],
});

table('arguments and payloads', {
  'payload member': [
    `${sound}structuredGroundTruth:\n  executedActions:\n    - { type: price_change, payload: { productID: p-001 } }\n`,
    '6:40 error unknown-member: unknown member "productID" in "structuredGroundTruth.executedActions[0].payload" of eval case "price" (did you mean "productId"?)',
  ],
  'payload value': [
    `${sound}structuredGroundTruth:\n  executedActions:\n    - { type: price_change, payload: { newPrice: "6.49" } }\n`,
    '6:50 error wrong-type: "structuredGroundTruth.executedActions[0].payload.newPrice" of eval case "price" is a number and never equals "6.49"',
  ],
  'payload kind': [
    `${sound}structuredGroundTruth:\n  executedActions:\n    - { type: price_change, payload: { kind: price_change } }\n`,
    '6:40 error misplaced-key: "kind" in "structuredGroundTruth.executedActions[0].payload" of eval case "price" is what "type" says (leave it out)',
  ],
  argument: [
    `${sound}expectedTrajectory:\n  - { tool: executePlan, args: { planID: x } }\n`,
    '5:34 error unknown-member: unknown member "planID" in "expectedTrajectory[0].args" of eval case "price" (did you mean "planId"?)',
  ],
  'argument in body': [
    `${sound}expectedTrajectory:\n  - { tool: storePlan, args: { specName: PricePlan, body: { actions: [{ kind: price_change, productID: p-001 }] } } }\n`,
    '5:93 error unknown-member: unknown member "productID" in "expectedTrajectory[0].args.body.actions[0]" of eval case "price" (did you mean "productId"?)',
  ],
  'kind in body': [
    `${sound}expectedTrajectory:\n  - { tool: storePlan, args: { specName: PricePlan, body: { actions: [{ kind: price_chang }] } } }\n`,
    '5:79 error unknown-value: unknown value "price_chang" for "expectedTrajectory[0].args.body.actions[0].kind" of eval case "price" (did you mean "price_change"?)',
  ],
  'kind of another plan': [
    `${sound}expectedTrajectory:\n  - { tool: storePlan, args: { specName: PricePlan, body: { actions: [{ kind: restock }] } } }\n`,
    '5:79 error unknown-value: unknown value "restock" for "expectedTrajectory[0].args.body.actions[0].kind" of eval case "price" (expected one of: delist, price_change)',
  ],
  'any plan ok': [
    `${sound}expectedTrajectory:\n  - { tool: storePlan, args: { body: { actions: [{ kind: restock, units: { near: 3, within: 1 } }] } } }\n`,
  ],
  plan: [
    `${sound}expectedTrajectory:\n  - { tool: storePlan, args: { specName: PricPlan } }\n`,
    '5:42 error unknown-plan: unknown plan "PricPlan" in "expectedTrajectory[0].args" of eval case "price" (did you mean "PricePlan"?)',
  ],
  'called agent': [
    `${sound}expectedTrajectory:\n  - { tool: call_agent, args: { agent: planer } }\n`,
    '5:40 error unknown-agent: unknown agent "planer" in "expectedTrajectory[0].args" of eval case "price" (did you mean "planner"?)',
  ],
  'matcher misspelt': [
    `${sound}expectedTrajectory:\n  - { tool: execute_query, args: { sql: { match: x } } }\n`,
    '5:41 error wrong-type: "expectedTrajectory[0].args.sql" of eval case "price" is a string and never equals {"match":"x"} (did you mean "matches"?)',
  ],
  'matcher operand': [
    `${sound}expectedTrajectory:\n  - { tool: execute_query, args: { sql: { matches: 5 } } }\n`,
    '5:52 error bad-matcher: "matches" is not used like this, in "expectedTrajectory[0].args.sql" of eval case "price" (write { matches: "^p-" })',
  ],
  'matcher near': [
    `${sound}expectedTrajectory:\n  - { tool: storePlan, args: { body: { actions: [{ kind: price_change, newPrice: { near: 6.5 } }] } } }\n`,
    '5:90 error bad-matcher: "near" is not used like this, in "expectedTrajectory[0].args.body.actions[0].newPrice" of eval case "price" (write { near: 6.5, within: 0.01 })',
  ],
  'matcher type': [
    `${sound}expectedTrajectory:\n  - { tool: storePlan, args: { body: { actions: [{ kind: price_change, newPrice: { matches: x } }] } } }\n`,
    '5:84 error bad-matcher: "matches" tests a string, but "expectedTrajectory[0].args.body.actions[0].newPrice" of eval case "price" is a number',
  ],
  'matcher two': [
    `${sound}expectedTrajectory:\n  - { tool: execute_query, args: { sql: { matches: x, any: true } } }\n`,
    '5:41 error bad-matcher: a test has one word, in "expectedTrajectory[0].args.sql" of eval case "price" (write one of any, matches, oneOf, anyOrder, near)',
  ],
  'matcher oneOf inner': [
    `${sound}expectedTrajectory:\n  - { tool: execute_query, args: { sql: { oneOf: [a, 5] } } }\n`,
    '5:54 error wrong-type: "expectedTrajectory[0].args.sql.oneOf[1]" of eval case "price" is a string and never equals 5',
  ],
  'matchers ok': [
    `${sound}expectedTrajectory:\n  - { tool: storePlan, args: { body: { actions: { anyOrder: [{ kind: delist, productId: { any: true } }, { kind: price_change, newPrice: { oneOf: [1, { near: 6, within: 1 }] } }] } } } }\n`,
  ],
  'args list': [
    `${sound}expectedTrajectory:\n  - { tool: execute_query, args: { sql: [x] } }\n`,
    '5:41 error wrong-type: "expectedTrajectory[0].args.sql" of eval case "price" is a string and never equals ["x"]',
  ],
});

table('ignored paths, rules of tools, refusals', {
  'ignoreArgs none': [
    `${sound}ignoreArgs: [planId]\n`,
    '4:14 error no-effect: "ignoreArgs" of eval case "price" leaves nothing out: no call is expected with args (expectedTrajectory: [{ tool: …, args: … }])',
  ],
  ignoreArgs: [
    `${sound}expectedTrajectory:\n  - { tool: storePlan, args: { specName: PricePlan } }\nignoreArgs: [body.rationle]\n`,
    '6:14 error unknown-argument: unknown argument "body.rationle" in "ignoreArgs" of eval case "price" (did you mean "body.rationale"?)',
  ],
  'ignoreArgs ok': [
    `${sound}expectedTrajectory:\n  - { tool: storePlan, args: { specName: PricePlan } }\nignoreArgs: [body.rationale, body.actions.*.new*, body.actions.0.units]\n`,
  ],
  perTool: [
    `${sound}perTool: { storPlan: ignore }\n`,
    '4:12 error unknown-tool: unknown tool "storPlan" in "perTool" of eval case "price": no agent has it (did you mean "storePlan"?)',
  ],
  'perTool path': [
    `${sound}perTool: { storePlan: [specName, body.action] }\n`,
    '4:34 error unknown-argument: unknown argument "body.action" in "perTool.storePlan" of eval case "price" (did you mean "body.actions"?)',
  ],
  'perTool mode': [
    `${sound}perTool: { storePlan: ignor }\n`,
    '4:23 error unknown-value: unknown value "ignor" for "perTool.storePlan" of eval case "price" (did you mean "ignore"?)',
  ],
  refusal: [
    `${sound}expectRefusal:\n  - { tool: execute_qery, code: denied }\n`,
    '5:13 error unknown-tool: unknown tool "execute_qery" in "expectRefusal[0]" of eval case "price": no agent has it (did you mean "execute_query"?)',
  ],
  'refusal action': [
    `${sound}expectRefusal:\n  - { action: delis, args: { productId: p-001 } }\n`,
    '5:15 error unknown-action-kind: unknown action kind "delis" in eval case "price" (did you mean "delist"?)',
  ],
  'refusal agent': [
    `${sound}expectRefusal:\n  - { tool: wipe, agent: analist }\n`,
    '5:26 error unknown-agent: unknown agent "analist" in "expectRefusal[0]" of eval case "price" (did you mean "analyst"?)',
  ],
  'refusal none': [
    `${sound}expectRefusal:\n  - { code: denied }\n`,
    '5:5 error missing-key: "expectRefusal[0]" of eval case "price" needs one of "tool" and "action"',
  ],
  'refusal args': [
    `${sound}expectRefusal:\n  - { tool: getPlan, args: { planID: x }, code: denied }\n`,
    '5:30 error unknown-member: unknown member "planID" in "expectRefusal[0].args" of eval case "price" (did you mean "planId"?)',
  ],
  'refusal args open': [
    `${sound}expectRefusal:\n  - { tool: getPlan, args: { planID: x } }\n`,
    '5:30 warning unknown-member: unknown member "planID" in "expectRefusal[0].args" of eval case "price" (did you mean "planId"?)',
  ],
  'refusal args invalid ok': [
    `${sound}expectRefusal:\n  - { tool: getPlan, args: { planID: x }, code: invalid-arguments }\n`,
  ],
  'refusal action args': [
    `${sound}expectRefusal:\n  - { action: delist, args: { id: p-001 } }\n`,
    '5:31 error unknown-member: unknown member "id" in "expectRefusal[0].args" of eval case "price" (expected one of: kind, productId)',
  ],
  workspace: [
    `${sound}workspace: amce\n`,
    '4:12 error unknown-workspace: unknown workspace "amce" in eval case "price" (did you mean "acme"?)',
  ],
});

table('forms of a file', {
  list: [
    '- id: price\n  input: x\n  expectedAgents: [planner]\n- id: price\n  input: x\n  expectedAgents: [planer]\n- 5\n- input: x\n',
    '4:7 error duplicate-id: the id "price" is at price.yaml:1 too',
    '6:20 error unknown-agent: unknown agent "planer" in "expectedAgents" of eval case "price" (did you mean "planner"?)',
    '7:3 error wrong-type: eval case 3 in "price.yaml" must be an object, but is an integer',
    '8:3 error missing-key: eval case 4 in "price.yaml" needs one of "expectedTrajectory", "expectedAgents", "forbiddenTools", "structuredGroundTruth", "expectRefusal" and "assert"',
    '8:3 error missing-key: missing key "id" in eval case 4 in "price.yaml" (expected: Unique among the app\'s cases.)',
  ],
  'empty list': ['[]\n', '1:1 error too-few: the list of eval cases in "price.yaml" is empty'],
  text: ['hello\n', '1:1 error wrong-type: eval case in "price.yaml" must be an object, but is a string'],
  'template no rows': [
    'case: { id: "a-{{b}}", input: x }\n',
    '1:1 error missing-key: missing key "rows" in "price.yaml" (expected: A CSV file whose first line names the columns, or a file with a JSON object on each line; or the rows themselves. A CSV cell is a number, true or false where i…)',
  ],
  'template no case': [
    'rows: [{ a: 1 }]\n',
    '1:1 error missing-key: missing key "case" in "price.yaml" (expected: The case, with {{name}} in its texts. A text that is one placeholder alone becomes the value itself, whatever its type.)',
  ],
  'template typo': [
    'row: [{ a: 1 }]\ncase: { id: "a-{{a}}", input: x, expectedAgents: [planner] }\n',
    '1:1 error unknown-key: unknown key "row" in "price.yaml" (did you mean "rows"?)',
  ],
  'template key': [
    'rows: [{ a: 1 }]\ncse: { id: "a-{{a}}", input: x, expectedAgents: [planner] }\n',
    '2:1 error unknown-key: unknown key "cse" in "price.yaml" (did you mean "case"?)',
  ],
  'template beside': [
    'rows: [{ a: 1 }]\ncase: { id: "a-{{a}}", input: x, expectedAgents: [planner] }\ntags: [x]\n',
    '3:1 error unknown-key: unknown key "tags" in "price.yaml"',
  ],
  'rows ending': [
    'rows: ./a.txt\ncase: { id: "a-{{a}}", input: x, expectedAgents: [planner] }\n',
    '1:7 error bad-pattern: "rows" of "price.yaml" must match \\.(csv|jsonl|ndjson)$, but is "./a.txt"',
  ],
  'rows empty': [
    'rows: []\ncase: { id: "a-{{a}}", input: x, expectedAgents: [planner] }\n',
    '1:7 error too-few: "rows" of "price.yaml" must not be empty',
  ],
  'rows missing': [
    'rows: ./prces.csv\ncase: { id: "a-{{a}}", input: x, expectedAgents: [planner] }\n',
    '1:7 error missing-file: there is no file "./prces.csv"',
  ],
  'rows outside': [
    'rows: ../../../prces.csv\ncase: { id: "a-{{a}}", input: x, expectedAgents: [planner] }\n',
    '1:7 error unsafe-path: the path "../../../prces.csv" leaves the folder "project"',
  ],
});

table('rows in the file', {
  inline: [
    'rows: [{ a: 1, b: [x] }, { a: 1, b: [y] }, { b: [] }, { a: [], b: 1 }]\ncase: { id: "a-{{a}}", input: x, expectedAgents: "{{b}}" }\n',
    '1:26 error duplicate-id: the id "a-1" of row 2 of price.yaml is at price.yaml:1 too (an id needs a placeholder whose value differs from row to row)',
    '1:44 error missing-key: row 3 of price.yaml has no "a" (did you mean "b"?)',
    '1:55 error wrong-type: "a" of row 4 of price.yaml is a list, which cannot stand in a text ({{a}} must be all of the text)',
    '2:50 error unknown-agent: unknown agent "x" in "expectedAgents" of eval case "a-1" (row 1 of price.yaml) (expected one of: analyst, coordinator, executor, planner)',
  ],
  'inline twin': [
    'rows:\n  - { a: 1 }\n  - { a: 2 }\n  - { a: 1 }\ncase: { id: "a-{{ a }}", input: x, expectedAgents: [planner] }\n',
    '4:5 error duplicate-id: the id "a-1" of row 3 of price.yaml is at price.yaml:2 too (an id needs a placeholder whose value differs from row to row)',
  ],
  placeholder: [
    'rows: [{ price: 1 }]\ncase: { id: "a-{{prise}}", input: "{{price", expectedAgents: [planner], perTool: { "{{price}}": ignore } }\n',
    '2:13 error unknown-placeholder: there is nothing in "price.yaml" for the placeholder {{prise}} (did you mean "price"?)',
    '2:35 error bad-placeholder: the placeholder that begins here has no end (write {{name}} in a text)',
    '2:84 error bad-placeholder: a placeholder cannot stand in a key (write {{name}} in a text)',
  ],
});

table('tables', {
  'csv ok': [csv('product,price\np-001,6.49\n\np-002,"2"\r\n')],
  'csv ragged': [
    csv('product,price\np-001,6.49\np-002\np-003,1,2\n'),
    'prices.csv:3:1 error bad-row: the row has 1 cell, where the first line has 2 (put a cell that holds a comma in quotes)',
    'prices.csv:4:1 error bad-row: the row has 3 cells, where the first line has 2 (put a cell that holds a comma in quotes)',
  ],
  'csv quotes': [
    csv('product,price\n"p-001,6.49\n'),
    'prices.csv:2:1 error bad-row: the quote that begins here is never closed',
  ],
  'csv quote inside': [
    csv('product,price\np-0"01,6.49\n'),
    'prices.csv:2:4 error bad-row: a quote inside a cell that does not begin with one (put the whole cell in quotes, and double the quotes inside it)',
  ],
  'csv after quote': [
    csv('product,price\n"p-001"x,6.49\n'),
    'prices.csv:2:7 error bad-row: a comma or the end of the line must follow the quote (a quote inside a cell in quotes is doubled)',
  ],
  'csv empty': [csv('product,price\n'), 'prices.csv:1:1 error empty-table: there are no rows in "prices.csv"'],
  'csv nothing': [csv(' \n'), 'prices.csv:1:1 error bad-row: a column has no name (the first line names the columns)'],
  'csv no text': [csv(''), 'prices.csv:1:1 error empty-table: there are no rows in "prices.csv"'],
  'csv heading': [
    csv('product,price,\np-001,1,2\n'),
    'prices.csv:1:1 error bad-row: a column has no name (the first line names the columns)',
  ],
  'csv heading twice': [
    csv('product,price,price\np-001,1,2\n'),
    'prices.csv:1:1 error bad-row: there are two columns "price"',
  ],
  'csv column': [
    csv('product,prise\np-001,1\n'),
    '4:10 error unknown-placeholder: there is nothing in "prices.csv" for the placeholder {{price}} (did you mean "prise"?)',
    '7:78 error unknown-placeholder: there is nothing in "prices.csv" for the placeholder {{price}} (did you mean "prise"?)',
  ],
  'csv semicolons': [
    csv('product;price\np-001;1\n'),
    '3:7 error unknown-placeholder: there is nothing in "prices.csv" for the placeholder {{product}} (cells are separated by commas)',
    '4:10 error unknown-placeholder: there is nothing in "prices.csv" for the placeholder {{price}} (cells are separated by commas)',
    '4:10 error unknown-placeholder: there is nothing in "prices.csv" for the placeholder {{product}} (cells are separated by commas)',
    '7:53 error unknown-placeholder: there is nothing in "prices.csv" for the placeholder {{product}} (cells are separated by commas)',
    '7:78 error unknown-placeholder: there is nothing in "prices.csv" for the placeholder {{price}} (cells are separated by commas)',
  ],
  'csv twin': [
    csv('product,price\np-001,1\np-002,1\np-001,2\n'),
    'prices.csv:4:1 error duplicate-id: the id "price-p-001" of row 3 of prices.csv is at prices.csv:2 too (an id needs a placeholder whose value differs from row to row)',
  ],
  'csv canonical': [
    csv('product,price\np-001,1\np-002,1.50\np-003,007\n'),
    '7:78 error wrong-type: "structuredGroundTruth.executedActions[0].payload.newPrice" of eval case "price-p-002" (row 2 of prices.csv) is a number and never equals "1.50"',
  ],
  'csv id': [
    csv('product,price\np 001,1\np 002,1\n'),
    '3:7 error bad-pattern: "id" of eval case "price-p 001" (row 1 of prices.csv) must match ^[A-Za-z][A-Za-z0-9_-]{0,63}$, but is "price-p 001" (expected: A letter, then letters, digits, hyphens and underscores; at most 64.)',
  ],
  'csv unknown key': [
    csv('product,price\np-001,1\np-002,1\n', '  tag: [x]\n'),
    '8:3 error unknown-key: unknown key "tag" in eval case "price-p-001" (row 1 of prices.csv) (did you mean "tags"?)',
  ],
  'csv encoding': [
    csv('product,price\np-\u0001,1\n'),
    'prices.csv:2:3 error control-character: the file contains the control character U+0001 (remove it)',
  ],
  'jsonl ok': [
    jsonl(
      '{"product":"p-001","price":6.49,"agents":["planner"]}\n\n{"product":"p-002","price":true,"agents":["planner"]}',
    ),
  ],
  'jsonl bad': [
    jsonl('{"product":"p-001","price":6.49,"agents":["planner"]}\n{product}\n[1]\n{}\n'),
    'prices.jsonl:2:1 error bad-row: the line is not JSON',
    'prices.jsonl:3:1 error bad-row: a row must be an object, but is a list',
    'prices.jsonl:4:1 error bad-row: the row is empty',
  ],
  'jsonl missing': [
    jsonl(
      '{"product":"p-001","price":6.49,"agents":["planner"]}\n{"product":"p-002","prize":6.49,"agents":["planner"]}\n',
    ),
    'prices.jsonl:2:1 error missing-key: row 2 of prices.jsonl has no "price" (did you mean "prize"?)',
  ],
  'jsonl inside': [
    jsonl('{"product":"p-001","price":[6.49],"agents":["planner"]}\n{"product":null,"price":1,"agents":["planner"]}\n'),
    'prices.jsonl:1:1 error wrong-type: "price" of row 1 of prices.jsonl is a list, which cannot stand in a text ({{price}} must be all of the text)',
    'prices.jsonl:2:1 error wrong-type: "product" of row 2 of prices.jsonl is null, which cannot stand in a text ({{product}} must be all of the text)',
  ],
  'jsonl value': [
    jsonl(
      '{"product":"p-001","price":6.49,"agents":["planner"]}\n{"product":"p-002","price":6.49,"agents":["planer"]}\n',
    ),
    '5:19 error unknown-agent: unknown agent "planer" in "expectedAgents" of eval case "price-p-002" (row 2 of prices.jsonl) (did you mean "planner"?)',
  ],
  'jsonl deep': [
    jsonl(`{"product":"p-001","price":6.49,"agents":${'['.repeat(50000)}${']'.repeat(50000)}}\n`),
    'prices.jsonl:1:1 error bad-row: the row is nested deeper than 100 levels, or holds a number too large',
  ],
  'jsonl huge number': [
    jsonl(`{"product":"p-001","price":6.49,"agents":1e999}\n`),
    'prices.jsonl:1:1 error bad-row: the row is nested deeper than 100 levels, or holds a number too large',
  ],
});

t.test('rows fill their template with text, numbers and whatever JSON holds', async (t) => {
  const calls = [{ tool: 'get_stock', args: { productId: 'p-001' } }];
  const row = { n: 1, q: 'How many?', raw: '{{q}} $& $1', calls, tag: '007', gate: false };
  const { cases, lines, root } = await tryApp(t, {
    ...csv('product,price\np-001,6.49\n\n"p-002","2"\r\n'),
    'evals/shop/quoted.yaml': `rows: ./quoted.csv
case: { id: "{{id}}", input: "{{text}}", expectedAgents: [planner], gate: "{{gate}}" }
`,
    'evals/shop/quoted.csv':
      '\uFEFFid, text ,gate\nq1,"says ""hi"",\nthen leaves",true\nq2,007,false\nq3,1e2,true\nq4,-0,true\n',
    'evals/shop/stock.yaml': `rows: ./stock.jsonl
case:
  id: stock-{{ n }}
  input: "{{q}}{{n}} {{raw}}"
  expectedTrajectory: "{{calls}}"
  tags: ["{{tag}}", plain]
  gate: "{{gate}}"
`,
    'evals/shop/stock.jsonl': `${JSON.stringify(row)}\r\n`,
    'evals/shop/inline.yaml': `rows: [{ name: a, repeat: 3 }, { name: b, repeat: 1 }]
case: { id: "{{name}}", input: "{{name}}", expectedAgents: [planner], repeat: "{{repeat}}" }
`,
  });
  t.strictSame(lines, []);
  const payloads = cases.flatMap(({ definition }) => definition.structuredGroundTruth?.executedActions ?? []);
  t.strictSame(
    payloads.map(({ payload }) => payload),
    [
      { productId: 'p-001', newPrice: 6.49 },
      { productId: 'p-002', newPrice: 2 },
    ],
  );
  const shown = cases.map(({ id, definition: { input, gate, repeat } }) => [id, input, gate, repeat]);
  t.strictSame(shown, [
    ['a', 'a', true, 3],
    ['b', 'b', true, 1],
    ['price-p-001', 'Lower p-001 to 6.49.', true, 1],
    ['price-p-002', 'Lower p-002 to 2.', true, 1],
    ['q1', 'says "hi",\nthen leaves', true, 1],
    ['q2', '007', false, 1],
    ['q3', '1e2', true, 1],
    ['q4', '-0', true, 1],
    ['stock-1', 'How many?1 {{q}} $& $1', false, 1],
  ]);
  const last = cases.at(-1);
  t.strictSame(last?.definition.expectedTrajectory, calls);
  t.strictSame(last?.definition.tags, ['007', 'plain'], 'text stays text in JSONL');
  t.match(last?.locate([]), { file: join(root, 'evals/shop/stock.yaml'), line: 3 });
  t.match(last?.locate(['expectedTrajectory', 0, 'tool']), { line: 5 }, 'a part of a value stands at its placeholder');
  t.equal(last?.cassette, join(root, 'evals/shop/stock-1.cassette.yaml'));
  t.equal(last?.rows, join(root, 'evals/shop/stock.jsonl'));
  t.equal(cases[0]?.rows, undefined, 'rows that are written beside the template');
});

t.test('ids are unique over all files of an app', async (t) => {
  const text = 'id: price\ninput: x\nexpectedAgents: [planner]\n';
  const { lines } = await tryApp(t, {
    'evals/shop/zebra.yaml': `- ${text.replaceAll('\n', '\n  ').trimEnd()}\n`,
    'evals/shop/rows.yaml': `rows: [{ id: stock }, { id: price }]
case: { id: "{{id}}", input: x, expectedAgents: [planner] }
`,
  });
  t.strictSame(lines.map(tidy), [
    'rows.yaml:1:23 error duplicate-id: the id "price" of row 2 of rows.yaml is at price.yaml:1 too',
    'stock.yaml:1:5 error duplicate-id: the id "stock" is at rows.yaml:1 too',
    'zebra.yaml:1:7 error duplicate-id: the id "price" is at price.yaml:1 too',
  ]);
});

t.test('row files are held to sizes, and stay inside the project', async (t) => {
  const { root, lines } = await tryApp(t, csv('product,price\np-001,1\n'));
  t.strictSame(lines, []);
  const app = join(root, 'apps/shop');
  const file = join(root, 'evals/shop/prices.csv');
  const said = async (text: string) => {
    writeFileSync(file, text);
    return (await loadApp(app)).problems.map((problem) => tidy(lineOf(problem, root)));
  };
  const many = Array.from({ length: 100_001 }, (_, index) => `p-${index},1`);
  t.strictSame(await said(`product,price\n${many.join('\n')}\n`), [
    'prices.csv:100002:1 error too-large: "prices.csv" has more than 100000 rows',
  ]);
  t.strictSame(await said(`product,price\np-001,${'1'.repeat(10 * 1024 * 1024)}\n`), [
    'prices.csv:1:1 error too-large: the file is larger than 10240 KiB',
  ]);
  const floods = await said(`product,price\n${'p-001\n'.repeat(1000)}`);
  t.equal(floods.length, 20, 'a flood of problems is cut off');
  t.equal((await said(`product,price\n${'p-001,1\n'.repeat(1000)}`)).length, 20, 'so is one of twins');
  rmSync(file);
  symlinkSync(fileURLToPath(import.meta.url), file);
  const links = (await loadApp(app)).problems.map((problem) => tidy(lineOf(problem, root)));
  t.match(links, [
    /^1:7 error unsafe-path: the path "\.\/prices\.csv" leaves the folder ".*" through a symbolic link$/,
  ]);
});

t.test('what else waits has its turn while many cases are read', async (t) => {
  const cases = Array.from({ length: 800 }, (_, index) => [
    `evals/shop/case-${index}.yaml`,
    sound.replace('id: price', `id: case-${index}`),
  ]);
  const list = Array.from(
    { length: 2000 },
    (_, index) => `- ${JSON.stringify({ id: `l-${index}`, input: 'Look.', expectedAgents: ['planner'] })}`,
  );
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  }, 1);
  t.teardown(() => clearInterval(counting));
  const many = await tryApp(t, only(sound, Object.fromEntries(cases)));
  t.equal(many.cases.length, 801);
  t.ok(turns >= 2, `files: ${turns}`);
  turns = 0;
  const long = await tryApp(t, only(list.join('\n')));
  t.equal(long.cases.length, 2000);
  t.ok(turns >= 2, `a list: ${turns}`);
});

t.test('thousands of rows cost little', async (t) => {
  const rows = Array.from({ length: 20_000 }, (_, index) => `p-${String(index).padStart(5, '0')},${index + 1}`);
  const before = process.cpuUsage();
  const { cases, lines } = await tryApp(t, csv(`product,price\n${rows.join('\n')}\n`));
  const { user, system } = process.cpuUsage(before);
  t.strictSame(lines, []);
  t.equal(cases.length, 20_000);
  t.ok(user + system < 4_000_000, `${Math.round((user + system) / 1000)} ms`);
});

t.test('a file that is named on the command line', async (t) => {
  const { app, root } = await tryApp(t);
  if (!app) throw new Error('the app is sound');
  const file = join(root, 'evals/extra.yaml');
  const tried = async (text: string) => {
    writeFileSync(file, text);
    const { cases, problems } = await loadCaseFile(file, app);
    return { cases, lines: problems.map((problem) => lineOf(problem, root)) };
  };
  const good = await tried(`${sound}assert:\n  - { kind: rubric, value: Good., model: fast }\n`);
  t.strictSame(good.lines, []);
  t.match(good.cases, [{ id: 'price', file, definition: { repeat: 1 } }], 'an id that a case of the app has too');
  const bad = await tried(
    `- { id: a, input: x, expectedTrajectory: [storPlan] }
- { id: a, input: x, expectedAgents: [planner], assert: [{ kind: matches, value: "(" }] }
`,
  );
  t.strictSame(bad.cases, []);
  t.match(bad.lines, [
    /^evals\/extra\.yaml:1:43 error unknown-tool: unknown tool "storPlan" .* \(did you mean "storePlan"\?\)$/,
    /^evals\/extra\.yaml:2:9 error duplicate-id: the id "a" is at extra\.yaml:1 too$/,
    /^evals\/extra\.yaml:2:82 error bad-regexp: /,
  ]);
  const missing = await loadCaseFile(join(root, 'evals/none.yaml'), app);
  t.match(missing, { cases: [], problems: [{ code: 'missing-file', message: /there is no file ".*none\.yaml"/ }] });
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { formatProblem } from '../../src/config/frame.ts';
import { loadApp, loadCaseFile, loadScriptFile } from '../../src/config/load.ts';
import { edit, type Files, lineOf, soundApp, tryApp, writeFiles } from './app-files.ts';

const app = 'apps/shop/app.yaml';
const coordinator = 'apps/shop/agents/coordinator.yaml';
const analyst = 'apps/shop/agents/analyst.yaml';
const planner = 'apps/shop/agents/planner.yaml';
const executor = 'apps/shop/agents/executor.yaml';
const pricePlan = 'apps/shop/plans/price-plan.yaml';
const stockPlan = 'apps/shop/plans/stock-plan.yaml';
const desk = 'apps/shop/toolkits/desk.yaml';
const dispatcher = 'apps/shop/dispatcher.yaml';
const acme = 'apps/shop/workspaces/acme.yaml';
const globex = 'apps/shop/workspaces/globex.yaml';
const price = 'apps/shop/smoke/price.yaml';
const stock = 'apps/shop/smoke/stock.yaml';
const priceCase = 'evals/shop/price.yaml';

/** Each case is a sound app with one mistake, and everything that is said about it. */
function table(name: string, cases: Readonly<Record<string, readonly [Files, ...string[]]>>): void {
  t.test(name, async (t) => {
    for (const [what, [changes, ...expected]] of Object.entries(cases)) {
      const { lines, app } = await tryApp(t, changes);
      t.strictSame(
        lines.map((line) => line.replace(/^apps\/shop\//, '')),
        expected,
        what,
      );
      t.equal(
        app === undefined,
        expected.some((line) => / error /.test(line)),
        `${what}: an app only without errors`,
      );
    }
  });
}

t.test('a sound app is loaded with its defaults, prompts and files', async (t) => {
  const { app, scripts, lines, root } = await tryApp(t);
  t.strictSame(lines, []);
  t.match(app, {
    name: 'shop',
    description: '',
    dir: join(root, 'apps/shop'),
    root,
    entry: 'coordinator',
    defaultWorkspace: 'acme',
    agents: {
      coordinator: { prompt: 'You coordinate.\n', stateful: true, maxSteps: 40, toolkits: [] },
      analyst: { prompt: 'You look things up.\n', stateful: false },
      planner: { stateful: true },
    },
    providers: { anthropic: { apiKeyEnv: 'ANTHROPIC_API_KEY' } },
    toolkits: { catalog: { maxRows: 10000 }, desk: { tools: { wipe: { input: { type: 'object' } } } } },
    dispatcher: { kind: 'mock', delayMs: 0 },
    approvals: {
      default: { read: 'allow', write: 'ask', destructive: 'ask', plan: 'ask' },
      unattended: 'pause',
      rules: [{ ask: 'execute_query' }, {}],
    },
    workspaces: {
      acme: { seedFile: join(root, 'apps/shop/data/shop.sql'), databaseFile: undefined },
      globex: {
        seedFile: undefined,
        databaseFile: join(root, 'apps/shop/data/globex.db'),
        dataEnvironment: { catalogSearch: { rebuildOnStart: true }, kv: { file: 'kv.db' } },
      },
    },
  });
  t.notOk('promptFile' in (app?.agents.analyst ?? {}));
  t.equal(app?.agents.constructor, undefined, 'a hostile name finds nothing');
  t.strictSame(
    scripts.map(({ name, file }) => [name, file]),
    [
      ['price', join(root, price)],
      ['stock', join(root, stock)],
    ],
  );
});

t.test('an app outside of apps/ is a project of its own', async (t) => {
  const root = writeFiles(t, {
    'solo/app.yaml': `harness: 1
name: solo
agents: { one: { role: specialist, prompt: Hi. } }
workspaces: { main: { dataEnvironment: { targetDatabase: { kind: sqlite, file: t.db, seed: s.sql } } } }
`,
    'solo/s.sql': '',
    'solo/evals/solo/bad.yaml': 'id: bad\n',
  });
  const { app, problems } = await loadApp(join(root, 'solo'));
  t.strictSame(
    problems.map((problem) => lineOf(problem, root)),
    [
      'solo/evals/solo/bad.yaml:1:1 error missing-key: eval case "bad" needs one of "expectedTrajectory", ' +
        '"expectedAgents", "forbiddenTools", "structuredGroundTruth", "expectRefusal" and "assert"',
      'solo/evals/solo/bad.yaml:1:1 error missing-key: missing key "input" in eval case "bad" (expected: What the user says.)',
    ],
  );
  t.equal(app, undefined);
  writeFileSync(join(root, 'solo/evals/solo/bad.yaml'), 'id: good\ninput: x\nexpectedAgents: [one]\n');
  t.match(await loadApp(join(root, 'solo')), {
    app: { root: join(root, 'solo'), entry: 'one', defaultWorkspace: 'main', dispatcher: { kind: 'mock' } },
  });
});

t.test('ten mistakes in twenty files are ten messages at the right lines', async (t) => {
  const { problems, root } = await tryApp(t, {
    ...edit(planner, 'prompt: You', 'promt: You'),
    ...edit(coordinator, 'planner, executor', 'planer, executor'),
    ...edit(analyst, 'model: fast', 'model: fats'),
    ...edit(executor, 'role: executor', 'role: excutor'),
    ...edit(pricePlan, 'const: delist', 'const: price_change'),
    ...edit(stockPlan, 'minimum: 1 }', 'minimum: 1, allOf: [] }'),
    ...edit(desk, 'effect: destructive', 'effect: destroy'),
    ...edit(acme, 'shop.sql', 'shops.sql'),
    ...edit(stock, '- say: Twelve.', '- sya: Twelve.'),
    ...edit(priceCase, '[storePlan,', '[storPlan,'),
  });
  t.equal(
    problems.map((problem) => formatProblem(problem, { cwd: root, colour: false })).join('\n'),
    `error unknown-model: unknown model "fats" in agent "analyst"
  apps/shop/agents/analyst.yaml:2:8
  2 | model: fats
    |        ^^^^ did you mean "fast"?
error unknown-agent: unknown agent "planer" in the routes of agent "coordinator"
  apps/shop/agents/coordinator.yaml:3:19
  3 | routes: [analyst, planer, executor]
    |                   ^^^^^^ did you mean "planner"?
error unknown-value: unknown value "excutor" for "role" of agent "executor"
  apps/shop/agents/executor.yaml:1:7
  1 | role: excutor
    |       ^^^^^^^ did you mean "executor"?
error unknown-key: unknown key "promt" in agent "planner"
  apps/shop/agents/planner.yaml:4:1
  4 | promt: You plan.
    | ^^^^^ did you mean "prompt"?
error duplicate-kind: two actions of plan "PricePlan" have the kind "price_change"
  apps/shop/plans/price-plan.yaml:27:22
  27 |       kind: { const: price_change }
     |                      ^^^^^^^^^^^^
error unsupported-keyword: "allOf" is JSON Schema, but cannot be expressed as a TypeScript interface, in "properties.actions.items.properties.units" of plan "StockPlan"
  apps/shop/plans/stock-plan.yaml:13:45
  13 |         units: { type: integer, minimum: 1, allOf: [] }
     |                                             ^^^^^ write the members of all parts into one object
error unknown-key: unknown key "sya" in "script.analyst[1]" of smoke script "stock"
  apps/shop/smoke/stock.yaml:7:7
  7 |     - sya: Twelve.
    |       ^^^ did you mean "say"?
error unknown-value: unknown value "destroy" for "tools.wipe.effect" of toolkit "desk"
  apps/shop/toolkits/desk.yaml:16:13
  16 |     effect: destroy
     |             ^^^^^^^ expected one of: destructive, read, write
error missing-file: there is no file "../data/shops.sql"
  apps/shop/workspaces/acme.yaml:3:58
  3 |   targetDatabase: { kind: sqlite, file: target.db, seed: ../data/shops.sql }
    |                                                          ^^^^^^^^^^^^^^^^^ did you mean "../data/shop.sql"?
error unknown-tool: unknown tool "storPlan" in "expectedTrajectory" of eval case "price": no agent has it
  evals/shop/price.yaml:4:22
  4 | expectedTrajectory: [storPlan, { tool: executePlan, agent: executor }]
    |                      ^^^^^^^^ did you mean "storePlan"?`,
  );
});

table('names that stand for nothing', {
  entry: [
    edit(app, 'name: shop', 'name: shop\nentry: cordinator'),
    'app.yaml:4:8 error unknown-agent: unknown agent "cordinator" as entry of the app (did you mean "coordinator"?)',
  ],
  toolkit: [
    edit(analyst, '[catalog, desk]', '[catlog, desk]'),
    'agents/analyst.yaml:3:12 error unknown-toolkit: unknown toolkit "catlog" in the toolkits of agent "analyst" ' +
      '(did you mean "catalog"?)',
  ],
  plan: [
    edit(planner, '[PricePlan, StockPlan]', '[PricPlan, StockPlan]'),
    'agents/planner.yaml:3:9 error unknown-plan: unknown plan "PricPlan" in the plans of agent "planner" ' +
      '(did you mean "PricePlan"?)',
  ],
  provider: [
    edit(app, 'provider: anthropic, id: claude-s', 'provider: antropic, id: claude-s'),
    'app.yaml:8:21 error unknown-provider: unknown provider "antropic" in model "main" (did you mean "anthropic"?)',
  ],
  workspace: [
    edit(app, 'defaultWorkspace: acme', 'defaultWorkspace: amce'),
    'app.yaml:4:19 error unknown-workspace: unknown workspace "amce" as default of the app (did you mean "acme"?)',
  ],
  'action kind of a mock result': [
    edit(dispatcher, 'price_change', 'price_chnage'),
    'dispatcher.yaml:3:3 error unknown-action-kind: unknown action kind "price_chnage" in the results of the dispatcher ' +
      '(did you mean "price_change"?)',
  ],
  'an agent file': [
    edit(app, './agents/planner.yaml', './agents/planer.yaml'),
    'app.yaml:13:12 error missing-file: there is no file "./agents/planer.yaml" (did you mean "./agents/planner.yaml"?)',
  ],
  'a prompt file': [
    edit(analyst, 'analyst.md', 'analist.md'),
    'agents/analyst.yaml:4:13 error missing-file: there is no file "./prompts/analist.md" ' +
      '(did you mean "./prompts/analyst.md"?)',
  ],
  'a database file': [
    edit(globex, 'globex.db', 'globx.db'),
    'workspaces/globex.yaml:3:41 error missing-file: there is no file "../data/globx.db" (did you mean "../data/globex.db"?)',
  ],
});

table('agents and routes', {
  'a route to itself': [
    edit(coordinator, '[analyst,', '[coordinator, analyst,'),
    'agents/coordinator.yaml:3:10 error route-to-self: agent "coordinator" has a route to itself',
  ],
  'a circle of routes': [
    {
      ...edit(app, 'name: shop', 'name: shop\nentry: coordinator'),
      ...edit(analyst, 'role: specialist', 'role: coordinator\nroutes: [coordinator]'),
    },
    'agents/analyst.yaml:2:10 error route-cycle: routes lead in a circle: coordinator → analyst → coordinator',
  ],
  'two coordinators and no entry': [
    edit(analyst, 'role: specialist', 'role: coordinator\nroutes: [planner]'),
    'app.yaml:10:1 error missing-key: the app needs "entry": "coordinator" and "analyst" are both coordinators ' +
      "(entry: the agent that gets the user's prompt)",
  ],
  'several workspaces and no default': [
    edit(app, 'defaultWorkspace: acme\n', ''),
    'app.yaml:28:1 error missing-key: the app needs "defaultWorkspace": it has 2 workspaces (one of: acme, globex)',
  ],
  'a coordinator without routes': [
    edit(coordinator, 'routes: [analyst, planner, executor]\n', ''),
    'agents/coordinator.yaml:1:1 error missing-key: agent "coordinator" is a coordinator and needs "routes" ' +
      '(routes: the agents that it may call)',
  ],
  'routes of an executor': [
    edit(executor, 'model: fast', 'model: fast\nroutes: [planner]'),
    'agents/executor.yaml:3:1 error misplaced-key: "routes" in agent "executor", which is an executor, belongs to a coordinator',
  ],
  'plans of a specialist': [
    edit(analyst, 'model: fast', 'model: fast\nplans: [PricePlan]'),
    'agents/analyst.yaml:3:1 error misplaced-key: "plans" in agent "analyst", which is a specialist, ' +
      'belongs to a planner or an executor',
  ],
  'prompt and promptFile': [
    edit(analyst, 'promptFile:', 'prompt: x\npromptFile:'),
    'agents/analyst.yaml:5:1 error conflicting-keys: agent "analyst" takes only one of "prompt" and "promptFile"',
  ],
  'no prompt': [
    edit(executor, 'prompt: You execute.\n', ''),
    'agents/executor.yaml:1:1 error missing-key: agent "executor" needs one of "prompt" and "promptFile"',
  ],
  'an empty prompt file': [
    { 'apps/shop/agents/prompts/analyst.md': ' \n\n' },
    'agents/analyst.yaml:4:13 error empty-file: the prompt file "./prompts/analyst.md" is empty',
  ],
  'two toolkits with one tool name': [
    edit(desk, '  wipe:', '  wipe: { description: Wipe., result: 1 }\n  execute_query:'),
    'agents/analyst.yaml:3:21 error duplicate-tool: agent "analyst" has two tools "execute_query": ' +
      'of toolkit "catalog" and of toolkit "desk"',
  ],
  'a toolkit with the name of a role tool': [
    {
      ...edit(desk, '  wipe:', '  wipe: { description: Wipe., result: 1 }\n  getPlan:'),
      ...edit(executor, 'model: fast', 'model: fast\ntoolkits: [desk]'),
    },
    'agents/executor.yaml:3:12 error duplicate-tool: agent "executor" has two tools "getPlan": ' +
      'of every executor and of toolkit "desk"',
  ],
});

table('definitions that nobody uses are warnings', {
  agent: [
    { ...edit(coordinator, 'planner, executor', 'planner') },
    'app.yaml:14:3 warning unused-agent: nobody uses agent "executor"',
  ],
  toolkit: [
    { ...edit(analyst, '[catalog, desk]', '[desk]') },
    'app.yaml:19:3 warning unused-toolkit: nobody uses toolkit "catalog"',
  ],
  model: [
    { ...edit(analyst, 'model: fast', 'model: main'), ...edit(executor, 'model: fast', 'model: main') },
    'app.yaml:9:3 warning unused-model: nobody uses model "fast"',
  ],
  plan: [
    {
      [planner]: 'role: planner\nmodel: main\nprompt: x\nplans: [PricePlan]\n',
      ...edit(executor, 'model: fast', 'model: fast\nplans: [PricePlan]'),
    },
    'app.yaml:17:3 warning unused-plan: nobody uses plan "StockPlan"',
  ],
  provider: [
    edit(
      app,
      '  anthropic: ./providers/anthropic.yaml',
      '  anthropic: ./providers/anthropic.yaml\n  other: { kind: anthropic }',
    ),
    'app.yaml:7:3 warning unused-provider: nobody uses provider "other"',
  ],
});

table('one slip is reported once', {
  'the name of a slot': [
    edit(app, 'toolkits:', 'tolkits:'),
    'app.yaml:18:1 error unknown-key: unknown key "tolkits" in the app (did you mean "toolkits"?)',
  ],
  'the slot of all agents': [
    edit(app, 'agents:\n', 'agnets:\n'),
    'app.yaml:10:1 error unknown-key: unknown key "agnets" in the app (did you mean "agents"?)',
  ],
  'a key that is required': [
    edit(planner, 'role: planner', 'rol: planner'),
    'agents/planner.yaml:1:1 error unknown-key: unknown key "rol" in agent "planner" (did you mean "role"?)',
  ],
  'a key whose names are used elsewhere': [
    edit(analyst, 'toolkits:', 'tolkits:'),
    'agents/analyst.yaml:3:1 error unknown-key: unknown key "tolkits" in agent "analyst" (did you mean "toolkits"?)',
  ],
  'the key that tells kinds apart': [
    edit(desk, 'kind: stub', 'knd: stub'),
    'toolkits/desk.yaml:1:1 error unknown-key: unknown key "knd" in toolkit "desk" (did you mean "kind"?)',
  ],
  'a kind': [
    edit(desk, 'kind: stub', 'kind: stup'),
    'toolkits/desk.yaml:1:7 error unknown-value: unknown value "stup" for "kind" of toolkit "desk" (did you mean "stub"?)',
  ],
  'a file that cannot be parsed': [
    edit(executor, 'prompt: You', 'prompt: a: You'),
    'agents/executor.yaml:3:9 error yaml-syntax: a value contains a colon and a space (put text that contains ": " in quotes)',
  ],
  'a definition written in app.yaml': [
    edit(app, './agents/executor.yaml', '{ role: executor, promt: x }'),
    'app.yaml:14:31 error unknown-key: unknown key "promt" in agent "executor" (did you mean "prompt"?)',
  ],
  'a file that two names share': [
    { ...edit(app, './workspaces/globex.yaml', './workspaces/acme.yaml'), ...edit(acme, 'displayName', 'displayNam') },
    'workspaces/acme.yaml:1:1 error unknown-key: unknown key "displayNam" in workspace "acme" (did you mean "displayName"?)',
  ],
  'a definition that is missing': [
    edit(app, './agents/executor.yaml', ''),
    'app.yaml:14:3 error wrong-type: "agents.executor" of the app must be a string or an object, but is null',
  ],
  'a later format': [
    edit(app, 'harness: 1\nname: shop', 'harness: 2\nnames: shop'),
    'app.yaml:2:10 error newer-format: the app is written for format 2; this Harness reads format 1 (update Harness)',
  ],
});

table('plan schemas', {
  'actions that are not required': [
    edit(stockPlan, 'required: [actions]\n', ''),
    'plans/stock-plan.yaml:4:3 error bad-actions: "actions" is not required in plan "StockPlan"; ' +
      'a plan without actions does nothing (required: [actions])',
  ],
  'actions that are no list': [
    edit(stockPlan, '    type: array\n    items:', '    type: object\n    items:'),
    'plans/stock-plan.yaml:5:3 error bad-actions: "actions" of plan "StockPlan" must be of type array, with items ' +
      '(actions is a list of objects, each with its own constant kind: properties: { kind: { const: … } })',
  ],
  'a kind that is not constant': [
    edit(stockPlan, '{ const: restock }', '{ enum: [restock] }'),
    'plans/stock-plan.yaml:12:9 error kind-not-constant: the kind of an action must be a constant string, ' +
      'in "properties.actions.items" of plan "StockPlan" (kind: { const: … })',
  ],
  'a kind that is not required': [
    edit(stockPlan, '[kind, units]', '[units]'),
    'plans/stock-plan.yaml:12:9 error kind-not-required: "kind" must be required in "properties.actions.items" ' +
      'of plan "StockPlan" (required: [kind, …])',
  ],
  'a reference to nothing': [
    edit(pricePlan, '#/$defs/delist', '#/$defs/delst'),
    'plans/price-plan.yaml:12:17 error unknown-ref: no definition "delst" for the reference in ' +
      '"properties.actions.items.oneOf[1]" of plan "PricePlan" (did you mean "#/$defs/delist"?)',
  ],
  'a remote reference': [
    edit(pricePlan, '#/$defs/delist', 'https://example.com/a.json'),
    'plans/price-plan.yaml:12:17 error unsupported-ref: the reference "https://example.com/a.json" in ' +
      '"properties.actions.items.oneOf[1]" of plan "PricePlan" leaves this schema (refer to "#/$defs/…" of the same schema)',
  ],
  'a circle of references': [
    edit(
      pricePlan,
      '  delist:\n    type: object',
      '  delist:\n    oneOf: [{ $ref: "#/$defs/delist" }]\n    type: object',
    ),
    'plans/price-plan.yaml:22:3 error circular-ref: the definition refers to itself in plan "PricePlan": ' +
      '#/$defs/delist → #/$defs/delist',
  ],
  'a misspelled keyword': [
    edit(stockPlan, 'minimum', 'minmum'),
    'plans/stock-plan.yaml:13:33 error unknown-key: unknown key "minmum" in ' +
      '"properties.actions.items.properties.units" of plan "StockPlan" (did you mean "minimum"?)',
  ],
  'a keyword that only members can have': [
    edit(stockPlan, 'type: object\nadd', 'type: object\noneOf: []\nadd'),
    'plans/stock-plan.yaml:2:1 error unsupported-keyword: "oneOf" cannot stand at the top of plan "StockPlan" ' +
      '(the top is one object; use it in a member)',
  ],
  'another dialect': [
    edit(stockPlan, 'type: object\nadd', '$schema: http://json-schema.org/draft-07/schema#\ntype: object\nadd'),
    'plans/stock-plan.yaml:1:10 error unsupported-dialect: the dialect "http://json-schema.org/draft-07/schema#" ' +
      'is not read in plan "StockPlan" (write https://json-schema.org/draft/2020-12/schema)',
  ],
  'a pattern that is not RE2': [
    edit(pricePlan, '^p-[0-9]{3}$', '^p-(?=x)'),
    'plans/price-plan.yaml:20:43 error bad-regexp: the pattern of "$defs.priceChange.properties.productId" ' +
      'of plan "PricePlan" cannot be used: invalid or unsupported Perl syntax: `(?=` ' +
      '(patterns are RE2: no lookahead, lookbehind or backreferences)',
  ],
  'a bound without a type': [
    edit(stockPlan, 'type: integer, minimum', 'minimum'),
    'plans/stock-plan.yaml:13:18 error missing-type: "minimum" needs type: number beside it, ' +
      'in "properties.actions.items.properties.units" of plan "StockPlan"',
  ],
  'a member that is required but not allowed': [
    edit(stockPlan, '[kind, units]', '[kind, unit]'),
    'plans/stock-plan.yaml:10:24 error unknown-property: "unit" is required but not among the properties in ' +
      '"properties.actions.items" of plan "StockPlan" (did you mean "units"?)',
  ],
  'a discriminator that tells nothing apart': [
    edit(stockPlan, 'minimum: 1 }', 'minimum: 1, discriminator: { propertyName: kind } }'),
    'plans/stock-plan.yaml:13:60 error bad-discriminator: "discriminator" needs a oneOf whose members each require ' +
      'a constant "kind" of their own, in "properties.actions.items.properties.units" of plan "StockPlan"',
  ],
  'the input of a stub tool': [
    edit(desk, 'productId: { type: string }', 'productId: { type: string, not: {} }'),
    'toolkits/desk.yaml:10:36 error unsupported-keyword: "not" is JSON Schema, but cannot be expressed as a TypeScript ' +
      'interface, in "tools.get_stock.input.properties.productId" of toolkit "desk" ' +
      '(say what is allowed: enum, pattern, minimum)',
  ],
  'result and error of a stub tool': [
    edit(desk, 'result: {}', 'result: {}\n    error: x'),
    'toolkits/desk.yaml:18:5 error conflicting-keys: "tools.wipe" of toolkit "desk" takes only one of "result" and "error"',
  ],
});

const rule0 = 'the condition of "approvals.rules[0]"';
const rule1 = 'the condition of "approvals.rules[1]" of the app';

table('approvals', {
  'an agent that allows': [
    edit(planner, 'ask: storePlan', 'allow: storePlan'),
    'agents/planner.yaml:7:7 error loosened-approval: agent "planner" cannot allow anything; an agent may only ask and deny',
  ],
  'two verdicts': [
    edit(planner, 'ask: storePlan', 'ask: storePlan\n      deny: storePlan'),
    'agents/planner.yaml:8:7 error conflicting-keys: "approvals.rules[0]" of agent "planner" takes only one of ' +
      '"allow", "ask" and "deny"',
  ],
  'no verdict': [
    edit(planner, '- ask: storePlan', '- reason: x'),
    'agents/planner.yaml:7:7 error missing-key: "approvals.rules[0]" of agent "planner" needs one of ' +
      '"allow", "ask" and "deny"',
  ],
  'an unknown tool': [
    edit(planner, 'ask: storePlan', 'ask: storPlan'),
    'agents/planner.yaml:7:12 error unknown-tool: no tool of the app fits "storPlan", in the approvals of agent "planner" ' +
      '(did you mean "storePlan"?)',
  ],
  'a tool that the agent does not have': [
    edit(planner, 'ask: storePlan\n      when: { specName: StockPlan }', 'ask: executePlan'),
    'agents/planner.yaml:7:12 warning unused-rule: no tool of agent "planner" fits the rule for "executePlan"',
  ],
  'an unknown plan': [
    edit(app, 'deny: plan:PricePlan', 'deny: plan:PricPlan'),
    'app.yaml:27:13 error unknown-plan: no plan of the app fits "plan:PricPlan", in the approvals of the app ' +
      '(did you mean "plan:PricePlan"?)',
  ],
  'patterns with a star': [edit(app, 'deny: plan:PricePlan', 'deny: plan:*')],
  'an unknown member of a plan': [
    edit(app, 'newPrice: { lt', 'newPrise: { lt'),
    `app.yaml:28:33 error unknown-member: unknown member "newPrise" in ${rule1} (did you mean "newPrice"?)`,
  ],
  'an unknown member of a tool’s arguments': [
    edit(app, 'sql: { matches', 'sqll: { matches'),
    `app.yaml:25:15 error unknown-member: unknown member "sqll" in ${rule0} of the app (did you mean "sql"?)`,
  ],
  'an unknown operator': [
    edit(app, '{ lt: 1 }', '{ ltt: 1 }'),
    `app.yaml:28:45 error bad-condition: "ltt" is not a condition, and a number has no members, in ${rule1} (did you mean "lt"?)`,
  ],
  'an operator on a list': [
    edit(app, '{ any: { newPrice: { lt: 1 } } }', '{ lt: 1 }'),
    `app.yaml:28:26 error bad-condition: "lt" judges a number, but the member is a list, in ${rule1}`,
  ],
  'an operand of another type': [
    edit(app, '{ lt: 1 }', '{ lt: "1" }'),
    `app.yaml:28:49 error bad-condition: "lt" takes a number, not "1", in ${rule1}`,
  ],
  'a value of another type': [
    edit(planner, '{ specName: StockPlan }', '{ specName: 5 }'),
    `agents/planner.yaml:8:25 error bad-condition: the member is a string and never equals 5, in ${rule0} of agent "planner"`,
  ],
  'conditions and members in one object': [
    edit(planner, '{ specName: StockPlan }', '{ specName: { matches: x, foo: 1 } }'),
    `agents/planner.yaml:8:39 error bad-condition: "foo" is not a condition, in ${rule0} of agent "planner" ` +
      '(expected one of: all, any, equals, gt, gte, lt, lte, matches, oneOf)',
  ],
  'a condition without a member': [
    edit(planner, '{ specName: StockPlan }', '{ equals: 5 }'),
    'agents/planner.yaml:8:13 error bad-condition: "equals" stands where the name of a member belongs, ' +
      `in ${rule0} of agent "planner" (name a member first: { sql: { matches: … } })`,
  ],
  'an empty condition': [
    edit(planner, '{ specName: StockPlan }', '{}'),
    `agents/planner.yaml:8:13 error bad-condition: an empty condition holds for everything, in ${rule0} of agent "planner"`,
  ],
  'a pattern that is not RE2': [
    edit(app, '"(?i)customer"', '"(a)\\\\1"'),
    `app.yaml:25:31 error bad-regexp: the pattern of ${rule0} of the app cannot be used: invalid escape sequence: \`\\1\` ` +
      '(patterns are RE2: no lookahead, lookbehind or backreferences)',
  ],
});

t.test('a pattern that fits no tool', async (t) => {
  const { lines } = await tryApp(t, edit(app, 'ask: execute_query\n', 'ask: "exec*_q"\n'));
  t.match(lines, [
    /app.yaml:24:12 error unknown-tool: no tool of the app fits "exec\*_q", in the approvals of the app/,
  ]);
  t.equal(lines.length, 1);
});

table('workspaces and their files', {
  'a seeded database elsewhere': [
    edit(acme, 'file: target.db', 'file: ../target.db'),
    'workspaces/acme.yaml:3:41 error unsafe-path: "../target.db" must be a file name in the state folder of ' +
      'workspace "acme", because it has a seed (such as target.db)',
  ],
  'two databases in one file': [
    edit(acme, 'file: target.db', 'file: kv.db'),
    'workspaces/acme.yaml:3:41 error reserved-file: the file "kv.db" of targetDatabase of workspace "acme" is already used ' +
      'by kv (choose another name)',
  ],
  'a journal over the record of runs': [
    edit(dispatcher, 'actions.jsonl', 'state.db'),
    'dispatcher.yaml:4:10 error reserved-file: the file "state.db" of the journal of the dispatcher is already used ' +
      'by Harness itself (choose another name)',
  ],
});

table('smoke scripts and eval cases', {
  'an unknown agent': [
    edit(price, '  planner:\n    - calls', '  planer:\n    - calls'),
    'smoke/price.yaml:7:3 error unknown-agent: unknown agent "planer" in "script" of smoke script "price" ' +
      '(did you mean "planner"?)',
  ],
  'an unknown tool': [
    edit(price, 'call: getPlan', 'call: getPlam'),
    'smoke/price.yaml:9:19 error unknown-tool: unknown tool "getPlam" in "script.planner[0].calls[0]" ' +
      'of smoke script "price": no agent has it (did you mean "getPlan"?)',
  ],
  'a tool that the agent does not have': [
    edit(price, 'call: getPlan', 'call: executePlan'),
    'smoke/price.yaml:9:19 warning unavailable-tool: agent "planner" does not have the tool "executePlan", ' +
      'in "script.planner[0].calls[0]" of smoke script "price" (expected one of: getPlan, storePlan)',
  ],
  'an unknown route': [
    edit(price, 'agent: planner, prompt', 'agent: planer, prompt'),
    'smoke/price.yaml:5:42 warning unknown-route: agent "coordinator" has no route to "planer", in smoke script "price" ' +
      '(did you mean "planner"?)',
  ],
  'call and calls': [
    edit(stock, 'call: get_stock,', 'calls: [{ call: get_stock }], call: get_stock,'),
    'smoke/stock.yaml:6:24 error conflicting-keys: "script.analyst[0]" of smoke script "stock" takes only one of ' +
      '"call" and "calls"',
  ],
  'a fault beside something else': [
    edit(stock, '- say: Twelve.', '- { say: Twelve., fail: timeout }'),
    'smoke/stock.yaml:7:9 error conflicting-keys: "script.analyst[1]" of smoke script "stock" fails, ' +
      'and cannot have "say" too',
  ],
  'nothing in a step': [
    edit(stock, '- say: Twelve.', '- {}'),
    'smoke/stock.yaml:7:7 error missing-key: "script.analyst[1]" of smoke script "stock" needs one of ' +
      '"say", "call", "calls" and "fail"',
  ],
  'an unknown workspace': [
    edit(stock, 'workspace: acme', 'workspace: amce'),
    'smoke/stock.yaml:3:12 error unknown-workspace: unknown workspace "amce" in smoke script "stock" (did you mean "acme"?)',
  ],
  'an expected action': [
    edit(price, 'kind: price_change', 'kind: price_chnge'),
    'smoke/price.yaml:16:15 error unknown-action-kind: unknown action kind "price_chnge" in smoke script "price" ' +
      '(did you mean "price_change"?)',
  ],
  'an expected agent': [
    edit(price, 'agents: [coordinator, planner]', 'agents: [coordinator, plannr]'),
    'smoke/price.yaml:12:25 error unknown-agent: unknown agent "plannr" in "expect.agents" of smoke script "price" ' +
      '(did you mean "planner"?)',
  ],
  'the actions of an eval case': [
    edit(priceCase, 'type: price_change', 'type: price_chang'),
    'evals/shop/price.yaml:9:15 error unknown-action-kind: unknown action kind "price_chang" in eval case "price" ' +
      '(did you mean "price_change"?)',
  ],
  'two eval cases with one id': [
    edit(priceCase, 'id: price', 'id: stock'),
    'evals/shop/stock.yaml:1:5 error duplicate-id: the id "stock" is at price.yaml:1 too',
  ],
  'an assertion': [
    { 'evals/shop/stock.yaml': 'id: stock\ninput: x\nassert:\n  - { kind: contain, value: x }\n' },
    'evals/shop/stock.yaml:4:13 error unknown-value: unknown value "contain" for "assert[0].kind" of eval case "stock" ' +
      '(did you mean "contains"?)',
  ],
});

table('paths that leave the app’s folder', {
  'up and out': [
    edit(app, './agents/planner.yaml', '../../evals/shop/price.yaml'),
    'app.yaml:13:12 error unsafe-path: the path "../../evals/shop/price.yaml" leaves the folder "shop"',
  ],
  'out and in again': [edit(app, './agents/planner.yaml', '../shop/agents/planner.yaml')],
  absolute: [
    edit(app, './agents/planner.yaml', '/etc/passwd'),
    'app.yaml:13:12 error unsafe-path: the path "/etc/passwd" is absolute; give it relative to this file',
  ],
  'absolute on Windows': [
    edit(app, './agents/planner.yaml', '"\\\\\\\\server\\\\share"'),
    'app.yaml:13:12 error unsafe-path: the path "\\\\\\\\server\\\\share" is absolute; give it relative to this file',
  ],
  'a URL': [
    edit(app, './agents/planner.yaml', 'file:///etc/passwd'),
    'app.yaml:13:12 error unsafe-path: the path "file:///etc/passwd" is a URL; give a file name',
  ],
  NUL: [
    edit(app, './agents/planner.yaml', '"./agents/planner.yaml\\0.txt"'),
    'app.yaml:13:12 error unsafe-path: the path "./agents/planner.yaml\\u0000.txt" contains a NUL character',
  ],
  'a prompt': [
    edit(analyst, './prompts/analyst.md', '../../../evals/shop/price.yaml'),
    'agents/analyst.yaml:4:13 error unsafe-path: the path "../../../evals/shop/price.yaml" leaves the folder "shop"',
  ],
  'a seed': [
    edit(acme, '../data/shop.sql', '../../../evals/shop/price.yaml'),
    'workspaces/acme.yaml:3:58 error unsafe-path: the path "../../../evals/shop/price.yaml" leaves the folder "shop"',
  ],
  'a folder': [
    edit(app, './agents/planner.yaml', './agents'),
    'app.yaml:13:12 error missing-file: "./agents" is a folder, not a file',
  ],
});

t.test('symbolic links, pipes and devices', async (t) => {
  const root = writeFiles(t, { ...soundApp, 'secret.yaml': 'role: planner\nprompt: x\n' });
  const inApp = (path: string) => join(root, 'apps/shop', path);
  symlinkSync(join(root, 'secret.yaml'), inApp('smoke/stolen.yaml'));
  symlinkSync(root, inApp('outside'));
  symlinkSync(inApp('agents/planner.yaml'), inApp('inside.yaml'));
  symlinkSync(inApp('nowhere'), inApp('dangling.yaml'));
  const makePipe = 'mkfifo';
  execFileSync(makePipe, [inApp('pipe.yaml')]);
  const load = async (path: string) => {
    writeFileSync(inApp('app.yaml'), soundApp[app].replace('./agents/planner.yaml', path));
    const { problems } = await loadApp(inApp('.'));
    return problems.map((problem) => lineOf(problem, root).replace('apps/shop/', ''));
  };
  const stolen =
    'smoke/stolen.yaml:1:1 error unsafe-path: the path "stolen.yaml" leaves the folder "shop" through a symbolic link';
  t.strictSame(await load('./inside.yaml'), [stolen], 'a link that stays in the app is followed');
  t.strictSame(await load('./outside/secret.yaml'), [
    'app.yaml:13:12 error unsafe-path: the path "./outside/secret.yaml" leaves the folder "shop" through a symbolic link',
    stolen,
  ]);
  t.strictSame(
    await load('./outside/nothing.yaml'),
    ['app.yaml:13:12 error missing-file: there is no file "./outside/nothing.yaml"', stolen],
    'and nothing is told about files outside',
  );
  t.strictSame(
    (await load('./dangling.yaml'))[0],
    'app.yaml:13:12 error missing-file: there is no file "./dangling.yaml"',
  );
  t.strictSame((await load('./pipe.yaml'))[0], 'app.yaml:13:12 error unsafe-path: "./pipe.yaml" is not a regular file');
});

t.test('an app that is not there', async (t) => {
  const root = writeFiles(t, { 'empty/readme': '', 'half/app.yml': '' });
  const say = async (dir: string) =>
    (await loadApp(join(root, dir))).problems.map(({ message }) => message.replaceAll(root, ''));
  t.strictSame(await say('none'), ['there is no folder "/none"']);
  t.strictSame(await say('empty'), ['there is no app in "/empty": there is no file "app.yaml"']);
  mkdirSync(join(root, 'weird/app.yaml'), { recursive: true });
  t.strictSame(await say('weird'), ['there is no app in "/weird": "app.yaml" is a folder, not a file']);
});

t.test('mistakes under aliases and merge keys are shown where they are written, once', async (t) => {
  const { lines } = await tryApp(t, {
    [app]: `harness: 1
name: shop
x-agent: &agent
  role: specialist
  descriptoin: x
  prompt: Hi.
defaultWorkspace: main
entry: one
agents:
  one: *agent
  two: { <<: *agent, maxSteps: 5 }
  three:
    <<: *agent
    maxSteps: none
workspaces:
  main: { dataEnvironment: { targetDatabase: { kind: sqlite, file: t.db, seed: data/shop.sql } } }
`,
    [price]: null,
    [stock]: null,
    [priceCase]: null,
    'evals/shop/stock.yaml': null,
  });
  t.strictSame(
    lines.filter((line) => line.includes(' error ')),
    [
      'apps/shop/app.yaml:5:3 error unknown-key: unknown key "descriptoin" in agent "one" (did you mean "description"?)',
      'apps/shop/app.yaml:14:15 error wrong-type: "maxSteps" of agent "three" must be an integer, but is a string',
    ],
  );
});

t.test('a script that is named on the command line', async (t) => {
  const { app: loaded, root } = await tryApp(t);
  if (!loaded) throw new Error('the sound app is not sound');
  const file = join(root, 'elsewhere.yaml');
  const load = async (text: string) => {
    writeFileSync(file, text);
    const { script, problems } = await loadScriptFile(file, loaded);
    return { name: script?.name, lines: problems.map((problem) => lineOf(problem, root)) };
  };
  t.strictSame(await load(soundApp[price]), { name: 'elsewhere', lines: [] });
  t.strictSame(await load(soundApp[price].replace('call: getPlan', 'call: getPlam')), {
    name: undefined,
    lines: [
      'elsewhere.yaml:9:19 error unknown-tool: unknown tool "getPlam" in "script.planner[0].calls[0]" of ' +
        'smoke script "elsewhere": no agent has it (did you mean "getPlan"?)',
    ],
  });
  t.strictSame(await load(soundApp[price].replace('kind: price_change', 'kind: nothing')), {
    name: undefined,
    lines: [
      'elsewhere.yaml:16:15 error unknown-action-kind: unknown action kind "nothing" in smoke script "elsewhere" ' +
        '(expected one of: delist, price_change, restock)',
    ],
  });
  t.match(await load(soundApp[price].replace('call: getPlan', 'call: wipe')), {
    name: 'elsewhere',
    lines: [/warning unavailable-tool/],
  });
  t.match(await loadScriptFile(join(root, 'none.yaml'), loaded), { problems: [{ code: 'missing-file' }] });
});

t.test('a file of another kind is called what it is, once, with how it is used', async (t) => {
  const { app: loaded, root } = await tryApp(t);
  if (!loaded) throw new Error('the sound app is not sound');
  const cassette = `# Recorded.
format: 1
case: tc-price
recordedAt: '2026-11-22'
harness: 0.1.0
digest: abc
agents: {}
steps: {}
`;
  const evalCase = 'id: tc-1\ninput: How much?\nscript: { analyst: [{ say: x }] }\n';
  const files = { cassette, evalCase, app: soundApp[app], agent: soundApp[planner], script: soundApp[price] };
  const is = {
    cassette: 'a cassette, the recording of the eval case "tc-price"',
    evalCase: 'an eval case',
    app: 'an app',
    agent: 'an agent',
    script: 'a smoke script',
  };
  const load = {
    'smoke script': (file: string) => loadScriptFile(file, loaded),
    'eval case': (file: string) => loadCaseFile(file, loaded),
  };
  const right = ['script as smoke script', 'evalCase as eval case'];
  for (const [wanted, read] of Object.entries(load)) {
    for (const [name, text] of Object.entries(files)) {
      const file = join(root, `${name}.yaml`);
      writeFileSync(file, text);
      const lines = (await read(file)).problems.map((problem) => lineOf(problem, root));
      if (right.includes(`${name} as ${wanted}`)) {
        t.notMatch(lines.join('\n'), 'wrong-kind');
        continue;
      }
      const said = `"${name}.yaml" is ${is[name as keyof typeof is]}, and no ${wanted} (`;
      t.equal(lines.length, 1, lines.join('\n'));
      t.ok(lines[0]?.includes(`error wrong-kind: ${said}`), lines.join());
    }
  }
  const { problems } = await loadScriptFile(join(root, 'cassette.yaml'), loaded);
  t.match(problems, [{ hint: 'its case plays it: harness eval tc-price', place: { line: 2, column: 1 } }]);
});

t.test('a misspelled tool of a toolkit is reported where it stands, and not wherever it is used', async (t) => {
  const file = 'apps/shop/toolkits/catalog.yaml';
  const { problems } = await tryApp(t, {
    [file]: soundApp[file].replace('[execute_query]', '[execute_sql]'),
    ...edit(price, 'call: getPlan', 'call: getPlam'),
    'apps/shop/smoke/question.yaml': `prompt: How many?
agent: analyst
script:
  analyst:
    - { call: execute_query, args: { sql: SELECT 1 } }
    - say: One.
`,
  });
  const errors = problems.filter((problem) => problem.severity === 'error');
  t.strictSame(
    errors.map(({ code, message }) => `${code} ${message}`),
    [
      'unknown-tool unknown tool "getPlam" in "script.planner[0].calls[0]" of smoke script "price": no agent has it',
      'unknown-value unknown value "execute_sql" for "tools[0]" of toolkit "catalog"',
    ],
  );
});

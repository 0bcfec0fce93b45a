import { readsResults } from '../core/accepts.ts';
import { isObject, type JsonObject, type JsonSchema } from '../core/json.ts';
import { nearest } from '../core/nearest.ts';
import { type Role, resultTools, roleTools } from '../core/roles.ts';
import { bodies, type Definition, type Draft, memberAt, objectAt, textAt, textsAt } from './draft.ts';
import { planActions } from './plan-actions.ts';
import { resolveIn } from './prepare-schema.ts';
import { type Form, formsOf } from './schema-forms.ts';

/** What an app declares to be there, as far as it could be read. */
export interface Inventory {
  /** Every tool of an agent or a toolkit of the app. */
  readonly tools: ReadonlySet<string>;
  /** Every tool that some agent has. */
  readonly agentTools: ReadonlySet<string>;
  /** Whether `tools` is all there is: false when something that declares tools could not be read. */
  readonly toolsKnown: boolean;
  /** The input schema of a tool, where the app declares it. */
  readonly inputs: ReadonlyMap<string, JsonSchema>;
  readonly agents: ReadonlyMap<string, AgentTools>;
  /** Action kinds of all plans. */
  readonly kinds: ReadonlySet<string>;
  readonly kindsKnown: boolean;
  /** What the actions of each kind are like, by the plans that have it. */
  readonly actions: ReadonlyMap<string, readonly Form[]>;
}

export interface AgentTools {
  readonly tools: ReadonlySet<string>;
  readonly known: boolean;
}

/** Tools of a toolkit with their input schemas, where it declares them; undefined when it could not be read. */
export function toolsOfToolkit(
  definition: Definition | undefined,
): ReadonlyMap<string, JsonSchema | undefined> | undefined {
  const value = definition?.part?.value;
  if (memberAt(value, 'kind') === 'stub') {
    const tools = Object.entries(objectAt(value, 'tools'));
    return new Map(
      tools.map(([name, tool]) => {
        const input = memberAt(tool, 'input');
        return [name, isObject(input) ? input : undefined];
      }),
    );
  }
  if (memberAt(value, 'kind') !== 'catalog') return undefined;
  const names = textsAt(value, 'tools').map(([, name]) => name);
  // A misspelled tool is reported where it stands, and not again wherever the right one is used.
  if (!names.every((name) => Object.hasOwn(builtInInputs, name))) return undefined;
  return new Map(names.map((name) => [name, undefined]));
}

/** The role of an agent, or the one that was probably meant; undefined when nobody can tell. */
export function roleOf(definition: Definition | undefined): Role | undefined {
  const role = textAt(definition?.part?.value, 'role');
  if (role === undefined) return undefined;
  return Object.hasOwn(roleTools, role) ? (role as Role) : (nearest(role, Object.keys(roleTools)) as Role | undefined);
}

const text: JsonSchema = { type: 'string' };
const planId = object({ planId: text });

/** The arguments of the tools that come with Harness, as far as rules may speak of them. */
export const builtInInputs: Readonly<Record<string, JsonSchema>> = {
  call_agent: object({ agent: text, prompt: text }),
  storePlan: object({ specName: text, planId: text, body: { type: 'object' } }),
  getPlan: planId,
  executePlan: planId,
  search_catalog: object({ query: text, kinds: { type: 'array', items: text }, limit: { type: 'integer' } }),
  describe_table: object({ table: text }),
  find_joins: object({ from: text, to: text }),
  sample_rows: object({ table: text, columns: { type: 'array', items: text }, limit: { type: 'integer' } }),
  profile_table: object({ table: text }),
  annotate: object({
    table: text,
    column: text,
    description: text,
    synonym: text,
    rule: text,
    metric: object({ name: text, sql: text, description: text }),
  }),
  execute_query: object({ sql: text }),
  result_read: object({
    result: text,
    offset: { type: 'integer' },
    limit: { type: 'integer' },
    path: text,
  }),
  result_search: object({ result: text, query: text, limit: { type: 'integer' } }),
  result_query: object({ sql: text }),
};

function object(properties: JsonObject): JsonSchema {
  return { type: 'object', additionalProperties: false, properties };
}

/** Counts what the app declares. */
export function takeInventory(draft: Draft): Inventory {
  const ofToolkit = new Map([...draft.toolkits.values()].map((each) => [each.name, toolsOfToolkit(each)]));
  const agents = new Map(
    [...draft.agents.values()].map((agent) => [agent.name, toolsOfAgent(agent, draft, ofToolkit)]),
  );
  const plans = bodies(draft.plans).map(([, part, schema]) => ({ schema, ...planActions(schema, part.subject) }));
  const agentTools = new Set([...agents.values()].flatMap(({ tools }) => [...tools]));
  return {
    tools: new Set([...agentTools, ...[...ofToolkit.values()].flatMap((toolkit) => [...(toolkit?.keys() ?? [])])]),
    agentTools,
    toolsKnown: [...ofToolkit.values()].every(Boolean) && [...agents.values()].every(({ known }) => known),
    inputs: inputsOf([...ofToolkit.values()]),
    agents,
    kinds: new Set(plans.flatMap(({ kinds }) => kinds)),
    kindsKnown: plans.length === draft.plans.size && plans.every(({ findings }) => findings.length === 0),
    actions: actionForms(plans),
  };
}

function actionForms(
  plans: readonly { readonly schema: JsonSchema; readonly actions: ReadonlyMap<string, JsonSchema> }[],
): ReadonlyMap<string, readonly Form[]> {
  const forms = new Map<string, readonly Form[]>();
  for (const { schema: root, actions } of plans) {
    for (const [kind, schema] of actions) {
      forms.set(kind, [...(forms.get(kind) ?? []), ...formsOf(schema, resolveIn(root))]);
    }
  }
  return forms;
}

/** A tool that several toolkits have has no input schema of its own. */
function inputsOf(
  toolkits: readonly (ReadonlyMap<string, JsonSchema | undefined> | undefined)[],
): ReadonlyMap<string, JsonSchema> {
  const ofRoles: readonly string[] = [...Object.values(roleTools).flat(), ...resultTools];
  const inputs = new Map(ofRoles.map((name) => [name, builtInInputs[name]]));
  for (const [name, input] of toolkits.flatMap((toolkit) => [...(toolkit ?? [])])) {
    inputs.set(name, inputs.has(name) ? undefined : (input ?? builtInInputs[name]));
  }
  return new Map([...inputs].flatMap(([name, input]) => (input === undefined ? [] : [[name, input]])));
}

function toolsOfAgent(
  agent: Definition,
  draft: Draft,
  ofToolkit: ReadonlyMap<string, ReadonlyMap<string, unknown> | undefined>,
): AgentTools {
  const role = roleOf(agent);
  const toolkits = textsAt(agent.part?.value, 'toolkits').map(([, name]) => ofToolkit.get(name));
  const own = toolkits.flatMap((tools) => [...(tools?.keys() ?? [])]);
  const stored = readsResults(role, own.length, plansOfAgent(agent, draft)) ? resultTools : [];
  return {
    tools: new Set([...(role ? roleTools[role] : []), ...own, ...stored]),
    known: role !== undefined && toolkits.every(Boolean),
  };
}

function plansOfAgent(agent: Definition, { plans }: Draft): readonly JsonSchema[] {
  const named = textsAt(agent.part?.value, 'plans').map(([, name]) => name);
  return bodies(plans).flatMap(([{ name }, , schema]) => (named.length === 0 || named.includes(name) ? [schema] : []));
}
